"""Every "not found" does the same work: nobody, a wrong ticket, an ambiguous credential, a withdrawn record.

The steps are counted here, and down to the interpreter's instructions in test_equal_instructions.py; `./dev bench
timing` measures that they take the same time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from fangbang.lookup.answers import State
from fangbang.lookup.counting import CountTable
from fangbang.lookup.express import Express
from fangbang.lookup.hotpath import Layer, OpenSitting
from fangbang.lookup.limits import Budgets, Limits
from fangbang.snapshot import reader
from fangbang.snapshot.buckets import Item
from fangbang.snapshot.derive import Deriver, Pepperer
from fangbang.snapshot.reader import EntryFile, OpenSnapshot
from fangbang.snapshot.record import encode
from tests.lookup import scene as scenes
from tests.lookup.scene import NAME, SITTING, TICKET, People, Person, Scene, document, people
from tests.lookup.test_hotpath import BASE_AT, NOW, OVERLAY_AT, SALTS, Bench, layer

TWIN = replace(people()[0], ticket="202601009999")
"""Somebody with the name and the document of another: by name and document they cannot be told apart."""
GONE = people()[2]


@dataclass(frozen=True)
class Withdrawals(People):
    """An overlay's items: everybody in it is withdrawn."""

    def items(self, share: int, shares: int) -> Iterator[Item]:
        pepperer = Pepperer(self.pepper, SITTING)
        for person in self.persons[share::shares]:
            m = pepperer.m(TICKET, person.ticket, person.document)
            yield Item(m, b"", (pepperer.m(NAME, person.document, person.name),))


@dataclass
class Steps:
    """What the reader did for one answer."""

    done: list[tuple[str, object]]

    def of(self, bench: Bench, *query: str) -> list[tuple[str, object]]:
        self.done.clear()
        state, _ = bench.ask(*query)
        assert state == State.NOT_FOUND
        return sorted(self.done, key=str)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Watch searches, block hashes, openings and derivations."""
    watched = Steps([])
    find, prove, expand = EntryFile.find, EntryFile._prove_absent, Deriver.expand

    def found(self: EntryFile, address: bytes) -> bytes | None:
        value = find(self, address)
        watched.done.append((self.name, value is not None))
        return value

    def proven(self: EntryFile, address: bytes, place: int) -> None:
        watched.done.append((f"{self.name} hashed", True))
        prove(self, address, place)

    def expanded(self: Any, m: bytes) -> bytes:
        watched.done.append(("derived", True))
        return expand(self, m)

    opened = reader.open_value

    def opening(snapshot_id: bytes, address: bytes, key: bytes, nonce: bytes, value: bytes) -> bytes:
        watched.done.append(("opened", len(value)))
        return opened(snapshot_id, address, key, nonce, value)

    monkeypatch.setattr(EntryFile, "find", found)
    monkeypatch.setattr(EntryFile, "_prove_absent", proven)
    monkeypatch.setattr(Deriver, "expand", expanded)
    monkeypatch.setattr(reader, "open_value", opening)
    return watched


def bench_of(folder: Path, layers: Sequence[Layer]) -> Bench:
    CountTable.create(folder / "table", 1 << 14)
    limits = Limits(CountTable(folder / "table", 1 << 14), Budgets(bits=4), b"k" * 32)
    limits.tick(NOW)
    records = bytearray()
    opened = OpenSitting(SITTING, frozenset({TICKET.value, NAME.value}), tuple(layers))
    return Bench(Express(opened, SALTS, limits, records, NOW), limits, records)


@pytest.fixture
def base(tmp_path: Path) -> Bench:
    scene = Scene(tmp_path / "scene")
    return bench_of(tmp_path, [layer(scene, scene.seal([*people(), TWIN]), BASE_AT)])


@pytest.fixture
def overlaid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The base below an overlay that withdraws somebody."""
    scene = Scene(tmp_path / "scene")
    sealed = scene.seal([*people(), TWIN])
    monkeypatch.setattr(scenes, "People", Withdrawals)
    overlay = scene.seal([GONE], "overlay", bytes.fromhex(sealed.letter.pepper))
    return bench_of(tmp_path, [layer(scene, overlay, OVERLAY_AT), layer(scene, sealed, BASE_AT)])


def causes() -> dict[str, tuple[str, ...]]:
    """Queries that find nothing, by cause, with a ticket and with a name."""
    person, stranger = people()[0], document(900)
    return {
        "nobody": (TICKET.value, "202601007777", stranger),
        "a wrong ticket": (TICKET.value, "202601007777", person.document),
        "nobody, by name": (NAME.value, stranger, person.name),
        "a wrong name": (NAME.value, person.document, "李四"),
        "ambiguous": (NAME.value, TWIN.document, TWIN.name),
    }


def withdrawn() -> dict[str, tuple[str, ...]]:
    return {
        "withdrawn": (TICKET.value, GONE.ticket, GONE.document),
        "withdrawn, by name": (NAME.value, GONE.document, GONE.name),
    }


def test_every_not_found_does_the_same(base: Bench, steps: Steps) -> None:
    done = {cause: steps.of(base, *query) for cause, query in causes().items()}

    first = done["nobody"]
    assert {name for name, _ in first} == {"derived", "opened", *(f"{kind}.bin" for kind in ("records", "pointers")),
                                           "records.bin hashed", "pointers.bin hashed"}  # fmt: skip
    assert {cause: steps for cause, steps in done.items() if steps != first} == {}


def test_a_withdrawal_does_not_show_either(overlaid: Bench, steps: Steps) -> None:
    done = {cause: steps.of(overlaid, *query) for cause, query in {**causes(), **withdrawn()}.items()}

    assert {cause: steps for cause, steps in done.items() if steps != done["nobody"]} == {}


def test_work_left_out_is_seen(base: Bench, steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenSnapshot, "repay", lambda *_: None)

    done = {cause: steps.of(base, *query) for cause, query in causes().items()}

    assert done["ambiguous"] != done["nobody"] == done["a wrong ticket"]


def test_the_answers_are_the_same_bytes(overlaid: Bench) -> None:
    answers = {cause: overlaid.ask(*query) for cause, query in {**causes(), **withdrawn()}.items()}

    assert {str(answer) for answer in answers.values()} == {str(answers["nobody"])}


def test_what_is_left_out_of_a_record_is_nothing(base: Bench) -> None:
    person: Person = people()[1]

    assert base.ask(TICKET.value, person.ticket, person.document)[0] == State.FOUND
    assert encode(person.record) == base.query.open.find(TICKET.value, [person.ticket, person.document])[0]
