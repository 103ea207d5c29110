"""`fangbang adjudicate withhold`: one person's result held back, and released again."""

import click

from fangbang.cli.edge import Session
from fangbang.cli.staff import acting, as_option, office, yes_option
from fangbang.project.stores import book_store

_REASON = "理由(不给考生看) / The reason; candidates do not see it."


@click.command()
@click.argument("sitting")
@click.argument("ticket")
@click.option("--reason", required=True, help=_REASON)
@as_option
@yes_option
@click.pass_obj
def withhold(session: Session, sitting: str, ticket: str, reason: str, operator: str | None, yes: bool) -> None:
    """暂缓发布一名考生的结果;自下一次判定起生效。 / Hold back one person's result, from the next run on.

    已冻结的报告和批准随之作废;已公布的须另作补充发布。 / What was frozen loses its approvals; what is published stays
    until an overlay of a new run.

    \b
    例 / Example:
      fangbang adjudicate withhold social-worker-2026 110626000123 --reason "雷同核查" --as zhang --yes
    """
    layout = office(session)

    from django.db import transaction

    from fangbang.accounts.rules import Role
    from fangbang.adjudication import actions

    actor = acting(session, operator, Role.ADJUDICATOR)
    with transaction.atomic():
        found = actions.withhold(
            actor=actor,
            sitting_id=sitting,
            ticket=ticket,
            reason=reason,
            store=book_store(layout),
            clock=session.clock,
        )
        transaction.set_rollback(not yes)
    _tell(session, sitting, found, yes, "暂缓", "withheld")


@click.command()
@click.argument("sitting")
@click.argument("ticket")
@click.option("--reason", required=True, help=_REASON)
@as_option
@yes_option
@click.pass_obj
def unwithhold(session: Session, sitting: str, ticket: str, reason: str, operator: str | None, yes: bool) -> None:
    """解除暂缓;重新判定后以补充发布公布。 / Lift it; run again, then publish an overlay.

    \b
    例 / Example:
      fangbang adjudicate unwithhold social-worker-2026 110626000123 --reason "核查通过" --as zhang --yes
    """
    office(session)

    from django.db import transaction

    from fangbang.accounts.rules import Role
    from fangbang.adjudication import actions

    actor = acting(session, operator, Role.ADJUDICATOR)
    with transaction.atomic():
        found = actions.lift_withholding(
            actor=actor, sitting_id=sitting, ticket=ticket, reason=reason, clock=session.clock
        )
        transaction.set_rollback(not yes)
    _tell(session, sitting, found, yes, "解除暂缓", "released")


@click.command()
@click.argument("sitting")
@click.pass_obj
def withheld(session: Session, sitting: str) -> None:
    """列出被暂缓的考生,连同已解除的。 / List who is withheld, and who was.

    \b
    例 / Example:
      fangbang adjudicate withheld social-worker-2026
    """
    office(session)

    from fangbang.adjudication import queries

    told = [
        {
            "withholding": item.id,
            "ticket": item.ticket,
            "reason": item.reason,
            "by": item.by,
            "at": item.at.isoformat(),
            "lifted_at": item.lifted_at.isoformat() if item.lifted_at else None,
            "lifted_by": item.lifted_by,
            "lifted_reason": item.lifted_reason,
        }
        for item in queries.withheld_people(sitting)
    ]
    text = "\n".join(
        f"{item['ticket']:<20} {item['by']:<10} {item['reason']}  {'×' if item['lifted_at'] else ''}".rstrip()
        for item in told
    )
    session.result({"sitting": sitting, "withheld": told}, zh=text or "没有暂缓的考生", en=text or "Nobody is withheld")


def _tell(session: Session, sitting: str, found: str, yes: bool, zh: str, en: str) -> None:
    session.result(
        {"sitting": sitting, "withholding": found if yes else "", "done": yes},
        zh=f"{zh}:{sitting}" + (";重新判定后生效" if yes else ";加 --yes 执行"),
        en=f"{en}: {sitting}" + ("; run again for it to take effect" if yes else "; add --yes to do it"),
    )
