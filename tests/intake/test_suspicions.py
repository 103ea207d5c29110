"""Mistakes that no single row shows: each planted, each seen; a real-looking file is left alone."""

import pytest

from fangbang.core.errors import FangbangError
from fangbang.exams.model import SittingRules
from fangbang.intake.problems import SUSPECT
from fangbang.intake.suspicions import FEWEST, suspicions
from fangbang.intake.totals import SubjectTotals, Totals
from tests.intake.files import Desk, mark, registration, rules


def totals(**changes: int) -> Totals:
    """A subject of 1,000 people with unsuspicious marks, but for the changes."""
    kept = Totals()
    usual = {
        "rows": 1000,
        "total": 60_000_000,
        "low": 0,
        "high": 99_000,
        "absent": 120,
        "codes": 125,
        "whole": 875,
        "ones": 2,
        "twos": 3,
    }
    kept.subjects["ability"] = SubjectTotals(**(usual | changes))
    return kept


def codes(kept: Totals, exam: SittingRules | None = None) -> list[str]:
    return [found.code for found in suspicions(kept, exam or rules())]


def test_a_usual_file_is_left_alone() -> None:
    assert codes(totals()) == []


def test_lost_signs_are_seen() -> None:
    assert codes(totals(codes=0, absent=0, whole=1000, ones=122)) == ["intake.signs-lost"]
    assert codes(totals(codes=0, absent=0, whole=1000, ones=9)) == [], "nobody absent is not enough"
    assert codes(totals(ones=122)) == [], "many ones beside codes are not enough"


def test_equal_marks_are_seen() -> None:
    assert codes(totals(codes=0, absent=0, whole=1000, ones=0, low=60_000, high=60_000)) == ["intake.all-equal"]


def test_cut_decimals_are_seen_where_a_subject_has_fractions() -> None:
    from decimal import Decimal

    import msgspec

    middle = rules().levels["middle"]
    halves = msgspec.structs.replace(middle.subjects["ability"], step=Decimal("0.5"))
    level = msgspec.structs.replace(middle, subjects={"ability": halves})
    exam = msgspec.structs.replace(rules(), levels={"middle": level})

    assert codes(totals(), exam) == ["intake.decimals-cut"]
    assert codes(totals(whole=500), exam) == []


def test_few_rows_say_nothing() -> None:
    assert codes(totals(rows=FEWEST - 1, codes=0, ones=FEWEST - 1)) == []


def test_a_suspect_file_is_refused_until_a_person_has_looked(desk: Desk) -> None:
    people = range(FEWEST)
    desk.register(*(registration(person) for person in people))
    marks = [mark(person, "60") for person in people]

    with pytest.raises(FangbangError) as caught:
        desk.mark(*marks)
    books = sorted(path.name for path in desk.store.folder.iterdir())
    taken = desk.mark(*marks, looked_at=True)

    assert caught.value.problem == SUSPECT
    assert len(books) == 1, "a refused file leaves no book"
    assert [found.code for found in taken.suspicions] == ["intake.all-equal"]
