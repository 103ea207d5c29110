"""The shipped nginx configuration: taken by nginx, TLS, what reaches the node, what comes back, what is logged."""

import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from bench.peers.nginx import program
from bench.processes import free_port
from fangbang.exams.catalogue import load_catalogue
from tests.lookup.scene import NAME as DOCUMENT_NAME
from tests.lookup.scene import SITTING, TICKET, ask, coded, people, wait
from tests.proxy.conftest import Secured, Site
from tests.proxy.front import NAME, settled, shipped, shipped_text, write_main

pytestmark = [pytest.mark.nginx, pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")]
HSTS = "max-age=63072000; includeSubDomains"
OLD = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
NEW = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
WEAK = ("AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA", "NULL", "aNULL")
"""Without forward secrecy, without authenticated encryption, or without anything."""


def checked(path: Path) -> tuple[int, str]:
    """What `nginx -t` says of a configuration."""
    said = subprocess.run([program(), "-t", "-p", path.parent, "-c", path], capture_output=True, text=True, check=False)
    return said.returncode, said.stderr


def speaks(port: int, version: ssl.TLSVersion, ciphers: str = "ALL:@SECLEVEL=0") -> bool:
    """Whether a server takes a connection of exactly this version and one of these ciphers, from a lax client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(ciphers)
    context.minimum_version = context.maximum_version = version
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=NAME),
        ):
            return True
    except (ssl.SSLError, ConnectionError):
        return False


# ---- the file itself ----


def test_nginx_takes_it(tmp_path: Path, tls: tuple[Path, Path]) -> None:
    good = write_main(tmp_path, shipped_text(tmp_path, 1, tls, free_port(), free_port()))

    code, said = checked(good)

    assert (code, "warn" in said) == (0, False), said


def test_nginx_does_not_take_everything(tmp_path: Path, tls: tuple[Path, Path]) -> None:
    text = settled(shipped_text(tmp_path, 1, tls, free_port(), free_port()), {"proxy_cache off": "proxy_cash off"})

    assert checked(write_main(tmp_path, text))[0] == 1


# ---- TLS ----


@pytest.mark.parametrize("version", OLD, ids=lambda version: version.name)
def test_old_tls_is_refused(secured: Secured, version: ssl.TLSVersion) -> None:
    assert not speaks(secured.front.secure, version)


@pytest.mark.parametrize("version", NEW, ids=lambda version: version.name)
def test_new_tls_is_spoken(secured: Secured, version: ssl.TLSVersion) -> None:
    assert speaks(secured.front.secure, version)


@pytest.mark.parametrize("ciphers", WEAK)
def test_weak_ciphers_are_refused(secured: Secured, ciphers: str) -> None:
    assert not speaks(secured.front.secure, ssl.TLSVersion.TLSv1_2, f"{ciphers}:@SECLEVEL=0")


def test_the_scan_sees_old_tls_and_weak_ciphers(tmp_path: Path, site: Site, tls: tuple[Path, Path]) -> None:
    lax = {"TLSv1.2 TLSv1.3": "TLSv1 TLSv1.1 TLSv1.2", "ssl_ciphers ": "ssl_ciphers ALL:@SECLEVEL=0:"}

    with shipped(tmp_path, site.port, tls, **lax) as front:
        assert [speaks(front.secure, version) for version in OLD] == [True, True]
        assert speaks(front.secure, ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")


def test_another_name_gets_no_certificate(secured: Secured) -> None:
    context = ssl.create_default_context()
    with (
        socket.create_connection(("127.0.0.1", secured.front.secure), timeout=5) as plain,
        pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"),
    ):
        context.wrap_socket(plain, server_hostname="other.example.cn")


def test_plain_http_leads_to_https_and_repeats_nothing(secured: Secured) -> None:
    answer = httpx.get(f"http://127.0.0.1:{secured.front.port}/score/{SITTING}?ticket=202601000001")

    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{NAME}/")


# ---- what reaches the node, and what comes back ----


def test_a_candidate_is_answered_through_it(secured: Secured) -> None:
    person = people()[0]

    with secured.client() as client:
        answer = ask(client, TICKET, person.ticket, person.document)
        by_name = ask(client, DOCUMENT_NAME, person.document, person.name)

    assert (answer.json()["record"]["name"], by_name.json()) == (person.name, answer.json())
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["strict-transport-security"] == HSTS


def test_nothing_tells_a_version(secured: Secured) -> None:
    with secured.client() as client:
        answers = [client.get(path) for path in ("/", "/nothing", "/%00", "/a b", "/" + "a" * 9000)]
        answers.append(client.post("/", content=b"a" * 5000))

    assert {answer.headers["server"] for answer in answers} == {"nginx"}
    assert [answer.status_code for answer in answers if "nginx/" in answer.text] == []


@pytest.mark.parametrize(
    ("ask_for", "status"),
    [
        (lambda client: client.post(f"/score/{SITTING}", content=b"a" * 4097), 413),
        (lambda client: client.get("/" + "a" * 4000), 414),
        (lambda client: client.get("/", headers={"x": "a" * 4000}), 400),
        (lambda client: client.get("/", headers={f"x{n}": "a" * 1500 for n in range(20)}), 400),
    ],
    ids=["body", "address", "field", "head"],
)
def test_sizes_are_limited(secured: Secured, ask_for: Callable[[httpx.Client], httpx.Response], status: int) -> None:
    with secured.client() as client:
        assert ask_for(client).status_code == status


def test_the_nodes_believe_this_hop_only(tmp_path: Path, tls: tuple[Path, Path]) -> None:
    lies = {"x-forwarded-for": "203.0.113.9", "forwarded": "for=203.0.113.9", "upgrade": "h2c", "te": "trailers"}

    with (
        socket.create_server(("127.0.0.1", 0)) as node,
        shipped(tmp_path, node.getsockname()[1], tls) as front,
        Secured(front, tls[0]).client() as client,
    ):
        head = heard(node, lambda: client.get("/", headers=lies))

    assert "\r\nX-Forwarded-For: 127.0.0.1\r\n" in head
    assert [line for line in head.split("\r\n") if "203.0.113.9" in line or "h2c" in line or "trailers" in line] == []


def heard(node: socket.socket, call: Callable[[], object]) -> str:
    """The head of the request that reaches a node."""
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(call)
        connection, _ = node.accept()
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        asked.result()
    return head.decode("latin-1")


def test_without_a_node_there_is_a_page_that_comes_back_by_itself(tmp_path: Path, tls: tuple[Path, Path]) -> None:
    with shipped(tmp_path, free_port(), tls) as front, Secured(front, tls[0]).client() as client:
        answer = client.post(f"/score/{SITTING}", headers={"Fangbang-Query": "a.b.c"})

    assert (answer.status_code, answer.headers["retry-after"], answer.headers["refresh"]) == (503, "10", "10")
    assert "系统正在恢复" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["strict-transport-security"] == HSTS
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


# ---- logs ----


def typed_everywhere(client: httpx.Client, ticket: str, document: str) -> None:
    """Put what nobody should into every place of a request that a log could quote."""
    query = {"Fangbang-Query": f"a.b.{coded(TICKET, ticket, document)}"}
    referer = {"referer": f"https://x.example/?id={document}", "user-agent": document, "cookie": f"t={ticket}"}
    client.get(f"/score/{SITTING}", params={"ticket": ticket, "document": document}, headers=referer)
    client.get(f"/score/{document}")
    client.get(f"/{ticket}.css")
    client.post(f"/score/{SITTING}", headers=query)
    client.post(f"/score/{SITTING}", data={"kind": TICKET.value, "ticket": ticket, "document": document})
    client.post(f"/score/{SITTING}?d={document}", content=document * 400)
    client.request(document[:6] + "X", "/")


def written(folder: Path) -> str:
    return "".join(path.read_text(errors="replace") for path in sorted(folder.glob("*.log")))


def traces(text: str, ticket: str, document: str) -> list[str]:
    """Which of what was typed stands in a text, also as it travels."""
    marks = [ticket, document, document[6:14], coded(TICKET, ticket, document)]
    return [mark for mark in marks if mark in text]


def test_the_logs_hold_nothing_that_was_typed(tmp_path: Path, site: Site, tls: tuple[Path, Path]) -> None:
    person = people()[1]

    with shipped(tmp_path, site.port, tls) as front, Secured(front, tls[0]).client() as client:
        typed_everywhere(client, person.ticket, person.document)
        wait(lambda: written(tmp_path).count('"page"') >= 7, "seven lines")
    log = written(tmp_path)

    assert traces(log, person.ticket, person.document) == []
    assert f'"method":"POST","page":"score/{SITTING}",' in log
    assert '"page":"other"' in log


def test_the_log_says_which_page_of_any_shipped_exam_it_was(tmp_path: Path, tls: tuple[Path, Path]) -> None:
    paths = [*(f"/score/{exam.id}-2026" for exam in load_catalogue().exams()), "/status", "/score/202601000001-2026"]

    with shipped(tmp_path, free_port(), tls) as front, Secured(front, tls[0]).client() as client:
        for path in paths:
            client.get(path)
        wait(lambda: written(tmp_path).count('"page"') >= len(paths), "a line each")

    logged = re.findall(r'"page":"([^"]*)"', written(tmp_path))
    assert logged == [*(path.removeprefix("/") for path in paths[:-1]), "other"]


def test_the_logs_hold_nothing_when_there_is_no_node(tmp_path: Path, tls: tuple[Path, Path]) -> None:
    person = people()[1]

    with shipped(tmp_path, free_port(), tls) as front, Secured(front, tls[0]).client() as client:
        typed_everywhere(client, person.ticket, person.document)
        wait(lambda: written(tmp_path).count('"page"') >= 7, "seven lines")

    assert traces(written(tmp_path), person.ticket, person.document) == []


def test_the_scan_sees_what_an_ordinary_log_holds(tmp_path: Path, site: Site, tls: tuple[Path, Path]) -> None:
    person = people()[1]
    usual = {"fangbang-access.log fangbang;": "fangbang-access.log combined;", "error.log crit": "error.log error"}

    with shipped(tmp_path, free_port(), tls, **usual) as front, Secured(front, tls[0]).client() as client:
        typed_everywhere(client, person.ticket, person.document)
        wait(lambda: len(written(tmp_path).splitlines()) >= 7, "seven lines")
    found = traces(written(tmp_path), person.ticket, person.document)

    assert found[:2] == [person.ticket, person.document]


def test_a_query_field_written_to_a_log_is_seen(tmp_path: Path, site: Site, tls: tuple[Path, Path]) -> None:
    person = people()[1]
    careless = {'"tls":"$ssl_protocol"': '"tls":"$ssl_protocol","query":"$http_fangbang_query"'}

    with shipped(tmp_path, site.port, tls, **careless) as front, Secured(front, tls[0]).client() as client:
        typed_everywhere(client, person.ticket, person.document)
        wait(lambda: written(tmp_path).count('"page"') >= 7, "seven lines")

    assert traces(written(tmp_path), person.ticket, person.document) == [coded(TICKET, person.ticket, person.document)]


def test_http_2_is_answered_too(secured: Secured) -> None:
    if (curl := shutil.which("curl")) is None:
        pytest.skip("curl is not installed")
    person = people()[0]
    address = f"https://{NAME}:{secured.front.secure}/score/{SITTING}"
    command = [curl, "--silent", "--http2", "--cacert", str(secured.certificate), "--write-out", "%{http_version}",
               "--resolve", f"{NAME}:{secured.front.secure}:127.0.0.1", "--request", "POST", address,
               "--header", f"Fangbang-Query: a.b.{coded(TICKET, person.ticket, person.document)}"]  # fmt: skip

    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert (said.endswith("2"), '"state":"challenge"' in said) == (True, True)
