"""`python -m bench upload --form [--proxy]`: the largest file in one go, by the plain form that needs no script.

What a browser without scripts does: the page, then one request with the form's token and the file. With `--proxy` it
goes through the shipped nginx by TLS, as in earnest. Beside memory, the most that the office held on its disk is told:
the request, and the file that is taken out of it.
"""

import html
import re
import ssl
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench import machine
from bench.job import SITTING
from bench.processes import family, free_port, memory
from bench.upload import PATIENCE, Office, Peaks, UploadFailedError, look, office, write_registrations
from fangbang.project.layout import Layout
from tests.lookup.certificates import certificate
from tests.proxy.front import ROOT, nginx, settled

NAME = "office.example.cn"
CONFIGURATION = ROOT / "deploy" / "nginx" / "fangbang-office.conf"


@dataclass
class Held(Peaks):
    """As `Peaks`; `disk`: the most bytes of the office's files and of those without a name that it had open, `proxy`:
    the most memory of nginx, `proxy_disk`: of files in its folders."""

    folder: Path = field(default_factory=Path)
    front: tuple[int, Path] | None = None
    disk: int = 0
    proxy: int = 0
    proxy_disk: int = 0

    def look(self, pid: int) -> None:
        super().look(pid)
        self.disk = max(self.disk, on_disk(self.folder, pid))
        if self.front is not None:
            self.proxy = max(self.proxy, memory(family([self.front[0]])).own)
            self.proxy_disk = max(self.proxy_disk, on_disk(self.front[1], *family([self.front[0]])))


def on_disk(folder: Path, *pids: int) -> int:
    """Bytes of the files below a folder and of nameless ones that these processes have open on the same disk."""
    found: dict[tuple[int, int], int] = {}
    device = folder.stat().st_dev
    paths = [path for path in folder.rglob("*") if not path.is_symlink()]
    for pid in pids:
        with suppress(OSError):  # it may have ended
            paths += Path(f"/proc/{pid}/fd").iterdir()
    for path in paths:
        try:
            told = path.stat()
            if path.parent.name == "fd" and " (deleted)" not in str(path.readlink()):
                continue
        except OSError:  # closed, or moved, meanwhile
            continue
        if stat.S_ISREG(told.st_mode) and told.st_dev == device:
            found[told.st_dev, told.st_ino] = told.st_blocks * 512
    return sum(found.values())


@contextmanager
def proxied(folder: Path, port: int) -> Iterator[tuple[int, int]]:
    """The shipped nginx before an office at `port`. Its process, and its port for TLS."""
    folder.mkdir()
    secure, tls = free_port(), certificate(folder, NAME)
    text = settled(
        CONFIGURATION.read_text(encoding="utf-8"),
        {
            "127.0.0.1:8070": f"127.0.0.1:{port}",
            "    listen [::]:443 ssl http2;\n": "",
            "listen 443 ": f"listen 127.0.0.1:{secure} ",
            "/etc/nginx/fangbang/office-chain.pem": str(tls[0]),
            "/etc/nginx/fangbang/office-key.pem": str(tls[1]),
            "/var/log/nginx": str(folder),
        },
    )
    with nginx(folder, text, secure, secure) as front:
        yield front.pid, secure


class Form:
    """The importer's browser without scripts. `secure`: a proxy's port for TLS; 0: the office itself."""

    def __init__(self, at: Office, secure: int) -> None:
        self.host = NAME if secure else at.url.removeprefix("http://")
        self.origin, cookie = f"https://{NAME}" if secure else at.url, "__Host-session" if secure else "office-session"
        base = f"https://127.0.0.1:{secure}" if secure else at.url.replace("localhost", "127.0.0.1")
        self._client = httpx.Client(base_url=base, verify=_unverified() if secure else True, timeout=PATIENCE)
        self._client.headers["Cookie"] = f"{cookie}={at.token}"

    def ask(self, method: str, address: str, **body: Any) -> httpx.Response:
        """One request under the office's name."""
        headers = {"Host": self.host, "Origin": self.origin, "Referer": f"{self.origin}/", "Accept": "text/html"}
        if self._forged:
            headers["Cookie"] = f"{self._client.headers['Cookie']}; {self._forged}"
        extensions = {"sni_hostname": self.host} if self.origin.startswith("https") else {}
        return self._client.request(method, address, headers=headers, extensions=extensions, **body)

    _forged = ""
    """The cookie beside the form's token."""

    def send(self, path: Path) -> str:
        """The file in one go; the address of the job that looks at it."""
        page = self.ask("GET", f"/sittings/{SITTING}")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        action = re.search(r'action="([^"]*/whole[^"]*)"', page.text)
        if token is None or action is None:
            raise UploadFailedError(f"the page has no form: {page.status_code}")
        self._forged = page.headers["set-cookie"].partition(";")[0]
        with path.open("rb") as stream:
            answer = self.ask(
                "POST",
                html.unescape(action[1]),
                data={"csrfmiddlewaretoken": token[1]},
                files={"file": (path.name, stream)},
            )
        if answer.status_code != 302:
            raise UploadFailedError(f"whole: {answer.status_code} {answer.text[:500]}")
        return answer.headers["Location"]

    def close(self) -> None:
        """Hang up."""
        self._client.close()


def _unverified() -> ssl.SSLContext:
    """The bench's own self-signed certificate on the loopback: who answers is known."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def run(folder: Path, size: int, *, proxy: bool) -> dict[str, Any]:
    """Write the file, send it by the form, look at it. The outcome."""
    before = machine.load_average()
    path = write_registrations(folder, size)
    with ExitStack() as stack:
        at = stack.enter_context(
            office(folder / "home", {"FANGBANG_OFFICE_ORIGIN": f"https://{NAME}"} if proxy else {})
        )
        front = stack.enter_context(proxied(folder / "nginx", at.port)) if proxy else None
        outcome = measure(at, path, Layout(folder / "home").uploads, front, folder / "nginx")
    facts = {"load_average_before": round(before, 2), "machine": machine.describe()}
    return {"bench": "upload", "way": "form, nginx" if proxy else "form", **outcome, **facts}


def measure(
    at: Office, path: Path, uploads: Path, front: tuple[int, int] | None = None, folder: Path = Path()
) -> dict[str, Any]:
    """What it takes until the office has the whole file and says so, and until it was looked at."""
    idle, size = memory([at.pid]).own, path.stat().st_size
    held = Held(folder=uploads, front=(front[0], folder) if front else None)
    thread = threading.Thread(target=held.watch, args=(at.pid,))
    form = Form(at, front[1] if front else 0)
    thread.start()
    try:
        moments = [time.perf_counter()]
        job = form.send(path)
        moments.append(time.perf_counter())
        columns = look(lambda: form.ask("GET", job).text)
        moments.append(time.perf_counter())
    finally:
        held.stop.set()
        thread.join()
        form.close()
    seconds, looked = moments[1] - moments[0], moments[2] - moments[1]
    megabytes = {
        "server_idle_mb": idle, "server_peak_mb": held.server, "jobs_peak_mb": held.jobs, "disk_peak_mb": held.disk,
        **({"proxy_peak_mb": held.proxy, "proxy_disk_peak_mb": held.proxy_disk} if front else {}),
    }  # fmt: skip
    return {
        "bytes": size,
        "seconds": round(seconds, 2),
        "look_seconds": round(looked, 2),
        "mb_per_second": round(size / seconds / 1e6, 1),
        "columns": columns,
        **{name: round(value / 1e6) for name, value in megabytes.items()},
    }
