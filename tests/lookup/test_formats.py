"""What may be typed: forgiven spellings, and the field that is named when the shape is wrong."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.exams.vocabulary import CredentialKind
from fangbang.lookup import formats
from fangbang.lookup.formats import (
    FIELDS,
    MAX_TYPED,
    Judged,
    birth_residue,
    folded,
    is_birth,
    is_document,
    is_name,
    is_number,
    residue,
)
from fangbang.snapshot.derive import FIELDS as HASHED_FIELDS
from tests.lookup.scene import document

RESIDENT = st.builds(document, st.integers(0, 999), st.sampled_from(["110101", "810000", "990101"]))


@given(RESIDENT)
def test_a_right_check_digit_is_accepted(number: str) -> None:
    assert is_document(number)


@given(RESIDENT, st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_of_a_resident_number_is_noticed(number: str, place: int, step: int) -> None:
    old = 10 if number[place] == "X" else int(number[place])
    wrong = number[:place] + str((old + step) % 10) + number[place + 1 :]

    accepted = is_document(wrong)

    # A digit that breaks the birth date makes it another kind of number, which is left alone.
    assert accepted == (wrong == number or not is_birth(wrong[6:14]))


def test_a_resident_number_one_digit_short_is_noticed() -> None:
    assert [is_document(text) for text in (document(1)[:-1], "99999999999999999")] == [False, True]


def test_eighteen_digits_of_another_country_are_left_alone() -> None:
    assert is_document("999999999999999999")


@pytest.mark.parametrize("text", ["", "1234", "1" * 33, "12 345", "１２３４５６", "12345é"])
def test_no_document_has_this_shape(text: str) -> None:
    assert not is_document(text)


@pytest.mark.parametrize(("text", "good"), [("123456", True), ("12345", False), ("A" * 32, True), ("A-12345", False)])
def test_numbers(text: str, good: bool) -> None:
    assert is_number(text) == good


@pytest.mark.parametrize(("text", "good"), [("王䶮", True), ("", False), ("张3", False), ("A\u0007", False)])
def test_names(text: str, good: bool) -> None:
    assert is_name(text) == good


@pytest.mark.parametrize(("text", "good"), [("19900131", True), ("19901331", False), ("1990013", False)])
def test_birth_dates(text: str, good: bool) -> None:
    assert is_birth(text) == good


def test_spellings_are_forgiven() -> None:
    number = document(10)
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in number.lower())

    assert folded("ticket-document", [" 2026 0100-0001 ", wide]) == (["202601000001", number], "")
    assert (
        folded("document-name", [f"{number[:6]} {number[6:]}", "阿依古丽\u2022买买提"])[0][1] == "阿依古丽\u00b7买买提"
    )


def test_the_first_malformed_field_is_named() -> None:
    assert folded("ticket-document", ["1", "2"])[1] == "ticket"
    assert folded("document-name", [document(1), "7"])[1] == "name"
    assert folded("name-birth", ["张三", "1990"])[1] == "birth"


@pytest.mark.parametrize("query", [("none", ["a", "b"]), ("ticket-document", ["a"]), ("bound", ["a"])])
def test_unknown_kinds_and_wrong_counts_are_named_kind(query: tuple[str, list[str]]) -> None:
    assert folded(*query)[1] == "kind"


def test_a_text_beyond_the_limit_is_malformed() -> None:
    assert folded("document-name", [document(1), "张" * (MAX_TYPED + 1)])[1] == "name"


def test_the_fields_are_those_that_the_snapshot_hashes() -> None:
    assert {kind: len(names) for kind, names in FIELDS.items()} == {
        kind: len(folds) for kind, folds in HASHED_FIELDS.items() if kind != CredentialKind.BOUND
    }


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_judged_without_an_error(first: str, second: str) -> None:
    for kind in FIELDS:
        values, malformed = folded(kind, [first, second])
        assert (len(values) == 2) == (malformed == "")


@given(
    st.sampled_from([residue, birth_residue]), st.binary(max_size=8) | st.from_regex(rb"[0-9]{4,8}X?", fullmatch=True)
)
def test_a_part_is_judged_alike_when_it_is_remembered(judge: Callable[[str], int], part: bytes) -> None:
    judged = Judged(judge)

    first, again = judged[part], judged[part]

    assert first == again == judge(part.decode("latin-1") if part.isascii() else "?")


def test_what_is_remembered_of_parts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "_CACHED", 8)
    judged = Judged(residue)

    for number in range(40):
        assert judged[b"%06d" % number] == residue(f"{number:06d}")

    assert len(judged) <= 8
