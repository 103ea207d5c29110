"""`fangbang keeper`: make a keeper, run it, ask it."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fangbang.cli.custody.acts import acts, alone, appoint, arm, card, lead, pair
from fangbang.cli.custody.escrow import escrow
from fangbang.cli.custody.making import Place, listening, log, made, production_work
from fangbang.cli.custody.people import fingerprints, key, people, people_options
from fangbang.cli.edge import Session
from fangbang.cli.layout import Layout
from fangbang.core.errors import FangbangError

if TYPE_CHECKING:
    from fangbang.keeper.folders import KeeperFolders

_public = click.option("--public", type=click.Path(path_type=Path), help="公开目录 / The public folder, if elsewhere.")


@click.group()
def keeper() -> None:
    """保管发布密钥直至放榜时刻 / Hold the release keys until the hour."""


@keeper.command()
@click.option("--name", type=click.Choice(["a", "b"]), help="正式保管：哪一个 / Production: which of the two.")
@people_options
@_public
@click.pass_obj
def init(
    session: Session,
    name: str | None,
    officers: tuple[Path, ...],
    needed: int,
    custodians: tuple[Path, ...],
    public: Path | None,
) -> None:
    """建立保管目录与签名密钥 / Make the keeper's folder and its signing key.

    演示保管（FANGBANG_CUSTODY=demo）不带选项，已有的部分保持不变；正式保管须指明开启人与三名托管人的卡片。 / Demo
    custody takes no option, and keeps what exists. Production custody (FANGBANG_CUSTODY=production) takes the officers'
    and the three custodians' cards.

    \b
    例 / Examples:
      fangbang keeper init
      FANGBANG_CUSTODY=production fangbang keeper init --name a --officer li.json --officer wu.json \\
        --officer he.json --needed 2 --custodian jia.json --custodian yi.json --custodian bing.json
    """
    folders = keeper_folders(session, public)
    if session.settings.values["CUSTODY"] == "production":
        _ceremony(session, folders, name, officers, needed, custodians)
        return
    if name or officers or custodians:
        raise click.UsageError(
            "演示保管不带选项；正式保管须设 FANGBANG_CUSTODY=production / demo custody takes no option; "
            "production custody needs FANGBANG_CUSTODY=production"
        )
    from fangbang.keeper.folders import initialise

    initialise(folders)
    session.result(
        {"keeper": str(folders.home), "anchor": str(folders.anchor), "custody": "demo"},
        zh=f"保管目录 {folders.home}；公钥 {folders.anchor}（演示保管：密钥就在数据旁边，不得用于正式放榜）",
        en=f"Keeper folder {folders.home}; public key {folders.anchor} "
        "(demo custody: keys lie beside the data; not for real results)",
    )


def _ceremony(
    session: Session,
    folders: "KeeperFolders",
    name: str | None,
    officers: Sequence[Path],
    needed: int,
    custodians: Sequence[Path],
) -> None:
    if name is None:
        raise click.UsageError("正式保管须指明 --name a 或 b / Production custody takes --name a or b")
    if len(custodians) != 3:
        raise click.UsageError("托管人须三名 / There are three custodians")
    holders, trusted = people(officers), people(custodians)
    card = made(folders, name, holders, needed, trusted)
    told = {"officers": fingerprints(holders), "custodians": fingerprints(trusted)}
    lines = "\n".join(f"{item['name']}  {item['fingerprint']}" for item in (*told["officers"], *told["custodians"]))
    session.result(
        {"keeper": name, "custody": "production", "needed": needed, "fingerprint": card.fingerprint, **told},
        zh=f"保管进程 {name} 已建立，指纹 {card.fingerprint}；须 {needed} 名开启人\n{lines}",
        en=f"Keeper {name} made, fingerprint {card.fingerprint}; {needed} officers are needed\n{lines}",
    )


@keeper.command()
@click.option("--socket", type=click.Path(path_type=Path), help="套接字 / Unix socket to listen on.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="封存进程数 / Sealing processes.")
@click.option(
    "--link",
    default="127.0.0.1:7443",
    show_default=True,
    metavar="HOST:PORT",
    help="正式保管：等待另一方的地址 / Production: where the other keeper connects.",
)
@_public
@click.pass_obj
def serve(session: Session, socket: Path | None, workers: int, link: str, public: Path | None) -> None:
    """运行保管进程 / Run the keeper in the foreground.

    到时刻即公布密钥；中断后重新运行会补上。正式保管启动后须由开启人开启。 / Posts each key at its hour; after a restart
    it catches up. In production custody officers arm it first.

    \b
    例 / Examples:
      fangbang keeper serve
      fangbang keeper serve --socket /run/fangbang/keeper.sock --link 10.0.0.1:7443
    """
    from fangbang.keeper.hardening import harden
    from fangbang.keeper.server import single_instance
    from fangbang.keeper.terms import Terms
    from fangbang.keeper.timesources import agreed_clock

    folders = keeper_folders(session, public)
    production = session.settings.values["CUSTODY"] == "production"
    named = session.settings.values["TIME_SOURCES"]
    clock = session.clock if named == "system" else agreed_clock(named)
    place = Place(
        folders,
        clock,
        socket or Layout(session.settings.home).keeper_socket,
        workers,
        harden(widen=production),
        Terms(
            session.settings.number("LOOKUP_DAYS", least=1, most=3650),
            session.settings.number("SMALLEST_CELL", least=1, most=1_000_000),
        ),
    )
    work = production_work(session, place, listening(link)) if production else _demo_work(session, place)
    folders.home.mkdir(parents=True, exist_ok=True)
    with single_instance(folders.home):
        try:
            asyncio.run(_until_stopped(work))
        except asyncio.CancelledError:
            log("stopped")


def _demo_work(session: Session, place: Place) -> Callable[[], Coroutine[Any, Any, None]]:
    from fangbang.keeper.agreement import sources_of
    from fangbang.keeper.problems import WRONG_CUSTODY
    from fangbang.keeper.server import KeeperServer
    from fangbang.keeper.service import Keeper
    from fangbang.keeper.wrapped import keyring_path

    if keyring_path(place.folders.home).exists():
        raise FangbangError(WRONG_CUSTODY, custody="production")
    sources = len(sources_of(place.clock))

    def announce() -> None:
        session.result(
            {
                "socket": str(place.socket),
                "custody": "demo",
                "time_sources": sources,
                "memory_locked": place.memory_locked,
            },
            zh=f"保管进程就绪：{place.socket}（演示保管，时间来源 {sources} 个）",
            en=f"Keeper ready: {place.socket} (demo custody, time sources: {sources})",
        )

    async def work() -> None:
        keeper = Keeper(place.folders, place.clock, place.workers, terms=place.terms)
        await KeeperServer(keeper, place.socket, log).serve(announce)

    return work


async def _until_stopped(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    task = asyncio.ensure_future(work())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await asyncio.gather(task, return_exceptions=False)


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
    if not answer.get("armed", True):
        _tell_disarmed(session, answer)
        return
    lines = [_line(item) for item in answer["releases"]]
    pair = _pair_line(answer)
    nodes = sorted({worker["node"] for worker in answer["workers"]})
    session.result(
        answer,
        zh="\n".join([f"公告板第 {answer['counter']} 号，节点 {len(nodes)} 个", *(zh for zh, _ in pair), *lines]),
        en="\n".join([f"board {answer['counter']}, nodes: {len(nodes)}", *(en for _, en in pair), *lines]),
    )


def _tell_disarmed(session: Session, answer: dict[str, Any]) -> None:
    given = f"{len(answer['given'])}/{answer['needed']}"
    session.result(
        answer,
        zh=f"保管进程 {answer['keeper']} 尚未开启：已有 {given} 名开启人",
        en=f"Keeper {answer['keeper']} is not armed: {given} officers so far",
    )


def _pair_line(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """Of two keepers: who leads, whether they are in step, and whether the clocks agree."""
    told, time = answer.get("pair"), answer["time"]
    lines = (
        [] if time["certain"] else [("时间来源不一致：暂不放榜", "The time sources do not agree: nothing is posted")]
    )
    if told:
        step = ("同步", "in step") if told["in_step"] else ("另一方没有回应", "the other does not answer")
        own = ("单独", "alone") if told["alone"] else ("", "")
        lines.append(
            (
                f"保管进程 {told['keeper']}，主用 {told['lead'] or '-'}，{step[0]} {own[0]}".rstrip(),
                f"keeper {told['keeper']}, {told['lead'] or '-'} leads, {step[1]} {own[1]}".rstrip(),
            )
        )
    return lines


def _line(item: dict[str, Any]) -> str:
    return f"{item['release']}  {item['sitting']}  {item['kind']}  {item['state']}  T={item['t'] or '-'}"


def keeper_folders(session: Session, public: Path | None = None) -> "KeeperFolders":
    """Where the keeper of this HOME finds and leaves things; `public` if that folder is elsewhere."""
    from fangbang.keeper.folders import KeeperFolders

    layout = Layout(session.settings.home)
    exams = session.settings.values["EXAMS"]
    return KeeperFolders(
        home=layout.keeper,
        public=(public or layout.public).resolve(),
        books=layout.books,
        book_keys=Path(session.settings.values["BOOK_KEYS"] or layout.book_keys).resolve(),
        exams_folder=str(Path(exams).resolve()) if exams else "",
    )


for _verb in (key, arm, card, pair, alone, lead, appoint, acts, escrow):
    keeper.add_command(_verb)
