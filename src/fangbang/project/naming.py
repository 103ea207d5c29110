"""Names of examinations, levels, subjects and places, for pages and files."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import Catalogue
from fangbang.exams.provinces import province_name
from fangbang.project.stores import exam_catalogue

_YEAR = re.compile("[0-9]{4}")


def known_catalogue(overrides: Path | None) -> Catalogue:
    """The catalogue as it stands: read again when a file of the authority's folder changed."""
    return _read(overrides, _stamp(overrides))


def naming_catalogue(overrides: Path | None) -> Catalogue:
    """The catalogue to take names from: the shipped one while a file of the authority's folder cannot be read, for a
    page is not refused for a name. Whoever decides something takes `known_catalogue`."""
    return _naming(overrides, _stamp(overrides))


def _stamp(overrides: Path | None) -> tuple[tuple[str, int, int], ...]:
    """Name, time of writing and size of every file in the folder: they are replaced, never written into."""
    if overrides is None:
        return ()
    found = [(str(path), path.stat()) for path in sorted(overrides.rglob("*.toml"))]
    return tuple((name, told.st_mtime_ns, told.st_size) for name, told in found)


@lru_cache(maxsize=2)
def _read(overrides: Path | None, stamp: tuple[tuple[str, int, int], ...]) -> Catalogue:
    return exam_catalogue(overrides)


@lru_cache(maxsize=2)
def _naming(overrides: Path | None, stamp: tuple[tuple[str, int, int], ...]) -> Catalogue:
    try:
        return _read(overrides, stamp)
    except FangbangError:
        return _read(None, ())


class Names:
    """What the parts of one sitting are called in one language; an id stands for itself where no name is known."""

    def __init__(self, catalogue: Catalogue, sitting: str, language: str) -> None:
        self.language, (self.exam_id, _, year) = language, sitting.rpartition("-")
        self.year = int(year) if _YEAR.fullmatch(year) else 0
        self._exam, self._levels, self._subjects = self.exam_id, dict[str, str](), dict[str, str]()
        try:
            rules = catalogue.rules(self.exam_id, self.year)
        except FangbangError:
            return
        self._exam = rules.exam_name.get(language)
        for level in rules.levels.values():
            self._levels[level.id] = level.name.get(language)
            for subject in level.subjects.values():
                self._subjects[f"{level.id}/{subject.id}"] = subject.name.get(language)

    @property
    def exam(self) -> str:
        return self._exam

    def level(self, level: str) -> str:
        return self._levels.get(level, level)

    def subject(self, level: str, subject: str) -> str:
        """The subject, after its level where the exam has several."""
        name = self.subject_alone(level, subject)
        return f"{self.level(level)} · {name}" if len(self._levels) > 1 else name

    def subject_alone(self, level: str, subject: str) -> str:
        return self._subjects.get(f"{level}/{subject}", subject)

    def subject_of_any(self, subject: str) -> str:
        """A subject where nobody says of which level: all that it is called."""
        found = dict.fromkeys(name for key, name in self._subjects.items() if key.endswith(f"/{subject}"))
        return " / ".join(found) or subject

    def place(self, code: str) -> str:
        """A province by its code, or a city of it ("110000/110100")."""
        province, _, city = code.partition("/")
        return f"{province_name(province, self.language)} {city}".strip()

    def told(self, part: str | int) -> str | int:
        """An argument of a finding: a subject's key or a place by its name, anything else as it is."""
        if not isinstance(part, str):
            return part
        if part in self._subjects:
            return self.subject(*part.split("/"))
        return self.place(part) if part[:6].isdigit() and len(part) in (6, 13) else part

    def told_in(self, finding: Sequence[str | int]) -> list[str | int]:
        """A finding (code, then its arguments) with names for subjects and places."""
        return [finding[0], *map(self.told, finding[1:])]


def names_of(overrides: Path | None, sittings: Mapping[str, object] | list[str], language: str) -> dict[str, Names]:
    """The names of several sittings."""
    return {sitting: Names(known_catalogue(overrides), sitting, language) for sitting in sittings}


def points(milli: int | float) -> str:
    """A mark in thousandths as people write it."""
    return f"{milli / 1000:.3f}".rstrip("0").rstrip(".")
