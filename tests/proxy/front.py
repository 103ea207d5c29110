"""A real nginx before something of ours: with the shipped configuration, or with one that a test makes up."""

import os
import signal
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.peers.nginx import program
from bench.processes import end, free_port, start, wait_for_port

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "deploy" / "nginx" / "fangbang-lookup.conf"
NAME = "score.example.cn"

_MAIN = """
daemon off;
worker_processes 1;
{user}
pid {folder}/nginx.pid;
error_log {folder}/main-error.log notice;
events {{ worker_connections 512; }}
http {{
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  access_log off;
{http}
}}
"""


@dataclass
class Front:
    """A running nginx; `port` and `secure` are the ports that its test asked for."""

    folder: Path
    pid: int
    port: int
    secure: int = 0
    logs: list[Path] = field(default_factory=list)

    def ended(self) -> None:
        """Let it finish what it has begun and write its logs."""
        os.kill(self.pid, signal.SIGQUIT)


def settled(text: str, changes: Mapping[str, str]) -> str:
    """A configuration with its places filled in; each must be there, as an operator would expect."""
    for old, new in changes.items():
        if old not in text:
            raise LookupError(old)
        text = text.replace(old, new)
    return text


def write_main(folder: Path, http: str) -> Path:
    """The main file around what stands in its `http` context."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    user = "user root;" if os.getuid() == 0 else ""
    path = folder / "nginx.conf"
    path.write_text(_MAIN.format(folder=folder, http=http, user=user), encoding="utf-8")
    return path


@contextmanager
def nginx(folder: Path, http: str, port: int, secure: int = 0) -> Iterator[Front]:
    """Run nginx with this text in its `http` context, listening on `port` (and `secure`)."""
    path, log = write_main(folder, http), folder / "nginx.log"
    process = start([program(), "-p", str(folder), "-c", str(path)], core=None, log=log)
    try:
        for each in (port, secure):
            if each:
                wait_for_port(each, process, log)
        yield Front(folder, process.pid, port, secure, sorted(folder.glob("*.log")))
    finally:
        end(process)


def shipped_text(folder: Path, node: int, tls: tuple[Path, Path], port: int, secure: int) -> str:
    """The shipped configuration with the places of this machine."""
    return settled(
        SHIPPED.read_text(encoding="utf-8"),
        {
            "127.0.0.1:8080": f"127.0.0.1:{node}",
            "    listen [::]:80 default_server;\n": "",
            "    listen [::]:443 ssl http2 default_server;\n": "",
            "    listen [::]:443 ssl http2;\n": "",
            "listen 80 ": f"listen 127.0.0.1:{port} ",
            "listen 443 ": f"listen 127.0.0.1:{secure} ",
            "/etc/nginx/fangbang/chain.pem": str(tls[0]),
            "/etc/nginx/fangbang/key.pem": str(tls[1]),
            "/var/log/nginx": str(folder),
        },
    )


@contextmanager
def shipped(folder: Path, node: int, tls: tuple[Path, Path], before: str = "", **changes: str) -> Iterator[Front]:
    """nginx with the shipped configuration before a node; `before` stands in the `http` context ahead of it."""
    port, secure = free_port(), free_port()
    text = settled(shipped_text(folder, node, tls, port, secure), changes)
    with nginx(folder, before + text, port, secure) as front:
        yield front


@contextmanager
def over_plain_http(folder: Path, node: int, before: str = "") -> Iterator[Front]:
    """The shipped configuration without its TLS, for clients that send what no TLS library lets them; at `secure`."""
    nothing = folder / "none.pem"
    changes = {
        " ssl http2 default_server;\n    ssl_reject_handshake on;": ";\n    return 444;",
        " ssl http2;": " default_server;",
        f"    ssl_certificate {nothing};\n    ssl_certificate_key {nothing};\n": "",
    }
    with shipped(folder, node, (nothing, nothing), before, **changes) as front:
        yield front


def trusting(certificate: Path) -> ssl.SSLContext:
    """A client that trusts the test's certificate."""
    return ssl.create_default_context(cafile=str(certificate))
