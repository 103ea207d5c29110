"""A small exam file of an authority's own, to be changed by tests."""

from pathlib import Path

import pytest

from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import Catalogue, load_catalogue
from fangbang.exams.problems import BAD_FILE

GOOD = """
format = "fangbang-exam/1"
id = "own"
name = { zh = "自设考试", en = "Own exam" }
[[sources]]
id = "notice"
title = "Notice 1"
[[levels]]
id = "one"
name = { zh = "一级", en = "One" }
[[levels.subjects]]
id = "s"
names = [{ zh = "科目", en = "Subject", status = "seen", source = ["notice"] }]
papers = [{ full = "100", kind = "objective", status = "seen", source = ["notice"] }]
[[levels.categories]]
id = "full"
name = { zh = "考全科", en = "All" }
owes = ["s"]
window = 1
status = "seen"
source = ["notice"]
"""


def load(tmp_path: Path, text: str) -> Catalogue:
    (tmp_path / "own.toml").write_text(text)
    return load_catalogue(tmp_path)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(FangbangError) as caught:
        load(tmp_path, text)
    assert caught.value.problem is BAD_FILE
    assert caught.value.params["file"] == "own.toml"
    return str(caught.value.params["reason"])
