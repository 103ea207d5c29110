"""The short way of the query gives the same answers as the long one, and counts the same."""

import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fangbang.lookup.answers import State
from fangbang.lookup.challenge import solve
from fangbang.lookup.counting import CountTable
from fangbang.lookup.express import Express
from fangbang.lookup.hotpath import Layer, OpenSitting, Query
from fangbang.lookup.limits import Budgets, Limits
from tests.lookup.scene import SITTING, Person, Scene, coded, document, people, record
from tests.lookup.test_hotpath import BASE_AT, NOW, OVERLAY_AT, SALTS, layer

CLIENTS = ("192.0.2.1", "198.51.100.7", "2001:db8::1")
KINDS = frozenset({"ticket-document", "document-name"})


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Layer, ...]:
    """A base of three people, and an overlay that says something new about the first."""
    scene = Scene(tmp_path_factory.mktemp("express"))
    base = scene.seal(people())
    first = people()[0]
    changed = type(first)(first.name, first.ticket, first.document, record(first.name, first.ticket, version=2))
    overlay = scene.seal([changed], "overlay", bytes.fromhex(base.letter.pepper))
    return layer(scene, overlay, OVERLAY_AT), layer(scene, base, BASE_AT)


class Twins:
    """The same sitting both ways, each with counters of its own."""

    def __init__(self, folder: Path, layers: tuple[Layer, ...], **budgets: int) -> None:
        self.short = self._make(Express, folder / "short", layers, budgets)
        self.long = self._make(Query, folder / "long", layers, budgets)

    def _make(
        self, made: Callable[..., Query], path: Path, layers: tuple[Layer, ...], budgets: dict[str, Any]
    ) -> Query:
        CountTable.create(path, 1 << 10)
        table = CountTable(path, 1 << 10)
        limits = Limits(table, replace(Budgets(bits=4), **budgets), b"k" * 32)
        limits.tick(NOW)
        return made(OpenSitting(SITTING, KINDS, layers), SALTS, limits, bytearray(), NOW)

    def ask(self, header: bytes, client: str = CLIENTS[0]) -> State:
        """Both answers, salts of new challenges apart, and what was counted must be the same."""
        short, long = self.short.answer(header, client), self.long.answer(header, client)
        assert without_salt(short) == without_salt(long)
        assert self.short._records == self.long._records
        assert self.short._limits.table.slots.tolist() == self.long._limits.table.slots.tolist()
        return short[0]


def without_salt(answer: tuple[State, bytes]) -> Any:
    state, body = answer
    return (state, body[:30]) if state == State.CHALLENGE else answer


def header_of(query: list[str], bits: int = 4, at: int = NOW) -> bytes:
    salt, text = SALTS.issue(at, bits), coded(*query)
    return f"{salt}.{solve(SITTING, salt, text, bits)}.{text}".encode()


@pytest.fixture
def twins(tmp_path: Path, layers: tuple[Layer, ...]) -> Twins:
    return Twins(tmp_path, layers)


def queries() -> Iterator[list[str]]:
    for number, person in enumerate(people()):
        yield ["ticket-document", person.ticket, person.document]
        yield ["ticket-document", person.ticket.lower(), f" {person.document.lower()}"]
        yield ["ticket-document", person.ticket, document(900 + number)]
        yield ["ticket-document", person.ticket, person.document[:-1] + "9"]
        yield ["ticket-document", "99999999", person.document]
        yield ["document-name", person.document, person.name]


def test_both_ways_answer_alike(twins: Twins) -> None:
    found = [twins.ask(header_of(query)) for query in queries()]

    assert {State.FOUND, State.NOT_FOUND, State.MALFORMED} == set(found)


def test_the_short_way_is_taken(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    """Positive control: without the long way, ordinary people are still answered, overlays and all."""
    monkeypatch.setattr(Query, "answer", lambda *_: pytest.fail("the long way"))

    found = [twins.short.answer(compact(person.ticket, person.document), CLIENTS[0])[0] for person in people()]

    assert found == [State.FOUND] * 3


def compact(ticket: str, number: str) -> bytes:
    """As browsers write JSON: without spaces."""
    salt = SALTS.issue(NOW, 4)
    text = urlsafe_b64encode(f'["ticket-document","{ticket}","{number}"]'.encode()).rstrip(b"=").decode()
    return f"{salt}.{solve(SITTING, salt, text, 4)}.{text}".encode()


@pytest.mark.parametrize("letter", [b"\xe9", "é".encode(), b"a"])
def test_a_nonce_of_other_letters_than_ascii_is_answered_alike_however_well_it_solves(
    twins: Twins, letter: bytes
) -> None:
    salt, _, text = compact(people()[0].ticket, people()[0].document).split(b".")
    tries = (letter + str(number).encode() for number in count())
    nonce = next(it for it in tries if sha256(b".".join((SITTING.encode(), salt, text, it))).digest()[0] < 1 << 4)

    answer = twins.ask(b".".join((salt, nonce, text)))

    assert answer is (State.FOUND if letter.isascii() else State.MALFORMED)


STEPS = st.tuples(
    st.sampled_from(["right", "wrong", "malformed", "cheap", "old", "unsolved", "replay"]),
    st.integers(0, 2),
    st.sampled_from(CLIENTS),
)


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(STEPS, max_size=25))
def test_any_sequence_counts_alike(steps: list[tuple[str, int, str]], layers: tuple[Layer, ...]) -> None:
    """Limits low enough to be met: prices rise, salts wear out, pairs and prefixes are refused, both ways alike."""
    with tempfile.TemporaryDirectory() as folder:
        small = {"person_failures": 2, "pair_failures": 3, "salt_failures": 2, "prefix_persons_hard": 2}
        twins = Twins(Path(folder), layers, **small)
        shared = compact(people()[0].ticket, people()[0].document)
        for what, number, client in steps:
            twins.ask(shared if what == "replay" else step(what, people()[number]), client)


def step(what: str, person: Person) -> bytes:
    """One header of a kind."""
    query = ["ticket-document", person.ticket, person.document]
    if what == "cheap":
        return header_of(query, 2)
    if what == "old":
        return header_of(query, at=NOW - 601)
    if what == "unsolved":
        return compact(person.ticket, person.document).replace(b".", b".x", 1)
    return compact({"wrong": "99999999", "malformed": "1"}.get(what, person.ticket), person.document)


SHAPED = st.from_regex(rb"[A-Za-z0-9_-]{31}\.[0-9]{1,4}\.[A-Za-z0-9_-]{0,60}", fullmatch=True)


@settings(max_examples=60, deadline=None)
@given(header=st.binary(max_size=80) | SHAPED)
def test_any_bytes_are_answered_alike(header: bytes, layers: tuple[Layer, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Twins(Path(folder), layers).ask(header)


@settings(max_examples=100, deadline=None)
@given(
    place=st.floats(0, 1),
    letters=st.sampled_from([each * n for each in "-_.=+/ A9~" for n in (1, 4)]),
    cut=st.booleans(),
)
def test_letters_more_or_another_are_answered_alike(
    place: float, letters: str, cut: bool, layers: tuple[Layer, ...]
) -> None:
    """What the decoder passes over must not make the short way take what the long one refuses.

    Four letters too many are what the padding does not show.
    """
    salt, _, text = compact(people()[0].ticket, people()[0].document).decode().split(".")
    at = int(place * len(text))
    changed = text[:at] + letters + text[at + cut :]

    with tempfile.TemporaryDirectory() as folder:
        Twins(Path(folder), layers).ask(f"{salt}.{solve(SITTING, salt, changed, 4)}.{changed}".encode())


@pytest.mark.parametrize(
    "fields",
    [
        ("20260001", '1101"]199001011237'),
        ("20260001", '11010119900101123"'),
        ("20260001", "1101011990010112"),
        ("20260001", "11010119901301123X"),
        ("20260001", "X10101199001011237"),
        ('2026","0001', "110101199001011237"),
        ("2026\\u0030001", "110101199001011237"),
        ("2026000a", "110101199001011237"),
        ("20260", "110101199001011237"),
        ("2" * 33, "110101199001011237"),
    ],
)
def test_what_is_not_clean_is_answered_alike(fields: tuple[str, str], twins: Twins) -> None:
    assert twins.ask(compact(*fields)) in (State.MALFORMED, State.NOT_FOUND)


def test_a_damaged_entry_is_never_not_found(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "scene")
    sealed = scene.seal(people())
    opened = layer(scene, sealed, BASE_AT)
    path = scene.public / sealed.ref.path / "records.bin"
    data = bytearray(path.read_bytes())
    for at in range(0, len(data), 512):
        data[at + 100] ^= 1
    with path.open("r+b") as stream:
        stream.write(data)

    twins = Twins(tmp_path, (opened,))

    assert {twins.ask(compact(person.ticket, person.document)) for person in people()} == {State.UNAVAILABLE}
