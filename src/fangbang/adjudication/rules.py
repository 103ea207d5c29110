"""The exact calculator: one candidate at a time, exact decimals, no Django, no clock, no file.

The rules, in the order in which they are asked:

1.  A mark is rounded once, as the catalogue says; it passes when the rounded mark is not below the line.
2.  A code that reaches the whole sitting makes the outcome VOID and takes away every other mark of this sitting, at
    every level at which the person is registered; passes of earlier years stay. A code without a definition is no
    pass and nothing more.
3.  A candidate with an entry that has neither mark nor code, or who is withheld, is WITHHELD: nobody fails by a gap.
4.  All subjects of this sitting absent: ABSENT.
5.  A pass counts for W exam years, its own included; years in which the sitting was not held in the candidate's
    province are no exam years. The category of this registration says W and what is owed.
6.  A pass at a regional line counts only in its region; of several passes of one subject the latest counts.
7.  Every owed subject passed within the window: QUALIFIED; when that needs a regional pass: QUALIFIED_REGIONALLY.
8.  Else, an owed subject whose line is not announced: LINE_NOT_ANNOUNCED.
9.  Else some owed subject passed: PARTLY_PASSED; none: NOT_PASSED.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from fangbang.adjudication.explain import Facts, Statement, explain
from fangbang.exams.model import Effect, ResultCode, ReviewCause, Scope, SittingRules, SubjectRules
from fangbang.exams.vocabulary import Outcome, SubjectStatus

_OF_A_MARK = frozenset(
    {
        SubjectStatus.PASSED,
        SubjectStatus.PASSED_REGIONALLY,
        SubjectStatus.NOT_PASSED,
        SubjectStatus.LINE_NOT_ANNOUNCED,
    }
)


@dataclass(frozen=True)
class Entry:
    """What the marks book has for one subject: a mark in points, or a code, or (a gap) neither."""

    subject: str
    mark: Decimal | None = None
    code: int | None = None


@dataclass(frozen=True)
class Pass:
    """A subject passed in an earlier sitting, or an exemption granted. `region` "" means at the full line."""

    subject: str
    year: int
    region: str = ""
    specialty: str = ""
    exempt: bool = False
    """An exemption: the subject is not owed from `year` on; it does not lapse."""
    through: int | None = None
    """The last year in which it counts, where an authority decided so; None: the category's window says."""


@dataclass(frozen=True)
class Standing:
    """Who sits: level, category ("" = the level's first), specialty and province of the registration."""

    level: str
    category: str
    province: str
    specialty: str = ""
    withheld: bool = False
    void: bool = False
    """A code that reaches the sitting stands at another registration of the same document."""


@dataclass(frozen=True)
class Candidate:
    """One registration at one level, with its entries in any order."""

    standing: Standing
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Seen:
    """What `judge` needs of a subject: its status on its own, its code, and whether its mark is zero."""

    subject: str
    status: SubjectStatus
    code: int | None = None
    zero: bool = False


@dataclass(frozen=True)
class LinePair:
    """The lines that hold for one subject in one province, in points. A regional line is below the full one."""

    full: Decimal | None
    regional: Decimal | None = None


@dataclass(frozen=True)
class AnnouncedLine:
    """A line announced for a sitting. province "": everywhere. `regional`: its pass is valid only in the province."""

    level: str
    subject: str
    value: Decimal
    province: str = ""
    regional: bool = False


@dataclass(frozen=True)
class SubjectResult:
    """One subject of this sitting. `line`: the one that decided, None when not announced."""

    subject: str
    mark: Decimal | None
    code: int | None
    full: Decimal
    line: Decimal | None
    status: SubjectStatus


@dataclass(frozen=True, order=True)
class ValidPass:
    """A pass that counts after this sitting, and the last year in which it does."""

    subject: str
    year: int
    through: int
    region: str


@dataclass(frozen=True)
class Judgement:
    """The level's outcome: final statuses by subject, passes in the catalogue's order, statements in reading order."""

    outcome: Outcome
    statuses: Mapping[str, SubjectStatus]
    passes: tuple[ValidPass, ...]
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class CandidateOutcome:
    """The whole result: subjects in the catalogue's order, and what `Judgement` has."""

    outcome: Outcome
    subjects: tuple[SubjectResult, ...]
    passes: tuple[ValidPass, ...]
    statements: tuple[Statement, ...]


class Lines:
    """Every line of a sitting: what was announced, over what the catalogue knows; the nearer place wins. A second line
    that is not below the first one (the first was lowered later) says nothing."""

    def __init__(self, rules: SittingRules, announced: Iterable[AnnouncedLine] = ()) -> None:
        self._rules = rules
        self._announced = {(line.level, line.subject, line.province, line.regional): line.value for line in announced}

    def of(self, level: str, subject: str, province: str) -> LinePair:
        """The lines of one subject in one province."""
        known = self._rules.levels[level].subjects[subject]
        full = self._announced.get((level, subject, province, False), known.own_lines.get(province))
        if full is None:
            full = self._announced.get((level, subject, "", False), known.national_line)
        regional = self._announced.get((level, subject, province, True), known.regional_lines.get(province))
        if regional is not None and full is not None and regional >= full:
            regional = None
        return LinePair(full, regional)


def adjudicate(
    candidate: Candidate, rules: SittingRules, history: Sequence[Pass] = (), lines: Lines | None = None
) -> CandidateOutcome:
    """The outcome of one candidate. The order of entries and history does not matter."""
    lines = lines or Lines(rules)
    standing = candidate.standing
    level = rules.levels[standing.level]
    results = {
        entry.subject: subject_result(
            entry, level.subjects[entry.subject], rules.codes, lines.of(level.id, entry.subject, standing.province)
        )
        for entry in candidate.entries
    }
    seen = [seen_of(result) for result in results.values()]
    judged = judge(standing, rules, seen, history)
    subjects = tuple(
        settle(results[subject], judged.statuses[subject]) for subject in level.subjects if subject in results
    )
    return CandidateOutcome(judged.outcome, subjects, judged.passes, judged.statements)


def seen_of(result: SubjectResult) -> Seen:
    """What `judge` needs of a subject's own result."""
    return Seen(result.subject, result.status, result.code, result.mark == 0)


def settle(result: SubjectResult, status: SubjectStatus) -> SubjectResult:
    """The subject with its final status; a withheld one shows neither mark nor code nor line."""
    if status is SubjectStatus.WITHHELD:
        return SubjectResult(result.subject, None, None, result.full, None, status)
    return replace(result, status=status)


def subject_result(
    entry: Entry, subject: SubjectRules, codes: Mapping[int, ResultCode], pair: LinePair
) -> SubjectResult:
    """One subject on its own, before another subject's code can take its mark away."""
    mark = None if entry.mark is None else subject.rounded(entry.mark)
    status = _code_status(entry.code, codes) if mark is None else _mark_status(mark, pair)
    line = pair.regional if _regional_decides(status, pair) else pair.full
    return SubjectResult(subject.id, mark, entry.code, subject.full, line, status)


def _mark_status(mark: Decimal, pair: LinePair) -> SubjectStatus:
    if pair.full is None:
        return SubjectStatus.LINE_NOT_ANNOUNCED
    if mark >= pair.full:
        return SubjectStatus.PASSED
    if pair.regional is not None and mark >= pair.regional:
        return SubjectStatus.PASSED_REGIONALLY
    return SubjectStatus.NOT_PASSED


def _code_status(code: int | None, codes: Mapping[int, ResultCode]) -> SubjectStatus:
    if code is None:
        return SubjectStatus.WITHHELD
    if code not in codes:
        return SubjectStatus.UNDEFINED_CODE
    return {
        Effect.ABSENT: SubjectStatus.ABSENT,
        Effect.VIOLATION: SubjectStatus.VIOLATION,
        Effect.INVALID: SubjectStatus.INVALID,
    }[codes[code].effect]


def _regional_decides(status: SubjectStatus, pair: LinePair) -> bool:
    return pair.regional is not None and status in (SubjectStatus.PASSED_REGIONALLY, SubjectStatus.NOT_PASSED)


def judge(standing: Standing, rules: SittingRules, seen: Sequence[Seen], history: Sequence[Pass]) -> Judgement:
    """The level's outcome from its subjects' statuses and the passes of earlier years. Marks play no part here."""
    level = rules.levels[standing.level]
    category = level.category(standing.category)
    order = {subject: place for place, subject in enumerate(level.subjects)}
    seen = sorted(seen, key=lambda item: order[item.subject])
    withheld = standing.withheld or any(item.status is SubjectStatus.WITHHELD for item in seen)
    void = standing.void or any(reaches_sitting(item.code, rules.codes) for item in seen)
    statuses = {item.subject: _final_status(item.status, withheld, void) for item in seen}
    earlier = relevant_history(standing, rules, history)
    exempt = {item.subject for item in earlier if item.exempt}
    owed = tuple(subject for subject in category.owes if subject not in exempt)
    earned = [*_earned_now(standing, rules.year, statuses), *(item for item in earlier if not item.exempt)]
    dated = [(item, _through(item, rules, category.window, standing.province)) for item in earned]
    passes = _valid_passes(rules.year, dated, order)
    outcome = _outcome(withheld, void, owed, statuses, passes)
    facts = Facts(
        rules=rules,
        level=level,
        category=category,
        outcome=outcome,
        owed=owed,
        coded=tuple((item.subject, item.code) for item in seen if item.code is not None),
        passes=tuple((item.subject, item.year, item.through, item.region) for item in passes),
        lapsed=tuple((item.subject, item.year) for item, through in dated if through < rules.year),
        causes=tuple((item.subject, _causes(item)) for item in seen),
    )
    return Judgement(outcome, statuses, passes, explain(facts))


_CAUSES = {
    SubjectStatus.ABSENT: ReviewCause.ABSENT,
    SubjectStatus.VIOLATION: ReviewCause.VIOLATION,
    SubjectStatus.INVALID: ReviewCause.INVALID,
}


def _causes(item: Seen) -> frozenset[ReviewCause]:
    """Why a review of this subject's result may be asked for whatever its paper's kind."""
    zero = {ReviewCause.ZERO} if item.zero else set()
    return frozenset(zero | ({_CAUSES[item.status]} if item.status in _CAUSES else set()))


def relevant_history(standing: Standing, rules: SittingRules, history: Sequence[Pass]) -> list[Pass]:
    """The passes of earlier years that may count for this registration: subject, specialty and region fit."""
    level = rules.levels[standing.level]
    renamed = {old: subject.id for subject in level.subjects.values() for old in (subject.id, *subject.succeeds)}
    found = []
    for item in history:
        subject = renamed.get(item.subject)
        if subject is None or item.region not in ("", standing.province):
            continue
        if item.year >= rules.year if not item.exempt else item.year > rules.year:
            continue
        if level.subjects[subject].by_specialty and item.specialty != standing.specialty:
            continue
        found.append(replace(item, subject=subject))
    return found


def reaches_sitting(code: int | None, codes: Mapping[int, ResultCode]) -> bool:
    """Whether a code takes away every mark of its person in this sitting."""
    return code is not None and code in codes and codes[code].scope is Scope.SITTING


def _final_status(status: SubjectStatus, withheld: bool, void: bool) -> SubjectStatus:
    if withheld:
        return SubjectStatus.WITHHELD
    return SubjectStatus.VOID if void and status in _OF_A_MARK else status


def _earned_now(standing: Standing, year: int, statuses: Mapping[str, SubjectStatus]) -> Iterable[Pass]:
    for subject, status in statuses.items():
        if status is SubjectStatus.PASSED:
            yield Pass(subject, year, "", standing.specialty)
        if status is SubjectStatus.PASSED_REGIONALLY:
            yield Pass(subject, year, standing.province, standing.specialty)


def _through(item: Pass, rules: SittingRules, window: int, province: str) -> int:
    return rules.valid_through(item.year, window, province) if item.through is None else item.through


def _valid_passes(year: int, dated: Iterable[tuple[Pass, int]], order: Mapping[str, int]) -> tuple[ValidPass, ...]:
    """Of each subject the latest pass at the full line, and a regional one if it lasts longer still."""
    best: dict[tuple[str, str], ValidPass] = {}
    for item, through in dated:
        key = (item.subject, item.region)
        found = ValidPass(item.subject, item.year, through, item.region)
        if through >= year and (key not in best or (best[key].through, best[key].year) < (through, item.year)):
            best[key] = found
    return tuple(
        item
        for (subject, region), item in sorted(best.items(), key=lambda pair: (order[pair[0][0]], pair[0][1]))
        if not region or (subject, "") not in best or best[subject, ""].through < item.through
    )


def _outcome(
    withheld: bool,
    void: bool,
    owed: Sequence[str],
    statuses: Mapping[str, SubjectStatus],
    passes: Sequence[ValidPass],
) -> Outcome:
    if withheld:
        return Outcome.WITHHELD
    if void:
        return Outcome.VOID
    if all(status is SubjectStatus.ABSENT for status in statuses.values()):
        return Outcome.ABSENT
    full = {item.subject for item in passes if not item.region}
    either = {item.subject for item in passes}
    if full.issuperset(owed):
        return Outcome.QUALIFIED
    if either.issuperset(owed):
        return Outcome.QUALIFIED_REGIONALLY
    if any(statuses.get(subject) is SubjectStatus.LINE_NOT_ANNOUNCED for subject in owed):
        return Outcome.LINE_NOT_ANNOUNCED
    return Outcome.PARTLY_PASSED if not either.isdisjoint(owed) else Outcome.NOT_PASSED
