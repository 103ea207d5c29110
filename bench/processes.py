"""Start, pin, watch and end the processes of a bench. Linux only: figures come from /proc."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """Processes started inside inherit this core. `None` leaves the placing to the kernel."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def start(
    command: Sequence[str], *, core: int | None, log: Path, environ: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, its output appended to `log`."""
    with on_core(core), log.open("ab") as stream:
        return subprocess.Popen(
            list(command),
            stdout=stream,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(environ or {})},
            start_new_session=True,
        )


def end(process: subprocess.Popen[bytes], patience: float = 10.0) -> None:
    """Ask a process to stop; kill it and what it left behind when it does not."""
    tree = family([process.pid])
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pid in tree[1:]:
        _kill_if_orphan(pid, process.pid)


def _kill_if_orphan(pid: int, session: int) -> None:
    """Kill a former descendant, told from a stranger with a reused id by its session."""
    try:
        if os.getsid(pid) == session:
            os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def family(roots: Iterable[int]) -> list[int]:
    """The living processes among `roots` and all their descendants."""
    children: dict[int, list[int]] = {}
    alive: set[int] = set()
    for pid in (int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()):
        if (fields := _stat(pid)) is not None:
            alive.add(pid)
            children.setdefault(int(fields[1]), []).append(pid)
    found: list[int] = []
    waiting = list(roots)
    while waiting:
        pid = waiting.pop(0)
        if pid in alive and pid not in found:
            found.append(pid)
            waiting += children.get(pid, [])
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """User + system time that these processes have used, all their threads included."""
    ticks = 0
    for pid in pids:
        if (fields := _stat(pid)) is not None:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICK


class Memory(NamedTuple):
    """Bytes resident now: anonymous + shared, and apart from these the pages of mapped files (libraries included)."""

    own: int
    mapped: int


def memory(pids: Iterable[int]) -> Memory:
    """What these processes hold, summed (RssAnon + RssShmem, RssFile): a mapped page counts once for each of them."""
    own = mapped = 0
    for pid in pids:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        for line in status.splitlines():
            if line.startswith(("RssAnon:", "RssShmem:")):
                own += int(line.split()[1]) * 1024
            elif line.startswith("RssFile:"):
                mapped += int(line.split()[1]) * 1024
    return Memory(own, mapped)


def resident_bytes(pids: Iterable[int]) -> int:
    """Anonymous + shared memory of these processes now; file mappings apart."""
    return memory(pids).own


def _stat(pid: int) -> list[str] | None:
    """/proc/PID/stat after the name (which may hold spaces): state, ppid, …, utime at 11, stime at 12."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def free_port() -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path, patience: float = 30.0) -> None:
    """Return when something listens; raise RuntimeError with the log's end when the process died or is late."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing listens on {port}:\n{log.read_text(errors='replace')[-3000:]}")


def wait_for_path(path: Path, process: subprocess.Popen[bytes], log: Path, patience: float = 30.0) -> None:
    """Return when `path` exists; raise RuntimeError as `wait_for_port` does."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        if path.exists():
            return
        time.sleep(0.05)
    raise RuntimeError(f"{path.name} did not appear:\n{log.read_text(errors='replace')[-3000:]}")
