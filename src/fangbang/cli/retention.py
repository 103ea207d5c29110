"""`fangbang retention`: how long each class of data is kept, and the end of what is over its time."""

from pathlib import Path

import click

from fangbang.cli.edge import Session
from fangbang.cli.staff import acting, as_option, key_options, proven, yes_option
from fangbang.cli.staff import office as open_office
from fangbang.core.errors import FangbangError


@click.group()
def retention() -> None:
    """数据保管期限 / How long data are kept."""


@retention.command()
@click.pass_obj
def show(session: Session) -> None:
    """显示期限表及其依据，以及现在到期的数量。 / Show the schedule with its sources, and how much is over its time now.

    \b
    例 / Example:
      fangbang retention show
    """
    layout = open_office(session)

    from django.conf import settings

    from fangbang.project.retention import due, schedule

    found = due(layout, schedule(settings.RETENTION), session.clock.now())
    value = [
        {
            "class": item.of.id,
            "days": item.of.days,
            "source": item.of.source,
            "sure": item.of.sure,
            "daily": item.of.daily,
            "due": item.count,
        }
        for item in found
    ]
    lines: dict[str, list[str]] = {"zh": [], "en": []}
    for item in found:
        doubt = ("", "") if item.of.sure else ("（待确认）", " (unsure)")
        lines["zh"].append(f"{item.count:>6}  {item.of.days or '长期':>4}  {item.of.zh}  {item.of.source}{doubt[0]}")
        lines["en"].append(f"{item.count:>6}  {item.of.days or 'ever':>4}  {item.of.en}  {item.of.source}{doubt[1]}")
    session.result({"classes": value}, zh="\n".join(lines["zh"]), en="\n".join(lines["en"]))


@retention.command()
@as_option
@click.pass_obj
def ask(session: Session, operator: str | None) -> None:
    """第一名管理员提出：清理到期的数据。 / The first of two administrators asks that what is over its time be ended.

    \b
    例 / Example:
      fangbang retention ask --as chen
    """
    open_office(session)

    from django.conf import settings

    from fangbang.accounts.rules import Role
    from fangbang.project import retention as run

    actor = acting(session, operator, Role.ADMINISTRATOR)
    run.ask(run.schedule(settings.RETENTION), actor=actor, clock=session.clock)
    session.result(
        {"asked": actor.id},
        zh="已提出；七天内由另一名管理员执行 fangbang retention carry-out",
        en="Asked; another administrator runs fangbang retention carry-out within seven days",
    )


@retention.command("carry-out")
@key_options
@as_option
@yes_option
@click.pass_obj
def carry_out(
    session: Session, key: Path | None, passphrase_file: Path | None, operator: str | None, yes: bool
) -> None:
    """第二名管理员以本人密钥签名执行：删除到期的数据，停用长期未登录的账户。 / The second administrator, signing with
    their own key, deletes what is over its time and disables dormant accounts.

    \b
    例 / Examples:
      fangbang retention carry-out --as zhao
      fangbang retention carry-out --as zhao --key zhao.pem --yes
    """
    layout = open_office(session)

    from django.conf import settings

    from fangbang.accounts.rules import Role
    from fangbang.project import deciding
    from fangbang.project import retention as run
    from fangbang.project.problems import NOT_ASKED

    actor, classes = acting(session, operator, Role.ADMINISTRATOR), run.schedule(settings.RETENTION)
    if not yes:
        counts = {item.of.id: item.count for item in run.due(layout, classes, session.clock.now()) if item.count}
        session.result({"due": counts, "ended": None}, zh=f"将清理：{counts}", en=f"Would end: {counts}")
        return
    asked = run.check_asked(classes, actor, session.clock.now())  # before a passphrase is asked for
    signed = deciding.retention(run.schedule_hash(classes), asked)
    with proven(session, actor, key, passphrase_file, signed):
        if run.check_asked(classes, actor, session.clock.now()) != asked:
            raise FangbangError(NOT_ASKED)
    # Deleting is many transactions: broken off, the same call finishes it.
    ended = dict(run.carry_out(layout, classes, actor=actor, clock=session.clock).check().ended)
    session.result({"ended": ended}, zh=f"已清理：{ended}", en=f"Ended: {ended}")


@retention.command()
@yes_option
@click.pass_obj
def daily(session: Session, yes: bool) -> None:
    """系统每小时自行清理的各类（上传文件、导出文件、长期未登录的账户等）；不需要两人。 / End what the office ends by
    itself every hour: waiting files, exports, dormant accounts; it needs nobody's asking.

    \b
    例 / Examples:
      fangbang retention daily
      fangbang retention daily --yes
    """
    layout = open_office(session)

    from django.conf import settings

    from fangbang.project import retention as run

    classes = [item for item in run.schedule(settings.RETENTION) if item.daily]
    if not yes:
        counts = {item.of.id: item.count for item in run.due(layout, classes, session.clock.now()) if item.count}
        session.result({"due": counts, "ended": None}, zh=f"将清理：{counts}", en=f"Would end: {counts}")
        return
    ended = dict(run.keep_house(layout, run.schedule(settings.RETENTION), clock=session.clock).check().ended)
    session.result({"ended": ended}, zh=f"已清理：{ended}", en=f"Ended: {ended}")
