"""What k officers do together at a keeper: arm it, pair it, let it go on alone, make it lead, appoint other people.

Each officer runs the same verb with their own key; the last one needed does it.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from fangbang.cli.custody.people import fingerprints, people, private_key
from fangbang.cli.edge import Session
from fangbang.cli.layout import Layout
from fangbang.cli.staff import FILE, passphrase_option, read, yes_option

Verb = TypeVar("Verb", bound=Callable[..., Any])

socket_option = click.option("--socket", type=click.Path(path_type=Path), help="套接字 / The keeper's Unix socket.")


def officer_options(verb: Verb) -> Verb:
    """`--officer`, `--key`, `--passphrase-file`, `--socket`: who acts, with which key, at which keeper."""
    named = click.option("--as", "officer", required=True, metavar="NAME", help="开启人姓名 / The officer's name.")
    keyed = click.option("--key", type=FILE, required=True, help="开启人的密钥文件 / The officer's key file.")
    return named(keyed(passphrase_option(socket_option(verb))))


@click.command()
@officer_options
@click.pass_obj
def arm(session: Session, officer: str, key: Path, passphrase_file: Path | None, socket: Path | None) -> None:
    """开启人交出份额；人数足够即开启 / Give an officer's part; with the last one needed the keeper is armed.

    保管进程每次启动后都须重新开启。 / A keeper is disarmed again whenever it stops.

    \b
    例 / Examples:
      fangbang keeper arm --as 李明 --key li.pem
    """
    _give(session, {"do": "arm"}, officer, key, passphrase_file, socket)


@click.command()
@click.option("--address", required=True, metavar="HOST:PORT", help="另一方连接的地址 / Where the other one connects.")
@click.option("--out", type=FILE, help="写到文件 / Write it to a file.")
@click.pass_obj
def card(session: Session, address: str, out: Path | None) -> None:
    """给出本保管进程的公开卡片，供另一方配对 / Show this keeper's public card, for the other one to pair with.

    \b
    例 / Examples:
      fangbang keeper card --address 10.0.0.1:7443 --out a.json
    """
    import msgspec

    from fangbang.core.files import write_durably
    from fangbang.keeper.link import CARD_FILE, Card, card_from

    own = msgspec.json.decode(read(Layout(session.settings.home).keeper / CARD_FILE), type=Card)
    shown = msgspec.structs.replace(own, address=address)
    text = msgspec.json.format(msgspec.json.encode(shown))
    card_from(text)
    if out is not None:
        write_durably(out.resolve(), text)
    session.result(
        {**msgspec.to_builtins(shown), "fingerprint": shown.fingerprint},
        zh=f"{text.decode() if out is None else out}\n指纹 {shown.fingerprint}",
        en=f"{text.decode() if out is None else out}\nfingerprint {shown.fingerprint}",
    )


@click.command()
@click.argument("other", type=FILE, metavar="CARD")
@officer_options
@yes_option
@click.pass_obj
def pair(
    session: Session,
    other: Path,
    officer: str,
    key: Path,
    passphrase_file: Path | None,
    socket: Path | None,
    yes: bool,
) -> None:
    """与另一保管进程配对：此后互相同步 / Pair with the other keeper: from then on both know the same.

    核对指纹后再执行；公钥文件 trust.json 随之写明两把公钥，查询节点须取新的一份。 / Compare the fingerprint first.
    The public trust.json then names both keys: lookup nodes are given the new one.

    \b
    例 / Examples:
      fangbang keeper pair b.json --as 李明 --key li.pem --yes
    """
    import msgspec

    from fangbang.keeper.link import card_from

    found = card_from(read(other))
    act = {"do": "pair", "card": msgspec.to_builtins(found)}
    said = f"{found.keeper} {found.address} {found.fingerprint}"
    if _dry(session, yes, act, zh=f"与 {said} 配对", en=f"pair with {said}"):
        _give(session, act, officer, key, passphrase_file, socket)


@click.command()
@officer_options
@yes_option
@click.pass_obj
def alone(
    session: Session, officer: str, key: Path, passphrase_file: Path | None, socket: Path | None, yes: bool
) -> None:
    """另一保管进程停机时，让主用单独接受指令 / Let the leading keeper take orders while the other one is down.

    到时刻公布密钥不需要这一步。另一方恢复后自动结束。 / Posting at the hour needs none of this. It ends by itself when
    the other one is back.

    \b
    例 / Examples:
      fangbang keeper alone --as 李明 --key li.pem --yes
    """
    act = {"do": "alone"}
    if _dry(session, yes, act, zh="单独接受指令", en="take orders alone"):
        _give(session, act, officer, key, passphrase_file, socket)


@click.command()
@officer_options
@yes_option
@click.pass_obj
def lead(
    session: Session, officer: str, key: Path, passphrase_file: Path | None, socket: Path | None, yes: bool
) -> None:
    """由本保管进程改任主用 / Make this keeper the one that takes orders.

    \b
    例 / Examples:
      fangbang keeper lead --as 李明 --key li.pem --yes
    """
    act = {"do": "lead"}
    if _dry(session, yes, act, zh="改任主用", en="take the lead"):
        _give(session, act, officer, key, passphrase_file, socket)


@click.command()
@click.option("--new-officer", "officers", type=FILE, multiple=True, required=True, help="新的开启人卡片 / A card.")
@click.option("--new-custodian", "custodians", type=FILE, multiple=True, required=True, help="新的托管人卡片 / A card.")
@click.option("--needed", type=click.IntRange(2, 7), default=2, show_default=True, help="须几人 / How many are needed.")
@officer_options
@yes_option
@click.pass_obj
def appoint(
    session: Session,
    officers: tuple[Path, ...],
    custodians: tuple[Path, ...],
    needed: int,
    officer: str,
    key: Path,
    passphrase_file: Path | None,
    socket: Path | None,
    yes: bool,
) -> None:
    """更换开启人与托管人：全部密钥改以新密钥加密 / Appoint other officers and custodians; all is encrypted anew.

    由现任开启人共同执行。旧的托管副本须另行收回销毁。 / The present officers do it. Copies that the former custodians
    took away are to be collected and destroyed.

    \b
    例 / Examples:
      fangbang keeper appoint --new-officer wu.json --new-officer he.json --new-custodian x.json \\
        --new-custodian y.json --new-custodian z.json --as 李明 --key li.pem --yes
    """
    import msgspec

    new, trusted = people(officers), people(custodians)
    act = {
        "do": "appoint",
        "officers": msgspec.to_builtins(new),
        "custodians": msgspec.to_builtins(trusted),
        "needed": needed,
    }
    said = ", ".join(f"{item['name']} {item['fingerprint']}" for item in fingerprints([*new, *trusted]))
    if _dry(session, yes, act, zh=f"任命 {said}", en=f"appoint {said}"):
        _give(session, act, officer, key, passphrase_file, socket)


@click.command()
@socket_option
@click.pass_obj
def acts(session: Session, socket: Path | None) -> None:
    """开启人在本保管进程做过什么 / What officers did at this keeper: its journal, which shows any change.

    \b
    例 / Examples:
      fangbang keeper acts
    """
    from fangbang.project.keeping import ask_one

    answer = ask_one(socket or Layout(session.settings.home).keeper_socket, {"command": "acts"})
    lines = [f"{it['number']:>4}  {it['at']}  {it['act']}  {' '.join(it['officers'])}" for it in answer["acts"]]
    session.result({"acts": answer["acts"]}, zh="\n".join(lines), en="\n".join(lines))


def _dry(session: Session, yes: bool, act: Mapping[str, Any], *, zh: str, en: str) -> bool:
    """Say what would be done, unless it is to be done."""
    if not yes:
        session.result(
            {"act": act["do"], "done": False, "dry": True},
            zh=f"将{zh}；未执行：加 --yes 才会执行",
            en=f"This would {en}. Nothing was done: add --yes to do it",
        )
    return yes


def _give(
    session: Session,
    act: Mapping[str, Any],
    officer: str,
    key: Path,
    passphrase_file: Path | None,
    socket: Path | None,
) -> None:
    """One officer's part for one act, opened here and handed to the keeper over its socket."""
    import msgspec

    from fangbang.keeper.quorum import part_of
    from fangbang.keeper.wrapped import Keyring
    from fangbang.project.keeping import ask_one

    path = socket or Layout(session.settings.home).keeper_socket
    keyring = msgspec.convert(ask_one(path, {"command": "officers"})["keyring"], Keyring)
    part = part_of(keyring.officers, officer, private_key(session, key, passphrase_file, officer))
    answer = ask_one(path, {"command": "act", "act": dict(act), "officer": officer, "part": part.hex()}, timeout=120.0)
    waiting = f"{len(answer['given'])}/{answer['needed']}"
    session.result(
        {name: answer[name] for name in ("act", "done", "given", "needed")},
        zh="已执行" if answer["done"] else f"已收到 {officer} 的份额（{waiting}），等待其他开启人",
        en="Done" if answer["done"] else f"Part of {officer} taken ({waiting}); waiting for the other officers",
    )
