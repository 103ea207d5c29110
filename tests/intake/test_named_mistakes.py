"""Each named mistake planted in a whole file, and seen under its own code, wherever a format can carry it."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import dbf
import msgspec
import pytest

from fangbang.core.errors import FangbangError, Problem
from fangbang.intake.problems import (
    AMBIGUOUS_HEADER,
    BAD_ENCODING,
    BROKEN_ROWS,
    DUPLICATE_HEADER,
    GARBLED,
    SUSPECT,
    TOO_RAGGED,
)
from fangbang.intake.suspicions import FEWEST
from tests.intake.files import ABILITY, POLICY, Desk, document, mark, prior, registration, rules, ticket, write_rows
from tests.intake.workbooks import write_workbook

PEOPLE = range(FEWEST)


@pytest.fixture
def registered(desk: Desk) -> Desk:
    """A desk that knows enough people for a whole file to be judged."""
    desk.register(*(registration(person) for person in PEOPLE))
    return desk


def refusal(take: Callable[[], object]) -> FangbangError:
    with pytest.raises(FangbangError) as caught:
        take()
    return caught.value


def marks(desk: Desk, values: Sequence[str]) -> None:
    desk.mark(*(mark(person, value) for person, value in zip(PEOPLE, values, strict=True)))


# ------------------------------------------------------------------------------------------- whole files of marks
def test_lost_minus_signs_of_the_absent_are_seen(registered: Desk) -> None:
    sound = ["-1" if person % 8 == 0 else str(40 + person % 50) for person in PEOPLE]

    caught = refusal(lambda: marks(registered, [value.removeprefix("-") for value in sound]))

    assert (caught.problem, "intake.signs-lost" in str(caught.params["what"])) == (SUSPECT, True)
    assert "marks" not in registered.books
    marks(registered, sound)


def test_cut_decimals_are_seen(registered: Desk) -> None:
    level = registered.rules.levels["middle"]
    halves = msgspec.structs.replace(level.subjects["ability"], step=Decimal("0.5"))
    subjects = {**level.subjects, "ability": halves}
    registered.rules = msgspec.structs.replace(
        registered.rules, levels={"middle": msgspec.structs.replace(level, subjects=subjects)}
    )
    sound = [f"{40 + person % 50}{'.5' if person % 2 else ''}" for person in PEOPLE]

    caught = refusal(lambda: marks(registered, [value.removesuffix(".5") for value in sound]))

    assert (caught.problem, "intake.decimals-cut" in str(caught.params["what"])) == (SUSPECT, True)
    marks(registered, sound)


def test_a_lost_decimal_point_is_above_the_full_mark(registered: Desk) -> None:
    taken = registered.mark(mark(1, "595"), mark(2, "60"))

    assert taken.findings == {"intake.mark-above-full": 1}


@pytest.mark.parametrize("changes", [{"姓名": "测试"}, {"准考证号": "TEST0001"}, {"准考证号": "0000000000"}])
def test_test_rows_among_marks_are_seen(registered: Desk, changes: dict[str, str]) -> None:
    taken = registered.mark(mark(1, **changes), mark(2))

    assert taken.findings == {"intake.row-test": 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"准考证号": document(1), "证件号码": ticket(1)},
        {"姓名": document(1), "证件号码": "张三"},
    ],
    ids=["ticket and document", "name and document"],
)
def test_swapped_columns_of_marks_are_seen(registered: Desk, changes: dict[str, str]) -> None:
    sound = mark(2) | ({"姓名": "张三"} if "姓名" in changes else {})

    taken = registered.mark(mark(1, **changes), sound)

    assert "intake.row-swapped" in taken.findings
    assert taken.accepted == 1


def test_two_subjects_whose_marks_were_swapped_are_seen_where_a_full_mark_shows_it(registered: Desk) -> None:
    level = registered.rules.levels["middle"]
    wider = {**level.subjects, "policy": msgspec.structs.replace(level.subjects["policy"], full=Decimal(150))}
    registered.rules = msgspec.structs.replace(
        registered.rules, levels={"middle": msgspec.structs.replace(level, subjects=wider)}
    )

    taken = registered.mark(mark(1, "140", ABILITY), mark(1, "90", POLICY))

    assert taken.findings == {"intake.mark-above-full": 1}


# --------------------------------------------------------------------------------------------------- prior passes
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"姓名": document(1), "证件号码": "张三"}, "intake.row-swapped"),
        ({"姓名": "=1+1"}, "intake.row-formula"),
        ({"姓名": "锟斤拷"}, "intake.row-garbled"),
        ({"姓名": "张3"}, "people.name-characters"),
        ({"证件类型": "学生证"}, "people.document-type"),
        ({"证件号码": "1.10105E+17"}, "people.document-spreadsheet"),
        ({"级别": "特级"}, "intake.level-unknown"),
        ({"科目": "书法"}, "intake.subject-unknown"),
    ],
)
def test_prior_passes_are_checked_like_registrations(desk: Desk, changes: dict[str, str], code: str) -> None:
    path = write_rows(desk.folder / "prior.csv", [prior(1, **changes), prior(2)])

    taken = desk.take("prior-passes", path, bad_share=1)

    assert code in taken.findings
    assert [row["doc_number"] for row in desk.rows("prior-passes")] == [document(2)]


def test_one_document_with_two_names_among_prior_passes_is_set_aside(desk: Desk) -> None:
    rows = [prior(1), prior(1, 科目=POLICY, 姓名="李四"), prior(2)]

    taken = desk.take("prior-passes", write_rows(desk.folder / "prior.csv", rows), bad_share=1)

    assert (taken.accepted, taken.findings) == (1, {"intake.document-two-names": 2})


def test_prior_passes_from_before_and_after_a_change_of_name_are_one_persons(desk: Desk) -> None:
    """By decision of two members of staff; the same pair of names at another document is still a mistake."""
    rows = [
        prior(n, 科目=subject, 姓名=name) for n in (1, 2) for subject, name in ((ABILITY, "张三"), (POLICY, "李四"))
    ]
    names = {("resident-id", document(1), "张三"): "李四"}
    path = write_rows(desk.folder / "prior.csv", rows)

    taken = desk.take("prior-passes", path, bad_share=1, corrected_names=names)

    assert (taken.accepted, taken.findings) == (2, {"intake.document-two-names": 2})
    assert [row["name"] for row in desk.rows("prior-passes")] == ["张三", "李四"]


def test_another_name_later_leaves_the_accepted_prior_pass(desk: Desk) -> None:
    desk.take("prior-passes", write_rows(desk.folder / "a.csv", [prior(1)]))

    later = [prior(1, 科目=POLICY, 姓名="李四"), prior(2)]
    taken = desk.take("prior-passes", write_rows(desk.folder / "b.csv", later), bad_share=1)

    assert (taken.accepted, taken.findings) == (1, {"intake.document-two-names": 1})
    assert len(desk.rows("prior-passes")) == 2


# --------------------------------------------------------------------------------------------------- whole tables
def workbook(folder: Path, header: Sequence[str]) -> Path:
    return write_workbook(folder / "file.xlsx", {"表": [header, ["x"] * len(header)]})


def csv_file(folder: Path, header: Sequence[str]) -> Path:
    path = folder / "file.csv"
    path.write_text(",".join(header) + "\n" + ",".join("x" for _ in header) + "\n")
    return path


def dbf_file(folder: Path, header: Sequence[str]) -> Path:
    """A DBF file whose second field is renamed to the first one's name, which no library would write."""
    path = folder / "file.dbf"
    table = dbf.Table(str(path), "A C(3); B C(3)", codepage="cp936")
    table.open(dbf.READ_WRITE)
    table.append(("x", "x"))
    table.close()
    data = path.read_bytes().replace(b"B\0\0\0", b"A\0\0\0", 1)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("make", [csv_file, workbook, dbf_file])
def test_a_column_that_stands_twice_refuses_the_file(desk: Desk, make: Callable[[Path, Sequence[str]], Path]) -> None:
    path = make(desk.folder, ("准考证号", "准考证号"))

    assert refusal(lambda: desk.take("marks", path)).problem == DUPLICATE_HEADER


@pytest.mark.parametrize("make", [csv_file, workbook])
def test_two_columns_of_one_meaning_refuse_the_file(desk: Desk, make: Callable[[Path, Sequence[str]], Path]) -> None:
    desk.register(registration(1))
    path = make(desk.folder, ("准考证号", "准考证号码", "证件号码", "科目", "成绩"))

    assert refusal(lambda: desk.take("marks", path)).problem == AMBIGUOUS_HEADER


def saved_wrongly(text: str) -> bytes:
    """UTF-8 read as GB18030 and saved again, as an editor does that asks nobody."""
    return text.encode().decode("gb18030", errors="replace").encode()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (saved_wrongly("准考证号,证件号码,科目,成绩\n1,2,3,4\n"), GARBLED),
        ("准考證號,證件號碼,科目,成績\n1,2,3,4\n".encode("big5"), None),
        ("准考证号,姓名\n".encode() + "1,张三\n".encode("gb18030"), BAD_ENCODING),
        ("准考证号,证件号码,科目,成绩\n".encode() + b'1,"x,3,4\n2,y,3,4\n3,z,3,4\n', BROKEN_ROWS),
    ],
    ids=["mojibake", "big5", "two encodings", "a lone quotation mark"],
)
def test_a_wrong_encoding_never_becomes_a_book(desk: Desk, data: bytes, problem: Problem | None) -> None:
    desk.register(registration(1))
    path = desk.folder / "wrong.csv"
    path.write_bytes(data)

    caught = refusal(lambda: desk.take("marks", path))

    assert problem is None or caught.problem == problem
    assert "marks" not in desk.books


def test_a_file_of_ragged_rows_is_refused_before_it_fills_the_memory(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fangbang.intake.csv_source.MOST_RAGGED", 50)
    path = write_rows(desk.folder / "r.csv", [registration(1)])
    path.write_text(path.read_text() + "a,b,c\n" * 51)

    assert refusal(lambda: desk.take("registrations", path)).problem == TOO_RAGGED


# --------------------------------------------------------------------------------------------------------- people
MOVED_IDEOGRAPHS = {
    "fe59": "\u9fb4", "fe61": "\u9fb5", "fe66": "\u9fb6", "fe67": "\u9fb7",
    "fe6d": "\u9fb8", "fe7e": "\u9fb9", "fe90": "\u9fba", "fea0": "\u9fbb",
}  # fmt: skip
"""Of the 18 two-byte codes that GB18030-2022 moved, those that can stand in a name; the others are punctuation."""


@pytest.mark.parametrize("code", MOVED_IDEOGRAPHS)
def test_a_name_in_a_gb18030_2022_file_is_stored_as_the_standard_has_it(desk: Desk, code: str) -> None:
    path = write_rows(desk.folder / "r.csv", [registration(1, 姓名="王@")], "gb18030")
    path.write_bytes(path.read_bytes().replace(b"@", bytes.fromhex(code)))

    desk.take("registrations", path)

    assert desk.rows("registrations")[0]["name"] == f"王{MOVED_IDEOGRAPHS[code]}"


@pytest.mark.parametrize("code", ["a6d9", "a6da", "a6db", "a6dc", "a6dd", "a6de", "a6df", "a6ec", "a6ed", "a6f3"])
def test_the_ten_moved_marks_of_punctuation_are_no_name(desk: Desk, code: str) -> None:
    path = write_rows(desk.folder / "r.csv", [registration(1, 姓名="王@"), registration(2)], "gb18030")
    path.write_bytes(path.read_bytes().replace(b"@", bytes.fromhex(code)))

    taken = desk.take("registrations", path, bad_share=1)

    assert taken.findings == {"people.name-characters": 1}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("王\ue863", "王䶮"),
        ("\U00020bb7田", "\U00020bb7田"),
        ("阿卜杜拉\u2022买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉\u30fb买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉\uff0e买买提", "阿卜杜拉·买买提"),
        ("㑇\u3400", "㑇\u3400"),
    ],
)
def test_rare_characters_and_dots_come_in_by_every_encoding(
    desk: Desk, encoding: str, written: str, stored: str
) -> None:
    desk.take("registrations", write_rows(desk.folder / "r.csv", [registration(1, 姓名=written)], encoding))

    assert desk.rows("registrations")[0]["name"] == stored


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        ("居民身份证", document(2), None),
        ("港澳居民来往内地通行证", "H12345678", None),
        ("台湾居民来往大陆通行证", "12345678", None),
        ("护照", "E12345678", None),
        ("居民身份证", "H12345678", "people.document-length"),
        ("港澳居民来往内地通行证", "12345678", "people.document-format"),
        ("护照", "张三", "people.document-format"),
    ],
)
def test_a_document_is_judged_by_its_type(desk: Desk, kind: str, number: str, code: str | None) -> None:
    taken = desk.register(registration(1, 证件类型=kind, 证件号码=number), registration(3))

    assert list(taken.findings) == ([code] if code else [])


def test_the_rules_of_these_files_are_the_catalogues() -> None:
    assert set(rules().levels["middle"].subjects) == {"ability", "policy", "practice"}
