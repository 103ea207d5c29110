"""`fangbang keeper`: make a keeper, run it, ask it."""

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fangbang.cli.edge import Session
from fangbang.cli.layout import Layout

if TYPE_CHECKING:
    from fangbang.keeper.service import KeeperFolders


@click.group()
def keeper() -> None:
    """保管发布密钥直至放榜时刻 / Hold the release keys until the hour."""


@keeper.command()
@click.pass_obj
def init(session: Session) -> None:
    """建立保管目录与签名密钥 / Make the keeper's folder and its signing key.

    已有的部分保持不变。 / What exists is kept.

    \b
    例 / Examples:
      fangbang keeper init
    """
    from fangbang.keeper.service import initialise

    folders = keeper_folders(session)
    initialise(folders)
    session.result(
        {"keeper": str(folders.home), "anchor": str(folders.anchor), "custody": "demo"},
        zh=f"保管目录 {folders.home};公钥 {folders.anchor}(演示保管:密钥就在数据旁边,不得用于正式放榜)",
        en=f"Keeper folder {folders.home}; public key {folders.anchor} "
        "(demo custody: keys lie beside the data; not for real results)",
    )


@keeper.command()
@click.option("--socket", type=click.Path(path_type=Path), help="套接字 / Unix socket to listen on.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="封存进程数 / Sealing processes.")
@click.pass_obj
def serve(session: Session, socket: Path | None, workers: int) -> None:
    """运行保管进程 / Run the keeper in the foreground.

    到时刻即公布密钥;中断后重新运行会补上。 / Posts each key at its hour; after a restart it catches up.

    \b
    例 / Examples:
      fangbang keeper serve
      fangbang keeper serve --socket /run/fangbang/keeper.sock
    """
    from fangbang.keeper.hardening import harden
    from fangbang.keeper.server import KeeperServer, single_instance
    from fangbang.keeper.service import Keeper

    folders = keeper_folders(session)
    locked = harden()
    path = socket or Layout(session.settings.home).keeper_socket

    def log(event: str, **details: object) -> None:
        words = " ".join(f"{name}={value}" for name, value in details.items())
        click.echo(f"keeper: {event} {words}".rstrip(), err=True)

    def announce() -> None:
        session.result(
            {"socket": str(path), "custody": "demo", "time_sources": 1, "memory_locked": locked},
            zh=f"保管进程就绪:{path}(演示保管,时间来源 1 个)",
            en=f"Keeper ready: {path} (demo custody, one time source)",
        )

    async def run() -> None:
        server = KeeperServer(Keeper(folders, session.clock, workers), path, log)
        task = asyncio.ensure_future(server.serve(announce))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await asyncio.gather(task, return_exceptions=False)

    folders.home.mkdir(parents=True, exist_ok=True)
    with single_instance(folders.home):
        try:
            asyncio.run(run())
        except asyncio.CancelledError:
            log("stopped")


@keeper.command()
@click.option("--socket", type=click.Path(path_type=Path), help="套接字 / The keeper's Unix socket.")
@click.pass_obj
def status(session: Session, socket: Path | None) -> None:
    """查看各发布与节点 / Show releases and nodes as the keeper knows them.

    \b
    例 / Examples:
      fangbang keeper status
      fangbang --json keeper status
    """
    from fangbang.snapshot.board import ask_keeper

    answer = ask_keeper(socket or Layout(session.settings.home).keeper_socket, {"command": "status"})
    lines = [_line(item) for item in answer["releases"]]
    nodes = sorted({worker["node"] for worker in answer["workers"]})
    session.result(
        answer,
        zh="\n".join([f"公告板第 {answer['counter']} 号,节点 {len(nodes)} 个", *lines]),
        en="\n".join([f"board {answer['counter']}, nodes: {len(nodes)}", *lines]),
    )


def _line(item: dict[str, Any]) -> str:
    return f"{item['release']}  {item['sitting']}  {item['kind']}  {item['state']}  T={item['t'] or '-'}"


def keeper_folders(session: Session) -> "KeeperFolders":
    """Where the keeper of this HOME finds and leaves things."""
    from fangbang.keeper.service import KeeperFolders

    layout = Layout(session.settings.home)
    exams = session.settings.values["EXAMS"]
    return KeeperFolders(
        home=layout.keeper,
        public=layout.public,
        books=layout.books,
        book_keys=layout.book_keys,
        exams_folder=str(Path(exams).resolve()) if exams else "",
    )
