"""`fangbang lines`: pass lines that are announced for a sitting."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fangbang.cli.edge import Session
from fangbang.cli.staff import acting, as_option, catalogue, key_options, office, proven, yes_option
from fangbang.core.errors import FangbangError, Phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fangbang.adjudication.queries import ProposalView
    from fangbang.audit.rules import Actor
    from fangbang.cli.layout import Layout

_SCOPE = "省份代码或名称；缺省为全国 / Province, code or name; everywhere if absent."


@click.group()
def lines() -> None:
    """合格标准：一人提出，另一人批准 / Pass lines: one person proposes, another approves."""


@lines.command()
@click.argument("sitting")
@click.argument("value")
@click.option("--level", required=True, help="级别编号 / The level's id.")
@click.option("--subject", "subjects", multiple=True, help="科目编号，缺省为全部 / Subject id; all of them if absent.")
@click.option("--province", "provinces", multiple=True, help=_SCOPE)
@click.option("--regional", is_flag=True, help="单独划线：只在该地区有效 / A lower line, valid in that region only.")
@click.option("--document", required=True, help="公布文号 / The number of the notice that announces it.")
@click.option("--replace", is_flag=True, help="更改已公布的标准 / Change a line that was announced.")
@as_option
@yes_option
@click.pass_obj
def propose(
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
    """提出公布的合格标准，并预览会改变多少人的结果；由另一人 approve 后才生效。 / Propose an announced line and count
    whose result each step of it would change; it counts once somebody else approves it.

    \b
    例 / Examples:
      fangbang lines propose social-worker-2020 55 --level junior --document 人社厅发〔2020〕1号 --as zhang --yes
      fangbang lines propose social-worker-2025 53 --level junior --regional --province 西藏 --document … --yes
    """
    layout = office(session)

    from django.db import transaction

    from fangbang.adjudication import actions, queries
    from fangbang.exams.provinces import province_code

    known, codes = catalogue(session), [province_code(text) for text in provinces]
    actor = _announcing(session, operator, sitting, codes)
    with transaction.atomic():
        proposal = actions.propose_line(
            actor=actor,
            sitting_id=sitting,
            level=level,
            subjects=subjects,
            provinces=codes,
            value=_decimal(value),
            regional=regional,
            document_number=document,
            replace=replace,
            catalogue=known,
            clock=session.clock,
        )
        view = queries.proposal(proposal)
        transaction.set_rollback(not yes)
    if yes:
        view = _previewed(session, layout, actor, proposal)
    _tell(session, view, "proposed" if yes else "")


@lines.command()
@click.argument("proposal")
@key_options
@as_option
@yes_option
@click.pass_obj
def approve(
    session: Session, proposal: str, key: Path | None, passphrase_file: Path | None, operator: str | None, yes: bool
) -> None:
    """以本人密钥签名批准他人提出的合格标准；已冻结的发布须重新计算和批准。不加 --yes 只显示预览。 / Approve a line that
    somebody else proposed, signed with your own key; what was frozen has to be run and approved anew. Without --yes its
    preview is made and shown.

    \b
    例 / Examples:
      fangbang lines approve lin-… --as qian
      fangbang lines approve lin-… --as qian --key qian.pem --yes
    """
    layout = office(session)

    from fangbang.accounts.rules import Matter, decision
    from fangbang.adjudication import actions, queries

    view = queries.proposal(proposal)
    actor = _announcing(session, operator, view.sitting, view.provinces)
    if yes:
        with proven(session, actor, key, passphrase_file, decision(Matter.LINE, proposal, _signed(view))):
            actions.approve_line(actor=actor, proposal_id=proposal, catalogue=catalogue(session), clock=session.clock)
        _tell(session, queries.proposal(proposal), "approved")
    else:
        _tell(session, _previewed(session, layout, actor, proposal), "")


@lines.command()
@click.argument("proposal")
@click.option("--reason", required=True, help="理由，记入审计 / The reason; it is recorded.")
@as_option
@click.pass_obj
def refuse(session: Session, proposal: str, reason: str, operator: str | None) -> None:
    """退回一项提议，或收回自己的。 / Refuse a proposed line, or take one's own back.

    \b
    例 / Example:
      fangbang lines refuse lin-… --reason "文号有误" --as qian
    """
    office(session)

    from fangbang.adjudication import actions, queries

    view = queries.proposal(proposal)
    actor = _announcing(session, operator, view.sitting, view.provinces)
    actions.refuse_line(actor=actor, proposal_id=proposal, reason=reason, clock=session.clock)
    _tell(session, queries.proposal(proposal), "refused")


def _announcing(session: Session, operator: str | None, sitting: str, provinces: "Sequence[str]") -> "Actor":
    """Who acts, if they may announce lines of this exam in these provinces (none: the nation's)."""
    from fangbang.accounts import queries as accounts
    from fangbang.accounts.problems import ROLE_MISSING
    from fangbang.accounts.rules import Permission, Role, Subject, may
    from fangbang.intake import queries as intake

    actor = acting(session, operator, Role.ADJUDICATOR)
    subject = Subject(intake.sitting(sitting).exam_id, frozenset(provinces))
    if not may(accounts.member(actor.id), Permission.REGION_LINE_ANNOUNCE, subject):
        raise FangbangError(ROLE_MISSING, operator=actor.id, role=" ".join([Role.ADJUDICATOR, *provinces]))
    return actor


def _previewed(session: Session, layout: "Layout", actor: "Actor", proposal: str) -> "ProposalView":
    """The proposal with its preview, made anew; without one before there are marks."""
    from fangbang.adjudication import queries
    from fangbang.adjudication.problems import NO_RUN_YET
    from fangbang.project import preparing

    try:
        preparing.preview_line(layout, catalogue(session), actor=actor, proposal_id=proposal, clock=session.clock)
    except FangbangError as error:
        if error.problem is not NO_RUN_YET:
            raise
    return queries.proposal(proposal)


def _signed(view: "ProposalView") -> dict[str, Any]:
    """What an approval says yes to."""
    return {
        "sitting": view.sitting,
        "level": view.level,
        "subjects": list(view.subjects),
        "provinces": list(view.provinces),
        "regional": view.regional,
        "value": f"{view.value.normalize():f}",
        "document": view.document_number,
        "replace": view.replace,
        "proposed_by": view.proposed_by,
    }


def _tell(session: Session, view: "ProposalView", done: str) -> None:
    steps = [] if view.preview is None else view.preview["steps"]
    counts = [
        {"value": step["value"], "gained": sum(step["gained"].values()), "lost": sum(step["lost"].values())}
        for step in steps
    ]
    told = {
        "proposal": view.id,
        "sitting": view.sitting,
        "level": view.level,
        "subjects": list(view.subjects),
        "provinces": list(view.provinces),
        "value": f"{view.value.normalize():f}",
        "state": view.state,
        "preview": counts if view.preview is not None else None,
        "done": bool(done),
    }
    rows = "\n".join(f"{item['value']:>8}  +{item['gained']}  -{item['lost']}" for item in counts)
    texts = {"proposed": ("已提出，由另一人批准", "proposed; somebody else approves it"),
             "approved": ("已批准并生效", "approved; it counts"),
             "refused": ("已退回", "refused"),
             "": ("未执行；加 --yes 执行", "nothing done; add --yes")}  # fmt: skip
    zh, en = texts[done]
    session.result(
        told,
        zh=f"{view.id} {told['value']}：{zh}" + (f"\n{rows}" if rows else ""),
        en=f"{view.id} {told['value']}: {en}" + (f"\n{rows}" if rows else ""),
    )


@lines.command()
@click.argument("sitting")
@click.pass_obj
def proposals(session: Session, sitting: str) -> None:
    """列出一个场次提出过的合格标准。 / List the lines that were proposed for a sitting.

    \b
    例 / Example:
      fangbang lines proposals social-worker-2026
    """
    office(session)

    from fangbang.adjudication import queries
    from fangbang.intake.queries import sitting as opened

    found = queries.proposals(opened(sitting).id)
    told = [
        {"proposal": item.id, "level": item.level, "value": f"{item.value.normalize():f}", "state": item.state,
         "document": item.document_number, "by": item.proposed_by, "reason": item.reason}
        for item in found
    ]  # fmt: skip
    text = "\n".join(f"{item['proposal']}  {item['level']}  {item['value']:>8}  {item['state']}" for item in told)
    session.result({"sitting": sitting, "proposals": told}, zh=text or "没有提议", en=text or "None proposed")


@lines.command("list")
@click.argument("sitting")
@click.pass_obj
def list_lines(session: Session, sitting: str) -> None:
    """列出已公布的合格标准，连同被更改过的。 / List the lines announced for a sitting, the replaced ones too.

    \b
    例 / Example:
      fangbang lines list social-worker-2026
    """
    office(session)

    from fangbang.adjudication import queries
    from fangbang.intake.queries import sitting as opened

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
        for line, replaced in queries.line_history(opened(sitting).id)
    ]
    text = "\n".join(
        f"{item['level']:<10} {item['subject']:<18} {item['province'] or '*':<8} {item['value']:>8}"
        f"  {item['document']}{'  ×' if item['replaced_at'] else ''}"
        for item in told
    )
    session.result(
        {"sitting": sitting, "lines": told},
        zh=text or "没有另行公布的合格标准，按考试目录执行",
        en=text or "None announced: those of the catalogue hold",
    )


def _decimal(text: str) -> Decimal:
    from fangbang.adjudication.problems import BAD_LINE

    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise FangbangError(BAD_LINE, value=text, reason=Phrase("it is no number", "不是数字")) from error
