"""Officers and custodians: their keys, their public cards, and what verbs take of both."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fangbang.cli.edge import Session
from fangbang.cli.operator import FILE_EXISTS
from fangbang.cli.staff import FILE, passphrase, passphrase_option, read
from fangbang.core.errors import FangbangError
from fangbang.core.files import write_durably

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    from fangbang.keeper.quorum import Person

Verb = TypeVar("Verb", bound=Callable[..., Any])


def people_options(verb: Verb) -> Verb:
    """`--officer`, `--needed`, `--custodian`: who holds a keeper's keys together."""
    for option in (
        click.option("--custodian", "custodians", type=FILE, multiple=True, help="托管人卡片 / A custodian's card."),
        click.option(
            "--needed",
            type=click.IntRange(2, 7),
            default=2,
            show_default=True,
            help="须几名开启人 / Officers who are needed together.",
        ),
        click.option("--officer", "officers", type=FILE, multiple=True, help="开启人卡片 / An officer's card."),
    ):
        verb = option(verb)
    return verb


@click.command()
@click.argument("name")
@click.option("--out", type=FILE, required=True, help="私钥写到何处 / Where the private key is written.")
@click.option("--card", type=FILE, required=True, help="公开卡片写到何处 / Where the public card is written.")
@passphrase_option
@click.pass_obj
def key(session: Session, name: str, out: Path, card: Path, passphrase_file: Path | None) -> None:
    """为开启人或托管人生成密钥与公开卡片 / Make the key and the public card of an officer or a custodian.

    私钥用口令加密，只交本人；卡片交给建立保管目录的人，指纹当众核对并写入笔录。 / The private key is encrypted with a
    passphrase and is its owner's. The card goes to whoever makes the keeper; its fingerprint is read aloud.

    \b
    例 / Examples:
      fangbang keeper key 李明 --out li.pem --card li.json
    """
    import msgspec

    from fangbang.accounts.rules import create_custody_key
    from fangbang.keeper.quorum import Person, person_from

    for path in (out, card):
        if path.exists():
            raise FangbangError(FILE_EXISTS, file=path)
    private, pem = create_custody_key(passphrase(session, passphrase_file, new=True))
    person = Person(name, private.public_key().public_bytes_raw().hex())
    text = msgspec.json.format(msgspec.json.encode(person))
    person_from(text)
    write_durably(out.resolve(), pem, mode=0o600)
    write_durably(card.resolve(), text)
    session.result(
        {"name": name, "key": str(out), "card": str(card), "fingerprint": person.fingerprint},
        zh=f"{name}：私钥 {out}，卡片 {card}，指纹 {person.fingerprint}",
        en=f"{name}: private key {out}, card {card}, fingerprint {person.fingerprint}",
    )


def people(cards: Sequence[Path]) -> "list[Person]":
    """The people of these cards."""
    from fangbang.keeper.quorum import person_from

    return [person_from(read(path)) for path in cards]


def private_key(session: Session, file: Path, passphrase_file: Path | None, whose: str) -> "X25519PrivateKey":
    """Open an officer's or a custodian's key file; whose it is is said before their passphrase is asked for."""
    from fangbang.accounts.rules import open_custody_key

    if passphrase_file is None:
        session.say(zh=f"请 {whose} 输入口令", en=f"{whose}, please:")
    return open_custody_key(read(file), passphrase(session, passphrase_file))


def fingerprints(persons: "Sequence[Person]") -> list[dict[str, str]]:
    """For the minutes."""
    return [{"name": item.name, "fingerprint": item.fingerprint} for item in persons]
