"""The catalogue: every exam file that ships with the package, overlaid by the authority's own folder."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from fangbang.core.canonical import content_hash
from fangbang.core.errors import FangbangError, Phrase
from fangbang.exams.check import Unsure, check_exam, check_family, unsure
from fangbang.exams.format import ExamFile, FamilyFile
from fangbang.exams.model import SittingRules
from fangbang.exams.problems import BAD_FILE, NO_RULES_FOR_YEAR, NOT_SELECTABLE, UNKNOWN_EXAM
from fangbang.exams.resolve import NO_FAMILY, resolve

FAMILIES = "families"
"""The folder of family files, and what their keys begin with."""
YEARS = range(1950, 2200)
"""What is taken for the year of an examination: anything else is a slip of the finger."""
F = TypeVar("F", ExamFile, FamilyFile)


class RuleFile(Protocol):
    """A file of rules: one on disk, one of the package, or one that somebody proposes."""

    @property
    def name(self) -> str: ...

    def read_bytes(self) -> bytes: ...


class Catalogue:
    """Exams by id. Immutable; make one with `load_catalogue`."""

    def __init__(self, exams: Mapping[str, ExamFile], families: Mapping[str, FamilyFile]) -> None:
        self._exams = dict(sorted(exams.items()))
        self._families = dict(sorted(families.items()))
        self._resolved: dict[tuple[str, int], SittingRules] = {}

    def exams(self) -> tuple[ExamFile, ...]:
        """Every exam in the order of ids, the historical ones included (`selectable` is False)."""
        return tuple(self._exams.values())

    def exam(self, exam_id: str) -> ExamFile:
        """The exam's dated rules; UNKNOWN_EXAM when there is none."""
        if exam_id not in self._exams:
            raise FangbangError(UNKNOWN_EXAM, exam=exam_id, known=", ".join(self._exams))
        return self._exams[exam_id]

    def families(self) -> tuple[FamilyFile, ...]:
        """Every family in the order of names."""
        return tuple(self._families.values())

    def family(self, name: str) -> FamilyFile:
        """The rules that a family of exams shares; an empty one for ""."""
        return self._families[name] if name else NO_FAMILY

    def sitting(self, exam_id: str, year: int) -> SittingRules:
        """The rules of one exam in one year, to work with; NOT_SELECTABLE for a historical exam, else as `rules`."""
        if not self.exam(exam_id).selectable:
            raise FangbangError(NOT_SELECTABLE, exam=exam_id)
        return self.rules(exam_id, year)

    def rules(self, exam_id: str, year: int) -> SittingRules:
        """The rules of one exam in one year, to read: historical exams too. NO_RULES_FOR_YEAR for a gap
        and for what is no year."""
        if year not in YEARS:
            reason = Phrase(f"years are {YEARS[0]} to {YEARS[-1]}", f"年度须在 {YEARS[0]} 至 {YEARS[-1]} 之间")
            raise FangbangError(NO_RULES_FOR_YEAR, exam=exam_id, year=year, reason=reason)
        key = (exam_id, year)
        if key not in self._resolved:
            exam = self.exam(exam_id)
            self._resolved[key] = resolve(exam, self.family(exam.family), year, self.version)
        return self._resolved[key]

    def unsure(self) -> tuple[Unsure, ...]:
        """Every rule that is in conflict or from memory."""
        return tuple(item for part in self._parts() for item in unsure(part))

    def unsure_in(self, exam_id: str, year: int) -> tuple[Unsure, ...]:
        """What is in conflict or from memory of the rules of one exam in one year, its family's among them."""
        exam = self.exam(exam_id)
        return tuple(item for part in (exam, self.family(exam.family)) for item in unsure(part, year))

    def _parts(self) -> list[FamilyFile | ExamFile]:
        return [*self._families.values(), *self._exams.values()]

    @cached_property
    def version(self) -> str:
        """SHA-256 (hex) over the canonical content of every file."""
        return content_hash(msgspec.to_builtins([list(self._families.values()), list(self._exams.values())]))


def load_catalogue(overrides: Path | None = None) -> Catalogue:
    """The shipped catalogue; a file in `overrides` adds an exam or family, or replaces the one with its id.

    Raises BAD_FILE, naming file and place, for TOML that cannot be read, an unknown key, a missing source, a rule
    that makes no sense.
    """
    return from_files([*shipped_files(), *own_files(overrides)])


def shipped_files() -> list[Traversable]:
    """The files of the package, exams before families, each in the order of names."""
    shipped = resources.files("fangbang.exams") / "files"
    return [*_toml(shipped), *_toml(shipped / FAMILIES)]


def own_files(overrides: Path | None) -> list[Traversable]:
    """The authority's own files in the same order; BAD_FILE for a folder that is not there."""
    if overrides is None:
        return []
    if not overrides.is_dir():
        raise FangbangError(BAD_FILE, file=overrides.name, reason=Phrase("no such folder", "没有这个文件夹"))
    return [*_toml(overrides), *_toml(overrides / FAMILIES)]


def from_files(paths: Iterable[RuleFile]) -> Catalogue:
    """A catalogue of exactly these files; a later file replaces an earlier one with the same id."""
    exams: dict[str, tuple[str, ExamFile]] = {}
    families: dict[str, tuple[str, FamilyFile]] = {}
    for path in paths:
        data = _read(path)
        if _is_family(data):
            family = _decode(path.name, data, FamilyFile)
            families[family.family] = (path.name, family)
        else:
            exam = _decode(path.name, data, ExamFile)
            exams[exam.id] = (path.name, exam)
    for name, family in families.values():
        check_family(name, family)
    known = {key: family for key, (_, family) in families.items()}
    for name, exam in exams.values():
        if exam.family and exam.family not in known:
            raise FangbangError(
                BAD_FILE, file=name, reason=Phrase(f"unknown family {exam.family}", f"没有考试族 {exam.family}")
            )
        check_exam(name, exam, known.get(exam.family, NO_FAMILY))
    return Catalogue({key: exam for key, (_, exam) in exams.items()}, known)


def _toml(folder: Traversable) -> list[Traversable]:
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name)


def key_of(path: RuleFile) -> str:
    """What a file is about: the exam's id, or `families/<name>`; BAD_FILE if it cannot be read."""
    data = _read(path)
    if _is_family(data):
        return f"{FAMILIES}/{_decode(path.name, data, FamilyFile).family}"
    return _decode(path.name, data, ExamFile).id


def _read(path: RuleFile) -> dict[str, object]:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=dict[str, object])
    except OSError as error:
        raise FangbangError(BAD_FILE, file=path.name, reason=Phrase("it cannot be read", "无法读取")) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FangbangError(
            BAD_FILE, file=path.name, reason=Phrase(f"not TOML: {error}", f"不是 TOML：{error}")
        ) from error


def _is_family(data: dict[str, object]) -> bool:
    return "family" in data and "id" not in data


def _decode(name: str, data: dict[str, object], kind: type[F]) -> F:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise FangbangError(BAD_FILE, file=name, reason=str(error)) from error
