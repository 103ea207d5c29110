"""From dated rules to the rules of one year."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from fangbang.core.errors import FangbangError, Phrase
from fangbang.exams.format import ExamFile, FamilyFile, LevelFile, LineRule, Rule, SharedRules, SubjectFile
from fangbang.exams.model import (
    NO_REVIEW,
    Category,
    Certificate,
    LevelRules,
    Panel,
    ResultCode,
    Review,
    SittingRules,
    SubjectRules,
    Text,
)
from fangbang.exams.problems import NO_RULES_FOR_YEAR
from fangbang.exams.vocabulary import CredentialKind

R = TypeVar("R", bound=Rule)

NO_FAMILY = FamilyFile(format="fangbang-exam/1", family="")


def in_force(rules: Iterable[R], year: int) -> tuple[R, ...]:
    """The rules that hold in the year, in file order (a later one overrides an earlier one)."""
    return tuple(rule for rule in rules if rule.holds_in(year))


def resolve(exam: ExamFile, family: FamilyFile, year: int, version: str) -> SittingRules:
    """The rules of one sitting; NO_RULES_FOR_YEAR when the file says nothing about a part of it."""
    if exam.first_year is not None and year < exam.first_year:
        raise FangbangError(
            NO_RULES_FOR_YEAR,
            exam=exam.id,
            year=year,
            reason=Phrase(f"starts in {exam.first_year}", f"始于 {exam.first_year} 年"),
        )
    shared: tuple[SharedRules, SharedRules] = (family, exam)
    return SittingRules(
        exam_id=exam.id,
        exam_name=exam.name,
        year=year,
        levels={level.id: _level(exam, family, level, year) for level in exam.levels},
        codes=_codes(shared, year),
        credential_rules=_credentials(shared, year),
        review=_review(shared, year),
        sources=tuple(source for part in shared for source in part.sources),
        not_held=_not_held(shared, exam, year),
        catalogue_version=version,
    )


def _level(exam: ExamFile, family: FamilyFile, level: LevelFile, year: int) -> LevelRules:
    categories = {
        rule.id: Category(rule.id, rule.name, rule.owes, rule.window, rule.source)
        for rule in in_force(level.categories, year)
    }
    if not categories:
        raise FangbangError(
            NO_RULES_FOR_YEAR,
            exam=exam.id,
            year=year,
            reason=Phrase(f"{level.id}: no category", f"{level.id}：没有报考级别"),
        )
    inherited = () if level.authority == "provincial" else (*family.lines, *exam.lines)
    lines = in_force((*inherited, *level.lines), year)
    subjects = {subject.id: _subject(exam, subject, lines, year) for subject in level.subjects if _sat(subject, year)}
    for category in categories.values():
        _check_owed(exam, level, category, subjects, year)
    panel = in_force(level.panel, year)
    return LevelRules(
        id=level.id,
        name=level.name,
        subjects=subjects,
        categories=categories,
        specialties={item.id: item.name for item in level.specialties},
        panel=Panel(panel[-1].years, panel[-1].source) if panel else None,
        certificate=_certificate(level, year),
        provincial=level.authority == "provincial",
    )


def _check_owed(
    exam: ExamFile, level: LevelFile, category: Category, subjects: Mapping[str, SubjectRules], year: int
) -> None:
    """Nobody may owe what nobody can sit."""
    for subject in category.owes:
        if subject not in subjects:
            reason = Phrase(
                f"{level.id}.{category.id} owes {subject}, which has no paper in that year",
                f"{level.id}.{category.id} 应考的科目 {subject} 在该年没有试卷",
            )
            raise FangbangError(NO_RULES_FOR_YEAR, exam=exam.id, year=year, reason=reason)


def _certificate(level: LevelFile, year: int) -> Certificate:
    rules = in_force(level.certificates, year)
    if not rules:
        return Certificate(level.certificate, None, (), ())
    return Certificate(level.certificate, rules[-1].kind, rules[-1].forms, rules[-1].source)


def _review(shared: Iterable[SharedRules], year: int) -> Review:
    rules = in_force([rule for part in shared for rule in part.review], year)
    if not rules:
        return NO_REVIEW
    last = rules[-1]
    return Review(last.days, last.province_days, last.centre_days, last.refuses, last.unless, last.source)


def _sat(subject: SubjectFile, year: int) -> bool:
    return bool(in_force(subject.papers, year))


def _subject(exam: ExamFile, subject: SubjectFile, lines: Sequence[LineRule], year: int) -> SubjectRules:
    paper = in_force(subject.papers, year)[-1]
    names = in_force(subject.names, year)
    if not names:
        raise FangbangError(
            NO_RULES_FOR_YEAR,
            exam=exam.id,
            year=year,
            reason=Phrase(f"{subject.id}: no name", f"{subject.id}：没有名称"),
        )
    mine = [line for line in lines if not line.subjects or subject.id in line.subjects]
    national = [line for line in mine if line.reach == "full" and not line.regions]
    return SubjectRules(
        id=subject.id,
        name=Text(names[-1].zh, names[-1].en),
        full=paper.full,
        step=paper.marked_in,
        kind=paper.kind,
        rounding=paper.rounded,
        national_line=line_value(national[-1], paper.full) if national else None,
        regional_lines=_by_region(mine, "regional", paper.full),
        own_lines=_by_region(mine, "full", paper.full),
        by_specialty=subject.by_specialty,
        marked_by=subject.marked_by,
        succeeds=subject.succeeds,
    )


def line_value(rule: LineRule, full: Decimal) -> Decimal | None:
    """The line in points; None: announced later."""
    value = rule.value if rule.value is not None else rule.share * full if rule.share is not None else None
    if value is None:
        return None
    value = value.normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value


def _by_region(lines: Iterable[LineRule], reach: str, full: Decimal) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line in lines:
        value = line_value(line, full)
        if line.reach == reach and value is not None:
            found.update(dict.fromkeys(line.regions, value))
    return found


def _codes(shared: Iterable[SharedRules], year: int) -> dict[int, ResultCode]:
    rules = in_force([rule for part in shared for rule in part.codes], year)
    return {
        rule.code: ResultCode(rule.code, rule.text, rule.scope, rule.effect, rule.basis, rule.source) for rule in rules
    }


def _credentials(shared: Iterable[SharedRules], year: int) -> dict[str, tuple[CredentialKind, ...]]:
    found: dict[str, tuple[CredentialKind, ...]] = {"": (CredentialKind.TICKET_DOCUMENT,)}
    for rule in in_force([rule for part in shared for rule in part.credentials], year):
        for province in rule.provinces or ("",):
            found[province] = rule.kinds
    return found


def _not_held(shared: Iterable[SharedRules], exam: ExamFile, year: int) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for rule in (rule for part in shared for rule in part.not_held):
        found[rule.year] = tuple(sorted({*found.get(rule.year, ()), *rule.regions}))
    return found
