"""What looks wrong with a marks file as a whole, though every single row could be right.

Each suspicion refuses the batch until a person has looked and says that it is so. Thresholds are set so that a real
file of that size practically never meets them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fangbang.exams.model import SittingRules
from fangbang.intake.totals import SubjectTotals, Totals

FEWEST = 200
"""Below so many rows of a subject nothing can be said."""
ONES_SHARE = 50
"""One mark in so many is 1: far more than any paper gives by itself."""


@dataclass(frozen=True)
class Suspicion:
    """One thing to look at."""

    code: str
    subject: str
    zh: str
    en: str


def suspicions(totals: Totals, rules: SittingRules) -> list[Suspicion]:
    """Everything that looks wrong, by subject."""
    return [found for subject, kept in sorted(totals.subjects.items()) for found in _of_subject(subject, kept, rules)]


def _of_subject(subject: str, kept: SubjectTotals, rules: SittingRules) -> Iterator[Suspicion]:
    marks = kept.rows - kept.codes
    if kept.rows < FEWEST or not marks:
        return
    if kept.whole == marks and _has_fractions(subject, rules):
        yield Suspicion(
            "intake.decimals-cut",
            subject,
            "该科目计分有小数，文件中却全是整数：小数可能被截掉",
            "The subject has fractions of a point, the file has none: decimals may have been cut",
        )
    if kept.codes == 0 and kept.ones * ONES_SHARE >= kept.rows and kept.ones > 3 * kept.twos:
        yield Suspicion(
            "intake.signs-lost",
            subject,
            "没有一人缺考，却有许多 1 分：负号可能丢失（-1 为缺考）",
            "Nobody is absent, yet many marks are 1: minus signs may have been lost (-1 is absent)",
        )
    if kept.low == kept.high and marks == kept.rows:
        yield Suspicion(
            "intake.all-equal",
            subject,
            "该科目所有成绩都相同",
            "All marks of the subject are the same",
        )


def _has_fractions(subject: str, rules: SittingRules) -> bool:
    steps = [level.subjects[subject].step for level in rules.levels.values() if subject in level.subjects]
    return bool(steps) and all(step % 1 != 0 for step in steps)
