"""`fangbang operator`: members of staff and their signing keys."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fangbang.cli.edge import Session
from fangbang.cli.init import export_trust
from fangbang.cli.staff import FILE, acting, as_option, catalogue, office, passphrase, passphrase_option, yes_option
from fangbang.core.errors import FangbangError, Kind, Problem
from fangbang.core.files import write_durably

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from fangbang.audit.rules import Actor

FILE_EXISTS = Problem(
    "cli.file-exists",
    Kind.INPUT,
    zh="文件 {file} 已存在，不会覆盖",
    en="The file {file} exists and is not replaced",
)


@click.group()
def operator() -> None:
    """工作人员与签名密钥 / Operators and their signing keys."""


@operator.command()
@click.argument("identity", metavar="ID")
@click.option("--name", required=True, help="姓名 / The person's name.")
@click.option("--role", "roles", multiple=True, required=True, help="角色，可重复 / A role; may be given again.")
@click.option(
    "--region",
    default="",
    metavar="CODE",
    help="地区，六位代码；缺省为全国 / Province or city, six digits; else the nation.",
)
@click.option(
    "--exam", "exams", multiple=True, metavar="ID", help="只管此考试，可重复 / Only this exam; may be repeated."
)
@click.option("--key-out", type=FILE, help="新密钥写到何处（审批人必填） / Where a new signing key is written.")
@passphrase_option
@as_option
@click.pass_obj
def add(
    session: Session,
    identity: str,
    name: str,
    roles: tuple[str, ...],
    region: str,
    exams: tuple[str, ...],
    key_out: Path | None,
    passphrase_file: Path | None,
    operator: str | None,
) -> None:
    """登记一名工作人员；第一名须为管理员（administrator）。 / Enter a member of staff; the first one is an
    administrator.

    角色：administrator 管理员、catalogue-editor 目录编辑、importer 数据员、adjudicator 判定员、approver 审批人、
    provincial-centre 省级机构、city-desk 市级窗口、auditor 审计员。 / Roles: administrator, catalogue-editor,
    importer, adjudicator, approver, provincial-centre, city-desk, auditor. Importer and approver are never one person.

    密钥文件用口令加密，只交本人保管；系统只留公钥。 / The key file is encrypted with a passphrase and is its
    owner's; the
    system keeps the public half only.

    \b
    例 / Examples:
      fangbang operator add admin --name 陈静 --role administrator
      fangbang operator add wang --name 王芳 --role approver --key-out wang.pem --as admin
      fangbang operator add zhou --name 周涛 --role provincial-centre --region 320000 --as admin
    """
    layout = office(session)

    from fangbang.accounts import actions

    actor = _administrator(session, operator, roles)
    for exam in exams:
        catalogue(session).exam(exam)
    made = _made_key(session, key_out, passphrase_file) if key_out else None  # before anything is entered: it may fail
    actions.add_operator(
        actor=actor, operator_id=identity, name=name, roles=roles, region=region, exams=exams, clock=session.clock
    )
    key_id = _enrolled(session, actor, identity, *made) if made else None
    export_trust(layout)
    session.result(
        {"operator": identity, "roles": sorted(roles), "key_id": key_id, "key": key_out and str(key_out)},
        zh=f"已登记 {identity}（{name}）" + (f"，密钥 {key_id} 在 {key_out}" if key_id else ""),
        en=f"Entered {identity} ({name})" + (f"; key {key_id} is in {key_out}" if key_id else ""),
    )


@operator.command()
@click.argument("identity", metavar="ID")
@click.option("--out", type=FILE, required=True, help="新密钥写到何处 / Where the new key is written.")
@passphrase_option
@as_option
@click.pass_obj
def key(session: Session, identity: str, out: Path, passphrase_file: Path | None, operator: str | None) -> None:
    """为工作人员制作并登记一把新的签名密钥。 / Make and enrol another signing key for a member of staff.

    \b
    例 / Example:
      fangbang operator key wang --out wang-2.pem --as admin
    """
    layout = office(session)
    actor = _administrator(session, operator)
    key_id = _enrolled(session, actor, identity, *_made_key(session, out, passphrase_file))
    export_trust(layout)
    session.result(
        {"operator": identity, "key_id": key_id, "key": str(out)},
        zh=f"{identity} 的新密钥 {key_id} 在 {out}",
        en=f"The new key {key_id} of {identity} is in {out}",
    )


@operator.command("retire-key")
@click.argument("key_id")
@click.option("--reason", required=True, help="理由 / Why: lost, replaced, exposed.")
@as_option
@yes_option
@click.pass_obj
def retire_key(session: Session, key_id: str, reason: str, operator: str | None, yes: bool) -> None:
    """停用一把签名密钥：它的签名从此不再算数。 / Retire a signing key: its signatures count no longer.

    永不可恢复；它批准过而尚未封存的发布退回草稿。 / For ever; unsealed releases that it approved go back to draft.

    \b
    例 / Example:
      fangbang operator retire-key 4f2a… --reason 遗失 --as admin --yes
    """
    layout = office(session)

    from fangbang.accounts import actions, queries

    actor, whose = _administrator(session, operator), queries.key_owner(key_id)
    if yes:
        actions.retire_key(actor=actor, identity=key_id, reason=reason, clock=session.clock)
        export_trust(layout)
    _told_retired(
        session, yes, {"operator": whose, "key_id": key_id}, f"{whose} 的密钥 {key_id}", f"{whose}'s key {key_id}"
    )


@operator.command()
@click.argument("identity", metavar="ID")
@as_option
@yes_option
@click.pass_obj
def retire(session: Session, identity: str, operator: str | None, yes: bool) -> None:
    """停用一名工作人员及其全部密钥；记录永不删除。 / Take a member of staff out of service, with all their keys.

    永不可恢复，编号也不再使用。 / For ever, and the id is never used again.

    \b
    例 / Example:
      fangbang operator retire wang --as admin --yes
    """
    layout = office(session)

    from fangbang.accounts import actions, queries

    actor, found = _administrator(session, operator), queries.operator(identity)
    if yes:
        actions.retire_operator(actor=actor, operator_id=identity, clock=session.clock)
        export_trust(layout)
    told = {"operator": identity, "keys": list(found.keys)}
    _told_retired(session, yes, told, f"{identity}({found.name})", f"{identity} ({found.name})")


@operator.command("list")
@click.pass_obj
def list_operators(session: Session) -> None:
    """列出全部工作人员，包括已停用的。 / List all staff, the retired too.

    \b
    例 / Example:
      fangbang operator list
    """
    office(session)

    from fangbang.accounts import queries

    found = queries.operators()
    lines = [
        f"{item.id:<16} {item.name:<12} {','.join(sorted(item.roles)):<28} "
        f"{'retired' if item.retired_at else ' '.join(item.keys) or '-'}"
        for item in found
    ]
    told = [
        {
            "id": item.id,
            "name": item.name,
            "roles": sorted(item.roles),
            "keys": list(item.keys),
            "retired": item.retired_at is not None,
        }
        for item in found
    ]
    session.result({"operators": told}, zh="\n".join(lines) or "尚无工作人员", en="\n".join(lines) or "No staff yet")


def _told_retired(session: Session, yes: bool, told: dict[str, Any], zh: str, en: str) -> None:
    session.result(
        {**told, "dry": not yes},
        zh=f"已停用 {zh}" if yes else f"将停用 {zh}；未执行：加 --yes 才会执行",
        en=f"Retired: {en}" if yes else f"To be retired: {en}. Nothing was done: add --yes to do it",
    )


def _administrator(session: Session, operator: str | None, roles: tuple[str, ...] = ()) -> "Actor":
    """Who enters staff: an administrator; before there is one, whoever set the machine up may enter the first."""
    from fangbang.accounts import queries
    from fangbang.accounts.rules import Role
    from fangbang.audit.rules import SYSTEM

    if not queries.operators() and Role.ADMINISTRATOR in roles:
        return SYSTEM
    return acting(session, operator, Role.ADMINISTRATOR)


def _made_key(session: Session, out: Path, passphrase_file: Path | None) -> "tuple[Path, Ed25519PrivateKey, bytes]":
    """A new key and the bytes of its file, not written yet; INPUT if the file exists or the passphrase is too short."""
    from fangbang.accounts.rules import create_key

    if out.exists():
        raise FangbangError(FILE_EXISTS, file=out)
    return out, *create_key(passphrase(session, passphrase_file, new=True))


def _enrolled(session: Session, actor: "Actor", identity: str, out: Path, key: "Ed25519PrivateKey", pem: bytes) -> str:
    """Write the key file first, then enrol it: a key that nobody holds is never trusted."""
    from fangbang.accounts import actions
    from fangbang.accounts.rules import prove_possession

    write_durably(out.resolve(), pem, mode=0o600)
    return actions.enrol_key(
        actor=actor,
        operator_id=identity,
        public_key=key.public_key().public_bytes_raw(),
        proof=prove_possession(key, identity),
        clock=session.clock,
    )
