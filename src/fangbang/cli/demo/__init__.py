"""`fangbang demo`: a whole release on this machine, from a marking centre's files to a result on the screen."""

import json
import os
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fangbang.cli.edge import Session

if TYPE_CHECKING:
    from fangbang.cli.demo.stage import Setup
    from fangbang.simulate.cohort import Plan

EXAM, YEAR = "social-worker", 2026
MISTAKES = 16
TAMPERINGS = ("bit", "header", "early-key")


@click.group(invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址 / Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="端口，缺省自选 / Port; a free one by default.")
@click.option(
    "--office-port",
    type=click.IntRange(0, 65535),
    default=0,
    help="办公网页端口，缺省自选 / Port of the office; a free one.",
)
@click.option(
    "--candidates", type=click.IntRange(2000, 2_000_000), default=20_000, show_default=True, help="考生数 / Candidates."
)
@click.option("--seed", type=int, default=1, show_default=True, help="种子 / Same seed, same people.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="查询进程 / Lookup workers.")
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="数据目录，须为空，结束后保留 / Data folder, empty or new, kept afterwards; a temporary one by default.",
)
@click.option("--check", is_flag=True, help="无人值守并核对，末行为 JSON / Headless; JSON on the last line.")
@click.option(
    "--queries", type=click.IntRange(1), default=2000, show_default=True, help="核对人数 / How many --check asks for."
)
@click.option("--tamper", type=click.Choice(TAMPERINGS), help="破坏并看它如何拒绝 / Tamper, and see it refused.")
@click.pass_obj
def demo(
    session: Session,
    host: str,
    port: int,
    office_port: int,
    candidates: int,
    seed: int,
    workers: int,
    home: Path | None,
    check: bool,
    queries: int,
    tamper: str | None,
) -> None:
    """在本机演示一次完整的放榜，Ctrl-C 结束。 / Rehearse a whole release on this machine, until Ctrl-C.

    \b
    例 / Examples:
      fangbang demo
      fangbang demo --host 0.0.0.0 --port 8000
      fangbang demo --check
      fangbang demo --tamper bit
      FANGBANG_HOME=… fangbang demo code wang
    """
    if click.get_current_context().invoked_subcommand:
        return
    from fangbang.cli.demo.leftovers import temporary_folder
    from fangbang.cli.demo.stage import Setup

    _require_own_place(session, home)
    _clear(session)
    plan, second = _plans(candidates, seed)
    with nullcontext(home.resolve()) if home else temporary_folder() as folder:
        setup = Setup(folder, plan, host, port, workers, session.language, office_port, None if tamper else second)
        ok = _run(session, setup, check, queries, tamper)
    if check or tamper:  # the last line is the object: nothing after it, on either stream
        click.get_current_context().exit(0 if ok else 1)
    session.say(
        zh=f"已结束，没有留下进程{f'；数据在 {folder}' if home else '和文件'}",
        en=f"Ended; no process {f'is left; data in {folder}' if home else 'and no file is left'}",
    )


def _plans(candidates: int, seed: int) -> "tuple[Plan, Plan]":
    """The cohort that is released before the visitor's eyes, and the one that waits for their hands."""
    from fangbang.cli.demo.front import SECOND_CANDIDATES, SECOND_EXAM
    from fangbang.cli.demo.office import PROVINCES_OF_DESKS as CITIES
    from fangbang.cli.simulate import planned

    first = planned(EXAM, YEAR, candidates=candidates, seed=seed, history=True, mistakes=MISTAKES, cities=CITIES)
    return first, planned(
        SECOND_EXAM, YEAR, candidates=SECOND_CANDIDATES, seed=seed + 1, history=False, mistakes=0, cities=CITIES
    )


@demo.command()
@click.argument("identity", metavar="ID")
@click.pass_obj
def code(session: Session, identity: str) -> None:
    """演示中某人此刻的登录验证码。 / The sign-in code of a demonstration's member of staff, now and next.

    \b
    例 / Example:
      FANGBANG_HOME=/tmp/fangbang-demo-… fangbang demo code wang
    """
    from fangbang.accounts.rules.totp import STEP, code_of_step
    from fangbang.cli.demo.problems import UNKNOWN_MEMBER
    from fangbang.core.errors import FangbangError

    secrets = _secrets(session)
    if identity not in secrets:
        raise FangbangError(UNKNOWN_MEMBER, operator=identity, known=", ".join(secrets))
    step, passed = divmod(int(session.clock.now().timestamp()), STEP)
    now, then = (code_of_step(secrets[identity], place) for place in (step, step + 1))
    session.result(
        {"code": now, "seconds": STEP - passed, "next": then},
        zh=f"{now}（还有 {STEP - passed} 秒），之后 {then}",
        en=f"{now} (for {STEP - passed} s), then {then}",
    )


def _secrets(session: Session) -> dict[str, str]:
    """Staff → the secret of their authenticator app, out of a running or kept demonstration's folder."""
    from fangbang.cli.demo.problems import NO_OFFICE
    from fangbang.core.errors import FangbangError

    home = session.settings.home
    try:
        told = json.loads((home / "staff" / "office.json").read_bytes())
    except OSError as error:
        raise FangbangError(NO_OFFICE, home=home) from error
    return {item["id"]: item["secret"] for item in told["staff"]}


def _require_own_place(session: Session, home: Path | None) -> None:
    """STATE for another custody than a demonstration's, and for a folder with something in it."""
    from fangbang.cli.demo.problems import HOME_IN_USE, NOT_FOR_THIS_CUSTODY
    from fangbang.core.errors import FangbangError

    custody = session.settings.values["CUSTODY"]
    if custody != "demo":
        raise FangbangError(NOT_FOR_THIS_CUSTODY, custody=custody)
    if home is not None and home.exists() and any(home.iterdir()):
        raise FangbangError(HOME_IN_USE, home=home)
    _forget_settings(session)


def _clear(session: Session) -> None:
    """Remove what demonstrations left that were killed."""
    from fangbang.cli.demo.leftovers import clear_left_behind

    if count := clear_left_behind():
        session.say(
            zh=f"已清除 {count} 个被中断的演示留下的文件夹", en=f"Cleared {count} folders of killed demonstrations"
        )


def _forget_settings(session: Session) -> None:
    """A demonstration is an installation of its own: what this shell has set for another one (a database, a store of
    limits, who acts) is not for it, and said to be left out."""
    names = sorted(name for name in os.environ if name.startswith("FANGBANG_") and name != "FANGBANG_LANG")
    for name in names:
        del os.environ[name]
    if names:
        listed = ", ".join(names)
        session.say(zh=f"演示不使用已有的设置 {listed}", en=f"Not used for the demonstration: {listed}")


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
