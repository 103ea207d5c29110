"""Everybody serves the same people, and a changed answer does not pass."""

import json

import pytest

from bench import cohort
from bench.contestants import django_plan, fastapi_plan, peer_answer, peer_judge
from bench.peers import query

PEOPLE = list(cohort.cohort(500))


def body_of(person: cohort.Candidate) -> bytes:
    return json.dumps(peer_answer(person), default=str).encode()


def test_the_cohort_is_the_same_each_time() -> None:
    assert list(cohort.cohort(500)) == PEOPLE


@pytest.mark.parametrize("field", ["ticket", "document", "archive"])
def test_nobody_shares_a_number(field: str) -> None:
    assert len({getattr(person, field) for person in PEOPLE}) == len(PEOPLE)


def test_documents_have_right_check_digits_and_belong_to_nobody() -> None:
    assert all(query.document_is_valid(person.document) for person in PEOPLE)
    assert {person.document[14:17] for person in PEOPLE} == {"000"}


def test_a_wrong_check_digit_is_refused() -> None:
    document = PEOPLE[0].document
    others = [digit for digit in "0123456789X" if digit != document[17]]

    assert not any(query.document_is_valid(document[:17] + digit) for digit in others)


def test_the_whole_right_body_passes() -> None:
    judge = peer_judge(PEOPLE)

    assert all(judge(number, body_of(person)) for number, person in enumerate(PEOPLE))


def test_a_changed_mark_does_not_pass() -> None:
    said = json.loads(body_of(PEOPLE[3]))
    said["record"]["subjects"][1]["mark"] = "99.5"

    assert not peer_judge(PEOPLE)(3, json.dumps(said).encode())


def test_a_neighbours_answer_does_not_pass() -> None:
    assert not peer_judge(PEOPLE)(3, body_of(PEOPLE[4]))


@pytest.mark.parametrize("plan", [fastapi_plan, django_plan])
def test_a_peers_requests_hold_a_token_of_their_own(plan: type[object]) -> None:
    made = plan(80, PEOPLE)  # type: ignore[call-arg]

    assert len(set(made.requests)) == len(PEOPLE)  # type: ignore[attr-defined]
    assert made.repeat is False  # type: ignore[attr-defined]


def test_a_token_is_good_until_it_expires() -> None:
    token = query.new_token(expires=1000)

    assert query.token_serial(token, now=999) is not None
    assert query.token_serial(token, now=1000) is None


def test_a_forged_token_is_refused() -> None:
    token = query.new_token(expires=1000)
    forged = ("B" if token[0] == "A" else "A") + token[1:]

    assert query.token_serial(forged, now=1) is None
    assert query.token_serial("not base64 at all!", now=1) is None
