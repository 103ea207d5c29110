from pathlib import Path

import pytest

from fangbang.core.errors import FangbangError, Problem
from fangbang.core.settings import BAD_SETTING, SETTINGS, UNKNOWN_SETTING, load_settings


def test_without_an_environment_the_defaults_hold() -> None:
    settings = load_settings({})

    assert settings.values == {setting.name: setting.default for setting in SETTINGS}
    assert settings.language == "zh"


def test_the_environment_wins(tmp_path: Path) -> None:
    settings = load_settings({"FANGBANG_HOME": str(tmp_path / "."), "FANGBANG_LANG": "en", "PATH": "/bin"})

    assert settings.home == tmp_path
    assert settings.language == "en"


@pytest.mark.parametrize(
    ("environ", "problem", "told"),
    [
        ({"FANGBANG_HOEM": "/srv"}, UNKNOWN_SETTING, {"name": "FANGBANG_HOEM"}),
        ({"FANGBANG_LANG": "fr"}, BAD_SETTING, {"name": "FANGBANG_LANG", "choices": "zh, en"}),
        ({"FANGBANG_CUSTODY": "paper"}, BAD_SETTING, {"name": "FANGBANG_CUSTODY", "choices": "demo, production"}),
        ({"FANGBANG_CUSTODY": ""}, BAD_SETTING, {"name": "FANGBANG_CUSTODY", "choices": "demo, production"}),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(environ: dict[str, str], problem: Problem, told: object) -> None:
    with pytest.raises(FangbangError) as caught:
        load_settings(environ)

    assert (caught.value.problem, caught.value.params) == (problem, told)


@pytest.mark.parametrize("value", ["", "-1", "1.5", "0", "101", "１"])
def test_a_number_that_is_none_or_out_of_bounds_is_named(value: str) -> None:
    settings = load_settings({"FANGBANG_IMAGES": value})

    with pytest.raises(FangbangError) as caught:
        settings.number("IMAGES", least=1, most=100)

    assert caught.value.problem == BAD_SETTING
    assert caught.value.params == {"name": "FANGBANG_IMAGES", "choices": "1 … 100"}


def test_a_number_between_its_bounds() -> None:
    assert load_settings({"FANGBANG_IMAGES": "100"}).number("IMAGES", least=1, most=100) == 100


def test_every_setting_has_a_name_of_its_own_and_help() -> None:
    names = [setting.name for setting in SETTINGS]

    assert len(set(names)) == len(names)
    assert all(setting.help.endswith(".") for setting in SETTINGS)
