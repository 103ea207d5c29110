"""Name and birth date: sealed for those whom it leads to alone, where their province allows it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fangbang.exams.vocabulary import CredentialKind
from fangbang.keeper.namesakes import Namesakes
from fangbang.keeper.sealing import BaseSource, Books, OverlaySource, Scope, Secrets
from fangbang.people.rules import birth_date, resident_id_check_digit
from fangbang.snapshot.buckets import Item
from tests.keeper.office import SITTING, Office, row
from tests.keeper.opening import KINDS
from tests.keeper.test_overlays import answers

ALLOWED, OTHER = "330000", "110000"
BY_BIRTH = CredentialKind.NAME_BIRTH
POLICY = {**KINDS, ALLOWED: (*KINDS[""], BY_BIRTH)}
SECRETS = Secrets(bytes(32), bytes(16), bytes(range(32)), SITTING)
BIRTH = "19900101"


def citizen(serial: int, birth: str = BIRTH) -> str:
    first = f"330106{birth}{serial:03}"
    return first + resident_id_check_digit(first)


def person(serial: int, name: str = "张伟", birth: str = BIRTH, province: str = ALLOWED, **more: Any) -> dict[str, Any]:
    return row(serial, name=name, doc_number=citizen(serial, birth), province=province, **more)


def books(office: Office, kinds: Any = None, scope: Scope | None = None) -> Books:
    return Books(office.folders.books, office.store._keys, kinds or POLICY, scope or Scope())


def sealed(office: Office, rows: list[dict[str, Any]], **options: Any) -> list[Item]:
    return list(BaseSource(books(office, **options), office.book(rows), SECRETS).items(0, 1))


def found(listed: list[Item], name: str, birth: str = BIRTH) -> bool:
    return bool(answers(listed).get(SECRETS.pepperer().m(BY_BIRTH, name, birth)))


def test_a_person_without_a_namesake_is_found(office: Office) -> None:
    listed = sealed(office, [person(1), person(2, name="李娜"), person(3, birth="19910101")])

    assert [found(listed, "张伟"), found(listed, "李娜"), found(listed, "张伟", "19910101")] == [True] * 3
    assert not found(listed, "李娜", "19910101")


def test_it_is_off_unless_a_province_allows_it(office: Office) -> None:
    listed = sealed(office, [person(1)], kinds=KINDS)

    assert not found(listed, "张伟")
    assert Namesakes.of(office.store, office.book([person(1)]), KINDS, Scope().holds) is None


def test_only_the_people_of_that_province_are_found(office: Office) -> None:
    listed = sealed(office, [person(1), person(2, name="李娜", province=OTHER)])

    assert [found(listed, "张伟"), found(listed, "李娜")] == [True, False]


@pytest.mark.parametrize(
    "other",
    [
        person(2),
        person(2, province=OTHER),
        person(2, level="middle"),
        person(2, name="张 伟"),
        row(2, name="张伟", doc_type="passport", doc_number="E12345678", province=OTHER),
    ],
    ids=["same province", "a province without the kind", "outside the scope", "other spelling", "birth not known"],
)
def test_whom_somebody_else_could_be_taken_for_is_refused(office: Office, other: dict[str, Any]) -> None:
    listed = sealed(office, [person(1), other], scope=Scope(levels=("junior",)))

    assert not found(listed, "张伟")


@pytest.mark.parametrize(
    ("stored", "typed"),
    [("王\ue863", "王䶮"), ("王䶮", "王\ue863"), ("阿依古丽•买买提", "阿依古丽·买买提"), ("𠮷田", "𠮷 田")],
)
def test_every_spelling_of_a_name_leads_there(office: Office, stored: str, typed: str) -> None:
    assert found(sealed(office, [person(1, name=stored)]), typed)


def test_a_passports_holder_has_no_birth_date_to_be_found_by(office: Office) -> None:
    rows = [row(1, name="Smith", doc_type="passport", doc_number="E12345678", province=ALLOWED)]

    assert not found(sealed(office, rows), "SMITH", "")


@pytest.mark.parametrize(
    ("kind", "number", "birth"),
    [
        ("resident-id", "33010619900101001X", "19900101"),
        ("hmt-residence", "810000199912310011", "19991231"),
        ("resident-id", "330106199013010019", ""),
        ("resident-id", "330106900101001", ""),
        ("passport", "330106199001010019", ""),
    ],
)
def test_the_birth_date_of_a_document(kind: str, number: str, birth: str) -> None:
    assert birth_date(kind, number) == birth


people = st.lists(
    st.tuples(
        st.integers(1, 5), st.sampled_from("甲乙"), st.sampled_from([ALLOWED, OTHER]), st.sampled_from(["59", "61"])
    ),
    max_size=6,
    unique_by=lambda drawn: drawn[0],
)


def drawn_rows(drawn: list[tuple[int, str, str, str]]) -> list[dict[str, Any]]:
    """People of two names, all born on one day."""
    return [person(serial, name, province=province, mark=mark) for serial, name, province, mark in sorted(drawn)]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people, people, st.sampled_from([(), (ALLOWED,)]))
def test_base_and_overlay_together_answer_like_a_seal_of_the_new_run(
    office: Office,
    old: list[tuple[int, str, str, str]],
    new: list[tuple[int, str, str, str]],
    provinces: tuple[str, ...],
) -> None:
    """A name passes from one person to another, becomes shared or ceases to be, in and out of the release's scope."""
    scope = Scope(provinces=provinces)
    first, second = office.book(drawn_rows(old)), office.book(drawn_rows(new))
    changes = OverlaySource(books(office, scope=scope), first, second, SECRETS)

    below = answers(list(BaseSource(books(office, scope=scope), first, SECRETS).items(0, 1)))
    listed = list(changes.items(0, 1))
    above = answers(listed)
    wanted = answers(list(BaseSource(books(office, scope=scope), second, SECRETS).items(0, 1)))

    asked = below.keys() | wanted.keys()
    assert {m: above.get(m, below.get(m)) or None for m in asked} == {m: wanted.get(m) or None for m in asked}
    pointers = {m for item in listed for m in item.pointers}
    assert not pointers & {item.m for item in listed if not item.wire}, "no tombstone where a pointer leads"
