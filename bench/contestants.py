"""Who runs in `bench lookup`: how each is started, what it is asked, and how its answers are judged."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

from bench import cohort
from bench.load.client import Judge
from bench.load.plan import Plan
from bench.peers.query import PUBLISHED_AT, TOKEN_SECONDS, new_token
from bench.processes import end, free_port, start, wait_for_port

SERVER_CORE, CLIENT_CORE = 0, 1
GRANIAN = Path(sys.executable).with_name("granian")


@dataclass(frozen=True)
class Contestant:
    """A server that is up, and what to ask of it."""

    name: str
    roots: tuple[int, ...]
    """Processes whose CPU time, with that of their descendants, counts."""
    plan: Callable[[], Plan]
    """Fresh requests for one run (single-use challenges are minted here, before the clock starts)."""
    judge: Judge
    """Whether a body is the whole right answer to request i of the plan."""
    reset: Callable[[], object] = lambda: None
    """Put the server back to where the first run began."""


def post(path: str, kind: str, body: bytes) -> bytes:
    """A keep-alive POST with a body."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def peer_answer(person: cohort.Candidate) -> dict[str, object]:
    """What the database peers must say about a candidate."""
    subjects = [
        {
            "subject": item.id,
            "ticket": person.ticket,
            "mark": Decimal(item.mark),
            "code": None,
            "line": Decimal(60),
            "status": item.status,
        }
        for item in person.subjects
    ]
    record = {
        "name": person.name,
        "document": person.masked,
        "ticket": person.ticket,
        "province": person.province,
        "city": "",
        "level": cohort.LEVEL,
        "category": "full",
        "specialty": "",
        "outcome": person.outcome,
        "subjects": subjects,
        "statements": person.statements,
        "version": 1,
        "reason": "",
    }
    return {"state": "found", "sitting": cohort.SITTING, "published_at": PUBLISHED_AT, "record": record}


def peer_judge(people: Sequence[cohort.Candidate]) -> Judge:
    """Compare a peer's body with the cohort; marks as exact decimals, however many zeros they end with."""

    def judge(asked: int, body: bytes) -> bool:
        said = json.loads(body)
        for line in said["record"]["subjects"]:
            line["mark"], line["line"] = Decimal(line["mark"]), Decimal(line["line"])
        return bool(said == peer_answer(people[asked]))

    return judge


def fastapi_plan(port: int, people: Sequence[cohort.Candidate]) -> Plan:
    """JSON bodies, each with a token of its own."""
    expires = int(time.time()) + TOKEN_SECONDS
    requests = []
    for person in people:
        body = {"ticket": person.ticket, "document": person.document, "token": new_token(expires)}
        requests.append(post(f"/score/{cohort.SITTING}", "application/json", json.dumps(body).encode()))
    return Plan(port, requests, [person.ticket.encode() for person in people], repeat=False)


def django_plan(port: int, people: Sequence[cohort.Candidate]) -> Plan:
    """Form bodies, each with a token of its own."""
    expires = int(time.time()) + TOKEN_SECONDS
    requests = []
    for person in people:
        body = urlencode({"ticket": person.ticket, "document": person.document, "token": new_token(expires)})
        requests.append(post(f"/score/{cohort.SITTING}", "application/x-www-form-urlencoded", body.encode()))
    return Plan(port, requests, [person.ticket.encode() for person in people], repeat=False)


@contextmanager
def granian(
    options: Sequence[str], folder: Path, name: str, core: int | None, environ: dict[str, str]
) -> Iterator[tuple[int, int]]:
    """A Granian with one worker. Yields (process id, port)."""
    port, log = free_port(), folder / f"{name}.log"
    place = {"PYTHONPATH": str(Path(__file__).parent.parent), **environ}
    command = [str(GRANIAN), "--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--no-ws", *options]
    process = start(command, core=core, log=log, environ=place)
    try:
        wait_for_port(port, process, log)
        yield process.pid, port
    finally:
        end(process)


FASTAPI = ("--interface", "asgi", "--loop", "uvloop", "bench.peers.fastapi_app:app")
DJANGO = ("--interface", "wsgi", "--blocking-threads", "1", "bench.peers.django_app.wsgi:application")
