"""`fangbang keeper escrow`: what two of three custodians can do, offline."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fangbang.cli.custody.people import people, people_options, private_key
from fangbang.cli.edge import Session
from fangbang.cli.staff import FILE, yes_option

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_folder = click.option("--copies", type=_FOLDER, required=True, help="托管副本目录 / Folder with the copies.")
_who = click.option(
    "--open",
    "openers",
    nargs=2,
    metavar="NAME KEY",
    multiple=True,
    required=True,
    help="托管人姓名与密钥文件 / A custodian's name and key file.",
)
_words = click.option(
    "--passphrase-file",
    "passphrases",
    type=FILE,
    multiple=True,
    help="口令文件，次序相同 / Passphrases, in that order.",
)


@click.group()
def escrow() -> None:
    """托管副本：核对，或在保管目录全部丢失后重建 / The custodians' copies: test them, or make a lost keeper anew."""


@escrow.command("test")
@_folder
@_who
@_words
@click.pass_obj
def try_copies(
    session: Session, copies: Path, openers: tuple[tuple[str, str], ...], passphrases: tuple[Path, ...]
) -> None:
    """核对每份副本都能由这些托管人开启，不显示内容 / See that these custodians open every copy; shows no secret.

    \b
    例 / Examples:
      fangbang keeper escrow test --copies escrow-1 --open 甲 jia.pem --open 乙 yi.pem
    """
    from fangbang.keeper.escrow import open_copies

    names = sorted(open_copies(copies, _keys(session, openers, passphrases)))
    session.result(
        {"opened": names, "custodians": [name for name, _ in openers]},
        zh=f"{len(names)} 份全部可以开启：{'、'.join(names)}",
        en=f"All {len(names)} copies open: {', '.join(names)}",
    )


@escrow.command()
@_folder
@click.option("--state", type=FILE, required=True, help="state.json 的最新备份 / The newest copy of state.json.")
@click.option("--name", type=click.Choice(["a", "b"]), required=True, help="保管进程 / Which keeper it was.")
@_who
@_words
@people_options
@yes_option
@click.pass_obj
def recover(
    session: Session,
    copies: Path,
    state: Path,
    name: str,
    openers: tuple[tuple[str, str], ...],
    passphrases: tuple[Path, ...],
    officers: tuple[Path, ...],
    needed: int,
    custodians: tuple[Path, ...],
    yes: bool,
) -> None:
    """由两名托管人重建丢失的保管目录 / Make a lost keeper anew from the copies, by two custodians.

    同样的签名公钥，新的开启人；之后仍须开启与配对。 / With the same signing key and new officers; it is armed and
    paired afterwards as any other.

    \b
    例 / Examples:
      fangbang keeper escrow recover --copies escrow-1 --state state.json --name a --open 甲 jia.pem \\
        --open 乙 yi.pem --officer li.json --officer wu.json --custodian jia.json --custodian yi.json \\
        --custodian bing.json --yes
    """
    from fangbang.cli.custody.making import made
    from fangbang.cli.keeper import keeper_folders
    from fangbang.keeper.escrow import open_copies, recover_state

    secrets = open_copies(copies, _keys(session, openers, passphrases))
    if not yes:
        session.result(
            {"opened": sorted(secrets), "dry": True},
            zh=f"{len(secrets)} 份可以开启；未重建：加 --yes 才会执行",
            en=f"{len(secrets)} copies open. Nothing was made: add --yes to do it",
        )
        return
    folders = keeper_folders(session)
    card = made(folders, name, people(officers), needed, people(custodians), secrets)
    counter = recover_state(state, folders.state, secrets)
    session.result(
        {"keeper": name, "opened": sorted(secrets), "counter": counter, "fingerprint": card.fingerprint},
        zh=f"保管进程 {name} 已重建，公告板从第 {counter} 号继续；指纹 {card.fingerprint}",
        en=f"Keeper {name} made anew; its board goes on from {counter}; fingerprint {card.fingerprint}",
    )


def _keys(
    session: Session, openers: Sequence[tuple[str, str]], passphrases: Sequence[Path]
) -> "dict[str, X25519PrivateKey]":
    words = [*passphrases, *[None] * len(openers)]
    return {name: private_key(session, Path(file), words[at], name) for at, (name, file) in enumerate(openers)}
