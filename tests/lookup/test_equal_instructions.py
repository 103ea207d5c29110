"""Every "not found" takes the same instructions of the interpreter and calls the same functions, whatever its cause.

Counted, not timed: the interpreter tells of each instruction before it executes it, and of each function of C that it
calls. What depends on where an address lies in its file (the search, and hashing the neighbours) is one step, in vain
or not; addresses are spread alike for everybody. `./dev bench instructions` counts the processor's own instructions.
"""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import count, pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pytest

from fangbang.lookup.answers import State
from fangbang.lookup.challenge import solve
from fangbang.lookup.counting import CountTable
from fangbang.lookup.express import Express
from fangbang.lookup.hotpath import Layer, OpenSitting
from fangbang.lookup.limits import Budgets, Limits
from fangbang.snapshot.reader import EntryFile, OpenSnapshot
from tests.lookup import scene as scenes
from tests.lookup.scene import NAME, SITTING, TICKET, Scene, coded, document, people
from tests.lookup.test_equal_work import GONE, TWIN, Withdrawals
from tests.lookup.test_hotpath import BASE_AT, NOW, OVERLAY_AT, SALTS, layer

Query = tuple[str, ...]
Causes = dict[str, Query]
SLOTS = 1 << 20
"""So many that two keys of one answer hardly ever meet."""
BITS = 4
WITHHELD = replace(people()[1], record=msgspec.structs.replace(people()[1].record, outcome="withheld"))
"""Somebody whose result is there and says nothing yet."""


def steps_of(call: Callable[[], Any]) -> tuple[Any, Counter[object]]:
    """What the call returns; how many instructions each function executed, the functions of C, the searches."""
    seen: Counter[object] = Counter()
    searching = False

    def entered(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal searching
        frame.f_trace_lines = False
        if frame.f_code is EntryFile.find.__code__:
            searching = True
            return searched
        frame.f_trace_opcodes = not searching
        return stepped

    def stepped(frame: FrameType, event: str, arg: Any) -> Any:
        seen[frame.f_code.co_qualname] += event == "opcode"
        return stepped

    def searched(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal searching
        if event == "return":
            seen[frame.f_locals["self"].name, "in vain" if arg is None else "found"] += 1
            searching = False
        return searched

    def called(frame: FrameType, event: str, arg: Any) -> None:
        if event == "c_call" and not searching:
            seen["called", arg.__qualname__] += 1

    before = sys.gettrace(), sys.getprofile()
    sys.settrace(entered)
    sys.setprofile(called)
    try:
        returned = call()
    finally:
        sys.setprofile(before[1])
        sys.settrace(before[0])
    del seen["called", "setprofile"]
    return returned, +seen


class Measured:
    """Counts the steps of a query at a node that has forgotten everybody."""

    def __init__(self, folder: Path, layers: Sequence[Layer]) -> None:
        self._folder, self._layers = folder, tuple(layers)
        self._numbers = count()

    def _express(self) -> Express:
        table = self._folder / f"table-{next(self._numbers)}"
        CountTable.create(table, SLOTS)
        limits = Limits(CountTable(table, SLOTS), Budgets(bits=BITS), b"k" * 32)
        limits.tick(NOW)
        opened = OpenSitting(SITTING, frozenset({TICKET.value, NAME.value}), self._layers)
        return Express(opened, SALTS, limits, bytearray(), NOW)

    def of(self, query: Query) -> Counter[object]:
        # What a worker remembers of texts and addresses, it remembers of everybody's: asked once before.
        for express in (self._express(), self._express()):
            first, second = (header(*each) for each in ((TICKET.value, "202601005555", document(901)), query))
            express.answer(first, "192.0.2.1")
            state, steps = steps_of(partial(express.answer, second, "192.0.2.1"))
            assert state[0] == State.NOT_FOUND
        return steps

    def wrong(self, number: str) -> Query:
        """Somebody's document with a ticket that is nobody's: of those whose part of the table is empty, so that the
        short way looks at no neighbour either."""
        for serial in count():
            ticket = f"2026{serial:08}"
            slots = [self._slot(each, [ticket, number]) for each in self._layers]
            if all(table[slot] == table[slot + 1] for table, slot in slots):
                return TICKET.value, ticket, number
        raise AssertionError("count() does not end")

    def _slot(self, of: Layer, fields: list[str]) -> tuple[Any, int]:
        records = of.snapshot.snapshot.records
        address = of.snapshot.deriver.place(of.pepperer.m(TICKET, fields)).address
        return records.table, int.from_bytes(address[:4], "big") >> records.shift


def header(*query: str) -> bytes:
    salt, text = SALTS.issue(NOW, BITS), coded(*query)
    # Nonces of one length: a longer one is more to hash.
    nonce = solve(SITTING, salt, text, BITS)
    return f"{salt}.{nonce}.{text}".encode() if len(nonce) == 2 else header(*query)


@pytest.fixture
def base(tmp_path: Path) -> Measured:
    scene = Scene(tmp_path / "scene")
    persons = [people()[0], WITHHELD, people()[2], TWIN]
    return Measured(tmp_path, [layer(scene, scene.seal(persons), BASE_AT)])


@pytest.fixture
def overlaid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Measured:
    """The base below an overlay that withdraws somebody."""
    scene = Scene(tmp_path / "scene")
    sealed = scene.seal([people()[0], WITHHELD, people()[2], TWIN])
    monkeypatch.setattr(scenes, "People", Withdrawals)
    overlay = scene.seal([GONE], "overlay", bytes.fromhex(sealed.letter.pepper))
    return Measured(tmp_path, [layer(scene, overlay, OVERLAY_AT), layer(scene, sealed, BASE_AT)])


def by_ticket(measured: Measured) -> Causes:
    """Queries with a ticket that find nothing, by cause."""
    return {
        "nobody": measured.wrong(document(900)),
        "a wrong ticket": measured.wrong(people()[0].document),
        "withheld, with a wrong ticket": measured.wrong(WITHHELD.document),
    }


def by_name() -> Causes:
    return {
        "nobody": (NAME.value, document(900), TWIN.name),
        "a wrong name": (NAME.value, people()[0].document, "李四"),
        "withheld, with a wrong name": (NAME.value, WITHHELD.document, TWIN.name),
        "ambiguous": (NAME.value, TWIN.document, TWIN.name),
    }


def others_than_nobody(measured: Measured, causes: Causes) -> dict[str, Counter[object]]:
    """What a cause does more or less often than nobody, for those where that is not nothing."""
    counted = {cause: measured.of(query) for cause, query in causes.items()}
    nobody = Counter(counted["nobody"])
    for steps in counted.values():
        steps.subtract(nobody)
    return {cause: steps for cause, steps in counted.items() if any(steps.values())}


def test_every_wrong_ticket_takes_the_same_instructions(base: Measured) -> None:
    assert others_than_nobody(base, by_ticket(base)) == {}


def test_every_wrong_or_ambiguous_name_takes_the_same_instructions(base: Measured) -> None:
    assert others_than_nobody(base, by_name()) == {}


def test_a_withdrawal_takes_the_same_instructions(overlaid: Measured) -> None:
    tickets = {**by_ticket(overlaid), "withdrawn": (TICKET.value, GONE.ticket, GONE.document)}
    # A longer name is longer to read, whoever has it.
    long: Causes = {
        "nobody": (NAME.value, document(900), GONE.name),
        "withdrawn": (NAME.value, GONE.document, GONE.name),
    }

    assert [others_than_nobody(overlaid, causes) for causes in (tickets, by_name(), long)] == [{}, {}, {}]


def test_searches_in_vain_and_others_change_as_often(base: Measured, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after a search of the other sort takes longer: the processor has to learn it anew."""
    find, found = EntryFile.find, list[bool]()

    def watched(self: EntryFile, address: bytes) -> bytes | None:
        value = find(self, address)
        found.append(value is not None)
        return value

    monkeypatch.setattr(EntryFile, "find", watched)
    orders = {}
    for cause, query in by_name().items():
        base.of(query)
        orders[cause] = tuple(found[-5:])

    changes = {cause: Counter(pairwise(order)) for cause, order in orders.items()}
    assert len(set(orders.values())) == 2, "an ambiguous credential comes in another order"
    assert {(order[0], order[-1]) for order in orders.values()} == {(False, True)}
    assert all(each == changes["nobody"] for each in changes.values())


def test_one_more_instruction_for_one_cause_is_seen(base: Measured, monkeypatch: pytest.MonkeyPatch) -> None:
    consult = OpenSnapshot.consult

    def slower(self: OpenSnapshot, m: bytes) -> Any:
        wire, left = consult(self, m)
        return (wire, left) if wire is None else (wire[:], left)

    monkeypatch.setattr(OpenSnapshot, "consult", slower)

    assert others_than_nobody(base, by_name()).keys() == {"ambiguous"}
    assert others_than_nobody(base, by_ticket(base)) == {}


def test_work_left_out_is_seen(base: Measured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenSnapshot, "repay", lambda *_: None)

    others = others_than_nobody(base, by_name())

    assert others.keys() == {"ambiguous"}
    assert others["ambiguous"]["pointers.bin", "in vain"] == -1
