"""Saved profiles: one TOML file each in a folder of the office, called by name."""

import re
from pathlib import Path

from fangbang.core.errors import FangbangError
from fangbang.core.files import durable_folder, write_durably
from fangbang.intake.problems import BAD_PROFILE_NAME, NO_PROFILE
from fangbang.intake.profiles import Profile, load_profile

_NAME = re.compile(r"[\w一-鿿][\w一-鿿.-]{0,63}")


class Shelf:
    """The profiles of one office."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, name: str, path: Path) -> Profile:
        """Keep a profile under a name, in place of an earlier one; a file that is none is refused (BAD_PROFILE)."""
        profile = load_profile(path)
        durable_folder(self._folder, mode=0o700)
        write_durably(self._path(name), path.read_bytes(), mode=0o600)
        return profile

    def names(self) -> list[str]:
        """What is saved."""
        return sorted(path.stem for path in self._folder.glob("*.toml"))

    def text(self, name: str) -> str:
        """A saved profile as it was written; NO_PROFILE if there is none."""
        path = self._path(name)
        if not path.is_file():
            raise FangbangError(NO_PROFILE, name=name, names="、".join(self.names()) or "-")
        return path.read_text(encoding="utf-8")

    def load(self, name: str) -> Profile:
        """A saved profile to read a file with."""
        self.text(name)
        return load_profile(self._path(name))

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise FangbangError(BAD_PROFILE_NAME)
        return self._folder / f"{name}.toml"
