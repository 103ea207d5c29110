"""`python -m bench upload`: a file of the largest size comes into a real office in pieces, as its page sends them.

Seconds from the first request until the office has the whole file and has compared it (`finish`), and what its
processes hold at most meanwhile; then the job that looks at the file. The yardstick is plain Python that reads the same
file in the same pieces, takes their SHA-256 and writes and syncs them to another file of the same disk.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from bench import machine
from bench.job import SITTING, Job
from bench.processes import family, memory
from bench.results import record_form, record_upload
from bench.sent import source, write_files
from fangbang.cli.demo.processes import Children, announced

GIB = 1 << 30
CANDIDATES = 20_000
"""Different rows; a large file repeats them."""
BLOCK = 8 << 20
POLL_SECONDS = 0.1
START_SECONDS = 60.0
PATIENCE = 600.0
"""For one answer, and for the job after it."""


class UploadFailedError(Exception):
    """The office did not take the file: the figures would mean nothing."""


class Office(NamedTuple):
    """A running office: its server's process, its address, and the secret of its importer's session. `port`: where it
    listens, whatever its address is to browsers."""

    pid: int
    url: str
    token: str
    port: int = 0


@dataclass
class Peaks:
    """The most that the server, and its job processes together, held: bytes, anonymous + shared."""

    server: int = 0
    jobs: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def look(self, pid: int) -> None:
        """Once."""
        self.server = max(self.server, memory([pid]).own)
        self.jobs = max(self.jobs, memory(family([pid])[1:]).own)

    def watch(self, pid: int) -> None:
        """Until `stop`; for a thread."""
        while not self.stop.wait(POLL_SECONDS):
            self.look(pid)


@contextmanager
def watching(pid: int) -> Iterator[Peaks]:
    """Poll the office's memory until the block ends."""
    peaks = Peaks()
    thread = threading.Thread(target=peaks.watch, args=(pid,))
    thread.start()
    try:
        yield peaks
    finally:
        peaks.stop.set()
        thread.join()


@contextmanager
def office(home: Path, settings: Mapping[str, str] | None = None) -> Iterator[Office]:
    """A new installation below `home`, served on a free port."""
    environ = {"FANGBANG_HOME": str(home), "FANGBANG_LANG": "en", **(settings or {})}
    _run(["fangbang", "init"], environ)
    token = json.loads(_run(["bench.importer"], environ))["token"]
    children = Children(home / "logs", environ)
    try:
        child = children.start("office", ["--json", "office", "serve", "--port", "0"])
        told = announced(child, START_SECONDS)
        yield Office(child.pid, told["url"], token, int(told["port"]))
    finally:
        children.stop()


def _run(module: Sequence[str], environ: dict[str, str]) -> str:
    command = [sys.executable, "-m", *module]
    done = subprocess.run(command, env={**os.environ, **environ}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UploadFailedError(f"{' '.join(module)}: {done.stderr[-2000:]}")
    return done.stdout


def write_registrations(folder: Path, size: int) -> Path:
    """A registrations file in GB18030 of whole rows, at most `size` bytes and less than a row below that."""
    job = Job(folder, CANDIDATES)
    write_files(job)
    head, _, rows = source(folder, "registrations").read_bytes().partition(b"\n")
    block = rows * max(1, BLOCK // len(rows))
    path = folder / "报名.csv"
    with path.open("wb") as stream:
        left = size - stream.write(head + b"\n")
        while left >= len(block):
            left -= stream.write(block)
        # No character of GB18030 has the byte of a line's end in it.
        stream.write(block[: block.rfind(b"\n", 0, left) + 1])
    return path


class Sender:
    """The importer's browser: what upload.js does, one piece after the other."""

    def __init__(self, at: Office) -> None:
        # A bare Debian knows no localhost: the name is said, not looked up.
        self._client = httpx.Client(
            base_url=at.url.replace("localhost", "127.0.0.1"),
            headers={"Host": at.url.removeprefix("http://")},
            cookies={"office-session": at.token},
            timeout=PATIENCE,
        )
        page = self._client.get(f"/sittings/{SITTING}")
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        if found is None:
            raise UploadFailedError(f"the page has no form: {page.status_code}")
        self._headers = {"Accept": "application/json", "X-CSRFToken": found[1], "Origin": at.url, "Referer": at.url}

    def begin(self, path: Path) -> dict[str, Any]:
        """Where pieces go, and how large they are."""
        told = {"name": path.name, "size": str(path.stat().st_size)}
        return self._ask(f"/sittings/{SITTING}/uploads", data=told)

    def send(self, path: Path, begun: dict[str, Any]) -> list[bytes]:
        """All pieces. Their SHA-256."""
        hashes: list[bytes] = []
        for data in pieces(path, begun["size"]):
            sha256 = hashlib.sha256(data)
            place = {"X-Offset": str(len(hashes) * begun["size"]), "X-SHA256": sha256.hexdigest()}
            self._ask(begun["send"], content=data, headers={**place, "Content-Type": "application/octet-stream"})
            hashes.append(sha256.digest())
        return hashes

    def finish(self, begun: dict[str, Any], hashes: Sequence[bytes]) -> str:
        """Say what all pieces are. The address of the job that looks at the file."""
        digest = hashlib.sha256(b"".join(hashes)).hexdigest()
        return str(self._ask(begun["finish"], data={"digest": digest})["go"])

    def wait(self, job: str) -> int:
        """Until it is over: how many columns it found."""
        return look(lambda: self._client.get(job).text)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def _ask(self, address: str, headers: dict[str, str] | None = None, **body: Any) -> dict[str, Any]:
        answer = self._client.post(address, headers={**self._headers, **(headers or {})}, **body)
        if answer.status_code != 200:
            raise UploadFailedError(f"{address.rpartition('/')[2]}: {answer.status_code} {answer.text[:500]}")
        value: dict[str, Any] = answer.json()
        return value


def look(page: Callable[[], str]) -> int:
    """Read a job's page until it is over: how many columns it found; raises UploadFailedError if none, or if it takes
    too long."""
    deadline = time.monotonic() + PATIENCE
    while 'data-job="over"' not in (text := page()):
        if time.monotonic() > deadline:
            raise UploadFailedError("the job that looks at the file is not over")
        time.sleep(POLL_SECONDS)
    found = re.search(r"<dd>(\d+)</dd>", text.partition("data-shown")[2].partition("</dl>")[0])
    if found is None or found[1] == "0":
        raise UploadFailedError("the job that looks at the file found no columns")
    return int(found[1])


def pieces(path: Path, size: int) -> Iterator[bytes]:
    """The file from its beginning, `size` bytes at a time."""
    with path.open("rb") as stream:
        while data := stream.read(size):
            yield data


def plain(path: Path, target: Path, size: int) -> None:
    """The yardstick: read, SHA-256, write and sync each piece, and no more."""
    with target.open("wb", buffering=0) as stream:
        for data in pieces(path, size):
            hashlib.sha256(data).digest()
            stream.write(data)
            os.fsync(stream.fileno())


def run(folder: Path, size: int) -> dict[str, Any]:
    """Write the file, send it, look at it, and do the same plainly. The outcome."""
    before = machine.load_average()
    path = write_registrations(folder, size)
    with office(folder / "home") as at:
        outcome = measure(at, path)
    facts = {"load_average_before": round(before, 2), "machine": machine.describe()}
    return {"bench": "upload", **outcome, **facts}


def measure(at: Office, path: Path) -> dict[str, Any]:
    """What it takes to bring the file in and have it looked at, and what plain Python takes with it, beside it."""
    idle = memory([at.pid]).own
    with watching(at.pid) as peaks, closing(Sender(at)) as sender:
        moments = [time.perf_counter()]
        begun = sender.begin(path)
        hashes = sender.send(path, begun)
        moments.append(time.perf_counter())
        job = sender.finish(begun, hashes)
        moments.append(time.perf_counter())
        columns = sender.wait(job)
        moments.append(time.perf_counter())
    began = time.perf_counter()
    plain(path, path.with_suffix(".plain"), begun["size"])
    figures = told(path.stat().st_size, moments, time.perf_counter() - began)
    held = {"server_idle_mb": idle, "server_peak_mb": peaks.server, "jobs_peak_mb": peaks.jobs}
    return {
        **figures,
        "pieces": len(hashes),
        "columns": columns,
        **{name: round(held_bytes / 1e6) for name, held_bytes in held.items()},
    }


def told(size: int, moments: Sequence[float], plainly: float) -> dict[str, float]:
    """Seconds between begin, the last piece, `finish` and the end of the look; and what follows from them."""
    whole = moments[2] - moments[0]
    spent = zip(("send_seconds", "finish_seconds", "look_seconds"), moments, moments[1:], strict=False)
    return {
        "bytes": size,
        "seconds": round(whole, 2),
        **{name: round(end - start, 2) for name, start, end in spent},
        "mb_per_second": round(size / whole / 1e6, 1),
        "plain_seconds": round(plainly, 2),
        "ratio_plain": round(whole / plainly, 2),
    }


def main(arguments: Sequence[str]) -> int:
    """Run the bench; the last line of standard output is one JSON object."""
    parser = argparse.ArgumentParser(prog="bench upload", description=__doc__)
    parser.add_argument("--gib", type=float, default=4.0, help="size of the file; 4: the most that an office takes")
    parser.add_argument("--folder", type=Path, help="where the throw-away installation goes: three times the file")
    parser.add_argument("--form", action="store_true", help="in one go, by the form that needs no script")
    parser.add_argument("--proxy", action="store_true", help="with --form: through the shipped nginx, by TLS")
    parser.add_argument("--record", action="store_true", help="append a row to bench/RESULTS.md")
    parser.add_argument("--json", action="store_true", help="one line instead of an indented object")
    options = parser.parse_args(arguments)
    if options.proxy and not options.form:
        parser.error("--proxy goes with --form")
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.folder) as name:
        outcome = _run_way(options, Path(name).resolve(), int(options.gib * GIB))
    print(json.dumps(outcome) if options.json else json.dumps(outcome, indent=2))
    if options.record:
        (record_form if options.form else record_upload)(outcome)
    return 0


def _run_way(options: argparse.Namespace, folder: Path, size: int) -> dict[str, Any]:
    if not options.form:
        return run(folder, size)
    from bench import form

    return form.run(folder, size, proxy=options.proxy)
