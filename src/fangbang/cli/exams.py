"""`fangbang exams`: what the catalogue holds, how sure it is, what differs: without an office and its database. How a
file of it changes, by two people: `exam_changes`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from fangbang.cli.edge import Session
from fangbang.cli.exam_changes import approve, proposals, propose, refuse, take_back
from fangbang.cli.staff import catalogue
from fangbang.core.errors import FangbangError, Kind, Problem
from fangbang.exams.model import Text

if TYPE_CHECKING:
    from fangbang.exams.check import Unsure
    from fangbang.exams.model import LevelRules, SittingRules, SubjectRules

BAD_SITTING = Problem(
    "cli.bad-sitting",
    Kind.INPUT,
    zh="{text} 不是场次；写成 考试-年度，例如 social-worker-2026",
    en="{text} is no sitting; write EXAM-YEAR, for instance social-worker-2026",
)
HISTORICAL = Text(
    "历史规则：只供查阅，不能开设场次、报名或判定", "historical: to be read only, no sitting, registration or result"
)


@click.group()
def exams() -> None:
    """考试目录 / The catalogue of examinations.

    自己的规则文件在 FANGBANG_EXAMS 指明的文件夹，按编号增补或替换；变更由一人提出（propose），另一人批准（approve）。 /
    Exam files of your own are in the folder named by FANGBANG_EXAMS; they add to the shipped ones or replace those with
    the same id. One person proposes a change, another approves it.
    """


@exams.command("list")
@click.pass_obj
def list_exams(session: Session) -> None:
    """列出全部考试及其级别、类别与成绩有效年数。 / List every exam with its levels, categories and windows.

    \b
    例 / Example:
      fangbang exams list
    """
    known = catalogue(session)
    told: list[dict[str, Any]] = []
    lines = []
    for exam in known.exams():
        levels = {level.id: {item.id: item.window for item in level.categories} for level in exam.levels}
        told.append(
            {
                "id": exam.id,
                "name": {"zh": exam.name.zh, "en": exam.name.en},
                "levels": levels,
                "selectable": exam.selectable,
            }
        )
        spelled = "; ".join(
            f"{level} ({', '.join(f'{name} {window}' for name, window in windows.items())})"
            for level, windows in levels.items()
        )
        mark = "" if exam.selectable else f"  [{HISTORICAL.get(session.language)}]"
        lines.append(f"{exam.id:<16} {exam.name.get(session.language)}{mark}\n{'':<16} {spelled}")
    text = "\n".join(lines)
    session.result({"version": known.version, "exams": told}, zh=text, en=text)


@exams.command()
@click.argument("exam")
@click.argument("year", type=int)
@click.pass_obj
def show(session: Session, exam: str, year: int) -> None:
    """一项考试某年度的全部规则：科目、满分、合格标准、类别、标识及来源。 / All rules of one exam in one year.

    \b
    例 / Examples:
      fangbang exams show social-worker 2026
      fangbang --json exams show eia 2016
    """
    import msgspec

    known = catalogue(session)
    rules, selectable = known.rules(exam, year), known.exam(exam).selectable
    lead = [] if selectable else [HISTORICAL.get(session.language)]
    doubts = known.unsure_in(exam, year)
    text = "\n".join([*lead, *_told(rules, session.language), *_told_doubts(doubts, session.language)])
    told = {
        "rule_hash": rules.rule_hash,
        "selectable": selectable,
        "unsure": [_doubted(item) for item in doubts],
        **msgspec.to_builtins(rules, str_keys=True),
    }
    session.result(told, zh=text, en=text)


@exams.command()
@click.pass_obj
def check(session: Session) -> None:
    """检查全部规则文件，列出来源不一致或未经证实的规则。 / Check every exam file; list the rules that are unsure.

    \b
    例 / Example:
      FANGBANG_EXAMS=./exams fangbang exams check
    """
    known = catalogue(session)
    unsure = known.unsure()
    told = [_doubted(item) for item in unsure]
    lines = "\n".join(_doubt(item, session.language) for item in unsure)
    count, past = len(known.exams()), [exam.id for exam in known.exams() if not exam.selectable]
    session.result(
        {"exams": count, "version": known.version, "unsure": told, "historical": past},
        zh=f"{lines}\n{count} 项考试的规则文件可用，其中历史规则：{'、'.join(past) or '无'}；"
        f"{len(unsure)} 条规则来源不一致或未经证实",
        en=f"{lines}\n{count} exam files are sound, historical ones among them: {', '.join(past) or 'none'}; "
        f"{len(unsure)} rules are in conflict or from memory",
    )


@exams.command()
@click.argument("before")
@click.argument("after")
@click.pass_obj
def diff(session: Session, before: str, after: str) -> None:
    """两个场次的规则有何不同，历史规则亦可比较。 / What differs between the rules of two sittings, historical ones too.

    \b
    例 / Example:
      fangbang exams diff eia-2018 eia-2019
    """
    from fangbang.exams.difference import difference

    known = catalogue(session)
    sides = [sitting_of(before), sitting_of(after)]
    changes = difference(*(known.rules(*side) for side in sides))
    past = [exam for exam in dict.fromkeys(exam for exam, _ in sides) if not known.exam(exam).selectable]
    told = [{"place": item.place, "before": item.before, "after": item.after} for item in changes]
    rows = [f"{exam}: {HISTORICAL.get(session.language)}" for exam in past]
    rows += [f"{item.place}: {item.before} → {item.after}" for item in changes]
    lines = "\n".join(rows) if changes else ""
    session.result({"changes": told, "historical": past}, zh=lines or "没有不同", en=lines or "No difference")


def _doubted(item: "Unsure") -> dict[str, Any]:
    note = {language: item.said(language) for language in ("zh", "en")}
    return {"exam": item.exam, "place": item.place, "status": item.status.value, "note": note, "source": item.source}


def _doubt(item: "Unsure", language: str) -> str:
    status = _words([item.status.value], language == "en")
    return f"{status}  {item.exam}  {item.place}" + (f"\n    {item.said(language)}" if item.note else "")


def _told_doubts(doubts: Iterable["Unsure"], language: str) -> list[str]:
    """What of all this is in conflict or from memory, with the notes."""
    lines = [f"  {_doubt(item, language)}" for item in doubts]
    return ["", "Unsure" if language == "en" else "存疑", *lines] if lines else []


for command in (propose, approve, refuse, take_back, proposals):
    exams.add_command(command)

_CHINESE = {
    "conflict": "来源不一致", "memory": "未经证实",
    "objective": "客观题", "subjective": "主观题", "mixed": "主客观混合",
    "none": "仅本科无成绩", "subject": "本科无效", "sitting": "本次全部科目无效",
    "electronic": "电子", "paper": "纸质",
    "ticket-document": "准考证号＋证件号码", "document-name": "证件号码＋姓名",
    "archive-document": "档案号＋证件号码", "name-birth": "姓名＋出生日期", "bound": "登录",
    "zero": "零分", "absent": "缺考", "violation": "违纪", "invalid": "成绩无效",
}  # fmt: skip
"""Words of the exam files that a person reads here."""


def _words(values: Iterable[str], english: bool) -> str:
    return ", ".join(values) if english else "、".join(_CHINESE.get(value, value) for value in values)


def sitting_of(text: str) -> tuple[str, int]:
    """Exam and year of a sitting's id; BAD_SITTING for anything else."""
    exam, _, year = text.rpartition("-")
    if not exam or not year.isdecimal():
        raise FangbangError(BAD_SITTING, text=text)
    return exam, int(year)


def _told(rules: "SittingRules", language: str) -> list[str]:
    english = language == "en"
    lines = [f"{rules.exam_name.get(language)} {rules.year}  ({rules.rule_hash[:16]})"]
    for level in rules.levels.values():
        lines += ["", level.name.get(language), *_told_level(level, rules, language)]
    lines += ["", "Result codes" if english else "标识"]
    lines += [
        f"  {code.code}  {code.text.get(language)}  [{_words([code.scope], english)}]" for code in rules.codes.values()
    ]
    lines += ["", *_told_query(rules, english)]
    lines += ["", "Sources" if english else "来源"]
    lines += [f"  [{place}] {source.title} {' '.join(source.seen_at)}" for place, source in enumerate(rules.sources)]
    return lines


def _told_level(level: "LevelRules", rules: "SittingRules", language: str) -> list[str]:
    english = language == "en"
    later = "announced later" if english else "另行公布"
    colon = ": " if english else "："
    lines = [
        f"  {subject.name.get(language)}  {subject.full}  {'line' if english else '合格标准'} "
        f"{subject.line() if subject.line() is not None else later}  {_words([subject.kind], english)}"
        f"{_marked(subject, english)}"
        for subject in level.subjects.values()
    ]
    for category in level.categories.values():
        owes = ("; " if english else "、").join(level.subjects[item].name.get(language) for item in category.owes)
        window = f"{category.window} year(s)" if english else f"{category.window} 个考试年度"
        lines.append(
            f"  - {category.name.get(language)}{colon}{window} [{rules.source_index(category.source)}]{colon}{owes}"
        )
    if level.provincial:
        lines.append(
            "  provincial: each province sets its lines and releases" if english else "  省级考试：各省划线、各省发布"
        )
    if level.specialties:
        names = ("; " if english else "、").join(item.get(language) for item in level.specialties.values())
        lines.append(f"  {'specialties: ' if english else '专业：'}{names}")
    if level.certificate.forms:
        forms = _words(level.certificate.forms, english)
        lines.append(f"  → {'certificate: ' if english else '证书：'}{forms}")
    if level.panel is not None:
        years = level.panel.years or "∞"
        lines.append(
            f"  → expert panel, proof {years} year(s)" if english else f"  → 评审，成绩合格证明 {years} 年有效"
        )
    return lines


def _marked(subject: "SubjectRules", english: bool) -> str:
    """Who marks the paper, where that is not the centre; whether its passes belong to a specialty."""
    said = []
    if subject.marked_by == "province":
        said.append("marked by the province" if english else "由省级评卷")
    if subject.by_specialty:
        said.append("by specialty" if english else "分专业")
    return "".join(f"  [{item}]" for item in said)


def _told_query(rules: "SittingRules", english: bool) -> list[str]:
    """What opens a result, by province; how long a review may be asked for and of what."""
    lines = ["Query and review" if english else "查询与复查"]
    for province, kinds in rules.credential_rules.items():
        where = province or ("everywhere else" if english else "其他地区")
        lines.append(f"  {where}: {_words(kinds, english)}")
    review = rules.review
    if review.days:
        refused, unless = _words(review.refuses, english) or "-", _words(review.unless, english) or "-"
        lines.append(
            f"  review: {review.days} days; not for {refused} papers unless {unless}"
            if english
            else f"  复查：{review.days} 个自然日内；{refused} 科目不受理，但 {unless} 除外"
        )
    return lines
