"""The verbs from sealing on: seal, distribute, schedule, status, withdraw. Each hands an order to the keeper first and
enters what the keeper did after it, so that the same command, run again after a crash, finishes."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fangbang.cli.edge import Session
from fangbang.cli.releasing.telling import tell
from fangbang.cli.staff import acting, as_option, key_options, office, signing_key, yes_option
from fangbang.core.clock import AUTHORITY_ZONE
from fangbang.core.errors import FangbangError, Kind, Problem
from fangbang.project import keeping

if TYPE_CHECKING:
    from fangbang.release.queries import ReleaseView

BAD_HOUR = Problem(
    "cli.bad-hour",
    Kind.INPUT,
    zh="时刻“{at}”不对；例：2026-08-20T10:00（北京时间）或 2026-08-20T10:00:00+08:00",
    en="“{at}” is no moment; e.g. 2026-08-20T10:00 (Beijing time) or 2026-08-20T10:00:00+08:00",
)


@click.command()
@click.argument("release_id", metavar="RELEASE")
@as_option
@yes_option
@click.pass_obj
def seal(session: Session, release_id: str, operator: str | None, yes: bool) -> None:
    """由保管进程封存已批准的结果，并公示封存值。 / Have the keeper seal what was approved, and make its header public.

    保管进程自己核对两名审批人的签名，之后才生成密钥。 / The keeper checks both signatures itself before it draws a key.

    \b
    例 / Example:
      fangbang release seal rel-… --as zhang --yes
    """
    layout = office(session)

    from fangbang.accounts.queries import trusted_keys
    from fangbang.accounts.rules import Role
    from fangbang.release import queries

    actor = acting(session, operator, Role.ADJUDICATOR)
    queries.seal_order(release_id)
    answer: dict[str, Any] = {}
    if yes:
        answer = keeping.seal(
            layout, actor=actor, release_id=release_id, trusted_keys=trusted_keys(), clock=session.clock
        )
    more = {name: answer[name] for name in ("root", "seconds") if name in answer}
    tell(session, queries.release(release_id), dry=not yes, **more)


@click.command()
@click.argument("release_id", metavar="RELEASE")
@click.option("--workers", type=click.IntRange(min=1), default=1, help="至少几个查询进程 / At least so many workers.")
@click.option("--wait", type=click.IntRange(min=0), default=60, show_default=True, help="最多等几秒 / Seconds to wait.")
@as_option
@yes_option
@click.pass_obj
def distribute(session: Session, release_id: str, workers: int, wait: int, operator: str | None, yes: bool) -> None:
    """核对各查询节点持有同一快照、同一程序与同一配置。 / Check that all nodes hold the snapshot and run the same code.

    \b
    例 / Example:
      fangbang release distribute rel-… --workers 4 --as zhang --yes
    """
    layout = office(session)

    from fangbang.accounts.rules import Role
    from fangbang.release import actions, queries

    actor = acting(session, operator, Role.ADJUDICATOR)
    nodes = keeping.ready_nodes(layout, queries.release(release_id).header, workers=workers, wait=wait)
    if yes:
        actions.distribute(actor=actor, release_id=release_id, nodes=nodes, clock=session.clock)
    tell(session, queries.release(release_id), dry=not yes, nodes=nodes)


@click.command()
@click.argument("release_id", metavar="RELEASE")
@click.option("--at", required=True, metavar="TIME", help="放榜时刻 / The hour, e.g. 2026-08-20T10:00.")
@key_options
@as_option
@yes_option
@click.pass_obj
def schedule(
    session: Session,
    release_id: str,
    at: str,
    key: Path | None,
    passphrase_file: Path | None,
    operator: str | None,
    yes: bool,
) -> None:
    """签名确定（或改动）放榜时刻；第二名审批人签名后即交保管进程。 / Sign the hour; the second signature hands it over.

    \b
    例 / Example:
      fangbang release schedule rel-… --at 2026-08-20T10:00 --as wang --key wang.pem --yes
    """
    layout = office(session)

    from fangbang.accounts.queries import trusted_keys
    from fangbang.accounts.rules import Role
    from fangbang.release import queries
    from fangbang.release.rules import sign_schedule

    actor, t = acting(session, operator, Role.APPROVER), moment(at)
    order = queries.next_schedule(release_id, t)
    signatures = 0
    if yes:
        approval = sign_schedule(signing_key(session, key, passphrase_file), order, actor.id)
        order, signatures = keeping.sign_hour(
            layout,
            actor=actor,
            release_id=release_id,
            t=t,
            approval=approval,
            trusted_keys=trusted_keys(),
            clock=session.clock,
        )
    tell(session, queries.release(release_id), dry=not yes, proposed=order["t"], signatures=signatures)


@click.command()
@click.argument("release_id", metavar="RELEASE")
@click.option("--zh", required=True, help="给考生看的说明（中文） / The notice in Chinese.")
@click.option("--en", required=True, help="给考生看的说明（英文） / The notice in English.")
@key_options
@as_option
@yes_option
@click.pass_obj
def withdraw(
    session: Session,
    release_id: str,
    zh: str,
    en: str,
    key: Path | None,
    passphrase_file: Path | None,
    operator: str | None,
    yes: bool,
) -> None:
    """撤回：各节点销毁密钥，改为显示说明；一名审批人即可。 / Take a release back; one approver is enough.

    \b
    例 / Example:
      fangbang release withdraw rel-… --zh "成绩更正中" --en "Being corrected" --as wang --key wang.pem --yes
    """
    layout = office(session)

    from fangbang.accounts.queries import trusted_keys
    from fangbang.accounts.rules import Role
    from fangbang.release import queries
    from fangbang.release.rules import sign_withdrawal, withdrawal_order

    actor, view = acting(session, operator, Role.APPROVER), queries.release(release_id)
    order = withdrawal_order(release=view.id, sitting=view.sitting, snapshot=view.snapshot, zh=zh, en=en)
    if yes:
        approval = sign_withdrawal(signing_key(session, key, passphrase_file), order, actor.id)
        keeping.withdraw(
            layout,
            actor=actor,
            order=order,
            approval=approval,
            trusted_keys=trusted_keys(),
            clock=session.clock,
        )
    tell(session, queries.release(release_id), dry=not yes)


@click.command()
@click.argument("sitting", required=False)
@click.pass_obj
def status(session: Session, sitting: str | None) -> None:
    """列出全部发布；已到点的先向保管进程核实并记为已公布。 / List releases; enter first what the keeper has published.

    \b
    例 / Examples:
      fangbang release status
      fangbang --json release status social-worker-2026
    """
    layout = office(session)

    from fangbang.intake.queries import sitting as opened
    from fangbang.release import queries

    wanted = opened(sitting).id if sitting else None
    keeper = keeping.enter_published(layout, session.clock)
    views = queries.releases(wanted)
    told = [
        {
            "release": view.id,
            "sitting": view.sitting,
            "kind": view.kind.value,
            "scope": view.scope.to_json(),
            "state": view.state.value,
            "approvers": list(view.approvers),
            "t": None if view.t is None else view.t.isoformat(),
        }
        for view in views
    ]
    lines = "\n".join(_line(view) for view in views)
    session.result({"releases": told, "keeper": keeper}, zh=lines or "尚无发布", en=lines or "No releases yet")


def moment(text: str) -> datetime:
    """A moment as typed: ISO 8601; without a zone it is the authority's."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise FangbangError(BAD_HOUR, at=text) from error
    return at.replace(tzinfo=AUTHORITY_ZONE) if at.tzinfo is None else at.astimezone(AUTHORITY_ZONE)


def _line(view: "ReleaseView") -> str:
    hour = "-" if view.t is None else f"{view.t.astimezone(AUTHORITY_ZONE):%Y-%m-%d %H:%M:%S}"
    return f"{view.id}  {view.sitting:<24} {view.kind:<8} {view.scope.key:<12} {view.state:<12} {hour}"
