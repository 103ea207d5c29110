"""`fangbang demo`: a whole release on this machine, from a marking centre's files to a result on the screen."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fangbang.cli.edge import Session

if TYPE_CHECKING:
    from fangbang.cli.demo.stage import Setup

EXAM, YEAR = "social-worker", 2026
MISTAKES = 16
TAMPERINGS = ("bit", "header", "early-key")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址 / Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="端口,缺省自选 / Port; a free one by default.")
@click.option(
    "--candidates", type=click.IntRange(2000, 2_000_000), default=20_000, show_default=True, help="考生数 / Candidates."
)
@click.option("--seed", type=int, default=1, show_default=True, help="种子 / Same seed, same people.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="查询进程 / Lookup workers.")
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="数据目录,须为空,结束后保留 / Data folder, empty or new, kept afterwards; a temporary one by default.",
)
@click.option("--check", is_flag=True, help="无人值守并核对,末行为 JSON / Headless; JSON on the last line.")
@click.option(
    "--queries", type=click.IntRange(1), default=2000, show_default=True, help="核对人数 / How many --check asks for."
)
@click.option("--tamper", type=click.Choice(TAMPERINGS), help="破坏并看它如何拒绝 / Tamper, and see it refused.")
@click.pass_obj
def demo(
    session: Session,
    host: str,
    port: int,
    candidates: int,
    seed: int,
    workers: int,
    home: Path | None,
    check: bool,
    queries: int,
    tamper: str | None,
) -> None:
    """在本机演示一次完整的放榜,Ctrl-C 结束。 / Rehearse a whole release on this machine, until Ctrl-C.

    \b
    例 / Examples:
      fangbang demo
      fangbang demo --host 0.0.0.0 --port 8000
      fangbang demo --check
      fangbang demo --tamper bit
    """
    from fangbang.cli.demo.problems import HOME_IN_USE
    from fangbang.cli.simulate import planned
    from fangbang.core.errors import FangbangError

    if home is not None and home.exists() and any(home.iterdir()):
        raise FangbangError(HOME_IN_USE, home=home)
    kept = home is not None
    folder = (home or Path(tempfile.mkdtemp(prefix="fangbang-demo-"))).resolve()
    from fangbang.cli.demo.stage import Setup

    plan = planned(EXAM, YEAR, candidates=candidates, seed=seed, history=True, mistakes=MISTAKES)
    setup = Setup(folder, plan, host, port, workers, session.language)
    try:
        ok = _run(session, setup, check, queries, tamper)
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
    session.say(
        zh=f"已结束,没有留下进程{f';数据在 {folder}' if kept else '和文件'}",
        en=f"Ended; no process {f'is left; data in {folder}' if kept else 'and no file is left'}",
    )
    if check or tamper:
        click.get_current_context().exit(0 if ok else 1)


def _run(session: Session, setup: "Setup", check: bool, queries: int, tamper: str | None) -> bool:
    """One course from start to end; every process is gone afterwards."""
    from fangbang.cli.demo.course import Course, quit_on_signals
    from fangbang.cli.demo.stage import Stage

    quit_on_signals()
    session.json = session.json or check
    stage = Stage(setup, session.clock)
    course = Course(stage, session)
    try:
        if tamper:
            from fangbang.cli.demo.tamper import tampered

            return tampered(course, tamper)
        if check:
            facts = course.checked(queries)
            stage.close()
            click.echo(json.dumps(facts, ensure_ascii=False, default=str))
            return bool(facts["ok"])
        course.told()
    except KeyboardInterrupt:
        pass
    finally:
        stage.close()
    return True
