"""`fangbang adjudicate withhold`: one person's result held back, and released again; asked for by one member of staff,
decided by another."""

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from fangbang.cli.edge import Session
from fangbang.cli.staff import acting, as_option, key_options, office, proven, typed_lines, yes_option
from fangbang.core.errors import FangbangError, Kind, Problem
from fangbang.project.stores import book_store, document_vault

if TYPE_CHECKING:
    from fangbang.accounts.rules import Role
    from fangbang.adjudication.queries import RequestView
    from fangbang.audit.rules import Actor

ONE_TICKET = Problem(
    "cli.one-ticket",
    Kind.INPUT,
    zh="文件应只有一行：准考证号",
    en="The file must have one line: the ticket number",
)
_REASON = "理由（不给考生看，不写姓名与号码） / The reason; candidates do not see it. Name nobody in it."
_BASIS = click.option("--basis", required=True, help="依据：法规或文件、文号、条款 / The rule or document it rests on.")


@click.command()
@click.argument("sitting")
@click.argument("ticket", type=click.File("rb"))
@click.option("--reason", required=True, help=_REASON)
@_BASIS
@as_option
@yes_option
@click.pass_obj
def withhold(
    session: Session, sitting: str, ticket: BinaryIO, reason: str, basis: str, operator: str | None, yes: bool
) -> None:
    """申请暂缓发布一名考生的结果；另一人同意后，自下一次判定起生效。 / Ask to hold back one person's result.

    另一人以 agree 同意后，已冻结的报告和批准随之作废；已公布的须另作补充发布。 / Once somebody else agrees,
    it counts from the next run on: what was frozen loses its approvals; what is published stays until an
    overlay of a new run.

    TICKET：只有一行准考证号的文件（- 为标准输入）；号码不写在命令行上。 / TICKET: a file whose one line is the ticket
    number (- is standard input): a number never stands on the command line.

    \b
    例 / Example:
      fangbang adjudicate withhold social-worker-2026 准考证号.txt --as zhang --yes \\
        --reason "雷同核查" --basis 人社部令第31号第六条
    """
    layout = office(session)

    from django.db import transaction

    from fangbang.adjudication import actions, queries

    actor = acting(session, operator, *_roles())
    with transaction.atomic():
        found = actions.ask_withholding(
            actor=actor,
            sitting_id=sitting,
            ticket=_one(ticket),
            reason=reason,
            basis=basis,
            store=book_store(layout),
            clock=session.clock,
        )
        _check_reach(actor, queries.withholding_request(found))
        transaction.set_rollback(not yes)
    _tell(session, sitting, found, yes, "申请暂缓", "asked to withhold")


@click.command()
@click.argument("sitting")
@click.argument("ticket", type=click.File("rb"))
@click.option("--reason", required=True, help=_REASON)
@_BASIS
@as_option
@yes_option
@click.pass_obj
def unwithhold(
    session: Session, sitting: str, ticket: BinaryIO, reason: str, basis: str, operator: str | None, yes: bool
) -> None:
    """申请解除暂缓；另一人同意并重新判定后以补充发布公布。 / Ask to lift it; then run again and publish an overlay.

    \b
    例 / Example:
      fangbang adjudicate unwithhold social-worker-2026 准考证号.txt --as zhang --yes \\
        --reason "核查通过" --basis 核查结论〔2026〕3号
    """
    office(session)

    from django.db import transaction

    from fangbang.adjudication import actions, queries

    actor = acting(session, operator, *_roles())
    with transaction.atomic():
        found = actions.ask_lifting(
            actor=actor, sitting_id=sitting, ticket=_one(ticket), reason=reason, basis=basis, clock=session.clock
        )
        _check_reach(actor, queries.withholding_request(found))
        transaction.set_rollback(not yes)
    _tell(session, sitting, found, yes, "申请解除暂缓", "asked to lift")


@click.command()
@click.argument("request")
@click.option("--refuse", is_flag=True, help="拒绝，而不是同意 / Refuse instead of agreeing.")
@key_options
@as_option
@yes_option
@click.pass_obj
def agree(
    session: Session,
    request: str,
    refuse: bool,
    key: Path | None,
    passphrase_file: Path | None,
    operator: str | None,
    yes: bool,
) -> None:
    """同意（或拒绝）暂缓或解除暂缓的申请，须为另一人；同意须以本人密钥签名。 / Agree to a request to withhold or lift,
    as somebody else; agreeing is signed with your own key.

    \b
    例 / Examples:
      fangbang adjudicate agree wr-… --as li --key li.pem --yes
      fangbang adjudicate agree wr-… --refuse --as li --yes
    """
    layout = office(session)

    from django.db import transaction

    from fangbang.adjudication import actions, queries
    from fangbang.project import deciding

    actor, asked = acting(session, operator, *_roles()), queries.withholding_request(request)
    _check_reach(actor, asked)
    signed = deciding.withholding(asked, document_vault(layout))
    proof = proven(session, actor, key, passphrase_file, signed) if yes and not refuse else transaction.atomic()
    with proof:
        found = actions.decide_withholding(actor=actor, request_id=request, agree=not refuse, clock=session.clock)
        transaction.set_rollback(not yes)
    zh, en = ("拒绝", "refused") if refuse else ("同意", "agreed")
    _tell(session, found.sitting, request, yes, zh, en)


@click.command()
@click.argument("sitting")
@click.pass_obj
def withheld(session: Session, sitting: str) -> None:
    """列出被暂缓的考生，连同已解除的和待同意的申请。 / List who is withheld, who was, and what waits.

    \b
    例 / Example:
      fangbang adjudicate withheld social-worker-2026
    """
    office(session)

    from fangbang.adjudication import queries
    from fangbang.intake.queries import sitting as opened

    sitting = opened(sitting).id
    told = [
        {
            "withholding": item.id,
            "ticket": item.ticket,
            "reason": item.reason,
            "basis": item.basis,
            "by": item.by,
            "second": item.second,
            "at": item.at.isoformat(),
            "lifted_at": item.lifted_at.isoformat() if item.lifted_at else None,
            "lifted_by": item.lifted_by,
            "lifted_reason": item.lifted_reason,
            "lifted_second": item.lifted_second,
        }
        for item in queries.withheld_people(sitting)
    ]
    text = "\n".join(
        f"{item['ticket']:<20} {item['by']:<10} {item['reason']}  {'×' if item['lifted_at'] else ''}".rstrip()
        for item in told
    )
    waiting = [
        {"request": item.id, "kind": item.kind, "ticket": item.ticket, "reason": item.reason, "by": item.asked_by}
        for item in queries.withholding_requests(sitting)
        if item.state == "asked"
    ]
    text += "".join(f"\n? {item['request']} {item['kind']} {item['ticket']} {item['by']}" for item in waiting)
    told_all = {"sitting": sitting, "withheld": told, "requests": waiting}
    session.result(told_all, zh=text or "没有暂缓的考生", en=text or "Nobody is withheld")


def _roles() -> "tuple[Role, ...]":
    from fangbang.accounts.rules import Role

    return (Role.ADJUDICATOR, Role.APPROVER)


def _check_reach(actor: "Actor", asked: "RequestView") -> None:
    """REFUSED unless they may withhold results of this exam where the candidate belongs."""
    from fangbang.accounts import queries as accounts
    from fangbang.accounts.problems import ROLE_MISSING
    from fangbang.accounts.rules import Permission, may
    from fangbang.desk.queries import subject_of

    subject = subject_of(asked.sitting, asked.region)
    if not may(accounts.member(actor.id), Permission.REGION_RESULT_WITHHOLD, subject):
        roles = "/".join(_roles())
        raise FangbangError(ROLE_MISSING, operator=actor.id, role=f"{roles} ({asked.sitting} {asked.region})")


def _one(ticket: BinaryIO) -> str:
    lines = typed_lines(ticket).split()
    if len(lines) != 1:
        raise FangbangError(ONE_TICKET)
    return str(lines[0])


def _tell(session: Session, sitting: str, request: str, yes: bool, zh: str, en: str) -> None:
    session.result(
        {"sitting": sitting, "request": request if yes else "", "done": yes},
        zh=f"{zh}：{sitting}" + (f" {request}" if yes else "；未执行：加 --yes 执行"),
        en=f"{en}: {sitting}" + (f" {request}" if yes else "; add --yes to do it"),
    )
