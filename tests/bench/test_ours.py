"""What is asked of our own lookup, and how its answers are judged."""

import json
from base64 import urlsafe_b64decode

from bench import cohort
from bench.ours import BITS, exchange_judge, expected, fetch_salts, judge_of, request_for
from bench.snapshot import CohortSource, record_of
from fangbang.lookup.answers import record_json
from fangbang.lookup.challenge import is_solved
from fangbang.snapshot.record import decode, encode
from tests.bench.server import ok, serving

PEOPLE = list(cohort.cohort(40))
AT = "2026-08-20T02:00:00.000000Z"


def answer_about(person: cohort.Candidate) -> bytes:
    head = json.dumps({"state": "found", "sitting": cohort.SITTING, "published_at": AT}).encode()
    return head[:-1] + b',"record":' + record_json(encode(record_of(person))) + b"}"


def test_a_request_carries_a_solved_challenge_for_its_person() -> None:
    request = request_for(PEOPLE[5], "A" * 31)

    salt, nonce, coded = request.partition(b"Fangbang-Query: ")[2].strip().decode().split(".")

    assert is_solved(f"{cohort.SITTING}.{salt}.{coded}.{nonce}", BITS)
    query = json.loads(urlsafe_b64decode(coded + "=" * (-len(coded) % 4)))
    assert query == ["ticket-document", PEOPLE[5].ticket, PEOPLE[5].document]


def test_an_exchange_asks_for_a_challenge_before_each_query() -> None:
    judge = exchange_judge(lambda number, _: number == 2)
    challenge = json.dumps({"state": "challenge", "salt": "A" * 31, "bits": BITS}).encode()

    said = [judge(0, challenge), judge(1, b"{}"), judge(5, b"{}"), judge(2, challenge.replace(b"A", b"AA"))]

    assert said == [True, False, True, False]


def test_the_lookups_own_encoding_of_a_record_is_the_expected_answer() -> None:
    judge = judge_of(PEOPLE, AT)

    assert all(judge(number, answer_about(person)) for number, person in enumerate(PEOPLE))


def test_a_neighbours_record_is_not() -> None:
    assert not judge_of(PEOPLE, AT)(5, answer_about(PEOPLE[6]))


def test_one_changed_letter_is_not() -> None:
    assert not judge_of(PEOPLE, AT)(5, answer_about(PEOPLE[5]).replace(b'"60"', b'"61"', 1))


def test_a_member_that_is_missing_is_not() -> None:
    said = expected(PEOPLE[5], AT)
    del said["published_at"]

    assert not judge_of(PEOPLE, AT)(5, json.dumps(said).encode())


def test_the_snapshots_items_are_the_cohort_however_it_is_shared_out() -> None:
    source = CohortSource(len(PEOPLE), pepper=bytes(32))

    parts = [list(source.items(share, 3)) for share in range(3)]

    whole = [item.wire for item in source.items(0, 1)]
    assert sorted(item.wire for part in parts for item in part) == sorted(whole)
    assert [decode(wire).ticket for wire in whole] == [person.ticket for person in PEOPLE]


def test_salts_are_fetched_in_batches() -> None:
    def challenges(asked: bytes) -> list[bytes]:
        return [ok(b'{"salt":"abc-_9","bits":8}')] * asked.count(b"GET /challenge")

    with serving(challenges) as port:
        assert fetch_salts(port, 150) == ["abc-_9"] * 150
