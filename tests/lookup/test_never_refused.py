"""Whatever others do, and wherever: a right credential from a prefix that did nothing wrong is answered."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fangbang.lookup.answers import State
from fangbang.lookup.challenge import solve
from fangbang.lookup.counting import WINDOW_SECONDS, CountTable
from fangbang.lookup.express import Express
from fangbang.lookup.hotpath import Layer, OpenSitting
from fangbang.lookup.limits import Budgets, Limits
from tests.lookup.scene import SITTING, Scene, coded, document, people
from tests.lookup.test_hotpath import BASE_AT, NOW, SALTS, layer

BUDGETS = Budgets(
    bits=0, top_bits=4, prefix_persons_soft=2, prefix_persons_hard=4, prefix_failures=2, prefix_failures_hard=5,
    network_factor=2, person_failures=2, pair_failures=3, salt_failures=2,
)  # fmt: skip
ATTACKERS = [f"10.{network}.{prefix}.{host}" for network in range(3) for prefix in range(3) for host in (1, 2)]
VICTIM = people()[0]


class Attack(RuleBasedStateMachine):
    """Anybody may do anything from 10.0.0.0/8; the victim asks from 192.0.2.0/24."""

    layers: tuple[Layer, ...] = ()

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        tables = []
        for name in ("table", "others"):
            CountTable.create(Path(self.folder.name) / name, 1 << 12)
            tables.append(CountTable(Path(self.folder.name) / name, 1 << 12))
        self.table, self.others = tables
        self.limits = Limits(self.table, BUDGETS, b"k" * 32, self.others)
        self.limits.tick(NOW)
        kinds = frozenset({"ticket-document", "document-name"})
        self.query = Express(OpenSitting(SITTING, kinds, self.layers), SALTS, self.limits, bytearray(), NOW)

    def ask(self, client: str, *fields: str) -> State:
        """Ask, paying whatever is asked for."""
        text, bits = coded(*fields), self.limits.prefix_bits(client)
        for _ in range(3):
            salt = SALTS.issue(NOW, bits)
            header = f"{salt}.{solve(SITTING, salt, text, bits)}.{text}"
            state, _ = self.query.answer(header.encode(), client)
            if state != State.CHALLENGE:
                break
            bits = BUDGETS.top_bits
        return state

    @rule(client=st.sampled_from(ATTACKERS), guess=st.integers(10_000_000, 10_000_050))
    def guess_the_ticket(self, client: str, guess: int) -> None:
        self.ask(client, "ticket-document", str(guess), VICTIM.document)

    @rule(client=st.sampled_from(ATTACKERS), times=st.integers(1, 40))
    def fail_often(self, client: str, times: int) -> None:
        for number in range(times):
            self.limits.failed(client, self.limits.person_of(VICTIM.document), number, str(number))

    @rule(client=st.sampled_from(ATTACKERS), serial=st.integers(1, 60))
    def ask_for_many(self, client: str, serial: int) -> None:
        self.ask(client, "document-name", document(serial), "某人")

    @rule(count=st.integers(1, 1000))
    def hear_of_failures_at_other_nodes(self, count: int) -> None:
        person = self.limits.person_of(VICTIM.document)
        self.others.put(person, count)
        self.table.marks[person & self.table.mask] = self.table.mark

    @rule(bits=st.integers(0, 8), nodes=st.integers(1, 9))
    def trip_the_breaker_and_lose_the_store(self, bits: int, nodes: int) -> None:
        self.table.set_surcharge(bits)
        self.table.set_divisor(nodes)

    @rule()
    def a_tick_passes(self) -> None:
        self.limits.tick(NOW)

    @rule()
    def a_window_passes_and_comes_back(self) -> None:
        self.limits.tick(NOW + WINDOW_SECONDS)
        self.limits.tick(NOW)

    @invariant()
    def the_victim_is_found(self) -> None:
        if hasattr(self, "query"):
            assert self.ask("192.0.2.7", "ticket-document", VICTIM.ticket, VICTIM.document) == State.FOUND
            assert self.ask("192.0.2.8", "document-name", VICTIM.document, VICTIM.name) == State.FOUND

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()


@pytest.fixture(scope="module", autouse=True)
def _sealed(tmp_path_factory: pytest.TempPathFactory) -> None:
    scene = Scene(tmp_path_factory.mktemp("attack"))
    Attack.layers = (layer(scene, scene.seal(people()), BASE_AT),)


Attack.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestAttack = pytest.mark.usefixtures("_sealed")(Attack.TestCase)
