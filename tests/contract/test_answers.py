"""Every public JSON equals `docs/reference/answers.schema.json`: every state, every sort of record, as it is made.

The schema allows no further member and misses none, so that equality goes both ways; vocabularies are compared whole.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fastjsonschema
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fangbang.exams.vocabulary import Outcome, StatementCode, SubjectStatus
from fangbang.lookup.answers import State, plain, record_json
from fangbang.lookup.challenge import Salts
from fangbang.lookup.counting import CountTable
from fangbang.lookup.formats import FIELDS
from fangbang.lookup.hotpath import OpenSitting, Query
from fangbang.lookup.limits import Budgets, Limits
from fangbang.lookup.openings import closed_answer
from fangbang.lookup.pieces import record_bytes
from fangbang.snapshot.record import Record, SubjectLine, encode
from tests.lookup.policy import by_name_and_birth
from tests.lookup.scene import SITTING, Scene, ask, document, node, people, wait

SCHEMA: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs/reference/answers.schema.json").read_bytes())
PARTS = SCHEMA["definitions"]
NOW = 1_790_000_000


def checker(part: str) -> Callable[[Any], Any]:
    """Refuses what is not a `part` of the schema."""
    chosen = {"definitions": PARTS, "oneOf": [{"$ref": f"#/definitions/{part}"}]}
    check: Callable[[Any], Any] = fastjsonschema.compile({"$schema": SCHEMA["$schema"], **chosen})
    return check


ANSWER = checker("answer")


def is_valid(part: Callable[[Any], Any], value: Any) -> bool:
    try:
        part(value)
    except fastjsonschema.JsonSchemaException:
        return False
    return True


# ---- the schema itself ----


def test_every_state_has_its_shape() -> None:
    listed = [item["$ref"].rpartition("/")[2] for item in PARTS["answer"]["oneOf"]]

    assert listed == [state.word for state in State]
    assert [PARTS[word]["properties"]["state"]["const"] for word in listed] == listed


@pytest.mark.parametrize(
    ("known", "vocabulary"),
    [
        (PARTS["outcome"]["anyOf"][0]["enum"], Outcome),
        (PARTS["status"]["anyOf"][0]["enum"], SubjectStatus),
        (PARTS["statement"]["items"][0]["anyOf"][0]["enum"], StatementCode),
    ],
)
def test_the_vocabularies_are_whole(known: list[str], vocabulary: Any) -> None:
    assert known == [word.value for word in vocabulary]


def test_the_kinds_and_their_fields_are_whole() -> None:
    sitting = PARTS["sitting"]["properties"]["kinds"]
    names = [*dict.fromkeys(name for fields in FIELDS.values() for name in fields)]

    assert sitting["propertyNames"]["enum"] == [kind.value for kind in FIELDS]
    assert sorted(sitting["additionalProperties"]["items"]["enum"]) == sorted(names)
    assert sorted(PARTS["malformed"]["properties"]["field"]["enum"]) == sorted([*names, "kind", "query"])


# ---- records ----

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
decimals = st.decimals(0, 999, places=1).map(lambda mark: f"{mark.normalize():f}")
lines = st.builds(
    SubjectLine,
    words,
    words,
    st.none() | decimals,
    st.none() | st.integers(-99, -1),
    st.none() | decimals,
    st.sampled_from([*(word.value for word in SubjectStatus), "newer"]),
)
statements = st.tuples(
    st.sampled_from([*(word.value for word in StatementCode), "newer.word"]), words, st.integers(0, 3000)
)
records = st.builds(
    Record,
    name=words, document=words, ticket=words, province=words, city=words, level=words, category=words, specialty=words,
    outcome=st.sampled_from([*(word.value for word in Outcome), "newer"]),
    subjects=st.lists(lines, max_size=5).map(tuple),
    statements=st.lists(statements, max_size=8).map(tuple),
    version=st.integers(1, 9),
    reason=words,
)  # fmt: skip


@given(records)
def test_every_record_is_written_as_the_schema_says(record: Record) -> None:
    wire = encode(record)

    for written in (record_json(wire), record_bytes(wire)):
        checked = RECORD(json.loads(written))
        assert sorted(checked) == sorted(PARTS["record"]["required"])


RECORD = checker("record")
SOUND = json.loads(record_json(encode(people()[0].record)))


@pytest.mark.parametrize(
    "changed",
    [
        {"more": 1},
        {"version": 0},
        {"version": "1"},
        {"outcome": 1},
        {"outcome": "Passed!"},
        {"subjects": [{**SOUND["subjects"][0], "mark": 71.5}]},
        {"subjects": [{**SOUND["subjects"][0], "mark": "71.50"}]},
        {"subjects": [{key: value for key, value in SOUND["subjects"][0].items() if key != "line"}]},
        {"statements": [[]]},
        {"statements": [["window.owed", 1.5]]},
    ],
)
def test_another_shape_is_refused(changed: dict[str, Any]) -> None:
    """Positive control."""
    assert is_valid(RECORD, SOUND)
    assert not is_valid(RECORD, SOUND | changed)


@pytest.mark.parametrize("gone", sorted(SOUND))
def test_a_member_left_out_is_noticed(gone: str) -> None:
    """Positive control."""
    assert not is_valid(RECORD, {key: value for key, value in SOUND.items() if key != gone})


# ---- states that a node is not brought into here ----


@pytest.mark.parametrize("state", ["sealed", "scheduled", "published", "withdrawn"])
@pytest.mark.parametrize("t", [None, "2026-03-01T02:00:00.000000Z"])
@pytest.mark.parametrize("shut", [False, True])
def test_closed_sittings(state: str, t: str | None, shut: bool) -> None:
    assert is_valid(ANSWER, json.loads(closed_answer(SITTING, state, t, shut=shut)[1]))


def test_without_a_sitting() -> None:
    assert [
        is_valid(ANSWER, json.loads(plain(state))) for state in (State.UNAVAILABLE, State.OVERLOAD, State.CLOSED)
    ] == [True] * 3


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(st.integers(0, 20))
def test_more_work_and_no_more_queries(tmp_path: Path, bits: int) -> None:
    CountTable.create(tmp_path / "table", 1 << 8)
    limits = Limits(CountTable(tmp_path / "table", 1 << 8), Budgets(bits=4, prefix_persons_hard=1), b"k" * 32)
    limits.tick(NOW)
    query = Query(OpenSitting(SITTING, frozenset(), ()), Salts(b"s" * 32), limits, bytearray(), NOW)

    asked = [query.challenge("192.0.2.1", reason, bits) for reason in ("solve", "worn", "price")]
    query.direct("ticket-document", ["20260001", document(1)], "192.0.2.1")
    refused = query.direct("ticket-document", ["20260002", document(2)], "192.0.2.1")

    assert [is_valid(ANSWER, json.loads(body)) for _, body in (*asked, refused)] == [True] * 4
    assert refused[0] == State.LIMITED


# ---- a real node ----


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    scene = Scene(tmp_path_factory.mktemp("contract"))
    scene.seal(people())
    scene.post("published")
    exams = str(by_name_and_birth(scene.root / "exams"))
    with node(scene, "--challenge-bits", "4", "--exams", exams) as started, started.client() as opened:
        wait(lambda: opened.get("/board").json()["sittings"][SITTING]["state"] == "published", "the release")
        yield opened


def test_a_nodes_answers(client: httpx.Client) -> None:
    person = people()[0]
    answers = [
        ask(client, "ticket-document", person.ticket, person.document).json(),
        ask(client, "name-birth", person.name, person.birth).json(),
        ask(client, "ticket-document", "99999999", person.document).json(),
        ask(client, "ticket-document", "1", person.document).json(),
        ask(client, "nonsense").json(),
        client.post(f"/score/{SITTING}", headers={"fangbang-query": "nonsense"}).json(),
        client.get("/challenge").json(),
    ]

    assert [answer["state"] for answer in answers] == [
        "found", "found", "not-found", "malformed", "malformed", "malformed", "challenge"
    ]  # fmt: skip
    assert [is_valid(ANSWER, answer) for answer in answers] == [True] * 7


def test_a_nodes_board_and_sitting(client: httpx.Client) -> None:
    board = client.get("/board").json()
    sitting = client.get(f"/score/{SITTING}", headers={"accept": "application/json"}).json()
    standing = client.get("/status", headers={"accept": "application/json"}).json()

    assert is_valid(checker("board"), board)
    assert is_valid(checker("standing"), standing)
    assert is_valid(checker("sitting"), sitting)
    assert board["sittings"][SITTING] == sitting
