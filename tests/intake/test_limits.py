"""The caps are settings: their defaults are documented, and what is no number is refused loudly."""

from dataclasses import asdict
from pathlib import Path

import pytest

from fangbang.core.errors import FangbangError
from fangbang.core.settings import load_settings
from fangbang.intake.limits import Limits
from fangbang.intake.opening import open_source


def test_the_documented_defaults_are_the_ones_in_force() -> None:
    values = load_settings({}).values

    assert Limits.from_settings(values) == Limits()
    assert {f"INTAKE_{name.upper()}" for name in asdict(Limits())} <= set(values)


def test_a_setting_changes_its_limit() -> None:
    assert Limits.from_settings(load_settings({"FANGBANG_INTAKE_ROWS": "7"}).values) == Limits(rows=7)


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "٣"])
def test_what_is_no_cap_is_refused(text: str) -> None:
    with pytest.raises(FangbangError) as caught:
        Limits.from_settings({"INTAKE_ROWS": text})

    assert caught.value.code == "core.bad-setting"


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(size=5), "intake.file-too-large"),
        (Limits(rows=1), "intake.too-many-rows"),
        (Limits(columns=1), "intake.too-many-columns"),
    ],
)
def test_a_text_file_past_a_cap_is_refused_before_it_is_parsed(tmp_path: Path, limits: Limits, code: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n3,4\n5,6\n")
    assert open_source(path).header == ("a", "b"), "positive control"

    with pytest.raises(FangbangError) as caught:
        open_source(path, limits)

    assert caught.value.code == code
