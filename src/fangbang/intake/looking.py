"""What a file that was brought in looks like: which column may hold what for each kind of file, and its first rows,
masked. As JSON, since it is kept beside the file's row."""

from collections.abc import Mapping
from typing import Any

from fangbang.exams.model import SittingRules
from fangbang.intake.guessing import guess
from fangbang.intake.profiles import FIELDS
from fangbang.intake.quarantine import ADDED
from fangbang.intake.source import Source

_SHOWN = 40
"""Characters of a cell that are kept."""


def look(source: Source, rules: SittingRules) -> dict[str, Any]:
    """problem "", params; header; `again`: it is a quarantine file; kind, the best guess; kinds: for each
    kind columns, subjects, form, missing; preview: rows of cells in the order of the header, masked."""
    best = guess(source, rules)
    header = [column for column in source.header if column and column not in ADDED]
    return {
        "problem": "",
        "params": {},
        "header": header,
        "again": any(column in ADDED for column in source.header),
        "kind": best.kind,
        "kinds": {kind: _guessed(source, rules, kind) for kind in FIELDS},
        "preview": [[_short(row.get(column, "")) for column in header] for row in best.preview],
    }


def _short(cell: str) -> str:
    """A cell as far as a page shows it."""
    return cell if len(cell) <= _SHOWN else f"{cell[:_SHOWN]}…"


def _guessed(source: Source, rules: SittingRules, kind: str) -> Mapping[str, Any]:
    found = guess(source, rules, kind)
    return {
        "columns": dict(found.columns),
        "subjects": dict(found.subjects),
        "form": found.form,
        "missing": list(found.missing),
    }
