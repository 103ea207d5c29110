"""`fangbang office`: the web application for staff, and the first steps that it cannot take itself."""

import sys

import click

from fangbang.cli.edge import Session
from fangbang.cli.init import export_trust
from fangbang.cli.staff import acting, as_option
from fangbang.cli.staff import office as open_office
from fangbang.core.errors import FangbangError, Kind, Problem

STAFF_EXIST = Problem(
    "cli.staff-exist",
    Kind.STATE,
    zh="已有工作人员：请由管理员登记（fangbang operator add）",
    en="There are staff already: an administrator enters more (fangbang operator add)",
)


@click.group()
def office() -> None:
    """工作人员使用的网页 / The web application for staff."""


@office.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址 / Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8070, show_default=True, help="端口，0 自选 / Port; 0: a free one."
)
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65535),
    help="本机的监测端口 / Port of the metrics, on this machine.",
)
@click.pass_obj
def serve(session: Session, host: str, port: int, metrics_port: int | None) -> None:
    """启动网页，直至 Ctrl-C。 / Serve the office until Ctrl-C.

    不设 FANGBANG_OFFICE_ORIGIN 时只供本机以 http 使用；正式使用须在 TLS 代理之后，并设为 https 地址。 / Without
    FANGBANG_OFFICE_ORIGIN it is for this machine, by http; in earnest it stands behind a TLS proxy.

    \b
    例 / Examples:
      fangbang office serve
      FANGBANG_OFFICE_ORIGIN=https://office.example.cn fangbang office serve --port 8070
    """
    open_office(session)

    from fangbang.office.queries import watching, watching_keepers
    from fangbang.project.serving import serve as run
    from fangbang.project.working import Companion

    def ready(host: str, port: int, measured: int | None) -> None:
        shown = "localhost" if host == "127.0.0.1" else host
        url = session.settings.values["OFFICE_ORIGIN"] or f"http://{shown}:{port}"
        told = {"url": url, "host": host, "port": port, "metrics_port": measured}
        session.result(told, zh=f"办公网页：{url}/", en=f"The office: {url}/")
        sys.stdout.flush()

    watching_keepers().start()
    watching()  # the board's history begins with the process
    with Companion():
        run(host, port, ready, session.clock, metrics_port)


@office.command(hidden=True)
@click.option("--parent", type=int, help="随其结束的进程 / The process to end with.")
@click.pass_obj
def work(session: Session, parent: int | None) -> None:
    """执行网页交办的作业；由 serve 启动。 / Do the jobs that pages asked for; `serve` starts it.

    \b
    例 / Example:
      fangbang office work
    """
    layout = open_office(session)

    from fangbang.project import working
    from fangbang.project.serving import configure_log

    configure_log()
    if parent is not None:
        working.end_with(parent)
    working.do_jobs(layout, session.clock)


@office.command()
@click.argument("identity", metavar="ID")
@click.option("--name", required=True, help="姓名 / The person's name.")
@click.pass_obj
def first(session: Session, identity: str, name: str) -> None:
    """登记第一名管理员，并给出一次性登记码。 / Enter the first administrator and print a one-time enrolment code.

    \b
    例 / Example:
      fangbang office first chen --name 陈静
    """
    layout = open_office(session)

    from fangbang.accounts import actions, queries
    from fangbang.accounts.rules import Role
    from fangbang.audit.rules import SYSTEM

    if queries.operators():
        raise FangbangError(STAFF_EXIST)
    actions.add_operator(actor=SYSTEM, operator_id=identity, name=name, roles=[Role.ADMINISTRATOR], clock=session.clock)
    export_trust(layout)
    _tell_code(session, identity, actions.invite(actor=SYSTEM, operator_id=identity, clock=session.clock))


@office.command()
@click.argument("identity", metavar="ID")
@as_option
@click.pass_obj
def invite(session: Session, identity: str, operator: str | None) -> None:
    """为尚未登记登录方式的工作人员出一次性登记码。 / Print a one-time enrolment code for somebody who has not enrolled.

    \b
    例 / Example:
      fangbang office invite wang --as chen
    """
    open_office(session)

    from fangbang.accounts import actions
    from fangbang.accounts.rules import Role

    actor = acting(session, operator, Role.ADMINISTRATOR)
    _tell_code(session, identity, actions.invite(actor=actor, operator_id=identity, clock=session.clock))


@office.command()
@click.argument("identity", metavar="ID")
@as_option
@click.pass_obj
def recover(session: Session, identity: str, operator: str | None) -> None:
    """遗失验证方式：第一名管理员申请，第二名再次执行后得到登记码。 / For a lost factor: one administrator asks, a
    second
    one runs it again and gets the code.

    \b
    例 / Examples:
      fangbang office recover wang --as chen
      fangbang office recover wang --as zhao
    """
    open_office(session)

    from fangbang.accounts import actions, queries
    from fangbang.accounts.rules import Role

    actor = acting(session, operator, Role.ADMINISTRATOR)
    if queries.waiting_recoveries(session.clock.now()).get(identity, actor.id) != actor.id:
        code = actions.confirm_recovery(actor=actor, operator_id=identity, clock=session.clock)
        return _tell_code(session, identity, code)
    actions.ask_recovery(actor=actor, operator_id=identity, clock=session.clock)
    session.result(
        {"operator": identity, "code": None},
        zh=f"已为 {identity} 申请恢复，须由另一名管理员再执行一次",
        en=f"Recovery of {identity} is asked for; another administrator runs this again",
    )
    return None


def _tell_code(session: Session, identity: str, code: str) -> None:
    grouped = "-".join(code[at : at + 5] for at in range(0, len(code), 5))
    session.result(
        {"operator": identity, "code": grouped},
        zh=f"{identity} 的一次性登记码（只显示这一次）：{grouped}\n在办公网页的“首次登记”处使用",
        en=f"One-time enrolment code of {identity} (shown once): {grouped}\nUse it at “First time here” of the office",
    )
