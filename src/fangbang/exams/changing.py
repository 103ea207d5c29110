"""A changed exam or family file: checked with all others, compared with what is in force, put in its place.

Rules in force are the files of the package with those of the authority's folder laid over them; whoever reads the
catalogue (office, keeper, query nodes) reads these files. A change is one whole file.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fangbang.core.errors import FangbangError, Phrase
from fangbang.core.files import durable_folder, write_durably
from fangbang.exams.catalogue import FAMILIES, Catalogue, RuleFile, from_files, key_of, own_files, shipped_files
from fangbang.exams.check import exam_rules, shared_rules
from fangbang.exams.difference import Change, difference
from fangbang.exams.format import ExamFile, FamilyFile
from fangbang.exams.model import SittingRules
from fangbang.exams.problems import BAD_FILE, NAME_TAKEN, NO_RULES_FOR_YEAR, TOO_LARGE

LARGEST = 1 << 19
"""Bytes of a file of rules: the largest that ships has 24 KiB."""
_NAME = re.compile(r"(families/)?[a-z0-9]+([-_][a-z0-9]+)*")


@dataclass(frozen=True)
class Given:
    """A file that somebody proposes. `name`: as it will be called."""

    name: str
    data: bytes

    def read_bytes(self) -> bytes:
        return self.data


@dataclass(frozen=True)
class InForce:
    """The file of a key that is in force. `own`: it lies in the authority's folder, there under `path`."""

    data: bytes
    own: bool
    path: Path | None


@dataclass(frozen=True)
class Years:
    """What differs in these years, both included. `gone`, `new`: there are rules on one side only."""

    first: int
    last: int
    changes: tuple[Change, ...]
    gone: bool = False
    new: bool = False


def examined(overrides: Path | None, given: Given) -> tuple[str, Catalogue]:
    """The key of a proposed file, and the catalogue as it would be with it; BAD_FILE, TOO_LARGE, NAME_TAKEN.

    Every file that is in force is checked beside it: a family that changes must fit all its exams.
    """
    if len(given.data) > LARGEST:
        raise FangbangError(TOO_LARGE, file=given.name, most=LARGEST)
    key = key_of(given)
    if not _NAME.fullmatch(key):
        raise FangbangError(
            BAD_FILE, file=given.name, reason=Phrase(f"bad id {key[:40]!r}", f"编号 {key[:40]!r} 不合规")
        )
    if overrides is not None:
        _place(overrides, key)
    return key, from_files([*shipped_files(), *_without(own_files(overrides), key), given])


def in_force(overrides: Path | None) -> dict[str, InForce]:
    """Key → the file that is in force: the last one of the folder, else the package's."""
    found = {key_of(path): InForce(path.read_bytes(), False, None) for path in shipped_files()}
    for path in own_files(overrides):
        found[key_of(path)] = InForce(path.read_bytes(), True, path if isinstance(path, Path) else None)
    return found


def put_in_force(folder: Path, key: str, data: bytes) -> Path:
    """Write the file into the authority's folder, durably; it takes the place of the one with its key, whatever that is
    called. The same bytes again change nothing. NAME_TAKEN if another key's file has the name that it would get."""
    path = _place(folder, key)
    durable_folder(path.parent)
    write_durably(path, data)
    return path


def _place(folder: Path, key: str) -> Path:
    own = {key_of(path): path for path in own_files(folder) if isinstance(path, Path)}
    path = own.get(key, folder / f"{key}.toml")
    for other, taken in own.items():
        if other != key and taken == path:
            raise FangbangError(NAME_TAKEN, file=path.name, other=other, key=key)
    return path


def exams_of(catalogue: Catalogue, key: str) -> tuple[str, ...]:
    """The exams that a file bears on: its own, or all of its family."""
    if not key.startswith(f"{FAMILIES}/"):
        return (key,) if key in {exam.id for exam in catalogue.exams()} else ()
    return tuple(exam.id for exam in catalogue.exams() if exam.family == key.partition("/")[2])


def compared(before: Catalogue, after: Catalogue, exam: str, years: Iterable[int]) -> tuple[Years, ...]:
    """What changes for one exam: every year in which a rule begins or ends, and `years`; neighbours alike are one."""
    wanted = sorted({*years, *_years(before, exam), *_years(after, exam)})
    found: list[Years] = []
    for year in wanted:
        one = _compared(_rules(before, exam, year), _rules(after, exam, year), year)
        if one is None:
            continue
        last = found[-1] if found else None
        if last is not None and wanted[wanted.index(year) - 1] == last.last and _alike(last, one):
            found[-1] = Years(last.first, year, last.changes, last.gone, last.new)
        else:
            found.append(one)
    return tuple(found)


def line_difference(before: bytes, after: bytes) -> Sequence[str]:
    """The two files' lines that differ, with two lines around them, as unified difference."""
    old, new = before.decode(errors="replace").splitlines(), after.decode(errors="replace").splitlines()
    return list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]


def _without(files: Iterable[RuleFile], key: str) -> list[RuleFile]:
    return [path for path in files if key_of(path) != key]


def _years(catalogue: Catalogue, exam: str) -> set[int]:
    known = {item.id: item for item in catalogue.exams()}.get(exam)
    if known is None:
        return set()
    parts: tuple[ExamFile | FamilyFile, ...] = (known, catalogue.family(known.family))
    rules = [
        rule for part in parts for _, rule in (exam_rules(part) if isinstance(part, ExamFile) else shared_rules(part))
    ]
    starts = {rule.first for rule in rules if rule.first is not None}
    ends = {rule.until + edge for rule in rules if rule.until is not None for edge in (0, 1)}
    return starts | ends | ({known.first_year} if known.first_year is not None else set())


def _rules(catalogue: Catalogue, exam: str, year: int) -> SittingRules | None:
    if exam not in {item.id for item in catalogue.exams()}:
        return None
    try:
        return catalogue.rules(exam, year)
    except FangbangError as error:
        if error.problem is NO_RULES_FOR_YEAR:
            return None
        raise


def _compared(before: SittingRules | None, after: SittingRules | None, year: int) -> Years | None:
    if before is None or after is None:
        return None if before is after else Years(year, year, (), gone=after is None, new=before is None)
    changes = difference(before, after)
    if not changes and before.rule_hash == after.rule_hash:
        return None
    return Years(year, year, changes)


def _alike(one: Years, other: Years) -> bool:
    return (one.changes, one.gone, one.new) == (other.changes, other.gone, other.new)
