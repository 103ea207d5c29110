"""Checks an exam file's sense beyond its shape, and lists the rules that nobody is sure of."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fangbang.core.errors import FangbangError, Phrase
from fangbang.exams.format import (
    CategoryRule,
    ExamFile,
    FamilyFile,
    LevelFile,
    LineRule,
    PaperRule,
    Rule,
    SharedRules,
    SubjectFile,
)
from fangbang.exams.model import Status, side
from fangbang.exams.problems import BAD_FILE
from fangbang.exams.resolve import line_value
from fangbang.exams.rounding import round_mark
from fangbang.exams.vocabulary import CredentialKind

_ID = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
_PLACES = Decimal("0.001")
_FOREVER = 9999
_UNSTATED = (
    (
        "step",
        "所见来源未说明记分单位：在主管机构的文件写明之前按整数分。",
        "No source that was read states the step: whole points until the authority's file says it.",
    ),
    (
        "rounding",
        "所见来源未说明取整办法：在主管机构的文件写明之前不取整。",
        "No source that was read states the rounding: no rounding until the authority's file says it.",
    ),
)


@dataclass(frozen=True)
class Unsure:
    """A rule whose sources disagree or are missing."""

    exam: str
    place: str
    status: Status
    note: str
    source: tuple[str, ...]

    def said(self, language: str) -> str:
        """The note in one language."""
        return side(self.note, language)


def check_exam(file: str, exam: ExamFile, family: FamilyFile) -> None:
    """Raise BAD_FILE for the first thing that makes no sense; the reason names the place."""
    for place, reason in _faults(exam, family):
        raise FangbangError(BAD_FILE, file=file, reason=Phrase(f"{place}: {reason}", f"{place}：{reason.zh}"))


def check_family(file: str, family: FamilyFile) -> None:
    """Raise BAD_FILE when a rule of a family names a source that the file does not have."""
    known = {source.id for source in family.sources}
    faults = [(place, reason) for place, rule in shared_rules(family) for reason in _rule_faults(rule, known)]
    for place, reason in (*faults, *_shared_faults(family)):
        raise FangbangError(BAD_FILE, file=file, reason=Phrase(f"{place}: {reason}", f"{place}：{reason.zh}"))


def unsure(exam: ExamFile | FamilyFile, year: int | None = None) -> tuple[Unsure, ...]:
    """Every rule of the file with status `conflict` or `memory`, in file order; then, a level at a time, the papers of
    which no source states the step or the rounding. With a year: of the rules that hold in it only."""
    name = exam.id if isinstance(exam, ExamFile) else f"family {exam.family}"
    rules = exam_rules(exam) if isinstance(exam, ExamFile) else shared_rules(exam)
    doubtful = [
        Unsure(name, place, rule.status, rule.note, rule.source)
        for place, rule in rules
        if rule.status is not Status.SEEN and (year is None or rule.holds_in(year))
    ]
    return (*doubtful, *(_unstated(exam, year) if isinstance(exam, ExamFile) else ()))


def _unstated(exam: ExamFile, year: int | None) -> Iterator[Unsure]:
    for level in exam.levels:
        known = [paper for subject in level.subjects for paper in subject.papers]
        papers = [paper for paper in known if year is None or paper.holds_in(year)]
        for what, zh, en in _UNSTATED:
            bare = [paper for paper in papers if getattr(paper, what) is None]
            if bare:
                read = tuple(dict.fromkeys(source for paper in bare for source in paper.source))
                yield Unsure(exam.id, f"{level.id}.papers.{what}", Status.MEMORY, f"{zh} / {en}", read)


def shared_rules(part: SharedRules) -> Iterator[tuple[str, Rule]]:
    """Every rule outside the levels with its place."""
    for name in ("lines", "codes", "review", "credentials", "not_held"):
        for index, rule in enumerate(getattr(part, name)):
            yield f"{name}[{index}]", rule


def exam_rules(exam: ExamFile) -> Iterator[tuple[str, Rule]]:
    """Every dated rule of the file with its place."""
    yield from shared_rules(exam)
    for level in exam.levels:
        for subject in level.subjects:
            place = f"{level.id}.{subject.id}"
            yield from _numbered(f"{place}.names", subject.names)
            yield from _numbered(f"{place}.papers", subject.papers)
        for category in level.categories:
            yield f"{level.id}.categories.{category.id}", category
        yield from _numbered(f"{level.id}.lines", level.lines)
        yield from _numbered(f"{level.id}.panel", level.panel)
        yield from _numbered(f"{level.id}.certificates", level.certificates)


def _numbered(place: str, rules: Sequence[Rule]) -> Iterator[tuple[str, Rule]]:
    for index, rule in enumerate(rules):
        yield f"{place}[{index}]", rule


def _faults(exam: ExamFile, family: FamilyFile) -> Iterator[tuple[str, Phrase]]:
    known = {source.id for part in (family, exam) for source in part.sources}
    for place, rule in exam_rules(exam):
        for reason in _rule_faults(rule, known):
            yield place, reason
    yield from _shared_faults(exam)
    if not exam.levels:
        yield "levels", Phrase("no level", "没有级别")
    ids = [exam.id, *(level.id for level in exam.levels)]
    yield from _id_faults("levels", ids, unique=ids[1:])
    for index, line in enumerate(exam.lines):
        yield from _line_shape_faults(f"lines[{index}]", line)
    for level in exam.levels:
        shared = () if level.authority == "provincial" else (*family.lines, *exam.lines)
        yield from _level_faults(level, shared, selectable=exam.selectable)


def _shared_faults(part: SharedRules) -> Iterator[tuple[str, Phrase]]:
    for index, rule in enumerate(part.credentials):
        for kind in rule.kinds:
            if kind is CredentialKind.BOUND:
                yield (
                    f"credentials[{index}]",
                    Phrase(f"{kind.value} does not open a public query", f"{kind.value} 不能用于公众查询"),
                )
    for index, held in enumerate(part.not_held):
        if held.first is not None or held.until is not None:
            yield f"not_held[{index}]", Phrase("says its year once, with year", "只以 year 写明年份")
        if not held.regions:
            yield f"not_held[{index}]", Phrase("names no region", "没有写明地区")


def _rule_faults(rule: Rule, known: set[str]) -> Iterator[Phrase]:
    if not rule.source:
        yield Phrase("names no source", "没有写明来源")
    for source in rule.source:
        if source not in known:
            yield Phrase(f"source {source} is not in the file's list of sources", f"来源 {source} 不在文件的来源表中")
    if rule.first is not None and rule.until is not None and rule.first > rule.until:
        yield Phrase(f"from {rule.first} is after until {rule.until}", f"起始年 {rule.first} 晚于终止年 {rule.until}")
    if rule.status is Status.CONFLICT and not rule.note:
        yield Phrase(
            "a conflict needs a note that says how the sources disagree", "标为 conflict 的规则须注明来源如何不一致"
        )


def _id_faults(place: str, ids: Iterable[str], unique: Sequence[str]) -> Iterator[tuple[str, Phrase]]:
    for item in ids:
        if not _ID.fullmatch(item):
            yield (
                place,
                Phrase(
                    f"id {item!r} is not lower-case letters, digits and single hyphens or underscores",
                    f"编号 {item!r} 须为小写字母、数字和单个连字符或下划线",
                ),
            )
    for item in sorted({item for item in unique if unique.count(item) > 1}):
        yield place, Phrase(f"id {item} stands twice", f"编号 {item} 重复")


def _level_faults(level: LevelFile, shared: Sequence[LineRule], *, selectable: bool) -> Iterator[tuple[str, Phrase]]:
    subjects = [subject.id for subject in level.subjects]
    yield from _id_faults(f"{level.id}.subjects", subjects, unique=subjects)
    if not subjects and selectable:
        yield level.id, Phrase("no subject", "没有科目")
    for index, line in enumerate(level.lines):
        yield from _line_shape_faults(f"{level.id}.lines[{index}]", line)
        for name in line.subjects:
            if name not in subjects:
                yield f"{level.id}.lines[{index}]", Phrase(f"unknown subject {name}", f"没有科目 {name}")
    for subject in level.subjects:
        yield from _subject_faults(f"{level.id}.{subject.id}", subject, [*shared, *level.lines])
    yield from _succession_faults(level)
    for category in level.categories:
        yield from _category_faults(level, category, subjects, selectable=selectable)


def _succession_faults(level: LevelFile) -> Iterator[tuple[str, Phrase]]:
    """One former subject passes to one subject only, and never to one that is sat beside it."""
    for subject in level.subjects:
        for other in level.subjects:
            if other is not subject and _sat_together(subject, other):
                place = f"{level.id}.{subject.id}.succeeds"
                if other.id in subject.succeeds:
                    yield place, Phrase(f"{other.id} is sat in the same years", f"{other.id} 在同一年度仍在考试")
                for twice in sorted({*subject.succeeds} & {*other.succeeds}):
                    yield (
                        place,
                        Phrase(f"{twice} is succeeded by {other.id} too", f"{twice} 又由 {other.id} 接替"),
                    )


def _sat_together(one: SubjectFile, other: SubjectFile) -> bool:
    return any(_overlap(mine, theirs) for mine in one.papers for theirs in other.papers)


def _category_faults(
    level: LevelFile, category: CategoryRule, subjects: list[str], *, selectable: bool
) -> Iterator[tuple[str, Phrase]]:
    place = f"{level.id}.categories.{category.id}"
    yield from _id_faults(place, [category.id], unique=())
    if category.window < 1:
        yield place, Phrase("a window has at least one year", "滚动周期至少一年")
    if (selectable and not category.owes) or len(set(category.owes)) != len(category.owes):
        yield place, Phrase("owes no subject, or one twice", "应考科目为空或重复")
    for name in category.owes:
        if name not in subjects:
            yield place, Phrase(f"owes the unknown subject {name}", f"应考科目 {name} 不存在")


def _subject_faults(place: str, subject: SubjectFile, lines: Sequence[LineRule]) -> Iterator[tuple[str, Phrase]]:
    if not subject.names or not subject.papers:
        yield place, Phrase("needs a name and a paper", "须有名称和试卷")
    for paper in subject.papers:
        yield from _paper_faults(place, paper)
        for line in lines:
            if (not line.subjects or subject.id in line.subjects) and _overlap(line, paper):
                yield from _line_faults(place, line, paper)


def _overlap(one: Rule, other: Rule) -> bool:
    """Whether some year has both rules."""
    last = min(rule.until if rule.until is not None else _FOREVER for rule in (one, other))
    return max(rule.first or 0 for rule in (one, other)) <= last


def _line_faults(place: str, line: LineRule, paper: PaperRule) -> Iterator[tuple[str, Phrase]]:
    value = line_value(line, paper.full)
    if value is None:
        return
    if value > paper.full:
        yield (
            place,
            Phrase(f"the line {value} is above the full mark {paper.full}", f"合格标准 {value} 高于满分 {paper.full}"),
        )
    if value != value.quantize(_PLACES):
        yield place, Phrase(f"the line {value} has more than three decimals", f"合格标准 {value} 超过三位小数")


def _paper_faults(place: str, paper: PaperRule) -> Iterator[tuple[str, Phrase]]:
    if paper.full <= 0 or paper.marked_in <= 0 or paper.rounded.to <= 0:
        yield place, Phrase("full mark, step and rounding unit are above zero", "满分、分值步长和取整单位须大于零")
        return
    if paper.full % paper.marked_in:
        yield (
            place,
            Phrase(
                f"the full mark {paper.full} is no multiple of the step {paper.marked_in}",
                f"满分 {paper.full} 不是步长 {paper.marked_in} 的整数倍",
            ),
        )
    if round_mark(paper.full, paper.rounded) > paper.full:
        yield (
            place,
            Phrase(
                f"rounding would lift the full mark {paper.full} above itself",
                f"取整会使满分 {paper.full} 超过其本身",
            ),
        )
    for value in (paper.full, paper.marked_in, paper.rounded.to):
        if value != value.quantize(_PLACES):
            yield place, Phrase(f"{value} has more than three decimals", f"{value} 超过三位小数")


def _line_shape_faults(place: str, line: LineRule) -> Iterator[tuple[str, Phrase]]:
    if line.share is not None and line.value is not None:
        yield place, Phrase("a line is a share or a value, not both", "合格标准只能是比例或分值之一")
    if line.share is not None and not 0 < line.share <= 1:
        yield place, Phrase("a share lies between 0 and 1", "比例须在 0 与 1 之间")
    if line.value is not None and line.value < 0:
        yield place, Phrase("a line is not below zero", "合格标准不能为负")
