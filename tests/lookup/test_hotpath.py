"""The query's answers, on a sealed snapshot, without a server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.errors import FangbangError
from fangbang.lookup.answers import State, record_json
from fangbang.lookup.challenge import LIFETIME, Salts, solve
from fangbang.lookup.counting import CountTable
from fangbang.lookup.derivation import FoldedPepperer
from fangbang.lookup.formats import FIELDS
from fangbang.lookup.hotpath import MAX_HEADER, Layer, OpenSitting, Query
from fangbang.lookup.limits import Budgets, Limits
from fangbang.lookup.records import ENTRY
from fangbang.snapshot.reader import Snapshot
from fangbang.snapshot.record import OUTCOMES, STATEMENTS, STATUSES, Record, SubjectLine, decode, encode
from tests.lookup.scene import SITTING, Person, Scene, Sealed, coded, document, people, record

NOW = 1_790_000_000
BASE_AT, OVERLAY_AT = "2026-03-01T02:00:00.000000Z", "2026-04-01T02:00:00.000000Z"
SALTS = Salts(b"s" * 32)


class Bench(NamedTuple):
    """A query and what it writes to."""

    query: Query
    limits: Limits
    records: bytearray

    def ask(self, *fields: str, client: str = "192.0.2.1", bits: int = 4, at: int = NOW) -> tuple[State, Any]:
        salt, text = SALTS.issue(at, bits), coded(*fields)
        return self.send(f"{salt}.{solve(SITTING, salt, text, bits)}.{text}", client)

    def send(self, header: str, client: str = "192.0.2.1") -> tuple[State, Any]:
        state, body = self.query.answer(header.encode(errors="replace"), client)
        return state, msgspec.json.decode(body)


def layer(scene: Scene, sealed: Sealed, published_at: str) -> Layer:
    snapshot = Snapshot.open(scene.public / sealed.ref.path)
    pepper = FoldedPepperer(bytes.fromhex(sealed.letter.pepper), SITTING)
    return Layer(snapshot.unlock(bytes.fromhex(sealed.letter.release_key)), pepper, published_at)


MakeBench = Callable[..., Bench]


@pytest.fixture
def make(tmp_path: Path) -> MakeBench:
    def made(
        *layers: Layer,
        budgets: Budgets | None = None,
        kinds: frozenset[str] = frozenset({"ticket-document", "document-name"}),
    ) -> Bench:
        CountTable.create(tmp_path / "table", 1 << 14)
        limits = Limits(CountTable(tmp_path / "table", 1 << 14), budgets or Budgets(bits=4), b"k" * 32)
        limits.tick(NOW)
        records = bytearray()
        return Bench(Query(OpenSitting(SITTING, kinds, layers), SALTS, limits, records, NOW), limits, records)

    return made


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "scene")


@pytest.fixture
def bench(scene: Scene, make: MakeBench) -> Bench:
    return make(layer(scene, scene.seal(people()), BASE_AT))


def test_a_right_credential_finds_the_record(bench: Bench) -> None:
    person = people()[1]

    state, answer = bench.ask("ticket-document", person.ticket, person.document)

    assert state == State.FOUND
    assert answer["published_at"] == BASE_AT
    assert answer["record"]["name"] == "王䶮"
    assert answer["record"]["subjects"][1] == {
        "subject": "policy",
        "ticket": person.ticket + "7",
        "mark": None,
        "code": -1,
        "line": "60",
        "status": "absent",
    }
    assert "layout" not in answer["record"]


def test_another_credential_finds_the_same_record(bench: Bench) -> None:
    person = people()[1]

    by_name = bench.ask("document-name", f" {person.document.lower()}", "王 䶮")

    assert by_name == bench.ask("ticket-document", person.ticket, person.document)


def test_wrong_birth_dates_count_against_the_name(scene: Scene, make: MakeBench) -> None:
    """Who tries dates for one name is stopped at that name, whatever date comes next; other names stay free."""
    bench = make(
        layer(scene, scene.seal(people()), BASE_AT),
        budgets=Budgets(bits=4, top_bits=4, pair_failures=3),
        kinds=frozenset({"name-birth"}),
    )
    person, other = people()[0], people()[2]

    tries = [bench.ask("name-birth", person.name, f"1990010{day}")[0] for day in range(1, 6)]

    assert tries == [State.NOT_FOUND] * 3 + [State.LIMITED] * 2
    assert bench.ask("name-birth", f" {person.name}", person.birth)[0] == State.LIMITED
    assert bench.ask("name-birth", person.name, person.birth, client="198.51.100.1")[0] == State.FOUND
    assert bench.ask("name-birth", other.name, other.birth)[0] == State.FOUND


def test_every_miss_is_the_same_answer(bench: Bench) -> None:
    person, other = people()[0], people()[1]

    misses = [
        bench.ask("ticket-document", "99999999", person.document),
        bench.ask("ticket-document", person.ticket, document(999)),
        bench.ask("ticket-document", person.ticket, other.document),
        bench.ask("document-name", person.document, other.name),
    ]

    assert misses == [(State.NOT_FOUND, {"state": "not-found", "sitting": SITTING})] * 4


def test_a_replay_is_the_same_query_and_gets_the_same_answer(bench: Bench) -> None:
    person = people()[0]
    salt, text = SALTS.issue(NOW, 4), coded("ticket-document", person.ticket, person.document)
    header = f"{salt}.{solve(SITTING, salt, text, 4)}.{text}"

    assert bench.send(header) == bench.send(header)


def test_a_proof_is_bound_to_its_query(bench: Bench) -> None:
    salt, text = SALTS.issue(NOW, 16), coded("ticket-document", "20260001", document(1))
    nonce = solve(SITTING, salt, text, 16)

    state, answer = bench.send(f"{salt}.{nonce}.{coded('ticket-document', '20260002', document(1))}")

    assert (state, answer["reason"], answer["bits"]) == (State.CHALLENGE, "solve", 4)
    assert SALTS.read(answer["salt"], NOW)[0] == 4


def test_a_lapsed_salt_gets_a_new_one(bench: Bench) -> None:
    person = people()[0]

    state, answer = bench.ask("ticket-document", person.ticket, person.document, at=NOW - LIFETIME)

    assert (state, answer["state"]) == (State.CHALLENGE, "challenge")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (("ticket-document", "1", document(1)), "ticket"),
        (("ticket-document", "20260001", "11010119900101"[:3]), "document"),
        (("document-name", document(1), "7"), "name"),
        (("archive-document", "A1234567", document(1)), "kind"),
        (("bound", document(1)), "kind"),
        ((), "kind"),
    ],
)
def test_a_malformed_field_is_named_before_any_work_is_judged(bench: Bench, query: Any, field: str) -> None:
    assert bench.send(f"no-salt.0.{coded(*query)}") == (State.MALFORMED, {"state": "malformed", "field": field})


@given(header=st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_-]*\.[0-9]*\.[A-Za-z0-9_-]*", fullmatch=True))
def test_any_header_is_answered(header: str) -> None:
    query = Query(OpenSitting(SITTING, frozenset(), ()), SALTS, None, bytearray(), NOW)  # type: ignore[arg-type]

    state, _ = query.answer(header.encode(errors="replace"), "192.0.2.1")

    assert state == State.MALFORMED


def test_a_header_beyond_the_limit_is_refused(bench: Bench) -> None:
    assert bench.send("a.b." + "A" * MAX_HEADER)[0] == State.MALFORMED


def test_too_cheap_a_proof_is_asked_for_more(bench: Bench) -> None:
    person = people()[0]
    victim = bench.limits.person_of(person.document)
    for number in range(30):
        bench.limits.failed(f"10.0.{number}.1", victim, None)

    state, answer = bench.ask("ticket-document", person.ticket, person.document)

    assert (state, answer["reason"], answer["bits"]) == (State.CHALLENGE, "price", 6)
    assert bench.ask("ticket-document", person.ticket, person.document, bits=6)[0] == State.FOUND


def test_tickets_of_one_person_cannot_be_tried_without_end(bench: Bench) -> None:
    person = people()[0]

    states = [bench.ask("ticket-document", f"9{n:07}", person.document, bits=8)[0] for n in range(22)]

    assert states == [State.NOT_FOUND] * 20 + [State.LIMITED] * 2
    assert bench.ask("ticket-document", person.ticket, person.document, bits=8)[0] == State.LIMITED
    elsewhere = bench.ask("ticket-document", person.ticket, person.document, client="198.51.100.1", bits=8)
    assert elsewhere[0] == State.FOUND


def test_a_salt_wears_out(bench: Bench) -> None:
    salt = SALTS.issue(NOW, 4)
    states = []
    for number in range(7):
        text = coded("ticket-document", f"9{number:07}", document(number))
        states.append(bench.send(f"{salt}.{solve(SITTING, salt, text, 4)}.{text}")[0])

    assert states == [State.NOT_FOUND] * 5 + [State.CHALLENGE] * 2


def test_access_records_hold_time_and_a_keyed_hash_only(bench: Bench) -> None:
    person = people()[0]

    bench.ask("ticket-document", person.ticket, person.document)
    bench.ask("ticket-document", "99999999", person.document)

    assert len(bench.records) == 2 * ENTRY
    assert int.from_bytes(bench.records[:4], "big") == NOW
    assert bench.records[4:20] != bench.records[24:40]
    assert person.document.encode() not in bench.records


def test_an_overlay_decides_before_its_base(scene: Scene, make: MakeBench) -> None:
    first, second = people()[:2]
    base = scene.seal(people())
    corrected = Person(
        first.name, first.ticket, first.document, record(first.name, first.ticket, version=2, reason="r")
    )
    overlay = scene.seal([corrected], "overlay", bytes.fromhex(base.letter.pepper))

    bench = make(layer(scene, overlay, OVERLAY_AT), layer(scene, base, BASE_AT))

    _, changed = bench.ask("ticket-document", first.ticket, first.document)
    _, kept = bench.ask("ticket-document", second.ticket, second.document)
    assert (changed["record"]["version"], changed["published_at"]) == (2, OVERLAY_AT)
    assert (kept["record"]["version"], kept["published_at"]) == (1, BASE_AT)


def test_a_damaged_block_is_never_not_found(scene: Scene, make: MakeBench) -> None:
    """Positive control of the reader's checks: every byte of the record file is turned over."""
    sealed = scene.seal(people())
    opened = layer(scene, sealed, BASE_AT)
    path = scene.public / sealed.ref.path / "records.bin"
    path.write_bytes(bytes(value ^ 0xFF for value in path.read_bytes()))
    damaged = make(layer_of_damaged(scene, sealed, opened))

    answers = {damaged.ask("ticket-document", person.ticket, person.document)[0] for person in people()}

    assert answers == {State.UNAVAILABLE}


def layer_of_damaged(scene: Scene, sealed: Sealed, opened: Layer) -> Layer:
    snapshot = Snapshot.open(scene.public / sealed.ref.path, verify=False)
    return Layer(snapshot.unlock(bytes.fromhex(sealed.letter.release_key)), opened.pepperer, BASE_AT)


TEXT = st.text(max_size=8)
SUBJECTS = st.builds(
    SubjectLine,
    TEXT,
    TEXT,
    st.none() | st.just("61.5"),
    st.none() | st.integers(-9, -1),
    st.none() | st.just("60"),
    st.sampled_from([*STATUSES, "newer-word"]).map(str),
)
STATEMENT = st.tuples(st.sampled_from([*STATEMENTS, "newer.word"]).map(str), TEXT, st.integers(2000, 2050))
RECORDS = st.builds(
    Record,
    *[TEXT] * 8,
    st.sampled_from([*OUTCOMES, "newer-word"]).map(str),
    st.lists(SUBJECTS, max_size=4).map(tuple),
    st.lists(STATEMENT, max_size=4).map(tuple),
    st.integers(1, 9),
    TEXT,
)


@given(RECORDS)
def test_the_answer_says_what_the_record_says(sealed: Record) -> None:
    """The hot path reads the wire bytes by itself; `snapshot.record.decode` is the norm."""
    answer = msgspec.json.decode(record_json(encode(sealed)))

    read = msgspec.structs.asdict(decode(encode(sealed)))
    read.pop("layout")
    read["subjects"] = [
        {**msgspec.structs.asdict(item), "ticket": item.ticket or sealed.ticket} for item in sealed.subjects
    ]
    assert answer == {**read, "statements": [list(item) for item in sealed.statements]}


@given(st.binary(max_size=40))
def test_bytes_that_are_no_record_raise(data: bytes) -> None:
    with pytest.raises(FangbangError):
        record_json(data)


def test_every_kind_names_a_person() -> None:
    assert all("document" in names or "name" in names for names in FIELDS.values())
