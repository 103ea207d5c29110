"""`fangbang sitting`: one examination in one year."""

import click

from fangbang.cli.edge import Session
from fangbang.cli.staff import acting, as_option, catalogue, office


@click.group()
def sitting() -> None:
    """考试场次 / Sittings: one examination in one year."""


@sitting.command("open")
@click.argument("exam")
@click.argument("year", type=int)
@as_option
@click.pass_obj
def open_sitting(session: Session, exam: str, year: int, operator: str | None) -> None:
    """为某考试某年度开设场次，之后才能接收文件；已开设则不变。 / Open a sitting for files; again is a no-op.

    \b
    例 / Example:
      fangbang sitting open social-worker 2026 --as zhang
    """
    office(session)

    from fangbang.accounts.rules import Role
    from fangbang.intake import actions

    actor = acting(session, operator, Role.ADJUDICATOR, Role.IMPORTER)
    opened = actions.open_sitting(
        actor=actor, exam_id=exam, year=year, catalogue=catalogue(session), clock=session.clock
    )
    session.result({"sitting": opened.id}, zh=f"场次 {opened.id} 已开设", en=f"Sitting {opened.id} is open")


@sitting.command("list")
@click.pass_obj
def list_sittings(session: Session) -> None:
    """列出全部场次，连同已接收的文件数与发布状态。 / List all sittings, with their files and releases.

    \b
    例 / Examples:
      fangbang sitting list
      fangbang --json sitting list
    """
    office(session)

    from fangbang.intake import queries as intake
    from fangbang.release import queries as releases

    told, lines = [], []
    for item in intake.sittings():
        batches, views = len(intake.batches(item.id)), releases.releases(item.id)
        told.append(
            {
                "sitting": item.id,
                "batches": batches,
                "releases": [{"id": view.id, "state": view.state.value} for view in views],
            }
        )
        lines.append(f"{item.id:<28} {batches:>3}  {', '.join(view.state for view in views) or '-'}")
    session.result({"sittings": told}, zh="\n".join(lines) or "尚无场次", en="\n".join(lines) or "No sittings yet")
