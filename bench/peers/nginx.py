"""nginx serving one static file, with and without its (buffered) access log."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import end, free_port, start, wait_for_port

CONFIG = """
daemon off;
master_process on;
worker_processes 1;
user root;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  default_type application/json;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 75;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  access_log off;
  server {{ listen 127.0.0.1:{plain}; root {folder}/www; }}
  server {{
    listen 127.0.0.1:{logged};
    root {folder}/www;
    access_log {folder}/access.log combined buffer=64k flush=1s;
  }}
}}
"""
SECURE = """
  server {{
    listen 127.0.0.1:{port} ssl;
    root {folder}/www;
    access_log {folder}/access.log combined buffer=64k flush=1s;
    ssl_certificate {chain};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_tickets off;
    ssl_conf_command NumTickets 0;
  }}
}}
"""


def version() -> str:
    """What `nginx -v` says."""
    said = subprocess.run([program(), "-v"], capture_output=True, text=True, check=True).stderr
    return said.strip().rpartition("/")[2]


def program() -> str:
    """Where nginx is; raises RuntimeError when it is not installed."""
    found = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if found is None:
        raise RuntimeError("nginx is not installed (Debian: apt-get install nginx-light)")
    return found


@contextmanager
def nginx(folder: Path, body: bytes, core: int | None, tls: tuple[Path, Path]) -> Iterator[tuple[int, int, int, int]]:
    """Serve `body` as /answer.json. Yields (process id, port without access log, with it, with it and TLS).

    `tls`: PEM files of certificate and key.
    """
    (folder / "www").mkdir(parents=True)
    (folder / "www" / "answer.json").write_bytes(body)
    plain, logged, secure = free_port(), free_port(), free_port()
    text = CONFIG.format(folder=folder, plain=plain, logged=logged).rstrip().removesuffix("}")
    text += SECURE.format(folder=folder, port=secure, chain=tls[0], key=tls[1])
    (folder / "nginx.conf").write_text(text)
    log = folder / "nginx.log"
    process = start([program(), "-p", str(folder), "-c", str(folder / "nginx.conf")], core=core, log=log)
    try:
        wait_for_port(plain, process, log)
        wait_for_port(logged, process, log)
        yield process.pid, plain, logged, secure
    finally:
        end(process)


def request() -> bytes:
    """The request for the static file, as short as a client may send it."""
    return b"GET /answer.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
