"""The keeper as a process: the socket's manners, one instance, the whole way from order to key."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fangbang.core.clock import ManualClock, SystemClock, to_wire
from fangbang.core.errors import FangbangError
from fangbang.keeper.sealer import SealJob
from fangbang.keeper.server import KeeperServer, run_sealer, single_instance
from fangbang.keeper.service import Keeper
from fangbang.keeper.state import KeeperState
from fangbang.snapshot.board import ask_keeper
from tests.keeper.conftest import Node
from tests.keeper.office import SITTING, Office, row

Talk = Callable[[bytes], dict[str, Any]]


def talk(keeper: Keeper, path: Path, *lines: bytes) -> list[dict[str, Any]]:
    """Start a server in this process, say some lines, return its answers."""

    async def run() -> list[dict[str, Any]]:
        ready = asyncio.Event()
        server = asyncio.create_task(KeeperServer(keeper, path, lambda *_, **__: None).serve(ready.set))
        await ready.wait()
        reader, writer = await asyncio.open_unix_connection(path, limit=1 << 24)
        answers = []
        for line in lines:
            writer.write(line + b"\n")
            answers.append(json.loads(await reader.readline()))
        writer.close()
        server.cancel()
        await asyncio.gather(server, return_exceptions=True)
        return answers

    return asyncio.run(run())


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"command":"open-sesame"}',
        b"[" * 50_000,
        b'{"command":"seal"}',
        b'{"command":"seal","order":{}}',
        b'{"command":"schedule","schedule":{},"approvals":1}',
        b'{"command":"schedule","schedule":{},"approvals":[]}',
        b'{"command":"withdraw","order":{"release":[]},"approvals":[]}',
        b'{"command":"register"}',
        b'{"command":"register","worker":1}',
        b'{"command":"envelope"}',
        b'{"command":"seal","order":{"report":[],"approvals":[]}}',
        b'{"command":"seal","order":{"report":{"format":"fangbang-report/1"},"approvals":[1]}}',
    ],
)
def test_a_bad_line_is_answered_with_a_code_and_the_next_one_is_served(
    line: bytes, keeper: Keeper, tmp_path: Path
) -> None:
    bad, status = talk(keeper, tmp_path / "s", line, b'{"command":"status"}')

    assert bad["ok"] is False
    assert bad["code"].split(".")[0] in ("keeper", "release")
    assert sorted(bad["text"]) == ["en", "zh"]
    assert (status["ok"], status["custody"], status["time_sources"]) == (True, "demo", 1)


def test_the_socket_is_its_owner_s_only_and_gone_afterwards(keeper: Keeper, tmp_path: Path) -> None:
    modes = []
    original = KeeperServer._status

    async def look(self: KeeperServer, request: dict[str, Any]) -> dict[str, Any]:
        modes.append((tmp_path / "s").stat().st_mode & 0o777)
        return await original(self, request)

    KeeperServer._status = look  # type: ignore[method-assign]
    try:
        talk(keeper, tmp_path / "s", b'{"command":"status"}')
    finally:
        KeeperServer._status = original  # type: ignore[method-assign]

    assert modes == [0o600]
    assert not (tmp_path / "s").exists()


def test_a_second_keeper_on_one_folder_is_refused(office: Office) -> None:
    with single_instance(office.folders.home):
        with pytest.raises(FangbangError) as caught, single_instance(office.folders.home):
            pass
        assert caught.value.code == "keeper.already-running"
    with single_instance(office.folders.home):
        pass


def test_the_sealing_process_hands_its_problem_back(office: Office, keeper: Keeper) -> None:
    job = keeper.begin_seal(office.seal_order(office.report(office.book([row(1)]), catalogue="00" * 32)))
    assert isinstance(job, SealJob)

    with pytest.raises(FangbangError) as caught:
        asyncio.run(run_sealer(job))

    assert caught.value.code == "keeper.other-catalogue"


def test_a_sealing_process_that_dies_is_a_failure_not_a_seal(office: Office, keeper: Keeper) -> None:
    job = keeper.begin_seal(office.seal_order(office.report(office.book([row(1)]))))
    assert isinstance(job, SealJob)

    with pytest.raises(FangbangError) as caught:
        asyncio.run(run_sealer(msgspec.structs.replace(job, release_key="not hex")))

    assert caught.value.code == "keeper.seal-failed"


def test_a_failed_write_ends_the_process(keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> BaseException | None:
        ready = asyncio.Event()
        server = asyncio.create_task(KeeperServer(keeper, tmp_path / "s", lambda *_, **__: None).serve(ready.set))
        await ready.wait()
        await asyncio.sleep(0)
        monkeypatch.setattr(keeper, "status", _broken_disk)
        _, writer = await asyncio.open_unix_connection(tmp_path / "s")
        writer.write(b'{"command":"status"}\n')
        await asyncio.wait([server], timeout=5)
        writer.close()
        return server.exception() if server.done() else None

    assert isinstance(asyncio.run(run()), OSError)


def _broken_disk() -> dict[str, Any]:
    raise OSError("fsync")


@contextmanager
def running(office: Office) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """`fangbang keeper serve` as a user starts it."""
    path = office.folders.home / "socket"
    environment = {**os.environ, "FANGBANG_HOME": str(office.folders.home.parent)}
    command = [sys.executable, "-m", "fangbang", "--json", "keeper", "serve"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["socket"] == str(path)
        yield process, path
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def test_the_whole_way_over_the_socket_with_a_kill_before_the_hour(office: Office) -> None:
    node = Node(office)
    order = office.seal_order(office.report(office.book([row(1)])))
    request = {"worker": node.name, "node": "n", "public_key": node.private.public_key().public_bytes_raw().hex()}
    with running(office) as (process, path):
        sealed = ask_keeper(path, {"command": "seal", "order": order}, timeout=60)
        hour = SystemClock().now() + timedelta(seconds=4)
        schedule, approvals = office.schedule_order(sealed, hour)
        told = ask_keeper(path, {"command": "schedule", "schedule": schedule, "approvals": approvals})
        registered = ask_keeper(path, {"command": "register", **request, "report": {}})
        early = ask_keeper(path, {"command": "envelope", "worker": node.name, "snapshot": sealed["snapshot"]})
        process.kill()

    with running(office):
        posted = _wait_for_key(node, sealed["snapshot"], hour + timedelta(seconds=20))

    assert (told["ok"], registered["ok"], early["ok"], early["code"]) == (True, True, False, "keeper.too-early")
    assert timedelta(0) <= posted - hour
    assert node.board().sittings[SITTING].state == "published"


def _wait_for_key(node: Node, snapshot: str, until: datetime) -> datetime:
    while node.letter(snapshot) is None:
        if SystemClock().now() > until:
            raise AssertionError("no key")
        time.sleep(0.01)
    return SystemClock().now()


def test_the_pulse_posts_within_a_moment_of_the_hour(
    office: Office, sealed: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    keeper = office.keeper(SystemClock())
    node = Node(office)
    node.register(keeper)
    answer = sealed(office.seal_order(office.report(office.book([row(1)]))), keeper)
    hour = SystemClock().now() + timedelta(seconds=1)
    keeper.schedule(*office.schedule_order(answer, hour))

    async def run() -> datetime:
        server = asyncio.create_task(KeeperServer(keeper, tmp_path / "s", lambda *_, **__: None).serve())
        while node.letter(answer["snapshot"]) is None:
            await asyncio.sleep(0.005)
        server.cancel()
        await asyncio.gather(server, return_exceptions=True)
        return SystemClock().now()

    posted = asyncio.run(asyncio.wait_for(run(), 20))

    assert timedelta(0) <= posted - hour < timedelta(seconds=1)


def test_an_hour_that_the_other_keeper_told_of_is_met_as_well(
    office: Office, sealed: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """The pulse sleeps for seconds while nothing is due; a state taken over must wake it."""
    keeper = office.keeper(SystemClock())
    node = Node(office)
    node.register(keeper)
    answer = sealed(office.seal_order(office.report(office.book([row(1)]))), keeper)

    async def run() -> timedelta:
        server = asyncio.create_task(KeeperServer(keeper, tmp_path / "s", lambda *_, **__: None).serve())
        await asyncio.sleep(0.3)
        hour = SystemClock().now() + timedelta(seconds=0.5)
        scheduled = msgspec.structs.replace(
            keeper.state.releases["rel-1"], state=KeeperState.SCHEDULED, t=to_wire(hour)
        )
        keeper.take_over(msgspec.structs.replace(keeper.state, releases={"rel-1": scheduled}))
        while node.letter(answer["snapshot"]) is None:
            await asyncio.sleep(0.005)
        server.cancel()
        await asyncio.gather(server, return_exceptions=True)
        return SystemClock().now() - hour

    late = asyncio.run(asyncio.wait_for(run(), 20))

    assert timedelta(0) <= late < timedelta(seconds=3)


def test_a_keeper_folder_that_was_never_made_is_named(tmp_path: Path, clock: ManualClock, office: Office) -> None:
    for path in office.folders.keys.glob("signing.key"):
        path.unlink()

    with pytest.raises(FangbangError) as caught:
        office.keeper(clock)

    assert caught.value.code == "keeper.not-initialised"
