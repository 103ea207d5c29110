"""Switches of the query nodes: what is on, and moving one. One approver closes, two open again."""

from pathlib import Path
from typing import Any

import click

from fangbang.cli.edge import Session
from fangbang.cli.layout import Layout
from fangbang.cli.releasing.publishing import moment
from fangbang.cli.staff import acting, as_option, key_options, office, signing_key, yes_option
from fangbang.core.clock import AUTHORITY_ZONE, from_wire
from fangbang.core.errors import FangbangError, Kind, Problem
from fangbang.exams.vocabulary import SwitchName
from fangbang.project import keeping

NOTHING_WAITS = Problem(
    "cli.nothing-waits",
    Kind.STATE,
    zh="没有等待第二人签名的开关指令",
    en="No order to move a switch waits for a second signature",
)
NAME_A_SWITCH = Problem(
    "cli.name-a-switch",
    Kind.INPUT,
    zh="写明开关名称与 --reason，或用 --waiting 签署等待中的指令",
    en="Name a switch with --reason, or sign the waiting order with --waiting",
)


@click.command()
@click.pass_obj
def switches(session: Session) -> None:
    """列出打开的开关，以及等待第二人签名的指令。 / List the switches that are on, and an order that waits.

    \b
    例 / Examples:
      fangbang release switches
      fangbang --json release switches
    """
    stands = keeping.ask(Layout(session.settings.home), {"command": "status"})["switches"]
    lines = [_line(item) for item in stands["on"]]
    zh, en = "\n".join(lines) or "没有打开的开关", "\n".join(lines) or "No switch is on"
    waiting = stands["pending"]
    if waiting is not None:
        zh, en = f"{zh}\n等待第二人签名：{_line(waiting['order'])}", f"{en}\nwaits: {_line(waiting['order'])}"
    session.result(stands, zh=zh, en=en)


@click.command()
@click.argument("name", type=click.Choice([item.value for item in SwitchName]), required=False)
@click.argument("subject", default="")
@click.option("--back", is_flag=True, help="恢复（两名审批人） / Turn it back (two approvers).")
@click.option("--bits", type=int, default=0, help="price：加多少 / For price: how many bits on top.")
@click.option("--until", metavar="TIME", help="到此时自动恢复 / It ends by itself then, e.g. 2026-08-20T11:00.")
@click.option("--zh", default="", help="给考生看的说明（中文） / What candidates read, in Chinese.")
@click.option("--en", default="", help="给考生看的说明（英文） / What candidates read, in English.")
@click.option("--reason", default="", help="理由，记入审计 / Why; stands in the audit log.")
@click.option("--waiting", is_flag=True, help="签署等待第二人的指令 / Sign the order that waits for a second person.")
@key_options
@as_option
@yes_option
@click.pass_obj
def switch(
    session: Session,
    name: str | None,
    subject: str,
    *,
    back: bool,
    bits: int,
    until: str | None,
    zh: str,
    en: str,
    reason: str,
    waiting: bool,
    key: Path | None,
    passphrase_file: Path | None,
    operator: str | None,
    yes: bool,
) -> None:
    """在全部查询节点上关闭（或恢复）一项。 / Turn something off on every query node, or back.

    一名审批人即可关闭，恢复须两名。query 场次的查询；kind 一种凭证；riddles 图形与语音验证及其通行证；price
    加重工作量证明；
    static 只留页面。 / One approver is enough to close, two open again. query: of a sitting; kind: of credential;
    riddles: images, voices and their passes; price: a dearer proof of work; static: nothing but pages.

    \b
    例 / Examples:
      fangbang release switch query social-worker-2026 --reason "wrong line" --as wang --key wang.pem --yes
      fangbang release switch query social-worker-2026 --back --reason "put right" --as wang --key wang.pem --yes
      fangbang release switch --waiting --as zhao --key zhao.pem --yes
      fangbang release switch price --bits 2 --until 2026-08-20T11:00 --reason "robots" --as wang --key wang.pem --yes
    """
    layout = office(session)

    from fangbang.accounts.queries import trusted_keys
    from fangbang.accounts.rules import Role
    from fangbang.release.rules import sign_document

    actor = acting(session, operator, Role.APPROVER)
    stands = keeping.ask(layout, {"command": "status"})["switches"]
    said = {"name": name, "subject": subject, "on": not back, "value": bits, "zh": zh, "en": en, "reason": reason}
    order = _waiting(stands) if waiting else _ordered(stands, until, said)
    missing = None
    if yes:
        approval = sign_document(signing_key(session, key, passphrase_file), order, actor.id)
        missing = keeping.switch(
            layout, actor=actor, order=order, approval=approval, trusted_keys=trusted_keys(), clock=session.clock
        )
    _tell(session, order, missing)


def _ordered(stands: dict[str, Any], until: str | None, said: dict[str, Any]) -> dict[str, Any]:
    from fangbang.release.rules import switch_order

    if said["name"] is None:
        raise FangbangError(NAME_A_SWITCH)
    return switch_order(serial=stands["serial"] + 1, until=None if until is None else moment(until), **said)


def _waiting(stands: dict[str, Any]) -> dict[str, Any]:
    if stands["pending"] is None:
        raise FangbangError(NOTHING_WAITS)
    order: dict[str, Any] = stands["pending"]["order"]
    return order


def _tell(session: Session, order: dict[str, Any], missing: int | None) -> None:
    """`missing`: None if nothing was signed."""
    zh = {None: "（未执行）", 0: "已执行"}.get(missing, f"已签名，还需 {missing} 人")
    en = {None: "(not done)", 0: "done"}.get(missing, f"signed, {missing} more must sign")
    line = _line(order)
    session.result({"order": order, "missing": missing, "dry": missing is None}, zh=f"{line} {zh}", en=f"{line} {en}")


def _line(item: dict[str, Any]) -> str:
    until = "" if item["until"] is None else f"  → {from_wire(item['until']).astimezone(AUTHORITY_ZONE):%m-%d %H:%M:%S}"
    value = f" +{item['value']}" if item["value"] else ""
    turned = ("off " if item["on"] else "back ") if "on" in item else ""
    return f"{turned}{item['name']} {item['subject']}{value}{until}".replace("  ", " ").rstrip()
