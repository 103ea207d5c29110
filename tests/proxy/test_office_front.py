"""The shipped nginx before a real office: TLS, the staff network, the real address, and logs that name nothing."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bench.processes import free_port
from fangbang.cli.demo.processes import Children, announced
from fangbang.core.settings import load_settings
from tests.audit.test_seals import Office
from tests.lookup.certificates import certificate
from tests.project.databases import environment_of, read_behind
from tests.proxy.front import ROOT, Front, nginx, settled, trusting

pytestmark = pytest.mark.nginx
OFFICE = "office.example.cn"
_PERMIT = (
    "from fangbang.project.boot import open_office; open_office(); "
    "from fangbang.project.bodies import permit; print(permit({path!r}))"
)
SHIPPED = ROOT / "deploy" / "nginx" / "fangbang-office.conf"


class _Named(httpx.BaseTransport):
    """Asks for the office's name, at an address of this machine."""

    def __init__(self, inner: httpx.HTTPTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["host"] = OFFICE
        request.extensions["sni_hostname"] = OFFICE
        return self._inner.handle_request(request)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """An office that stands behind a proxy; its folder and port."""
    folder = tmp_path_factory.mktemp("office")
    environment = {
        **environment_of(folder),
        "FANGBANG_LANG": "en",
        "FANGBANG_OFFICE_ORIGIN": f"https://{OFFICE}",
    }
    office = Office(environment)
    office.run("fangbang", "init")
    children = Children(folder / "logs", environment)
    try:
        told = announced(children.start("office", ["--json", "office", "serve", "--port", "0"]), 60)
        yield folder, int(told["port"])
    finally:
        children.stop()


def text(port: int, secure: int, folder: Path, tls: tuple[Path, Path], **changes: str) -> str:
    return settled(
        SHIPPED.read_text(),
        {
            "127.0.0.1:8070": f"127.0.0.1:{port}",
            "    listen [::]:443 ssl http2;\n": "",
            "listen 443 ": f"listen 127.0.0.1:{secure} ",
            "/etc/nginx/fangbang/office-chain.pem": str(tls[0]),
            "/etc/nginx/fangbang/office-key.pem": str(tls[1]),
            "/var/log/nginx": str(folder),
            **changes,
        },
    )


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"), OFFICE)


@pytest.fixture(scope="module")
def front(home: tuple[Path, int], tls: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder, secure = tmp_path_factory.mktemp("nginx"), free_port()
    with nginx(folder, text(home[1], secure, folder, tls), secure, secure) as running:
        yield running


def browser(front: Front, tls: tuple[Path, Path]) -> httpx.Client:
    transport = httpx.HTTPTransport(verify=trusting(tls[0]))
    return httpx.Client(base_url=f"https://127.0.0.1:{front.secure}", transport=_Named(transport), timeout=30)


def test_the_office_answers_over_tls_with_secure_cookies(front: Front, tls: tuple[Path, Path]) -> None:
    with browser(front, tls) as client:
        page = client.get("/sign-in")

    assert page.status_code == 200
    assert page.headers["strict-transport-security"] == "max-age=63072000"
    assert page.headers["set-cookie"].startswith("__Host-csrf=")
    assert "server" not in page.headers or page.headers["server"] == "nginx"


def test_the_office_sees_the_real_address_whatever_the_client_says(
    front: Front, home: tuple[Path, int], tls: tuple[Path, Path]
) -> None:
    with browser(front, tls) as client:
        token = client.get("/sign-in").text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        client.post(
            "/sign-in",
            data={"csrfmiddlewaretoken": token, "operator": "nobody", "password": "wrong"},
            headers={"X-Forwarded-For": "203.0.113.9", "Referer": f"https://{OFFICE}/sign-in"},
        )

    assert set(read_behind(environment_of(home[0]), "SELECT source FROM accounts_failure")) == {("net:127.0.0.1",)}


def test_a_file_in_one_go_passes_to_the_office_with_a_permit_and_nothing_else_does(
    front: Front, home: tuple[Path, int], tls: tuple[Path, Path]
) -> None:
    whole = "/sittings/social-worker-2026/whole"
    told = subprocess.run(
        [sys.executable, "-c", _PERMIT.format(path=whole)], env={**os.environ, **environment_of(home[0])}, cwd=ROOT,
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    large = b"x" * (17 << 20)
    kind = {"Content-Type": "application/octet-stream"}
    with browser(front, tls) as client:
        permitted = client.post(whole, params={"permit": told.split()[-1]}, content=large, headers=kind)
        bare = client.post(whole, content=large, headers=kind)
        elsewhere = client.post("/sign-in", content=large, headers=kind)

    assert (permitted.status_code, "office." in permitted.text) == (403, True)  # no form of ours: but it was read
    assert bare.status_code in (413, 502)  # the office hangs up at a length that it does not take
    assert (elsewhere.status_code, "nginx" in elsewhere.text) == (413, True)


@pytest.mark.parametrize("size", [(4 << 30) + (1 << 20) + 1, 17 << 20])
def test_a_form_that_cannot_be_taken_is_told_how_it_could(front: Front, tls: tuple[Path, Path], size: int) -> None:
    """Larger than the largest, and with no permit: nothing of the body is waited for."""
    lines = [
        "POST /sittings/social-worker-2026/whole HTTP/1.1", f"Host: {OFFICE}", f"Content-Length: {size}", "", "",
    ]  # fmt: skip
    answer = b""
    with (
        socket.create_connection(("127.0.0.1", front.secure), 30) as plain,
        trusting(tls[0]).wrap_socket(plain, server_hostname=OFFICE) as connection,
    ):
        connection.sendall("\r\n".join(lines).encode())
        while b"</html>" not in answer and (data := connection.recv(65536)):
            answer += data

    head, _, page = answer.decode().partition("\r\n\r\n")
    assert head.split()[1] in ("413", "502")
    assert "Content-Type: text/html; charset=utf-8" in head
    assert ("投放目录" in page, "drop folder" in page) == (True, True)


def test_a_file_whose_answer_does_not_come_may_have_been_taken(tls: tuple[Path, Path], tmp_path: Path) -> None:
    secure, form = free_port(), {"Content-Type": "application/octet-stream"}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        soon = {"proxy_read_timeout 600s;": "proxy_read_timeout 1s;"}
        short = text(silent.getsockname()[1], secure, tmp_path, tls, **soon)
        with nginx(tmp_path, short, secure, secure) as running, browser(running, tls) as client:
            answer = client.post("/sittings/social-worker-2026/whole", content=b"x" * 1000, headers=form)

    assert (answer.status_code, answer.headers["content-type"]) == (504, "text/html; charset=utf-8")
    assert ("请先看场次的页面" in answer.text, "Look at the sitting&#39;s page first" in answer.text) == (True, True)


def test_the_proxy_allows_what_the_office_does(front: Front) -> None:
    """Bytes of the largest upload and of the form around it, in the shipped file's own unit."""
    most = int(load_settings({}).values["INTAKE_UPLOAD"]) + (1 << 20)

    assert f"client_max_body_size {most >> 20}m;" in SHIPPED.read_text()


def test_the_log_names_pages_and_no_address(front: Front, tls: tuple[Path, Path]) -> None:
    with browser(front, tls) as client:
        client.get("/releases/rel-secret")
        client.get("/audit", params={"text": "somebody"})

    told = "".join(path.read_text() for path in front.folder.glob("fangbang-office*.log"))
    assert ("rel-secret" in told, "somebody" in told) == (False, False)
    assert '"page":"releases"' in told


def test_another_network_is_turned_away(home: tuple[Path, int], tls: tuple[Path, Path], tmp_path: Path) -> None:
    secure = free_port()
    closed = text(home[1], secure, tmp_path, tls, **{"    allow 127.0.0.1;\n": ""})
    with nginx(tmp_path, closed, secure, secure) as running, browser(running, tls) as client:
        assert client.get("/sign-in").status_code == 403
