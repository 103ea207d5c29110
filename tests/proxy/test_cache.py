"""A proxy that caches stands in front, as meant or by mistake: no answer of one person ever reaches another.

Two people ask at the same address, spelled in every way that has fooled caches before; then somebody who knows nothing
asks for what is kept there. What they get must hold nothing of anybody else.
"""

import http.client
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from bench.processes import free_port
from fangbang.lookup.challenge import solve
from tests.lookup.scene import SITTING, TICKET, Person, coded, people
from tests.proxy.conftest import Site
from tests.proxy.front import Front, nginx, over_plain_http

pytestmark = pytest.mark.nginx
PLACE = f"/score/{SITTING}"
BEHIND = """
  / /x.css /x.js /x.png /x.ico .css .js .json ;.js ;.css ;x=y.css %3b.js %2fx.css %2Fx.css %5cx.css %00.css %0a.css
  %0d%0a.js %09.css %20.css %23.css %3f.css %3fx=.css ?x.css ?lang=en ?lang=zh&x=.js ?by=ticket-document ?size=large ?
  ?? &x.css /.. /../x /. . .. ~ !.css @x.css /static/style.css %e2%80%8b.css
"""
TRICKS = [
    PLACE, *(PLACE + end for end in BEHIND.split()), f"/{PLACE}", f"//score//{SITTING}", f"/./score/./{SITTING}",
    f"/score/../score/{SITTING}", f"/static/../score/{SITTING}", f"/static/..%2fscore/{SITTING}", f"/score%2f{SITTING}",
    f"/static/%2e%2e/score/{SITTING}", f"/SCORE/{SITTING}", f"/score/{SITTING.upper()}", f"/%73core/{SITTING}",
    "/score/%73ocial-worker-2026", f"/examfront{PLACE}", f"/words/{SITTING}.zh.json", "/challenge",
]  # fmt: skip
FIELDS: list[dict[str, str]] = [
    {"Accept": "application/json"},
    {"Accept": "text/html", "Accept-Encoding": "gzip"},
    {"Cache-Control": "max-age=3600", "If-None-Match": "*"},
    {"X-HTTP-Method-Override": "GET", "X-Original-URL": "/static/style.css", "X-Rewrite-URL": "/static/style.css"},
    {"X-Forwarded-Host": "cache.example", "X-Forwarded-For": "203.0.113.7", "Cookie": "lang=en; size=large"},
    {"Range": "bytes=0-2000", "Accept": "application/json", "Connection": "close"},
]

_ZONE = "proxy_cache_path {folder}/cache keys_zone=x:1m;\n"
_CACHING = """
server {{
  listen 127.0.0.1:{port};
  location / {{
    proxy_pass http://127.0.0.1:{node};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_cache x;
    proxy_cache_valid any 10m;
    {more}
    add_header X-Cache $upstream_cache_status always;
  }}
}}
"""
_DEAF = "proxy_ignore_headers Cache-Control Expires Set-Cookie X-Accel-Expires"
AS_MEANT = "proxy_cache_methods GET HEAD POST;"
DEAF = f"{AS_MEANT} {_DEAF};"
DEAFEST = f"proxy_cache_methods GET HEAD; {_DEAF} Vary;"
DEAFEST_WITH_POST = f"proxy_cache_methods GET HEAD POST; {_DEAF} Vary;"


class Asked(NamedTuple):
    """An answer, and what the cache says of it."""

    status: int
    body: str
    cache: str


@contextmanager
def caching(folder: Path, node: int, more: str) -> Iterator[Front]:
    """An nginx that somebody set up with a cache."""
    port = free_port()
    text = _ZONE.format(folder=folder) + _CACHING.format(port=port, node=node, more=more)
    with nginx(folder, text, port) as front:
        yield front


class Visitor:
    """Sends an address as it is spelled, over one connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> Asked:
        self._link.request(method, path, body, headers)
        answer = self._link.getresponse()
        return Asked(answer.status, answer.read().decode("utf-8", "replace"), answer.headers.get("X-Cache", ""))


def marks(person: Person) -> list[str]:
    """What in an answer can only be this person's."""
    return [person.ticket, person.document, person.name]


def query_of(person: Person, port: int) -> str:
    """A query with its work done; a replay gets the same answer."""
    salt = Visitor(port).ask("GET", "/challenge", {}).body.partition('"salt":"')[2].partition('"')[0]
    text = coded(TICKET, person.ticket, person.document)
    return f"{salt}.{solve(SITTING, salt, text, 4)}.{text}"


def crossings(port: int, queries: dict[Person, str]) -> tuple[list[str], int, int]:
    """(answers that hold somebody else's marks, answers that hold the asker's own, answers from the cache)."""
    visitor, crossed, own, hits = Visitor(port), [], 0, 0
    for trick, fields in product(TRICKS, FIELDS):
        for way in ("query", "form", "bare"):
            for person in [*queries, None]:
                if person is None:
                    answer = visitor.ask("GET", trick, fields)
                else:
                    answer = _asked(visitor, way, trick, fields, person, queries[person])
                others = [mark for other in queries if other is not person for mark in marks(other)]
                crossed += [f"{way} {trick} {fields}"] if any(mark in answer.body for mark in others) else []
                own += person is not None and any(mark in answer.body for mark in marks(person))
                hits += answer.cache == "HIT"
    return crossed, own, hits


def _asked(visitor: Visitor, way: str, trick: str, fields: dict[str, str], person: Person, query: str) -> Asked:
    if way == "form":
        form = urlencode({"kind": TICKET.value, "ticket": person.ticket, "document": person.document}).encode()
        return visitor.ask("POST", trick, {**fields, "Content-Type": "application/x-www-form-urlencoded"}, form)
    return visitor.ask("POST" if way == "query" else "GET", trick, {**fields, "Fangbang-Query": query})


@pytest.fixture(scope="module")
def queries(site: Site) -> dict[Person, str]:
    return {person: query_of(person, site.port) for person in people()[:2]}


@pytest.mark.parametrize("more", [AS_MEANT, DEAF, DEAFEST], ids=["as-meant", "deaf", "deafest"])
def test_no_answer_reaches_another_person(tmp_path: Path, site: Site, queries: dict[Person, str], more: str) -> None:
    with caching(tmp_path, site.port, more) as front:
        crossed, own, hits = crossings(front.port, queries)

    assert crossed == []
    assert own > 50, "people get their own answers through this proxy"
    assert hits > 100 or more == AS_MEANT, "the cache is at work"


def test_a_mistake_around_the_shipped_configuration_changes_nothing(
    tmp_path: Path, site: Site, queries: dict[Person, str]
) -> None:
    mistake = _ZONE.format(folder=tmp_path) + f"proxy_cache x; proxy_cache_valid any 10m; {DEAFEST_WITH_POST}\n"

    with over_plain_http(tmp_path, site.port, mistake) as front:
        crossed, own, _ = crossings(front.secure, queries)

    assert (crossed, own > 100) == ([], True)


class _Careless(http.server.BaseHTTPRequestHandler):
    """Answers a query with what was asked, and lets everybody keep it."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        typed = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode() + str(self.headers)
        asked = (
            each for each in people() if each.ticket in typed or coded(TICKET, each.ticket, each.document) in typed
        )
        body = str([mark for person in asked for mark in marks(person)]).encode()
        self.send_response(200)
        self.send_header("Cache-Control", "public, max-age=60")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_a_personal_answer_that_may_be_kept_is_caught(tmp_path: Path, queries: dict[Person, str]) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Careless) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with caching(tmp_path, server.server_port, AS_MEANT) as front:
            crossed, _, hits = crossings(front.port, queries)
        server.shutdown()

    assert (len(crossed) > 100, hits > 100) == (True, True)


def test_a_proxy_that_keeps_posts_and_hears_nothing_is_caught(
    tmp_path: Path, site: Site, queries: dict[Person, str]
) -> None:
    with caching(tmp_path, site.port, DEAFEST_WITH_POST) as front:
        crossed, _, _ = crossings(front.port, queries)

    assert len(crossed) > 100
