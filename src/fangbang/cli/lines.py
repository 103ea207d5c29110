"""`fangbang lines`: pass lines that are announced for a sitting."""

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import click

from fangbang.cli.edge import Session
from fangbang.cli.staff import acting, as_option, catalogue, office, yes_option
from fangbang.core.errors import FangbangError

if TYPE_CHECKING:
    from fangbang.exams.catalogue import Catalogue

_SCOPE = "省份代码或名称;缺省为全国 / Province, code or name; everywhere if absent."


@click.group()
def lines() -> None:
    """合格标准 / Pass lines."""


@lines.command()
@click.argument("sitting")
@click.argument("value")
@click.option("--level", required=True, help="级别编号 / The level's id.")
@click.option("--subject", "subjects", multiple=True, help="科目编号,缺省为全部 / Subject id; all of them if absent.")
@click.option("--province", "provinces", multiple=True, help=_SCOPE)
@click.option("--regional", is_flag=True, help="单独划线:只在该地区有效 / A lower line, valid in that region only.")
@click.option("--document", required=True, help="公布文号 / The number of the notice that announces it.")
@click.option("--replace", is_flag=True, help="更改已公布的标准 / Change a line that was announced.")
@as_option
@yes_option
@click.pass_obj
def announce(
    session: Session,
    sitting: str,
    value: str,
    level: str,
    subjects: tuple[str, ...],
    provinces: tuple[str, ...],
    regional: bool,
    document: str,
    replace: bool,
    operator: str | None,
    yes: bool,
) -> None:
    """录入公布的合格标准;已冻结的发布须重新计算和批准。 / Enter announced lines; what was approved has to be run anew.

    \b
    例 / Examples:
      fangbang lines announce social-worker-2020 55 --level junior --document 人社厅发〔2020〕1号 --as zhang --yes
      fangbang lines announce social-worker-2025 53 --level junior --regional --province 西藏 --document … --yes
    """
    office(session)

    from django.db import transaction

    from fangbang.accounts.rules import Role
    from fangbang.adjudication import actions

    actor = acting(session, operator, Role.ADJUDICATOR)
    known = catalogue(session)
    places = _places(known, sitting, level, subjects, provinces)
    with transaction.atomic():
        for subject, province in places:
            actions.announce_line(
                actor=actor,
                sitting_id=sitting,
                level=level,
                subject=subject,
                value=_decimal(value),
                document_number=document,
                catalogue=known,
                clock=session.clock,
                province=province,
                regional=regional,
                replace=replace,
            )
        transaction.set_rollback(not yes)
    told = [{"level": level, "subject": subject, "province": province, "value": value} for subject, province in places]
    _tell(session, sitting, told, yes)


def _places(
    known: "Catalogue", sitting: str, level: str, subjects: tuple[str, ...], provinces: tuple[str, ...]
) -> list[tuple[str, str]]:
    """Every (subject, province) that is meant; "" is everywhere."""
    from fangbang.adjudication import queries
    from fangbang.exams.provinces import province_code
    from fangbang.intake import queries as intake

    opened = intake.sitting(sitting)
    codes = [province_code(text) for text in provinces] or [""]
    every = subjects or queries.subjects_of(known.sitting(opened.exam_id, opened.year), level)
    return [(subject, province) for subject in every for province in codes]


def _tell(session: Session, sitting: str, told: list[dict[str, str]], yes: bool) -> None:
    session.result(
        {"sitting": sitting, "lines": told, "done": yes},
        zh=f"{'已录入' if yes else '将录入'} {len(told)} 条合格标准" + ("" if yes else ";加 --yes 执行"),
        en=f"{len(told)} lines {'entered' if yes else 'would be entered; add --yes'}",
    )


@lines.command("list")
@click.argument("sitting")
@click.pass_obj
def list_lines(session: Session, sitting: str) -> None:
    """列出已公布的合格标准,连同被更改过的。 / List the lines announced for a sitting, the replaced ones too.

    \b
    例 / Example:
      fangbang lines list social-worker-2026
    """
    office(session)

    from fangbang.adjudication import queries

    told = [
        {
            "level": line.level,
            "subject": line.subject,
            "province": line.province,
            "regional": line.regional,
            "value": f"{line.value.normalize():f}",
            "document": line.document_number,
            "by": line.announced_by,
            "at": line.announced_at.isoformat(),
            "replaced_at": replaced.isoformat() if replaced else None,
        }
        for line, replaced in queries.line_history(sitting)
    ]
    text = "\n".join(
        f"{item['level']:<10} {item['subject']:<18} {item['province'] or '*':<8} {item['value']:>8}"
        f"  {item['document']}{'  ×' if item['replaced_at'] else ''}"
        for item in told
    )
    session.result({"sitting": sitting, "lines": told}, zh=text or "尚未公布", en=text or "None announced")


def _decimal(text: str) -> Decimal:
    from fangbang.adjudication.problems import BAD_LINE

    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise FangbangError(BAD_LINE, value=text, reason="0.0 … 9") from error
