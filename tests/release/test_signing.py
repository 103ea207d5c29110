"""Signed orders: two different approvers, none of them an importer, under exactly this document."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.errors import FangbangError, Problem
from fangbang.release.problems import (
    APPROVER_IS_IMPORTER,
    BAD_DOCUMENT,
    BAD_SIGNATURE,
    GATE_RED,
    NOT_AN_APPROVER,
    SAME_APPROVER,
    TOO_FEW_APPROVALS,
    UNTRUSTED_KEY,
)
from fangbang.release.rules import (
    Approval,
    TrustedKey,
    check_approvals,
    check_schedule,
    check_withdrawal,
    load_trust,
    schedule_order,
    sign_report,
    sign_schedule,
    sign_withdrawal,
    trust_document,
    withdrawal_order,
)
from tests.release.people import CHEN, FACTS, LIU, NOW, PEOPLE, QIAN, TRUSTED, WANG, ZHAO, Person, report

REPORT = report()


def signed(*people: Person, document: dict[str, Any] = REPORT) -> list[Approval]:
    """These people's signatures under a report."""
    return [sign_report(person.key, document, person.id) for person in people]


def refusal(act: Callable[[], object]) -> Problem:
    """The problem that an act is refused with."""
    with pytest.raises(FangbangError) as caught:
        act()
    return caught.value.problem


def test_two_different_approvers_are_enough() -> None:
    check_approvals(REPORT, signed(WANG, ZHAO), TRUSTED)
    check_approvals(REPORT, signed(WANG, ZHAO, QIAN), TRUSTED)
    check_approvals(REPORT, [item.to_json() for item in signed(WANG, ZHAO)], TRUSTED)


@pytest.mark.parametrize(
    ("people", "problem"),
    [
        ((), TOO_FEW_APPROVALS),
        ((WANG,), TOO_FEW_APPROVALS),
        ((WANG, WANG), SAME_APPROVER),
        ((WANG, LIU), APPROVER_IS_IMPORTER),
        ((WANG, ZHAO, LIU), APPROVER_IS_IMPORTER),
        ((WANG, CHEN), NOT_AN_APPROVER),
    ],
)
def test_people_who_do_not_make_two_fit_approvers_are_refused(people: tuple[Person, ...], problem: Problem) -> None:
    assert refusal(lambda: check_approvals(REPORT, signed(*people), TRUSTED)) == problem


def test_a_key_that_is_not_enrolled_is_refused() -> None:
    trusted = {key: value for key, value in TRUSTED.items() if value.operator != "zhao"}

    assert refusal(lambda: check_approvals(REPORT, signed(WANG, ZHAO), trusted)) == UNTRUSTED_KEY


def test_one_person_with_two_names_for_one_key_is_refused() -> None:
    twice = replace(signed(WANG)[0], operator="zhao")

    assert refusal(lambda: check_approvals(REPORT, [*signed(WANG), twice], TRUSTED)) == UNTRUSTED_KEY


def test_one_person_with_two_keys_is_still_one_person() -> None:
    second = Person("wang-2").key
    mine = TrustedKey("wang", "Wang", second.public_key().public_bytes_raw(), frozenset({"approver"}))

    problem = refusal(
        lambda: check_approvals(
            REPORT, [*signed(WANG), sign_report(second, REPORT, "wang")], {**TRUSTED, mine.key_id: mine}
        )
    )

    assert problem == SAME_APPROVER


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values of a JSON document."""
    if isinstance(value, dict):
        return [leaf for name, item in value.items() for leaf in leaves(item, (*path, name))]
    if isinstance(value, list) and value:
        return [leaf for place, item in enumerate(value) for leaf in leaves(item, (*path, place))]
    return [path]


@given(st.sampled_from(leaves(REPORT)))
def test_a_report_altered_anywhere_is_refused(path: tuple[Any, ...]) -> None:
    approvals = signed(WANG, ZHAO)
    altered = report(FACTS)
    place: Any = altered
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = "altered"

    assert refusal(lambda: check_approvals(altered, approvals, TRUSTED)) in (BAD_SIGNATURE, BAD_DOCUMENT)


@given(st.integers(0, 511))
def test_a_signature_with_one_bit_flipped_is_refused(bit: int) -> None:
    first, second = signed(WANG, ZHAO)
    flipped = (int(first.signature, 16) ^ (1 << bit)).to_bytes(64, "big").hex()

    assert refusal(lambda: check_approvals(REPORT, [replace(first, signature=flipped), second], TRUSTED)) == (
        BAD_SIGNATURE
    )


def test_importers_cannot_be_struck_off_the_report() -> None:
    hidden = {**REPORT, "importers": []}

    assert refusal(lambda: check_approvals(hidden, signed(WANG, LIU, document=hidden), TRUSTED)) == BAD_DOCUMENT


def test_a_red_gate_is_refused_however_many_sign() -> None:
    red = {**REPORT, "gate": [{"check": "joins", "light": "red", "reasons": [], "overrides": []}]}

    assert refusal(lambda: check_approvals(red, signed(WANG, ZHAO, QIAN, document=red), TRUSTED)) == GATE_RED


def test_an_approval_of_a_report_sets_no_hour() -> None:
    order = schedule_order(release="rel-1", sitting="s", snapshot="aa", header="bb", t=NOW, serial=1)
    hours = [sign_schedule(person.key, order, person.id) for person in (WANG, ZHAO)]

    assert check_schedule(order, hours, TRUSTED) == NOW
    assert refusal(lambda: check_schedule(order, signed(WANG, ZHAO), TRUSTED)) == BAD_SIGNATURE
    assert refusal(lambda: check_approvals(REPORT, hours, TRUSTED)) == BAD_SIGNATURE


@pytest.mark.parametrize(
    "change",
    [
        {"t": "2026-08-20T01:00:01.000000Z"},
        {"serial": 2},
        {"snapshot": "ab"},
    ],
)
def test_an_hour_moved_needs_new_signatures(change: dict[str, Any]) -> None:
    order = schedule_order(release="rel-1", sitting="s", snapshot="aa", header="bb", t=NOW, serial=1)
    hours = [sign_schedule(person.key, order, person.id) for person in (WANG, ZHAO)]

    assert refusal(lambda: check_schedule({**order, **change}, hours, TRUSTED)) == BAD_SIGNATURE


@pytest.mark.parametrize(
    "change", [{"t": 5}, {"t": "tomorrow"}, {"serial": "1"}, {"more": 1}, {"format": "fangbang-report/1"}]
)
def test_a_malformed_hour_is_refused(change: dict[str, Any]) -> None:
    order = {**schedule_order(release="rel-1", sitting="s", snapshot="aa", header="bb", t=NOW, serial=1), **change}
    hours = [sign_schedule(person.key, order, person.id) for person in (WANG, ZHAO)]

    assert refusal(lambda: check_schedule(order, hours, TRUSTED)) == BAD_DOCUMENT


def test_an_importer_sets_no_hour() -> None:
    order = schedule_order(release="rel-1", sitting="s", snapshot="aa", header="bb", t=NOW, serial=1)
    hours = [sign_schedule(person.key, order, person.id) for person in (WANG, LIU)]

    assert refusal(lambda: check_schedule(order, hours, TRUSTED, importers=["liu"])) == APPROVER_IS_IMPORTER


def test_one_approver_may_withdraw() -> None:
    order = withdrawal_order(release="rel-1", sitting="s", snapshot="aa", zh="更正中", en="being corrected")

    check_withdrawal(order, [sign_withdrawal(LIU.key, order, "liu")], TRUSTED)

    assert refusal(lambda: check_withdrawal(order, [], TRUSTED)) == TOO_FEW_APPROVALS
    assert refusal(lambda: check_withdrawal(order, [sign_withdrawal(CHEN.key, order, "chen")], TRUSTED)) == (
        NOT_AN_APPROVER
    )


def test_the_trust_file_comes_back_as_it_was_written() -> None:
    assert load_trust(trust_document(person.trusted for person in PEOPLE)) == TRUSTED


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b'{"format":"fangbang-trust/2","keys":[]}',
        b'{"format":"fangbang-trust/1","keys":[{}]}',
        trust_document([WANG.trusted]).replace(b'"key_id":"', b'"key_id":"0'),
    ],
)
def test_a_damaged_trust_file_is_refused(data: bytes) -> None:
    assert refusal(lambda: load_trust(data)) == BAD_DOCUMENT
