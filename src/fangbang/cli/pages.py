"""`fangbang pages`: the texts of the public pages, as a signed bundle."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fangbang.cli.edge import Session
from fangbang.cli.layout import Layout
from fangbang.cli.staff import acting, as_option, key_options, office, read, signing_key, yes_option
from fangbang.project import publishing

if TYPE_CHECKING:
    from fangbang.accounts.rules import Permission
    from fangbang.audit.rules import Actor
    from fangbang.pages.bundle import Bundle

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def pages() -> None:
    """公开页面的文字（首页、帮助、公告） / The texts of the public pages: home, help, notices.

    次序：build 由源文件生成，propose 由一人提出，publish 由另一名审批人签名后由保管进程公布，verify 任何人可验证。
    / The
    order: build makes a bundle from files, one person proposes it, another, an approver, has the keeper publish it;
    verify is for anyone.
    """


@pages.command()
@click.argument("source", type=_FOLDER)
@click.option("--out", type=_FILE, help="写到何处；缺省只检查 / Where the bundle is written; without it, only checked.")
@click.pass_obj
def build(session: Session, source: Path, out: Path | None) -> None:
    """由 pages.toml 与 notices/*.toml 生成内容文件。 / Make a bundle from pages.toml and notices/*.toml.

    \b
    例 / Examples:
      fangbang pages build texts/
      fangbang pages build texts/ --out bundle.json
    """
    from fangbang.core.files import write_durably
    from fangbang.pages.bundle import encode_bundle
    from fangbang.pages.sources import read_sources

    bundle = read_sources(source)
    data = encode_bundle(bundle)
    if out is not None:
        write_durably(out, data)
    _tell(session, bundle, data, out=out and str(out))


@pages.command()
@click.option("--public", type=_FOLDER, help="公开目录 / The public folder.")
@click.option(
    "--trust",
    type=_FILE,
    help="信任锚，缺省用本机的 / Trust anchor: the keeper's public keys, from a trusted source; else this one's own.",
)
@click.option("--least", type=click.IntRange(min=1), default=1, help="序号不得低于 / Refuse a lower counter.")
@click.pass_obj
def verify(session: Session, public: Path | None, trust: Path | None, least: int) -> None:
    """验证已公布的内容：签名、序号、哈希、格式。 / Verify what is published: signature, counter, hash, form.

    \b
    例 / Example:
      fangbang pages verify --public public/ --trust trust.json --least 7
    """
    from fangbang.core.errors import FangbangError
    from fangbang.pages.bundle import decode_bundle
    from fangbang.pages.problems import OLD_BUNDLE
    from fangbang.snapshot.board import load_anchor
    from fangbang.snapshot.pointer import POINTER_FILE, parse_pointer, read_bundle

    own = Layout(session.settings.home).public
    folder, anchor = public or own, trust or own / "trust.json"
    read(anchor)  # never the anchor that lies in a folder which is to be verified
    pointer = parse_pointer(read(folder / POINTER_FILE), load_anchor(anchor))
    if pointer.counter < least:
        raise FangbangError(OLD_BUNDLE, counter=pointer.counter, least=least)
    data = read_bundle(folder, pointer)
    _tell(session, decode_bundle(data), data, counter=pointer.counter, issued_at=pointer.issued_at)


@pages.command()
@click.argument("bundle", type=_FILE)
@as_option
@yes_option
@click.pass_obj
def propose(session: Session, bundle: Path, operator: str | None, yes: bool) -> None:
    """提出一份内容文件，由另一名审批人签名公布。 / Propose a bundle; another person, an approver, publishes it.

    \b
    例 / Example:
      fangbang pages propose bundle.json --as zhao --yes
    """
    layout = office(session)

    from fangbang.accounts.rules import Permission
    from fangbang.pages.bundle import decode_bundle

    data = read(bundle)
    texts, actor = decode_bundle(data), _for_the_nation(acting(session, operator), Permission.REGION_NOTICE_WRITE)
    if yes:
        publishing.propose_bundle(layout, actor=actor, data=data, clock=session.clock)
    _tell(session, texts, data, proposed=yes)


@pages.command()
@click.argument("bundle", type=_FILE)
@key_options
@as_option
@yes_option
@click.pass_obj
def publish(
    session: Session, bundle: Path, key: Path | None, passphrase_file: Path | None, operator: str | None, yes: bool
) -> None:
    """签名并交保管进程公布他人提出的内容。 / Sign a bundle that somebody else proposed, and have the keeper publish it.

    \b
    例 / Example:
      fangbang pages publish bundle.json --as wang --key wang.pem --yes
    """
    layout = office(session)

    from fangbang.accounts.queries import trusted_keys
    from fangbang.accounts.rules import Permission, Role
    from fangbang.pages.bundle import decode_bundle
    from fangbang.release.rules import sign_pages

    data = read(bundle)
    texts = decode_bundle(data)
    actor = _for_the_nation(acting(session, operator, Role.APPROVER), Permission.REGION_NOTICE_APPROVE)
    order = publishing.check_proposed(layout, actor, data, session.clock)
    if yes:
        approval = sign_pages(signing_key(session, key, passphrase_file), order, actor.id)
        trusted = trusted_keys()
        publishing.publish_bundle(
            layout, actor=actor, order=order, approval=approval, data=data, trusted_keys=trusted, clock=session.clock
        )
    _tell(session, texts, data, counter=order["counter"], published=yes)


def _for_the_nation(actor: "Actor", permission: "Permission") -> "Actor":
    """The actor, if they may do this for the whole nation: a bundle is everybody's texts."""
    from fangbang.accounts import queries as accounts
    from fangbang.accounts.problems import ROLE_MISSING
    from fangbang.accounts.rules import Role, Subject, may
    from fangbang.core.errors import FangbangError

    if not may(accounts.member(actor.id), permission, Subject("")):
        raise FangbangError(ROLE_MISSING, operator=actor.id, role=Role.APPROVER)
    return actor


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _tell(session: Session, bundle: "Bundle", data: bytes, **more: object) -> None:
    digest, count, topics = _digest(data), len(bundle.notices), len(bundle.help)
    facts = {name: value for name, value in more.items() if value is not None}
    words = "".join(f" {name}={value}" for name, value in facts.items())
    notices = [{"id": item.id, "not_before": item.not_before, "until": item.until} for item in bundle.notices]
    session.result(
        {"bundle": digest, "bytes": len(data), "help": topics, "notices": notices, **facts},
        zh=f"内容 {digest}：公告 {count} 条，帮助 {topics} 条{words}",
        en=f"Bundle {digest}: {count} notices, {topics} help topics{words}",
    )
