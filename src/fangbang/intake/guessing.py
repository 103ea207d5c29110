"""A proposal how a file may be read: from its headers and the look of its first rows. Shown, never used by itself.

Headers are compared without spaces, marks of obligation and remarks in brackets. What no header tells is left open:
the proposal says so, and a person decides.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import msgspec

from fangbang.exams.model import SittingRules
from fangbang.intake.profiles import FIELDS, Profile, profile_text
from fangbang.intake.quarantine import ADDED
from fangbang.intake.source import Source
from fangbang.intake.vocabulary import Vocabulary
from fangbang.people.rules import mask_document, mask_name

PREVIEW_ROWS = 5
_LOOKED_AT = 200
_REMARK = re.compile(r"[(\[(【].*?[)\])】]|[\s*:_:]+")
_CITIZEN = re.compile(r"[1-9][0-9]{16}[0-9Xx]")
_DIGIT = re.compile(r"[0-9]")


@dataclass(frozen=True)
class Guess:
    """A proposal. `columns`: field → column. `missing`: needed fields that no column seems to hold."""

    kind: str
    form: str
    columns: Mapping[str, str]
    subjects: Mapping[str, str]
    missing: tuple[str, ...]
    unread: tuple[str, ...]
    preview: tuple[Mapping[str, str], ...] = field(repr=False)
    """The first rows, column → cell, masked: nobody is known by them, and no mark is shown."""

    def as_toml(self) -> str:
        """The profile to save, once a person has looked at it."""
        remark = f"\n# no column found for: {', '.join(self.missing)}\n" if self.missing else ""
        given = {"kind": self.kind, "form": self.form, "ignored": self.unread}
        return (
            profile_text(
                msgspec.convert({**given, "columns": dict(self.columns), "subjects": dict(self.subjects)}, Profile)
            )
            + remark
        )


def guess(source: Source, rules: SittingRules | None = None, kind: str | None = None) -> Guess:
    """The kind of file that fits best, and which column holds what. `rules` tell the subjects of a wide file."""
    header = [column for column in source.header if column and column not in ADDED]
    rows = _first_rows(source, header)
    subjects = _subjects(header, rules)
    found = {one: _columns(one, header, rows) for one in ([kind] if kind else FIELDS)}
    best = max(found, key=lambda one: _fitness(one, found[one], subjects))
    wide = best == "marks" and bool(subjects) and not {"subject", "mark"} & set(found[best])
    columns = found[best]
    used = {*columns.values(), *(subjects.values() if wide else ())}
    needed = [name for name, usual in FIELDS[best].items() if usual.needed and name not in columns]
    return Guess(
        kind=best,
        form="wide" if wide else "long",
        columns=columns,
        subjects=subjects if wide else {},
        missing=tuple(name for name in needed if not (wide and name in ("subject", "mark"))),
        unread=tuple(column for column in header if column not in used),
        preview=tuple(_masked(row, columns) for row in rows[:PREVIEW_ROWS]),
    )


def _columns(kind: str, header: Sequence[str], rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    plain = {_plain(column): column for column in reversed(header)}
    found: dict[str, str] = {}
    for name, usual in FIELDS[kind].items():
        named = [plain[_plain(word)] for word in usual.headers if _plain(word) in plain]
        if named and named[0] not in found.values():
            found[name] = named[0]
    if "doc_number" not in found:
        numbers = [column for column in header if column not in found.values() and _looks_like_citizens(rows, column)]
        if len(numbers) == 1:
            found["doc_number"] = numbers[0]
    return found


def _subjects(header: Sequence[str], rules: SittingRules | None) -> dict[str, str]:
    if rules is None:
        return {}
    words = Vocabulary(rules).subjects
    return {subject: column for column in header if (subject := words.get(column)) is not None}


def _fitness(kind: str, columns: Mapping[str, str], subjects: Mapping[str, str]) -> tuple[int, int]:
    needed = [name for name, usual in FIELDS[kind].items() if usual.needed]
    lacking = sum(name not in columns for name in needed)
    if kind == "marks" and subjects:
        lacking -= sum(name not in columns for name in ("subject", "mark"))
    return -lacking, len(columns)


def _first_rows(source: Source, header: Sequence[str]) -> list[dict[str, str]]:
    frame = next(iter(source.frames(header)), None)
    return [] if frame is None else [dict(row) for row in islice(frame.iter_rows(named=True), _LOOKED_AT)]


def _looks_like_citizens(rows: Sequence[Mapping[str, str]], column: str) -> bool:
    filled = [row[column] for row in rows if row[column]]
    return bool(filled) and 2 * sum(bool(_CITIZEN.fullmatch(cell)) for cell in filled) > len(filled)


def _masked(row: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, str]:
    fields = {column: name for name, column in columns.items()}
    return {column: masked_cell(fields.get(column, ""), cell) for column, cell in row.items() if column != "row"}


def masked_cell(name: str, cell: str) -> str:
    """A cell of a field ("" for a column that is none) as it may be shown."""
    if name == "name":
        return mask_name(cell)
    if name in ("mark", "absent"):
        return _DIGIT.sub("#", cell)
    if name in ("level", "category", "specialty", "province", "doc_type", "subject", "subjects", "year", "earned"):
        return cell
    return mask_document(cell)


def _plain(word: str) -> str:
    return _REMARK.sub("", word).lower()
