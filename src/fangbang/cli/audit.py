"""`fangbang audit`: read and verify the log of what staff did."""

import json
from typing import TYPE_CHECKING

import click

from fangbang.cli.edge import Session
from fangbang.cli.staff import office
from fangbang.core.errors import FangbangError

if TYPE_CHECKING:
    from fangbang.audit.rules import Entry


@click.group()
def audit() -> None:
    """审计记录 / The audit trail."""


@audit.command()
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, help="最近几条 / How many.")
@click.option("--subject", help="只看某一对象（发布、场次、人员） / Only of one release, sitting or operator.")
@click.pass_obj
def show(session: Session, last: int, subject: str | None) -> None:
    """显示最近的记录。 / Show the latest entries.

    \b
    例 / Examples:
      fangbang audit show --last 50
      fangbang --json audit show --subject social-worker-2026
    """
    office(session)

    from fangbang.audit import queries

    entries = queries.latest(last, subject=subject)
    lines = "\n".join(
        f"{entry.seq:>6}  {entry.at.astimezone(session.clock.now().tzinfo):%Y-%m-%d %H:%M:%S}  {entry.actor.id:<12} "
        f"{entry.event:<32} {entry.subject}  {entry.details}"
        for entry in entries
    )
    session.result({"entries": [_told(entry) for entry in entries]}, zh=lines or "尚无记录", en=lines or "Nothing yet")


@audit.command()
@click.pass_obj
def verify(session: Session) -> None:
    """验证整条记录链，并与各发布报告中签过名的链头比对。 / Verify the whole chain, and the heads in signed reports.

    任何删除、改动、重排或截断都会以退出码 6 报告。 / Any deletion, change, reordering or cut ends with exit code 6.

    \b
    例 / Example:
      fangbang audit verify
    """
    office(session)

    from fangbang.audit import queries
    from fangbang.release.queries import audit_anchors

    anchors = audit_anchors()
    head = queries.verify_chain(anchors)
    session.result(
        {"entries": head.seq, "head": head.hash, "anchors": len(anchors)},
        zh=f"{head.seq} 条记录完好，链头 {head.hash}；与 {len(anchors)} 个签名报告中的链头一致",
        en=f"{head.seq} entries hold, head {head.hash}; {len(anchors)} heads in signed reports agree",
    )


@audit.command()
@click.pass_obj
def check(session: Session) -> None:
    """查找绕过系统的改动：每张表的每一行与其封记比对。 / Look for edits behind the application's back: every row of
    every table against its seal.

    有发现时列出表与行，以退出码 6 结束；办公网页运行时每 20 秒自查一次。 / Findings are listed by table and row and end
    with exit code 6; a running office looks by itself every 20 seconds.

    \b
    例 / Example:
      fangbang audit check
    """
    layout = office(session)

    from fangbang.audit.problems import TAMPERED
    from fangbang.project.watching import Watch, told

    standing = Watch(layout.office, session.clock, speaks=False).look()
    found = told(standing)
    if found:
        lines = "\n".join(f"{item['table']}  {item['row']}  {item['what']}" for item in found)
        session.result({"edits": found}, zh=lines, en=lines)
        raise FangbangError(TAMPERED, count=len(found), **found[0])
    session.result({"edits": []}, zh="没有发现绕过系统的改动", en="Nothing was edited behind the application's back")


@audit.command()
@click.pass_obj
def catalogue(session: Session) -> None:
    """输出全部记录种类（docs/reference/audit-events.md）。 / Print all kinds of events.

    \b
    例 / Example:
      fangbang audit catalogue
    """
    from fangbang.audit.events import MEANINGS, catalogue_page

    page = catalogue_page().removesuffix("\n")
    session.result({"events": {event.value: said for event, said in MEANINGS.items()}}, zh=page, en=page)


def _told(entry: "Entry") -> dict[str, object]:
    return {
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "actor": entry.actor.id,
        "event": entry.event,
        "subject": entry.subject,
        "details": json.loads(entry.details),
        "hash": entry.hash,
    }
