"""Profiles: which column holds what; nothing is taken for another thing silently."""

from pathlib import Path

import msgspec
import pytest

from fangbang.core.errors import FangbangError
from fangbang.intake.problems import AMBIGUOUS_HEADER, BAD_PROFILE, MISSING_COLUMN
from fangbang.intake.profiles import EXAMPLE, default_profile, load_profile
from tests.intake.files import Desk, document, mark, registration, ticket, write_rows


def profile_file(folder: Path, text: str) -> Path:
    path = folder / "profile.toml"
    path.write_text(text)
    return path


def test_usual_headers_need_no_profile() -> None:
    columns = default_profile("marks").resolve("m.csv", ("准考证号码", "身份证号", "科目名称", "分数", "备注"))

    assert columns == {"ticket": "准考证号码", "doc_number": "身份证号", "subject": "科目名称", "mark": "分数"}


def test_a_missing_column_is_named() -> None:
    with pytest.raises(FangbangError) as caught:
        default_profile("marks").resolve("m.csv", ("准考证号", "成绩"))

    assert (caught.value.problem, caught.value.params["columns"]) == (MISSING_COLUMN, "证件号码、科目")


def test_the_printed_example_names_every_field_and_reads_a_file(desk: Desk) -> None:
    profile = load_profile(profile_file(desk.folder, EXAMPLE))
    desk.register(registration(1))
    row = {"考号": ticket(1), "证件": document(1), "综合能力": "61", "实务": "缺", "备注": "x"}

    taken = desk.take("marks", write_rows(desk.folder / "m.csv", [row]), profile)

    assert set(msgspec.structs.asdict(profile)) == set(msgspec.toml.decode(EXAMPLE))
    assert (taken.accepted, taken.unread) == (2, ())


def test_two_columns_for_one_field_are_refused_not_guessed() -> None:
    with pytest.raises(FangbangError) as caught:
        default_profile("marks").resolve("m.csv", ("准考证号", "证件号码", "科目", "成绩", "分数"))

    assert caught.value.problem == AMBIGUOUS_HEADER


def test_columns_that_nothing_reads_are_told(desk: Desk) -> None:
    taken = desk.register(registration(1, 备注="x"))

    assert taken.unread == ("备注",)


def test_a_profile_names_columns_and_constants(desk: Desk) -> None:
    profile = load_profile(
        profile_file(
            desk.folder,
            'kind = "registrations"\ncolumns = { ticket = "考号" }\n'
            'constants = { level = "middle", category = "full", doc_type = "resident-id", province = "" }\n'
            'delimiter = "、"\n',
        )
    )
    row = {"考号": ticket(1), "姓名": "张三", "证件号码": document(1), "报考科目": "ability、policy"}

    desk.take("registrations", write_rows(desk.folder / "r.csv", [row]), profile)

    (kept,) = desk.rows("registrations")
    assert (kept["level"], kept["province"], kept["subjects"]) == ("middle", "", ["ability", "policy"])


@pytest.mark.parametrize(
    "text",
    [
        "kind = ",
        'kind = "certificates"',
        'kind = "marks"\ntypo = 1',
        'kind = "marks"\ncolumns = { tikcet = "a" }',
        'kind = "marks"\nform = "wide"',
        'kind = "marks"\nsubjects = { a = "b" }',
        'kind = "registrations"\nform = "wide"\nsubjects = { a = "b" }',
        'format = "fangbang-profile/2"\nkind = "marks"',
    ],
)
def test_a_bad_profile_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(FangbangError) as caught:
        load_profile(profile_file(tmp_path, text))

    assert caught.value.problem == BAD_PROFILE


def test_swapped_columns_are_named(desk: Desk) -> None:
    taken = desk.register(registration(1, 姓名=document(1), 证件号码="张三"), registration(2))
    marks = desk.mark(mark(2), mark(2, 准考证号=document(2), 证件号码=ticket(2)))

    assert "intake.row-swapped" in taken.findings
    assert "intake.row-swapped" in marks.findings
