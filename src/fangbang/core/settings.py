"""Settings are data: name, type, default, help. They come from `FANGBANG_<NAME>` and are parsed loudly."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fangbang.core.errors import FangbangError, Kind, Problem

BAD_SETTING = Problem(
    "core.bad-setting",
    Kind.INPUT,
    zh="设置 {name} 的值无法使用:{reason}",
    en="The value of setting {name} cannot be used: {reason}",
)


@dataclass(frozen=True)
class Setting:
    """One setting. `default` is also its type's example; `help` stands in docs/reference/settings.md."""

    name: str
    default: str
    help: str


SETTINGS: tuple[Setting, ...] = (
    Setting("HOME", "./fangbang-data", "Folder that holds everything of an embedded installation."),
    Setting("DATABASE", "", "Database of the office as a URL; empty means SQLite below HOME."),
    Setting("EXAMS", "", "Folder with the authority's own exam files, laid over the shipped catalogue."),
    Setting("LANG", "zh", "Language of the command line: zh or en."),
    Setting("CUSTODY", "demo", "Who holds the keys: demo (a folder beside the data) or production."),
)


@dataclass(frozen=True)
class Settings:
    """The settings of this process."""

    values: Mapping[str, str]

    @property
    def home(self) -> Path:
        return Path(self.values["HOME"]).resolve()

    @property
    def language(self) -> str:
        return self.values["LANG"]


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; an unknown `FANGBANG_` name or a bad value is an error, never ignored."""
    environ = os.environ if environ is None else environ
    known = {setting.name: setting.default for setting in SETTINGS}
    given = {name.removeprefix("FANGBANG_"): value for name, value in environ.items() if name.startswith("FANGBANG_")}
    for name in given:
        if name not in known:
            raise FangbangError(BAD_SETTING, name=f"FANGBANG_{name}", reason="unknown name")
    values = {**known, **given}
    for name, choices in {"LANG": ("zh", "en"), "CUSTODY": ("demo", "production")}.items():
        if values[name] not in choices:
            raise FangbangError(BAD_SETTING, name=f"FANGBANG_{name}", reason=f"not one of {', '.join(choices)}")
    return Settings(values)
