"""What every verb of the staff shares: open the office, say who acts, open a signing key."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import click

from fangbang.cli.edge import Session
from fangbang.cli.layout import Layout
from fangbang.core.errors import FangbangError, Kind, Problem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from fangbang.accounts.rules import Role
    from fangbang.audit.rules import Actor
    from fangbang.exams.catalogue import Catalogue

NOBODY_ACTS = Problem(
    "cli.nobody-acts",
    Kind.INPUT,
    zh="用 --as 指明操作人员编号（或设置 FANGBANG_OPERATOR）",
    en="Say who acts with --as (or set FANGBANG_OPERATOR)",
)
NO_KEY_FILE = Problem(
    "cli.no-key-file",
    Kind.INPUT,
    zh="用 --key 指明签名密钥文件（或设置 FANGBANG_KEY）",
    en="Name the signing key's file with --key (or set FANGBANG_KEY)",
)
UNREADABLE = Problem("cli.unreadable", Kind.INPUT, zh="无法读取文件 {file}", en="The file {file} cannot be read")
NOT_TEXT = Problem(
    "cli.not-text",
    Kind.INPUT,
    zh="应是一个几行的文本文件，编码 UTF-8 或 GB18030",
    en="This has to be a text file of a few lines, in UTF-8 or GB18030",
)

MOST_TEXT = 4096
"""Bytes that a file of a few typed lines may have."""

Verb = TypeVar("Verb", bound=Callable[..., Any])

FILE = click.Path(dir_okay=False, path_type=Path)


def as_option(verb: Verb) -> Verb:
    """`--as`: who acts."""
    return click.option(
        "--as", "operator", metavar="ID", help="操作人员编号 / Who acts: an operator's id (FANGBANG_OPERATOR)."
    )(verb)


def passphrase_option(verb: Verb) -> Verb:
    """`--passphrase-file`: for runs without a person at the keyboard."""
    return click.option(
        "--passphrase-file",
        type=FILE,
        help="口令文件；缺省时询问 / File with the passphrase; asked for if absent (FANGBANG_PASSPHRASE_FILE).",
    )(verb)


def key_options(verb: Verb) -> Verb:
    """`--key` and `--passphrase-file`: what a signature is made with."""
    return click.option("--key", type=FILE, help="签名密钥文件 / The signer's key file (FANGBANG_KEY).")(
        passphrase_option(verb)
    )


def yes_option(verb: Verb) -> Verb:
    """`--yes`: without it, only say what would be done."""
    return click.option("--yes", is_flag=True, help="真正执行；缺省只说明将做什么 / Do it; without it, only say what.")(
        verb
    )


def office(session: Session) -> Layout:
    """Start Django on an initialised HOME. Models and actions may be imported after this."""
    from fangbang.project.boot import open_office

    return Layout(open_office(session.settings).home)


def acting(session: Session, operator: str | None, *roles: "Role") -> "Actor":
    """The operator that acts, in service and with one of the roles; call `office` first."""
    from fangbang.accounts import queries

    chosen = operator or session.settings.values["OPERATOR"]
    if not chosen:
        raise FangbangError(NOBODY_ACTS)
    return queries.acting(chosen, *roles)


def signing_key(session: Session, key: Path | None, passphrase_file: Path | None) -> "Ed25519PrivateKey":
    """Open a signer's key file with the passphrase from a file or from the keyboard."""
    from fangbang.accounts.rules import open_key

    path = key or _setting_path(session, "KEY")
    if path is None:
        raise FangbangError(NO_KEY_FILE)
    return open_key(read(path), passphrase(session, passphrase_file))


@contextmanager
def proven(
    session: Session, actor: "Actor", key: Path | None, passphrase_file: Path | None, document: Mapping[str, Any]
) -> Iterator[None]:
    """A transaction for what a second person decides: it begins with the signature of their own key under `document`
    (`accounts.rules.decision`), checked and entered; what the block refuses takes that back."""
    from django.db import transaction

    from fangbang.accounts.actions import prove_decision
    from fangbang.release.rules import sign_document

    approval = sign_document(signing_key(session, key, passphrase_file), document, actor.id)
    with transaction.atomic():
        prove_decision(actor=actor, document=document, approval=approval, clock=session.clock)
        yield


def passphrase(session: Session, file: Path | None, *, new: bool = False) -> str:
    """The passphrase: one line of a file, or typed (twice for a new one). It never stands in an argument."""
    path = file or _setting_path(session, "PASSPHRASE_FILE")
    if path is not None:
        return decoded(read(path)).rstrip("\r\n")
    prompt = "Passphrase" if session.language == "en" else "口令"
    typed: str = click.prompt(prompt, hide_input=True, confirmation_prompt=new, err=True)
    return typed


def read(path: Path, most: int = -1) -> bytes:
    """A file's bytes, or its first ones, or INPUT."""
    try:
        with path.open("rb") as stream:
            return stream.read(most)
    except OSError as error:
        raise FangbangError(UNREADABLE, file=path) from error


def typed_lines(stream: BinaryIO) -> str:
    """What somebody typed into a small file or into standard input, or NOT_TEXT."""
    return decoded(stream.read(MOST_TEXT + 1))


def decoded(data: bytes) -> str:
    """Text in UTF-8, with or without a mark at its head, or in GB18030, as Chinese editors save it; else NOT_TEXT."""
    if len(data) > MOST_TEXT:
        raise FangbangError(NOT_TEXT)
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    raise FangbangError(NOT_TEXT)


def catalogue(session: Session) -> "Catalogue":
    """The shipped catalogue, with the authority's own exam files laid over it."""
    from fangbang.project.stores import exam_catalogue

    return exam_catalogue(exams_folder(session))


def exams_folder(session: Session) -> Path | None:
    """The authority's own folder of exam files, if there is one."""
    return _setting_path(session, "EXAMS")


def _setting_path(session: Session, name: str) -> Path | None:
    value = session.settings.values[name]
    return Path(value) if value else None
