"""One paper in one province, as shadow people sit it: marks at known places of its lines, and what each must give.

Nothing here is shared with the calculators: lines are read from the rules and the notices once more, and no mark is
compared with a line; it is made from the line. With rounding, a mark that is a multiple of the unit stays as it is, so
the least multiple that is not below a line passes and the one before it does not, in every mode.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from fangbang.adjudication.rules import AnnouncedLine
from fangbang.exams.model import Effect, LevelRules, ResultCode, SubjectRules
from fangbang.exams.rounding import RoundingMode
from fangbang.exams.vocabulary import SubjectStatus

_LEAST = Decimal("0.001")
"""The finest mark that a book holds."""
_EFFECTS = {
    Effect.ABSENT: SubjectStatus.ABSENT,
    Effect.VIOLATION: SubjectStatus.VIOLATION,
    Effect.INVALID: SubjectStatus.INVALID,
}


@dataclass(frozen=True)
class Answer:
    """What the marks book has for one subject of one shadow (a mark, a code, or neither), and what must come out: the
    status, the mark that is shown, the line that decided (of a code: not asked)."""

    subject: str
    mark: Decimal | None
    code: int | None
    status: SubjectStatus
    shown: Decimal | None = None
    line: Decimal | None = None

    def voided(self) -> "Answer":
        """The same, once a code took every mark of its person away."""
        return self if self.mark is None else replace(self, status=SubjectStatus.VOID)

    def withheld(self) -> "Answer":
        """The same, held back: nothing is shown."""
        return replace(self, status=SubjectStatus.WITHHELD, shown=None, line=None)


@dataclass(frozen=True)
class Paper:
    """One subject in one province. `line`: None while it is not announced; `regional`: below it, or None."""

    rules: SubjectRules
    line: Decimal | None
    regional: Decimal | None

    @property
    def id(self) -> str:
        return self.rules.id

    def usual(self) -> Answer:
        """The least mark that passes; while there is no line, half of the full mark, which waits for one."""
        if self.line is None:
            half = self._least(self.rules.full / 2)
            return Answer(self.id, half, None, SubjectStatus.LINE_NOT_ANNOUNCED, half)
        return self._at(self._least(self.line), SubjectStatus.PASSED)

    def failing(self) -> Answer | None:
        """The greatest mark below every line; None while there is no line, or where it is zero."""
        return self._below(self._unit)

    def coded(self, code: int, meaning: ResultCode | None) -> Answer:
        """A code instead of a mark; without a meaning one that nobody defined."""
        status = SubjectStatus.UNDEFINED_CODE if meaning is None else _EFFECTS[meaning.effect]
        return Answer(self.id, None, code, status)

    def gap(self) -> Answer:
        """Neither mark nor code."""
        return Answer(self.id, None, None, SubjectStatus.WITHHELD)

    def near(self) -> Iterator[tuple[str, Answer]]:
        """Marks around the lines, each with a name; none while there is no line."""
        if self.line is None:
            return
        least, step = self._least(self.line), self._least(self.rules.step)
        if least + step <= self.rules.full:
            yield "a-step-above", self._at(least + step, SubjectStatus.PASSED)
        found = {"just-below": self.failing(), "a-step-below": self._below(step)}
        yield from ((name, answer) for name, answer in found.items() if answer is not None)
        if self.regional is None:
            yield from self._rounded(least)
        elif self._least(self.regional) < least:
            yield "regional", self._at(self._least(self.regional), SubjectStatus.PASSED_REGIONALLY)
            yield "below-the-full-line", self._at(least - self._unit, SubjectStatus.PASSED_REGIONALLY)

    def _rounded(self, least: Decimal) -> Iterator[tuple[str, Answer]]:
        """Marks that are no multiples of the unit: half a unit below the least passing mark, and a little less."""
        mode, unit = self.rules.rounding.mode, self._unit
        half = least - unit / 2
        if mode is RoundingMode.NONE or unit == _LEAST or least < unit:
            return
        if mode is RoundingMode.DOWN:
            yield "nearly-a-unit", self._rounding(least - _LEAST, least - unit)
            return
        even = (least / unit) % 2 == 0
        if half == half.quantize(_LEAST):
            up = mode is RoundingMode.HALF_UP or even
            yield "half-a-unit", self._rounding(half, least if up else least - unit)
            yield "less-than-half", self._rounding(half - _LEAST, least - unit)

    def _rounding(self, mark: Decimal, shown: Decimal) -> Answer:
        passed = shown == self.usual().shown
        return Answer(
            self.id, mark, None, SubjectStatus.PASSED if passed else SubjectStatus.NOT_PASSED, shown, self.line
        )

    def _below(self, by: Decimal) -> Answer | None:
        lowest = self.line if self.regional is None else self.regional
        if lowest is None or self.line is None or self._least(lowest) < by:
            return None
        return self._at(self._least(lowest) - by, SubjectStatus.NOT_PASSED)

    def _at(self, mark: Decimal, status: SubjectStatus) -> Answer:
        line = self.line if status is SubjectStatus.PASSED or self.regional is None else self.regional
        return Answer(self.id, mark, None, status, mark, line)

    @property
    def _unit(self) -> Decimal:
        return _LEAST if self.rules.rounding.mode is RoundingMode.NONE else self.rules.rounding.to

    def _least(self, points: Decimal) -> Decimal:
        """The least multiple of the unit that is not below."""
        whole, rest = divmod(points, self._unit)
        return (whole + bool(rest)) * self._unit


def paper_of(subject: SubjectRules, level: LevelRules, province: str, announced: Sequence[AnnouncedLine]) -> Paper:
    """The paper with the lines that hold there: what is nearer comes first, and a notice before the catalogue."""
    told = {
        (item.province, item.regional): item.value
        for item in announced
        if (item.level, item.subject) == (level.id, subject.id)
    }
    nearest = (
        told.get((province, False)),
        subject.own_lines.get(province),
        told.get(("", False)),
        subject.national_line,
    )
    line = next((value for value in nearest if value is not None), None)
    regional = told.get((province, True), subject.regional_lines.get(province))
    below = regional is not None and line is not None and regional < line
    return Paper(subject, line, regional if below else None)
