"""What every answer carries: all routes, all methods, before T, after T and under overload; and other sites' posts."""

import asyncio
import ssl
from datetime import timedelta
from itertools import product
from pathlib import Path

import httpx
import pytest

from fangbang.core.clock import ManualClock
from fangbang.lookup.door.connection import Door
from fangbang.lookup.door.sockets import tls_context, worker_socket
from fangbang.lookup.door.wire import HSTS, Request
from fangbang.lookup.replies import ANSWER, PERSONAL
from fangbang.lookup.requests import is_foreign
from fangbang.lookup.worker import Worker
from fangbang.pages.assets import assets
from tests.lookup.certificates import certificate
from tests.lookup.scene import SITTING, Scene, coded, people
from tests.lookup.test_door import Echo, said
from tests.lookup.test_node import PAGES
from tests.lookup.test_worker import Reply, clock, follow, scene, send, worker  # noqa: F401 — fixtures

FORM = {"content-type": "application/x-www-form-urlencoded"}
ROUTES = (
    *PAGES, f"/score/{SITTING}?by=document-name", "/help/ticket", f"/help/ticket/{SITTING}", "/score/none", "/board",
    f"/words/{SITTING}.zh.json", "/challenge", "/challenge/image/AAAA.png", "/healthz", f"/score/{SITTING}/x.css",
    "/metrics", "/.git/config", "/docs", "/openapi.json", "/redoc", "/debug", "/server-status", "/static/",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
REQUIRED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
TELLING = (
    "server",
    "x-powered-by",
    "via",
    "x-aspnet-version",
    "x-runtime",
    "x-debug-token",
    "access-control-allow-origin",
)


def faults(headers: dict[str, str]) -> list[str]:
    """What is missing, weak or telling in the fields of an answer."""
    found = [name for name, value in REQUIRED.items() if headers.get(name) != value]
    policy = dict(part.strip().partition(" ")[::2] for part in headers.get("content-security-policy", "").split(";"))
    if policy.get("default-src") not in ("'none'", "'self'") or policy.get("frame-ancestors") != "'none'":
        found.append("content-security-policy")
    if any(word in value for value in policy.values() for word in ("unsafe", "data:", "http", "*")):
        found.append("weak content-security-policy")
    if "cache-control" not in headers or "content-type" not in headers:
        found.append("cache-control, content-type")
    return found + [name for name in TELLING if name in headers]


def every_answer(of: Worker) -> list[tuple[str, Reply]]:
    """(what was asked, the answer) for every route and method, with a query in a field and as a form too."""
    person = people()[0]
    query = f"a.b.{coded('ticket-document', person.ticket, person.document)}"
    form = f"kind=ticket-document&ticket={person.ticket}&document={person.document}".encode()
    found = []
    for path, method in product((*ROUTES, *(asset.url for asset in assets().values())), METHODS):
        place, _, query_string = path.partition("?")
        for fields, body in (({}, b""), ({"fangbang-query": query}, b""), (FORM, form)):
            status, headers, answered = of.answer(Request(method, place, query_string, fields, body, "192.0.2.1"))
            found.append((f"{method} {path}", Reply(status, dict(headers), answered)))
    return found


@pytest.fixture(params=["waiting", "open", "shedding", "boardless"])
def state(request: pytest.FixtureRequest, worker: Worker, scene: Scene, clock: ManualClock) -> Worker:  # noqa: F811
    """A worker in each of its states."""
    if request.param != "boardless":
        opened = request.param == "open"
        clock.advance(timedelta(hours=1 if opened else 0))
        scene.post("published" if opened else "scheduled", issued=clock.now())
        follow(worker)
    worker.shedding = request.param == "shedding"
    return worker


@pytest.fixture
def opened(worker: Worker, scene: Scene, clock: ManualClock) -> Worker:  # noqa: F811
    clock.advance(timedelta(hours=1))
    scene.post("published", issued=clock.now())
    follow(worker)
    return worker


def test_every_route_and_method_carries_the_protecting_fields(state: Worker) -> None:
    answers = every_answer(state)

    assert len(answers) > 500
    assert {reply.status for _, reply in answers} <= {200, 400, 403, 404, 405, 503}
    assert [(asked, faults(reply.headers)) for asked, reply in answers if faults(reply.headers)] == []


def test_what_is_not_for_everybody_is_stored_nowhere(opened: Worker) -> None:
    stored = [
        asked for asked, reply in every_answer(opened)
        if (asked.startswith("POST ") or ("/challenge" in asked and "image" not in asked))
        and (reply.headers["cache-control"], reply.headers.get("vary")) != ("no-store", "*")
    ]  # fmt: skip

    assert stored == []


def test_nothing_but_pages_is_served(state: Worker) -> None:
    there = {asked for asked, reply in every_answer(state) if reply.status == 200}
    hidden = ("/metrics", "/.git", "/docs", "/openapi", "/redoc", "/debug", "/server-status", "/x.css")

    assert [asked for asked in there if any(word in asked for word in hidden) or asked.endswith("/static/")] == []


@pytest.mark.parametrize("name", [*REQUIRED, "content-security-policy", "cache-control"])
@pytest.mark.parametrize("headers", [ANSWER, PERSONAL], ids=["json", "page"])
def test_a_missing_field_is_seen(headers: list[tuple[str, str]], name: str) -> None:
    assert faults(dict(headers)) == []
    assert faults({key: value for key, value in headers if key != name}) != []


@pytest.mark.parametrize(
    "weaker",
    [
        ("content-security-policy", "default-src 'self' 'unsafe-inline'; frame-ancestors 'none'"),
        ("content-security-policy", "default-src 'self'; frame-ancestors 'none'; script-src https:"),
        ("content-security-policy", "default-src 'self'; frame-ancestors 'self'"),
        ("server", "fangbang/1.0"),
        ("access-control-allow-origin", "*"),
    ],
)
def test_a_weaker_field_is_seen(weaker: tuple[str, str]) -> None:
    assert faults(dict([*PERSONAL, weaker])) != []


# ---- other sites' posts ----


def posted(of: Worker, **fields: str) -> Reply:
    person = people()[0]
    body = f"kind=ticket-document&ticket={person.ticket}&document={person.document}".encode()
    headers = {**FORM, "host": "score.example.cn", **{name.replace("_", "-"): value for name, value in fields.items()}}
    status, answered, said_ = of.answer(Request("POST", f"/score/{SITTING}", "", headers, body, "192.0.2.1"))
    return Reply(status, dict(answered), said_)


@pytest.mark.parametrize(
    "fields",
    [
        {"sec_fetch_site": "cross-site", "origin": "https://evil.example"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site", "origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "https://score.example.cn.evil.example"},
        {"origin": "https://["},
    ],
)
def test_a_form_that_another_site_posts_is_not_read(opened: Worker, fields: dict[str, str]) -> None:
    answer = posted(opened, **fields)

    assert (answer.status, people()[0].ticket.encode() in answer.body) == (403, False)
    assert answer.headers["cache-control"] == "no-store"
    assert b"<form" in answer.body


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"sec_fetch_site": "same-origin", "origin": "null"},
        {"sec_fetch_site": "none"},
        {"origin": "https://score.example.cn"},
        {"origin": "http://score.example.cn:8080"},
        {"origin": "null"},
    ],
)
def test_our_own_form_is_read(opened: Worker, fields: dict[str, str]) -> None:
    answer = posted(opened, **fields)

    assert (answer.status, people()[0].ticket.encode() in answer.body) == (200, True)


def test_the_check_can_fail() -> None:
    request = Request("POST", "/", "", {"sec-fetch-site": "cross-site"}, b"", "")

    assert (is_foreign(request), is_foreign(request._replace(headers={}))) == (True, False)


def test_another_sites_script_is_not_allowed_to_send_the_query(opened: Worker) -> None:
    asks = {"origin": "https://evil.example", "access-control-request-headers": "fangbang-query"}

    answer = send(opened, f"/score/{SITTING}", "OPTIONS", **asks)

    assert (answer.status, [name for name in answer.headers if name.startswith("access-control")]) == (405, [])


# ---- the door's own ----


def test_what_the_door_says_itself(tmp_path: Path) -> None:
    files = certificate(tmp_path)

    async def whole() -> tuple[bytes, httpx.Response, httpx.Response]:
        plain, secure = Door(Echo()), Door(Echo(), always=(HSTS,))
        socks = worker_socket("127.0.0.1", 0), worker_socket("127.0.0.1", 0)
        await plain.listen(socks[0])
        await secure.listen(socks[1], tls_context(*files))
        refused = await said(socks[0].getsockname()[1], b"nonsense\r\n\r\n")
        async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=str(files[0]))) as client:
            address = f"https://127.0.0.1:{socks[1].getsockname()[1]}/"  # a bare Debian knows no localhost
            found = await client.get(address, extensions={"sni_hostname": "localhost"})
            bare = await client.get(f"http://127.0.0.1:{socks[0].getsockname()[1]}/")
        for door in (plain, secure):
            await door.close(0.2)
        return refused, found, bare

    refused, found, bare = asyncio.run(whole())

    assert b"\r\ncontent-security-policy: default-src 'none'; frame-ancestors 'none'\r\n" in refused
    assert b"\r\nx-content-type-options: nosniff\r\n" in refused
    assert b"strict-transport-security" not in refused
    assert found.headers["strict-transport-security"] == HSTS[1]
    assert "x-way" in found.headers
    assert (found.headers["set-cookie"], bare.headers["set-cookie"]) == ("a=1; HttpOnly; Secure", "a=1; HttpOnly")
