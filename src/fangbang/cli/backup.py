"""`fangbang backup`: make backups of a running installation, prove them, restore them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fangbang.cli.edge import Session
from fangbang.cli.layout import Layout
from fangbang.cli.staff import FILE, acting, as_option, yes_option
from fangbang.cli.staff import office as open_office
from fangbang.cli.verify import head_of
from fangbang.core.errors import FangbangError

if TYPE_CHECKING:
    from fangbang.project.backup.restoring import Proof

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def backup() -> None:
    """备份与恢复 / Backups, and restoring them."""


@backup.command()
@click.argument("file", type=FILE)
@click.pass_obj
def keygen(session: Session, file: Path) -> None:
    """生成一对备份密钥（age）：私钥写入文件，公钥显示出来。 / Draw a pair of keys for backups (age): the private
    one goes
    into FILE, the public one is shown.

    私钥不得与数据放在一起：保存在另一台机器或离线介质上。数据与密钥各用一对。 / Keep the private key away from the
    data,
    on another machine or offline. Data and keys take a pair each.

    \b
    例 / Examples:
      fangbang backup keygen /media/safe-1/data.key
      fangbang backup keygen /media/safe-2/keys.key
    """
    from fangbang.project.backup.envelope import draw_identity
    from fangbang.project.backup.problems import EXISTS, KEY_IN_HOME

    home = session.settings.home
    if file.resolve().is_relative_to(home):
        raise FangbangError(KEY_IN_HOME, home=home)
    if file.exists():
        raise FangbangError(EXISTS, file=file)
    public = draw_identity(file)
    session.result({"file": str(file), "recipient": public}, zh=f"公钥：{public}", en=f"Public key: {public}")


@backup.command()
@click.argument("folder", type=FOLDER)
@click.option("--data-to", required=True, multiple=True, metavar="AGE", help="数据的公钥 / Public key for the data.")
@click.option("--keys-to", required=True, multiple=True, metavar="AGE", help="密钥的公钥 / Public key for the keys.")
@as_option
@click.pass_obj
def create(
    session: Session, folder: Path, data_to: tuple[str, ...], keys_to: tuple[str, ...], operator: str | None
) -> None:
    """备份整个系统，不必停机：FOLDER 中写入数据与密钥两个加密文件。 / Back up everything while it runs: two encrypted
    files in FOLDER, data and keys.

    数据文件含数据库、成绩册、快照、公示板与计数；密钥文件含打开它们的密钥。两者加密给不同的公钥，应分开存放。 /
    The data file holds the database, books, snapshots, board and counters; the keys file what opens them. They are
    encrypted to different public keys: keep them apart. Without --as the system is entered as the actor.

    \b
    例 / Example:
      fangbang backup create /srv/backup --data-to age1… --keys-to age1…
    """
    layout = open_office(session)

    from fangbang.accounts.rules import Role
    from fangbang.audit.actions import enter_backup
    from fangbang.audit.rules import SYSTEM
    from fangbang.project.backup import taking
    from fangbang.project.backup.envelope import recipients_of
    from fangbang.project.backup.problems import SAME_RECIPIENT

    if set(data_to) & set(keys_to):
        raise FangbangError(SAME_RECIPIENT)
    actor = acting(session, operator, Role.ADMINISTRATOR) if operator else SYSTEM

    def say(part: str, files: int) -> None:
        session.say(zh=f"  {part} … （{files}）", en=f"  {part} … ({files})")

    taken = taking.take(layout, folder, recipients_of(data_to), recipients_of(keys_to), session.clock, say)
    told = taking.summary(taken)
    taking.write_summary(taken)
    enter_backup(actor=actor, name=taken.data.name, head=told["audit"], clock=session.clock)
    session.result(
        {**told, "files": len(taken.manifest["members"])},
        zh=f"已备份 {len(taken.manifest['members'])} 个文件：{taken.data}、{taken.keys}",
        en=f"Backed up {len(taken.manifest['members'])} files: {taken.data}, {taken.keys}",
    )


@backup.command()
@click.argument("data", type=FILE)
@click.argument("keys", type=FILE)
@click.option("--data-key", type=FILE, required=True, help="数据的私钥文件 / File with the data's private key.")
@click.option("--keys-key", type=FILE, required=True, help="密钥的私钥文件 / File with the keys' private key.")
@click.option(
    "--anchor", "anchors", multiple=True, metavar="SEQ:HASH", help="别处记下的审计链头 / A head from elsewhere."
)
@click.option("--board", type=FILE, help="现在公开的公示板 board.json / The board that is public now.")
@yes_option
@click.pass_obj
def restore(
    session: Session,
    data: Path,
    keys: Path,
    data_key: Path,
    keys_key: Path,
    anchors: tuple[str, ...],
    board: Path | None,
    yes: bool,
) -> None:
    """恢复到空的数据目录（与空数据库）。 / Restore into an empty HOME (and an empty database).

    先在旁边解开并验证全部：每行数据的封记、审计链、成绩册的名称、快照，以及是否比链头或公示板更旧；有一项不符就不恢复。缺省
    只验证，--yes 才写入。 / First everything is unpacked beside it and proven: each row's seal, the audit chain, the
    books' names, the snapshots, and that it is not older than an anchor or the board. One thing wrong, and nothing is
    restored. Without --yes it only proves.

    \b
    例 / Examples:
      fangbang backup restore D-data.age D-keys.age --data-key data.key --keys-key keys.key
      fangbang backup restore D-data.age D-keys.age --data-key … --keys-key … --board board.json --yes
    """
    from fangbang.project.backup.restoring import Wanted
    from fangbang.project.backup.restoring import restore as run

    wanted = Wanted(data, keys, data_key, keys_key, tuple(map(head_of, anchors)), board)

    def say(what: str, done: int, total: int) -> None:
        session.say(zh=f"  {what} {done}/{total}", en=f"  {what} {done}/{total}")

    proof = run(session.settings, wanted, keep=yes, say=say, clock=session.clock)
    _tell(session, proof, Layout(session.settings.home), yes)


def _tell(session: Session, proof: "Proof", layout: Layout, kept: bool) -> None:
    found: dict[str, Any] = {
        name: getattr(proof, name) for name in ("members", "entries", "books", "snapshots", "anchors", "counter")
    }
    compared = bool(proof.anchors or proof.board)
    lines_zh = [
        (
            f"备份于 {proof.manifest['made_at']}，{found['members']} 个文件、{found['entries']} 条审计记录、"
            f"{found['books']} 本成绩册、{found['snapshots']} 个快照全部相符"
        ),
        "" if compared else "注意：没有与任何链头或公示板比对，无法判断是否为最新的备份（--anchor、--board）",
        f"已恢复到 {layout.home}" if kept else "只作了验证；加 --yes 写入",
    ]
    lines_en = [
        (
            f"Made {proof.manifest['made_at']}: {found['members']} files, {found['entries']} audit entries, "
            f"{found['books']} books and {found['snapshots']} snapshots prove right"
        ),
        "" if compared else "Mind: compared with no anchor and no board, it may be older than what was published",
        f"Restored to {layout.home}" if kept else "Only proven; --yes writes it",
    ]
    session.result(
        {**found, "made_at": proof.manifest["made_at"], "compared": compared, "restored": kept},
        zh="\n".join(filter(None, lines_zh)),
        en="\n".join(filter(None, lines_en)),
    )
