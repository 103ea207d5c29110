"""The keeper's process: a Unix socket, JSON objects line by line, one pulse that posts at T."""

import asyncio
import fcntl
import json
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import msgspec

from fangbang.core.errors import FangbangError, Problem, heard_params
from fangbang.keeper.agreement import AgreedClock
from fangbang.keeper.answers import refusal
from fangbang.keeper.problems import ALREADY_RUNNING, BAD_COMMAND, SEAL_FAILED
from fangbang.keeper.sealer import SealJob
from fangbang.keeper.service import Keeper
from fangbang.keeper.timesources import first_readings, follow

_LONGEST_LINE = 16 << 20
_SHORTEST_WAIT = 0.001

Answer = dict[str, Any]


class Partner(Protocol):
    """What stands around the commands where two keepers hold the keys (`pair`)."""

    commands: dict[str, Callable[[Answer], Awaitable[Answer]]]

    async def before(self, command: str) -> None: ...
    async def after(self, command: str, answer: Answer) -> None: ...
    async def run(self, failed: Callable[[OSError], None]) -> None: ...


@contextmanager
def single_instance(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; a second keeper on the same folder is refused."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FangbangError(ALREADY_RUNNING) from None
        yield
    finally:
        os.close(descriptor)


async def run_sealer(job: SealJob) -> Answer:
    """Seal in a process of its own. Keys go through its standard input; its errors come back as codes."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "fangbang.keeper.sealer",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        output, _ = await process.communicate(msgspec.json.encode(job))
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        raise
    try:
        answer: Answer = json.loads(output)
    except ValueError:
        raise FangbangError(SEAL_FAILED) from None
    if not answer.pop("ok"):
        raise FangbangError(Problem.registry.get(answer["code"], SEAL_FAILED), **heard_params(answer["params"]))
    return answer


class KeeperServer:
    """Serves one keeper. `seal` runs one at a time; everything else answers while it runs."""

    def __init__(self, keeper: Keeper, path: Path, log: Callable[..., None], partner: Partner | None = None) -> None:
        self._keeper = keeper
        self._partner = partner
        self._path = path
        self._log = log
        self._sealing = asyncio.Lock()
        self._wake = asyncio.Event()
        keeper.moved = self._wake.set
        self._failure: BaseException | None = None
        self._commands: dict[str, Callable[[Answer], Awaitable[Answer]]] = {
            "seal": self._seal,
            "schedule": self._schedule,
            "withdraw": self._withdraw,
            "pages": self._pages,
            "switch": self._switch,
            "register": self._register,
            "leave": self._leave,
            "envelope": self._envelope,
            "status": self._status,
            **(partner.commands if partner else {}),
        }

    async def serve(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until cancelled. What fell due while the keeper was away is posted before the first answer."""
        clock = self._keeper.clock
        if isinstance(clock, AgreedClock):
            await first_readings(clock)
        self._keeper.tick()
        self._path.unlink(missing_ok=True)
        previous = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(self._connection, self._path, limit=_LONGEST_LINE)
        finally:
            os.umask(previous)
        jobs: list[Coroutine[Any, Any, None]] = [self._partner.run(self._failed)] if self._partner else []
        if isinstance(clock, AgreedClock):
            jobs.append(follow(clock, self._log, self._wake.set))
        tasks = [asyncio.ensure_future(job) for job in jobs]
        for task in tasks:
            task.add_done_callback(self._ended)
        try:
            async with server:
                ready()
                await self._pulse()
        finally:
            for task in tasks:
                task.cancel()
            self._path.unlink(missing_ok=True)

    def _failed(self, error: BaseException) -> None:
        """Have the pulse end the process: it must not go on unsure."""
        self._failure = error
        self._wake.set()

    def _ended(self, task: "asyncio.Future[None]") -> None:
        """A job beside the pulse runs as long as the process; one that broke ends it, to be started anew."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(error)

    async def _pulse(self) -> None:
        """Tick at each hour and at each re-issue. A failed write ends the process: it must not go on unsure."""
        while True:
            self._keeper.tick()
            self._wake.clear()
            wait = max(_SHORTEST_WAIT, self._keeper.next_tick().total_seconds())
            # Not wait_for: on 3.11 it loses a cancellation that comes in the same turn as the wake-up.
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            if self._failure is not None:
                raise self._failure

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ValueError, asyncio.LimitOverrunError):
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line), ensure_ascii=False).encode() + b"\n")
                await writer.drain()
        with suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()

    async def _answer(self, line: bytes) -> Answer:
        name = ""
        try:
            try:
                request = json.loads(line)
                name = str(request["command"])
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise FangbangError(BAD_COMMAND, reason="JSON") from error
            if name not in self._commands:
                raise FangbangError(BAD_COMMAND, reason=name[:40])
            answer = {"ok": True, **await self._carried_out(name, request)}
            self._wake.set()
        except FangbangError as error:
            self._log("refused", command=name[:40], code=error.code)
            return refusal(error)
        except OSError as error:
            self._failed(error)
            raise
        if name not in ("status", "register", "leave"):
            self._log("done", command=name, release=answer.get("release", ""))
        return answer

    async def _carried_out(self, name: str, request: Answer) -> Answer:
        if self._partner is None:
            return await self._commands[name](request)
        await self._partner.before(name)
        answer = await self._commands[name](request)
        await self._partner.after(name, answer)
        return answer

    async def _seal(self, request: Answer) -> Answer:
        async with self._sealing:
            job = self._keeper.begin_seal(_object(request, "order"))
            if isinstance(job, dict):
                return job
            return self._keeper.finish_seal(job, await run_sealer(job))

    async def _schedule(self, request: Answer) -> Answer:
        return self._keeper.schedule(_object(request, "schedule"), _list(request, "approvals"))

    async def _withdraw(self, request: Answer) -> Answer:
        return self._keeper.withdraw(_object(request, "order"), _list(request, "approvals"))

    async def _pages(self, request: Answer) -> Answer:
        bundle = request.get("bundle")
        if not isinstance(bundle, str):
            raise FangbangError(BAD_COMMAND, reason="bundle")
        return self._keeper.publish_pages(_object(request, "order"), _list(request, "approvals"), bundle.encode())

    async def _switch(self, request: Answer) -> Answer:
        return self._keeper.switch(_object(request, "order"), _list(request, "approvals"))

    async def _register(self, request: Answer) -> Answer:
        return self._keeper.register({name: value for name, value in request.items() if name != "command"})

    async def _leave(self, request: Answer) -> Answer:
        worker = request.get("worker")
        if not isinstance(worker, str):
            raise FangbangError(BAD_COMMAND, reason="worker")
        return self._keeper.leave(worker)

    async def _envelope(self, request: Answer) -> Answer:
        return self._keeper.envelope(str(request.get("worker")), str(request.get("snapshot")))

    async def _status(self, request: Answer) -> Answer:
        return self._keeper.status()


def _object(request: Answer, name: str) -> Answer:
    value = request.get(name)
    if not isinstance(value, dict):
        raise FangbangError(BAD_COMMAND, reason=name)
    return value


def _list(request: Answer, name: str) -> list[Any]:
    value = request.get(name)
    if not isinstance(value, list):
        raise FangbangError(BAD_COMMAND, reason=name)
    return value
