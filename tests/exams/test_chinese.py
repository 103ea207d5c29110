"""No reason inside a Chinese text is left in English: every fault of an exam file is told in both languages."""

import re
from pathlib import Path

import pytest

from fangbang.core.errors import FangbangError, Phrase
from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.check import _faults
from fangbang.exams.format import ExamFile, FamilyFile
from fangbang.exams.model import Text

_HAN = re.compile("[\u4e00-\u9fff]")


def test_the_reason_of_a_bad_file_is_told_in_the_users_language(tmp_path: Path) -> None:
    with pytest.raises(FangbangError) as caught:
        load_catalogue(tmp_path / "none")

    assert caught.value.text("zh").endswith("没有这个文件夹")
    assert caught.value.text("en").endswith("no such folder")


def test_a_fault_names_its_place_and_says_why_in_both_languages() -> None:
    exam = ExamFile(format="fangbang-exam/1", id="Bad Id", name=Text("考试", "Exam"), levels=())

    found = list(_faults(exam, FamilyFile(format="fangbang-exam/1", family="")))

    assert [place for place, _ in found] == ["levels", "levels"]
    assert all(isinstance(reason, Phrase) and _HAN.search(reason.zh) for _, reason in found)
