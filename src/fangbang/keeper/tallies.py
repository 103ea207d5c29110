"""The counts that are public once a release is out: by province and kind of status, cut before the annex is sealed.

They are part of what the header commits to, so that every node shows the same and nobody can change them later.
"""

from collections.abc import Mapping
from typing import Any

from fangbang.exams.vocabulary import SubjectStatus
from fangbang.release.rules.cells import protected

_KINDS = {SubjectStatus.PASSED: 0, SubjectStatus.PASSED_REGIONALLY: 0, SubjectStatus.NOT_PASSED: 1}
_COLUMNS = ("passed", "not_passed", "without_mark", "all")


def published_counts(counted: Mapping[str, Mapping[str, Mapping[str, int]]], least: int) -> dict[str, Any]:
    """Province → subject → status → people, as what may be told: results of one person in one subject.

    A person has a result in each subject at most, so that `least` people stand behind `least` times as many results as
    there are subjects: smaller numbers are kept back, and with them what would tell them.
    """
    subjects = {subject for places in counted.values() for subject in places}
    rows = [_row(places) for places in counted.values()]
    table = protected(rows, least * len(subjects)) if rows else [[0] * len(_COLUMNS)]
    told = [dict(zip(_COLUMNS, row, strict=True)) for row in table]
    return {
        "least": least,
        "subjects": len(subjects),
        "provinces": dict(zip(counted, told, strict=False)),
        "total": told[-1],
    }


def _row(subjects: Mapping[str, Mapping[str, int]]) -> list[int]:
    row = [0, 0, 0]
    for statuses in subjects.values():
        for status, people in statuses.items():
            row[_KINDS.get(SubjectStatus(status), 2)] += people
    return row
