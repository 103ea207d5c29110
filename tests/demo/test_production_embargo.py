"""The embargo in production custody: a real node with two keepers holds no key before T, and answers after it.

The leading keeper is killed before the hour. The same scan of the same worker finds both keys afterwards: the positive
control of the first. What lies on the keepers' own disks: tests/keeper/test_two_keepers.py.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from fangbang.cli.demo.client import Ask, Client
from fangbang.cli.demo.processes import Children, announced
from fangbang.cli.demo.watch import PublicSide
from fangbang.core.clock import SystemClock
from fangbang.exams.vocabulary import CredentialKind
from fangbang.keeper.quorum import part_of
from fangbang.keeper.wrapped import WrappedCustody, load_keyring
from fangbang.simulate.canaries import KEY, Canaries, Scanner
from tests.keeper.office import SITTING, row
from tests.keeper.production import Two, two_keepers, until
from tests.lookup.scene import document

pytestmark = pytest.mark.timeout(240)
PERSON = row(1, doc_number=document(1))


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    with two_keepers(tmp_path) as made:
        made.start()
        yield made


def keys_of(two: Two, snapshot: str) -> tuple[bytes, ...]:
    """What two officers would open on keeper a's disk."""
    home = two.a.home / "keeper"
    keyring = load_keyring(home)
    parts = {name: part_of(keyring.officers, name, two.people.private[name]) for name in ("li", "wu")}
    custody = WrappedCustody.opened(home, keyring, parts)
    return custody.get(f"release-{snapshot}"), custody.get(f"pepper-{SITTING}")


def test_a_node_of_two_keepers_has_no_key_before_t_and_answers_when_the_leading_one_is_dead(
    two: Two, tmp_path: Path
) -> None:
    release = two.order(
        two.a, command="seal", order=two.office.seal_order(two.office.report(two.office.book([PERSON])))
    )
    canaries = Canaries(
        tickets=frozenset({PERSON["ticket"]}),
        documents=frozenset(),
        names=(PERSON["name"],),
        subjects=("ability",),
        year=2026,
        secrets=keys_of(two, release["snapshot"]),
    )
    children = Children(tmp_path / "logs", {"FANGBANG_HOME": str(tmp_path / "node-home")})
    words = ["--json", "lookup", "serve", "--public", str(two.public), "--node", "of-two", "--port", "0"]
    words += ["--metrics-port", "0", "--workers", "1", "--challenge-bits", "2", "--images", "2"]
    words += ["--keeper-socket", str(two.a.socket), "--other-keeper-socket", str(two.b.socket)]
    try:
        node = children.start("lookup", words)
        told = announced(node, 60)
        side = PublicSide((two.public, tmp_path / "node-home"), "of-two", node.pid)
        until(lambda: all(station.ask(command="status")["workers"] for station in (two.a, two.b)))
        before = side.scan(Scanner(canaries))
        hour = SystemClock().now() + timedelta(seconds=2)
        schedule, approvals = two.office.schedule_order(release, hour)
        taken = two.order(two.a, command="schedule", schedule=schedule, approvals=approvals)
        two.a.kill()
        client = Client(str(told["host"]), int(told["port"]), SITTING)
        asked = Ask(CredentialKind.TICKET_DOCUMENT, (PERSON["ticket"], PERSON["doc_number"]))
        until(lambda: client.ask(asked)["state"] == "found")
        client.close()
        after = side.scan(Scanner(canaries))
    finally:
        children.stop()

    assert taken["ok"] is True
    assert (before.unreadable, before.total, before.bytes_read > 10_000_000) == ([], 0, True)
    assert after.counts()[KEY] == 2
