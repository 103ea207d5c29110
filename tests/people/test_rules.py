"""Identity documents by type, names, masks; and the column form held to the same answers."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.errors import Problem
from fangbang.people import problems
from fangbang.people.rules import (
    DocumentType,
    check_document,
    check_name,
    document_type,
    mask_document,
    mask_name,
    normalise_name,
    region_is_known,
    resident_id_check_digit,
)
from fangbang.people.rules.columns import document_codes, name_codes, normalise_names

SOUND = "11010519491231002X"
"""The example that GB 11643 itself gives."""


@pytest.mark.parametrize(
    ("kind", "number", "problem"),
    [
        (DocumentType.RESIDENT_ID, SOUND, None),
        (DocumentType.RESIDENT_ID, "440524188001010014", problems.DOCUMENT_BIRTH),
        (DocumentType.RESIDENT_ID, "", problems.DOCUMENT_BLANK),
        (DocumentType.RESIDENT_ID, "110105491231002", problems.DOCUMENT_OLD),
        (DocumentType.RESIDENT_ID, SOUND[:-1], problems.DOCUMENT_LENGTH),
        (DocumentType.RESIDENT_ID, "1.10105E+17", problems.DOCUMENT_SPREADSHEET),
        (DocumentType.RESIDENT_ID, "11010519491231O02X", problems.DOCUMENT_CHARACTERS),
        (DocumentType.RESIDENT_ID, "110105194912310021", problems.DOCUMENT_CHECK),
        (DocumentType.RESIDENT_ID, "110105194902300025", problems.DOCUMENT_BIRTH),
        (DocumentType.HMT_RESIDENCE, SOUND, problems.DOCUMENT_REGION),
        (DocumentType.HK_MACAO_PERMIT, "H12345678", None),
        (DocumentType.HK_MACAO_PERMIT, "M1234567801", None),
        (DocumentType.HK_MACAO_PERMIT, "12345678", problems.DOCUMENT_FORMAT),
        (DocumentType.TAIWAN_PERMIT, "12345678", None),
        (DocumentType.TAIWAN_PERMIT, "1234567801B", None),
        (DocumentType.TAIWAN_PERMIT, "1234567", problems.DOCUMENT_FORMAT),
        (DocumentType.PASSPORT, "E12345678", None),
        (DocumentType.PASSPORT, "护照123", problems.DOCUMENT_FORMAT),
        (DocumentType.FOREIGNER_RESIDENCE, "CAN110080010101", None),
        (DocumentType.FOREIGNER_RESIDENCE, "911124199108030024", problems.DOCUMENT_CHECK),
        (DocumentType.OTHER, "军字第1234567号", None),
        (DocumentType.OTHER, "12", problems.DOCUMENT_FORMAT),
    ],
)
def test_documents_by_type(kind: DocumentType, number: str, problem: Problem | None) -> None:
    assert check_document(kind, number, last_year=2010) == problem


def test_a_birth_year_after_the_last_possible_one_is_refused() -> None:
    assert check_document(DocumentType.RESIDENT_ID, SOUND, last_year=1948) == problems.DOCUMENT_BIRTH


def test_the_region_is_only_warned_about() -> None:
    body = "99010519491231002"
    number = body + resident_id_check_digit(body)

    assert check_document(DocumentType.RESIDENT_ID, number) is None
    assert (region_is_known(number), region_is_known(SOUND)) == (False, True)


@given(
    st.from_regex(r"[1-8][0-9]{5}19[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}", fullmatch=True),
    st.integers(0, 16),
    st.integers(1, 9),
)
def test_any_single_wrong_digit_is_caught(body: str, place: int, by: int) -> None:
    number = body + resident_id_check_digit(body)
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]

    assert check_document(DocumentType.RESIDENT_ID, number) is None
    assert check_document(DocumentType.RESIDENT_ID, wrong) is not None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(DocumentType)),
            st.one_of(
                st.text(alphabet="0123456789XHMEA.+军", max_size=19),
                st.from_regex(r"[0-9]{6}(19|20)[0-9]{2}[0-1][0-9][0-3][0-9][0-9]{3}[0-9X]", fullmatch=True),
                st.from_regex(r"[1-9][0-9]{5}19[0-9]{2}0[1-9][0-2][1-8][0-9]{3}", fullmatch=True).map(
                    lambda body: body + resident_id_check_digit(body)
                ),
            ),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_columns_decide_as_the_rule_does(items: list[tuple[DocumentType, str]]) -> None:
    frame = pl.DataFrame({"kind": [kind.value for kind, _ in items], "number": [number for _, number in items]})

    codes = frame.select(document_codes(pl.col("kind"), pl.col("number"), 2010)).to_series().to_list()

    said = [check_document(kind, number, 2010) for kind, number in items]
    assert codes == [problem.code if problem else None for problem in said]


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("张三", "张三"),
        (" 张 三 ", "张三"),
        ("张\u3000三", "张三"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉・买买提", "阿卜杜拉·买买提"),
        ("王\ue863", "王䶮"),
        ("John   Smith", "John Smith"),
        ("Jose\u0301", "José"),
        ("张\u200b三", "张三"),
    ],
)
def test_names_are_stored_in_one_spelling(written: str, stored: str) -> None:
    assert normalise_name(written) == stored


@given(st.text(max_size=12))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise_name(text)

    assert normalise_name(once) == once


@given(st.lists(st.text(alphabet="张三䶮·•A é1🙂\ue863\u3000", max_size=6), min_size=1, max_size=10))
def test_name_columns_decide_as_the_rules_do(names: list[str]) -> None:
    series = pl.Series("name", names)

    stored = normalise_names(series)

    assert stored.to_list() == [normalise_name(name) for name in names]
    said = [check_name(name) for name in stored]
    assert name_codes(stored).to_list() == [problem.code if problem else None for problem in said]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("张三", None),
        ("阿卜杜拉·买买提", None),
        ("John O'Neil-Smith", None),
        ("㐂𠮷", None),
        ("", problems.NAME_BLANK),
        ("张3", problems.NAME_CHARACTERS),
        ("🙂", problems.NAME_CHARACTERS),
        ("张" * 61, problems.NAME_LENGTH),
    ],
)
def test_names_that_can_be(name: str, problem: Problem | None) -> None:
    assert check_name(name) == problem


def test_masks_hide_what_identifies() -> None:
    assert mask_document(SOUND) == "1101************2X"
    assert mask_document("H12345678") == "H******78"
    assert mask_document("123") == "***"
    assert [mask_name(name) for name in ("张三", "张小三", "阿卜杜拉·买买提", "张")] == [
        "张*",
        "张*三",
        "阿******提",
        "张",
    ]


def test_document_types_by_their_chinese_names() -> None:
    assert document_type("居民身份证") is DocumentType.RESIDENT_ID
    assert document_type("passport") is DocumentType.PASSPORT
    assert document_type("学生证") is None
