"""Our lookup in `bench lookup`: real nodes, one of them with TLS, over a sealed snapshot of the bench's cohort."""

import json
import re
import secrets
import socket
import ssl
import sys
import time
import urllib.error
import urllib.request
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from bench import cohort
from bench.contestants import SERVER_CORE, Contestant
from bench.keeper import BenchKeeper, letter_for, posting
from bench.load.client import Judge
from bench.load.plan import Plan
from bench.processes import end, free_port, start, wait_for_port
from bench.snapshot import CohortSource, seal_cohort
from bench.tls import Certificate, Handshaker
from fangbang.lookup.challenge import SALT_CHARACTERS, solve

PATH = f"/score/{cohort.SITTING}"
BITS = 8
"""Price of the bench's challenges: checking costs the node the same at any price, solving 40,000 at 16 an hour."""
SALT_SECONDS = 300
"""Requests are prepared anew when their salts are older than this (a node's salts live ten minutes)."""
PIPELINE = 64
SECURE_ASKED = 2000
"""Different candidates asked for over TLS, where the handshake dwarfs the query."""
ASK = b"GET /challenge HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
OPTIONS = {
    "--workers": "1",
    "--metrics-port": "0",
    "--images": "24",
    "--challenge-bits": str(BITS),
    # Every limit is counted as on a real day; the one address that a bench comes from must not meet its end.
    "--persons": "1000000000",
}
BEHIND = {**OPTIONS, "--trusted-proxy": "127.0.0.1/32"}
SETTINGS = {
    "command": "fangbang lookup serve " + " ".join(f"{name} {value}" for name, value in OPTIONS.items()),
    "challenge": "distinct solved proofs of work, each checked in full, as all limits and the access record",
}

# The bench's own self-signed certificate on the loopback: who answers is known.
_UNVERIFIED = ssl.create_default_context()
_UNVERIFIED.check_hostname = False
_UNVERIFIED.verify_mode = ssl.CERT_NONE


class Ours(NamedTuple):
    """Our contestants: the query alone, challenge and query in turn, the query as a proxy hands it on with each
    candidate's address, the query over TLS; and a typical body."""

    query: Contestant
    exchange: Contestant
    handed: Contestant
    secure: Handshaker
    body: bytes


@contextmanager
def ours(
    folder: Path, people: Sequence[cohort.Candidate], asked: Sequence[cohort.Candidate], tls: Certificate
) -> Iterator[Ours]:
    """Seal, start a keeper and three nodes, wait until they answer."""
    with ExitStack() as stack:
        stack.enter_context(published(folder, people))
        pid, port = stack.enter_context(node(folder, "plain"))
        secure_pid, secure_port = stack.enter_context(node(folder, "secure", tls))
        behind, behind_port = stack.enter_context(node(folder, "behind", more=BEHIND))
        requests, handed = Requests(port, asked), Requests(behind_port, asked, handed_on)
        body = wait_until_open(port, lambda: request_for(asked[0], fetch_salts(port, 1)[0]))
        published_at = json.loads(body)["published_at"]
        judge = judge_of(asked, published_at)
        few = asked[:SECURE_ASKED]
        salts = fetch_salts(secure_port, len(few), secure=True)
        wait_until_open(secure_port, lambda: request_for(few[0], salts[0]), "https")
        made = [request_for(person, salt) for person, salt in zip(few, salts, strict=True)]
        wait_until_open(behind_port, lambda: request_for(asked[0], fetch_salts(behind_port, 1)[0]))
        yield Ours(
            Contestant("ours", (pid,), requests.plan, judge),
            Contestant("exchange", (pid,), requests.exchange, exchange_judge(judge)),
            Contestant("handed", (behind,), handed.plan, judge),
            Handshaker("ours_tls", (secure_pid,), secure_port, made, '{"state":"found"'),
            body,
        )


@contextmanager
def published(folder: Path, people: Sequence[cohort.Candidate]) -> Iterator[None]:
    """Seal, and keep a keeper that posts the key to whatever node registers."""
    public = folder / "public"
    (public / "snapshots").mkdir(parents=True)
    release_key, pepper, snapshot_id = secrets.token_bytes(32), secrets.token_bytes(32), secrets.token_bytes(16)
    sealed = seal_cohort(public / "snapshots", CohortSource(len(people), pepper), release_key, snapshot_id)
    digest = header_digest(sealed.folder)
    letter = letter_for(snapshot_id, release_key, pepper, people)
    keeper = BenchKeeper(public, letter, digest, sealed.header.exam)
    (folder / "anchor.json").write_bytes(keeper.anchor)
    with posting(keeper, folder / "keeper.sock"):
        yield


def header_digest(folder: Path) -> str:
    """What the board pins."""
    from fangbang.snapshot.reader import Snapshot

    snapshot = Snapshot.open(folder, verify=True)
    snapshot.close()
    return snapshot.header_sha256


@contextmanager
def node(
    folder: Path,
    name: str,
    tls: Certificate | None = None,
    workers: int = 1,
    core: int | None = SERVER_CORE,
    more: Mapping[str, str] | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[tuple[int, int]]:
    """A lookup node, with one worker on the server's core unless told otherwise. Yields (process id, port).

    `more`: options in place of the bench's own; `settings`: of the environment.
    """
    port, log = free_port(), folder / f"{name}.log"
    root = Path(__file__).parent.parent
    environ = {"PYTHONPATH": str(root / "src"), "FANGBANG_HOME": str(folder / name), **(settings or {})}
    secure = {"--tls-cert": tls.chain, "--tls-key": tls.key} if tls else {}
    places = {
        "--public": folder / "public",
        "--keeper-socket": folder / "keeper.sock",
        "--trust": folder / "anchor.json",
    }
    own: Mapping[str, str] = OPTIONS if more is None else more
    options = {**places, "--port": port, **secure, **own, "--workers": workers}
    command = [
        sys.executable,
        "-m",
        "fangbang",
        "lookup",
        "serve",
        *(str(item) for pair in options.items() for item in pair),
    ]
    process = start(command, core=core, log=log, environ=environ)
    try:
        wait_for_port(port, process, log)
        yield process.pid, port
    finally:
        end(process)


class Requests:
    """A request a candidate, each with a solved challenge of its own, made anew before the salts lapse."""

    def __init__(
        self,
        port: int,
        asked: Sequence[cohort.Candidate],
        dress: Callable[[int, bytes], bytes] = lambda _, request: request,
    ) -> None:
        """`dress` may add to the request of the candidate with that number."""
        self._port, self._dress = port, dress
        self._asked = asked
        self._marks = [f'"{person.ticket}"'.encode() for person in asked]
        self._made: list[bytes] = []
        self._made_at = 0.0

    def plan(self) -> Plan:
        """The requests; sending one again is a replay, which gets the same answer."""
        if not self._made or time.monotonic() - self._made_at > SALT_SECONDS:
            self._made_at = time.monotonic()
            salts = fetch_salts(self._port, len(self._asked))
            made = (request_for(person, salt) for person, salt in zip(self._asked, salts, strict=True))
            self._made = [self._dress(number, request) for number, request in enumerate(made)]
        return Plan(self._port, self._made, self._marks)

    def exchange(self) -> Plan:
        """Before each query, the request for a challenge that a browser sends first."""
        plan = self.plan()
        requests = [item for made in plan.requests for item in (ASK, made)]
        return Plan(self._port, requests, [item for mark in plan.marks for item in (b'"salt":"', mark)])


def fetch_salts(port: int, count: int, *, secure: bool = False) -> list[str]:
    """Ask the node for challenges, 64 at a time over one connection."""
    found: list[str] = []
    with ExitStack() as stack:
        link = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
        if secure:
            link = stack.enter_context(_UNVERIFIED.wrap_socket(link))
        while len(found) < count:
            wanted = min(PIPELINE, count - len(found))
            link.sendall(ASK * wanted)
            seen = b""
            while len(salts := re.findall(rb'"salt":"([\w-]+)"', seen)) < wanted:
                part = link.recv(65536)
                if not part:
                    raise RuntimeError(f"no challenge: {seen[:300]!r}")
                seen += part
            found += [salt.decode() for salt in salts]
    return found


def request_for(person: cohort.Candidate, salt: str) -> bytes:
    """The request that the page's script would send."""
    query = json.dumps(["ticket-document", person.ticket, person.document], separators=(",", ":"))
    coded = urlsafe_b64encode(query.encode()).rstrip(b"=").decode()
    nonce = solve(cohort.SITTING, salt, coded, BITS)
    head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nContent-Length: 0\r\n"
    return f"{head}Fangbang-Query: {salt}.{nonce}.{coded}\r\n\r\n".encode()


def handed_on(number: int, request: bytes) -> bytes:
    """The request as a proxy hands it on: with the address of its candidate, of whom there are many."""
    address = b"10.%d.%d.%d" % (number >> 16 & 255, number >> 8 & 255, number & 255)
    return request.replace(b"\r\n", b"\r\nX-Forwarded-For: " + address + b"\r\n", 1)


def wait_until_open(port: int, request: Callable[[], bytes], scheme: str = "http", patience: float = 60.0) -> bytes:
    """The body of the first found answer; raises RuntimeError when the node does not open the sitting in time."""
    deadline, body = time.monotonic() + patience, b""
    while time.monotonic() < deadline:
        value = request().partition(b"Fangbang-Query: ")[2].strip().decode()
        address = f"{scheme}://127.0.0.1:{port}{PATH}"
        ask = urllib.request.Request(address, method="POST", headers={"Fangbang-Query": value})
        try:
            with urllib.request.urlopen(ask, timeout=5, context=_UNVERIFIED) as answer:
                body = answer.read()
        except urllib.error.HTTPError as error:
            body = error.read()
        if body.startswith(b'{"state":"found"'):
            return body
        time.sleep(0.2)
    raise RuntimeError(f"the node does not answer: {body[:500]!r}")


def exchange_judge(judge: Judge) -> Judge:
    """For `Requests.exchange`: challenges and answers take turns."""

    def both(number: int, body: bytes) -> bool:
        if number % 2:
            return judge(number // 2, body)
        said = json.loads(body)
        return said.get("bits") == BITS and len(said["salt"]) == SALT_CHARACTERS

    return both


def judge_of(asked: Sequence[cohort.Candidate], published_at: str) -> Judge:
    """Compare a body with the cohort, member by member."""

    def judge(number: int, body: bytes) -> bool:
        return bool(json.loads(body) == expected(asked[number], published_at))

    return judge


def expected(person: cohort.Candidate, published_at: str) -> dict[str, object]:
    """The whole answer about a candidate."""
    subjects = [
        {
            "subject": item.id,
            "ticket": person.ticket,
            "mark": item.mark,
            "code": None,
            "line": "60",
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
    return {"state": "found", "sitting": cohort.SITTING, "published_at": published_at, "record": record}
