"""Makes a keeper of production custody, and serves one: the composition behind `keeper init` and `keeper serve`."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fangbang.cli.edge import Session
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError

if TYPE_CHECKING:
    from fangbang.keeper.folders import KeeperFolders
    from fangbang.keeper.link import Card
    from fangbang.keeper.quorum import Person
    from fangbang.keeper.terms import Terms


def made(
    folders: "KeeperFolders",
    name: str,
    officers: "Sequence[Person]",
    needed: int,
    custodians: "Sequence[Person]",
    known: Mapping[str, bytes] | None = None,
) -> "Card":
    """The ceremony on one machine: folders, keys, the public anchor; this keeper's card."""
    from fangbang.core.files import durable_folder, write_durably
    from fangbang.keeper.link import make_identity
    from fangbang.keeper.problems import WRONG_CUSTODY
    from fangbang.keeper.wrapped import make_custody
    from fangbang.snapshot.board import anchor_document

    if (folders.keys / "signing.key").exists():
        raise FangbangError(WRONG_CUSTODY, custody="demo")
    for folder in (folders.public, folders.snapshots):
        durable_folder(folder)
    custody = make_custody(folders.home, name, officers, needed, custodians, known)
    card = make_identity(folders.home, custody)
    if not folders.anchor.exists():
        write_durably(folders.anchor, anchor_document(card.public))
    return card


def check_place(folders: "KeeperFolders", clock: Clock, locked: bool) -> None:
    """Refuse to hold keys where they could be swapped out, or where one clock alone decides."""
    from fangbang.keeper.agreement import FEWEST, AgreedClock
    from fangbang.keeper.hardening import swap_is_off
    from fangbang.keeper.problems import MEMORY_NOT_KEPT, TOO_FEW_SOURCES, WRONG_CUSTODY

    if (folders.keys / "signing.key").exists():
        raise FangbangError(WRONG_CUSTODY, custody="demo")
    if not isinstance(clock, AgreedClock):
        raise FangbangError(TOO_FEW_SOURCES, fewest=FEWEST)
    if not (locked or swap_is_off()):
        raise FangbangError(MEMORY_NOT_KEPT)


@dataclass(frozen=True)
class Place:
    """Where and how a keeper serves."""

    folders: "KeeperFolders"
    clock: Clock
    socket: Path
    workers: int
    memory_locked: bool
    terms: "Terms"


def log(event: str, **details: object) -> None:
    """A line of the keeper's own, on standard error."""
    words = " ".join(f"{name}={value}" for name, value in details.items())
    click.echo(f"keeper: {event} {words}".rstrip(), err=True)


def production_work(session: Session, place: Place, listen: tuple[str, int]) -> Callable[[], Coroutine[Any, Any, None]]:
    """Wait for the officers, then serve; both moments are announced."""
    from fangbang.keeper.arming import ArmingServer
    from fangbang.keeper.pair import Pair
    from fangbang.keeper.server import KeeperServer
    from fangbang.keeper.service import Keeper
    from fangbang.keeper.wrapped import WrappedCustody, load_keyring

    home = place.folders.home
    keyring = load_keyring(home)
    check_place(place.folders, place.clock, place.memory_locked)

    def told(armed: bool) -> None:
        _announce(session, place, keyring.keeper, armed)

    async def work() -> None:
        parts = await ArmingServer(keyring, place.socket, place.clock, log).parts(lambda: told(False))
        custody = WrappedCustody.opened(home, keyring, parts)
        officers = sorted(parts)
        parts.clear()
        keeper = Keeper(place.folders, place.clock, place.workers, custody, place.terms)
        pair = Pair(keeper, custody, place.clock, log, listen)
        pair.armed(officers)
        await KeeperServer(keeper, place.socket, log, pair).serve(lambda: told(True))

    return work


def listening(text: str) -> tuple[str, int]:
    """Host and port of HOST:PORT."""
    from fangbang.keeper.problems import BAD_COMMAND

    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and int(port) < 1 << 16):
        raise FangbangError(BAD_COMMAND, reason=text[:60])
    return host.strip("[]"), int(port)


def _announce(session: Session, place: Place, keeper: str, armed: bool) -> None:
    from fangbang.keeper.agreement import sources_of

    sources = len(sources_of(place.clock))
    zh = f"已开启（时间来源 {sources} 个）" if armed else "等待开启人"
    en = f"armed (time sources: {sources})" if armed else "waits for its officers"
    session.result(
        {
            "socket": str(place.socket),
            "custody": "production",
            "keeper": keeper,
            "armed": armed,
            "time_sources": sources,
            "memory_locked": place.memory_locked,
        },
        zh=f"保管进程 {keeper} {zh}：{place.socket}",
        en=f"Keeper {keeper} {en}: {place.socket}",
    )
