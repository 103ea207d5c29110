"""`fangbang exams propose` and its like: a changed exam file, from one person to another into force."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fangbang.cli.edge import Session
from fangbang.cli.staff import (
    FILE,
    acting,
    as_option,
    exams_folder,
    key_options,
    office,
    proven,
    read,
    yes_option,
)
from fangbang.core.errors import FangbangError

if TYPE_CHECKING:
    from fangbang.accounts.rules import Role
    from fangbang.audit.rules import Actor
    from fangbang.catalogue.queries import ChangeView
    from fangbang.exams.changing import Years
    from fangbang.exams.check import Unsure
    from fangbang.project.changing import Effects


@click.command()
@click.argument("file", type=FILE)
@click.option("--reason", required=True, help="依据（文号）或理由 / The document's number, or the reason.")
@as_option
@yes_option
@click.pass_obj
def propose(session: Session, file: Path, reason: str, operator: str | None, yes: bool) -> None:
    """提出一份变更后的考试规则文件；由另一人 approve 后才生效。 / Propose a changed exam file; it is in force once
    somebody else approves it.

    文件连同全部现行规则一起检查；不加 --yes 只检查并显示会改变什么。 / It is checked beside all files in force; without
    --yes it is only checked, and what it would change is shown.

    \b
    例 / Examples:
      fangbang exams propose social-worker.toml --reason 人社厅发〔2026〕7号 --as sun
      fangbang exams propose social-worker.toml --reason 人社厅发〔2026〕7号 --as sun --yes
    """
    office(session)

    from django.db import transaction

    from fangbang.accounts.rules import Role
    from fangbang.catalogue import actions, queries
    from fangbang.catalogue.problems import NO_FOLDER
    from fangbang.exams.changing import LARGEST, Given

    folder, given = exams_folder(session), Given(file.name, read(file, LARGEST + 1).removeprefix(codecs.BOM_UTF8))
    actor = _reaching(session, operator, Role.CATALOGUE_EDITOR, given.name, given.data)
    if folder is None:
        raise FangbangError(NO_FOLDER)
    with transaction.atomic():
        change = actions.propose(actor=actor, folder=folder, file=given, reason=reason, clock=session.clock)
        view = queries.change(change)
        transaction.set_rollback(not yes)
    _tell(session, view, "proposed" if yes else "", entered=yes)


@click.command()
@click.argument("change")
@key_options
@as_option
@yes_option
@click.pass_obj
def approve(
    session: Session, change: str, key: Path | None, passphrase_file: Path | None, operator: str | None, yes: bool
) -> None:
    """以本人密钥签名，使他人提出的规则文件生效；已冻结而未封存的报告全部作废。 / Put a file that somebody else proposed
    in force, signed with your own key; every report that is frozen and not sealed is void.

    不加 --yes 只显示它改变什么。生效后把文件夹复制到保管机和查询节点。 / Without --yes, only what it changes is shown.
    Copy the folder to keepers and nodes afterwards.

    \b
    例 / Examples:
      fangbang exams approve cat-… --as wang
      fangbang exams approve cat-… --as wang --key wang.pem --yes
    """
    office(session)

    from fangbang.accounts.rules import Role
    from fangbang.catalogue import actions, queries
    from fangbang.project import deciding

    actor, view = _deciding(session, operator, Role.APPROVER, change)
    if not yes:
        return _tell(session, view, "")
    with proven(session, actor, key, passphrase_file, deciding.exam_file(view)):
        actions.put_change_in_force(actor=actor, change_id=change, folder=exams_folder(session), clock=session.clock)
    return _tell(session, queries.change(change), "approved")


@click.command()
@click.argument("change")
@click.option("--reason", required=True, help="理由，记入审计 / The reason; it is recorded.")
@as_option
@click.pass_obj
def refuse(session: Session, change: str, reason: str, operator: str | None) -> None:
    """退回他人提出的规则文件。 / Refuse a file that somebody else proposed.

    \b
    例 / Example:
      fangbang exams refuse cat-… --reason "满分应为 110" --as wang
    """
    office(session)

    from fangbang.accounts import queries as accounts
    from fangbang.accounts.problems import ROLE_MISSING
    from fangbang.accounts.rules import Role
    from fangbang.catalogue import actions, queries
    from fangbang.project.changing import reaches_standing

    actor, key = acting(session, operator, Role.APPROVER), queries.change(change).key
    if not reaches_standing(accounts.member(actor.id), exams_folder(session), key):
        raise FangbangError(ROLE_MISSING, operator=actor.id, role=f"{Role.APPROVER} ({key})")
    actions.refuse(actor=actor, change_id=change, reason=reason, clock=session.clock)
    _tell(session, queries.change(change), "refused")


@click.command("take-back")
@click.argument("change")
@as_option
@click.pass_obj
def take_back(session: Session, change: str, operator: str | None) -> None:
    """收回自己提出、尚未决定的规则文件。 / Take one's own file back before it was decided.

    \b
    例 / Example:
      fangbang exams take-back cat-… --as sun
    """
    office(session)

    from fangbang.accounts.rules import Role
    from fangbang.catalogue import actions, queries

    actor = acting(session, operator, Role.CATALOGUE_EDITOR)
    actions.take_back(actor=actor, change_id=change, clock=session.clock)
    _tell(session, queries.change(change), "taken-back")


@click.command()
@click.option("--file", "key", default="", metavar="KEY", help="只列此文件的 / Only those of this exam or family.")
@click.pass_obj
def proposals(session: Session, key: str) -> None:
    """列出提出过的规则文件，最近的在前。 / List the files that were proposed, the newest first.

    \b
    例 / Examples:
      fangbang exams proposals
      fangbang exams proposals --file families/professional
    """
    office(session)

    from fangbang.catalogue import queries

    told = [_facts(view) for view in queries.changes(key)]
    text = "\n".join(
        f"{item['change']}  {item['key']}  {item['state']}  {item['author']}  {item['reason']}" for item in told
    )
    session.result({"proposals": told}, zh=text or "没有提议", en=text or "None proposed")


def _deciding(session: Session, operator: str | None, role: "Role", change: str) -> "tuple[Actor, ChangeView]":
    from fangbang.catalogue import queries
    from fangbang.project.changing import file_name

    view = queries.change(change)
    return _reaching(session, operator, role, file_name(view.key), view.data), view


def _reaching(session: Session, operator: str | None, role: "Role", name: str, data: bytes) -> "Actor":
    """Who acts, if they have the role for all exams that the file bears on, in the whole nation."""
    from fangbang.accounts import queries
    from fangbang.accounts.problems import ROLE_MISSING
    from fangbang.project.changing import reaches

    actor = acting(session, operator, role)
    if not reaches(queries.member(actor.id), exams_folder(session), name, data):
        raise FangbangError(ROLE_MISSING, operator=actor.id, role=f"{role} ({name})")
    return actor


def _facts(view: "ChangeView") -> dict[str, Any]:
    return {
        "change": view.id,
        "key": view.key,
        "state": view.state.value,
        "sha256": view.sha256,
        "replaces": view.replaces,
        "reason": view.reason,
        "author": view.author,
        "at": view.at.isoformat(),
        "decided_by": view.decided_by,
        "answer": view.answer,
    }


def _tell(session: Session, view: "ChangeView", done: str, *, entered: bool = True) -> None:
    """The change with its effects; a refused or withdrawn one has none, and one that was only looked at has no id."""
    from fangbang.catalogue.rules import ChangeState
    from fangbang.core.clock import AUTHORITY_ZONE
    from fangbang.project.changing import effects, voided

    year = session.clock.now().astimezone(AUTHORITY_ZONE).year
    counts = view.state in (ChangeState.WAITING, ChangeState.IN_FORCE)
    found = effects(exams_folder(session), view, year) if counts else None
    change = view.id if entered else ""
    voids = [item.id for item in voided()] if view.state is ChangeState.WAITING else []
    told = {**_facts(view), **_told(found, voids), "change": change, "done": bool(done)}
    zh, en = {
        "proposed": ("已提出，由另一人批准", "proposed; somebody else approves it"),
        "approved": ("已生效；请把文件夹复制到保管机和查询节点", "in force; copy the folder to keepers and nodes"),
        "refused": ("已退回", "refused"),
        "taken-back": ("已收回", "taken back"),
        "": ("未执行；加 --yes 执行", "nothing done; add --yes"),
    }[done]
    rows = "".join(f"\n{row}" for row in _rows(view, found, voids, session.language == "en"))
    name = f"{change} {view.key}".lstrip()
    session.result(told, zh=f"{name}：{zh}{rows}", en=f"{name}: {en}{rows}")


def _told(found: "Effects | None", voids: list[str]) -> dict[str, Any]:
    if found is None:
        return {"version": None, "years": {}, "unsure": [], "sittings": [], "voids": voids}
    return {
        "version": found.version,
        "years": {exam: [_years(part) for part in parts] for exam, parts in found.years.items()},
        "unsure": [_doubted(item) for item in found.doubts],
        "sittings": list(found.sittings),
        "voids": voids,
    }


def _doubted(item: "Unsure") -> dict[str, Any]:
    note = {language: item.said(language) for language in ("zh", "en")}
    return {"place": item.place, "status": item.status.value, "note": note}


def _years(part: "Years") -> dict[str, Any]:
    changes = [{"place": item.place, "before": item.before, "after": item.after} for item in part.changes]
    return {"first": part.first, "last": part.last, "new": part.new, "gone": part.gone, "changes": changes}


def _rows(view: "ChangeView", found: "Effects | None", voids: list[str], english: bool) -> Iterator[str]:
    """What people read before they decide: effects by year, doubts, sittings, what is voided, the lines that differ."""
    from fangbang.exams.changing import line_difference

    if found is None:
        return
    for exam, parts in found.years.items():
        for part in parts:
            what = ("rules begin" if english else "开始有规则") if part.new else ""
            what = what or (("rules end" if english else "不再有规则") if part.gone else "")
            yield f"{exam} {part.first}–{part.last}  {what}".rstrip()
            yield from (f"  {item.place}: {item.before} → {item.after}" for item in part.changes)
    for doubt in found.doubts:
        yield f"{'unsure' if english else '存疑'}  {doubt.place}  {doubt.said('en' if english else 'zh')}".rstrip()
    for name in found.sittings:
        yield f"{'sitting with other rules' if english else '规则改变的场次'}  {name}"
    for name in voids:
        yield f"{'loses its approvals' if english else '批准将作废'}  {name}"
    yield f"SHA-256  {view.sha256}"
    yield from line_difference(view.replaced, view.data)
