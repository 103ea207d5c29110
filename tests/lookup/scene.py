"""A small release around a node: a sealed snapshot, a board that tests move, a socket where workers register.

The snapshot, the board and the envelopes are written by the project's own code; only the keeper's timing is the
test's, so that every moment of a release can be held still.
"""

import asyncio
import base64
import json
import os
import secrets
import shutil
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from fangbang.core.clock import AUTHORITY_ZONE, to_wire
from fangbang.core.files import write_durably
from fangbang.exams.vocabulary import CredentialKind
from fangbang.lookup.challenge import solve
from fangbang.snapshot.board import (
    BOARD_FORMAT,
    LIFETIME,
    Board,
    KeyLetter,
    Sentinel,
    SittingBoard,
    SnapshotRef,
    anchor_document,
    seal_envelope,
    sign_board,
)
from fangbang.snapshot.buckets import Item
from fangbang.snapshot.derive import Pepperer
from fangbang.snapshot.header import Text
from fangbang.snapshot.record import Record, SubjectLine, encode
from fangbang.snapshot.writer import Subject, seal

T_co = TypeVar("T_co")
SITTING = "social-worker-2026"
EXAM = Text("社会工作者职业水平考试", "Social worker qualification examination")
TICKET = CredentialKind.TICKET_DOCUMENT
NAME = CredentialKind.DOCUMENT_NAME
ARCHIVE = CredentialKind.ARCHIVE_DOCUMENT
BIRTH = CredentialKind.NAME_BIRTH


@dataclass(frozen=True)
class Person:
    """Somebody in the snapshot; documents are synthetic, with valid check digits."""

    name: str
    ticket: str
    document: str
    record: Record

    @property
    def archive(self) -> str:
        return f"A{self.ticket[-7:]}"

    @property
    def birth(self) -> str:
        return self.document[6:14]

    @property
    def further(self) -> dict[CredentialKind, tuple[str, str]]:
        """What leads to the record besides ticket and document."""
        return {
            NAME: (self.document, self.name),
            ARCHIVE: (self.archive, self.document),
            BIRTH: (self.name, self.birth),
        }


def document(serial: int, region: str = "110101") -> str:
    """A resident number with a valid check character, from a serial below 1,000."""
    body = f"{region}19000307{serial:03}"
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(body))
    return body + "0123456789X"[(1 - total) % 11]


def record(name: str, ticket: str, **changes: Any) -> Record:
    """A record of a middle-level candidate who passed one of two subjects."""
    base: dict[str, Any] = {
        "name": name,
        "document": "110101********001X",
        "ticket": ticket,
        "province": "110000",
        "city": "海淀区",
        "level": "middle",
        "category": "",
        "specialty": "",
        "outcome": "partly-passed",
        "subjects": (
            SubjectLine("practice", "", "71.5", None, "60", "passed"),
            SubjectLine("policy", ticket + "7", None, -1, "60", "absent"),
        ),
        "statements": (
            ("window.earned", "practice", 2026, 2027),
            ("window.owed", "policy"),
            ("window.saves", 2027, "practice"),
            ("window.rule", 2, 0),
            ("result.code", "policy", -1),
            ("next.review", 30),
            ("next.retake", 2027),
        ),
    }
    return Record(**{**base, **changes})


def people() -> list[Person]:
    """Three people; the middle one's name is rare, the last one's is shared with nobody."""
    found = []
    for serial, name in enumerate(("张三", "王䶮", "阿依古丽·买买提"), start=1):
        ticket = f"20260100{serial:04}"
        found.append(Person(name, ticket, document(serial), record(name, ticket)))
    return found


@dataclass(frozen=True)
class People:
    """The items of a snapshot, for the writer."""

    pepper: bytes
    persons: Sequence[Person]

    def items(self, share: int, shares: int) -> Iterator[Item]:
        pepperer = Pepperer(self.pepper, SITTING)
        for person in self.persons[share::shares]:
            pointers = [pepperer.m(kind, *fields) for kind, fields in person.further.items()]
            others = {line.ticket for line in person.record.subjects} - {"", person.ticket}
            pointers += [pepperer.m(TICKET, ticket, person.document) for ticket in sorted(others)]
            yield Item(pepperer.m(TICKET, person.ticket, person.document), encode(person.record), tuple(pointers))


@dataclass
class Sealed:
    """A snapshot and its secrets."""

    ref: SnapshotRef
    letter: KeyLetter


@dataclass
class Scene:
    """The folders of a release, its keeper's key, and the workers that registered."""

    root: Path
    signer: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    workers: dict[str, X25519PublicKey] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    counter: int = 0
    t: datetime = field(default_factory=lambda: datetime.now(tz=AUTHORITY_ZONE) - timedelta(seconds=2))
    sealed: list[Sealed] = field(default_factory=list)
    closes_at: datetime | None = None
    closed: tuple[str, ...] = ()
    annex: dict[str, Any] = field(default_factory=dict)
    last: tuple[str, dict[str, Any]] | None = None
    lock: Any = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.public = self.root / "public"
        (self.public / "snapshots").mkdir(parents=True)
        self.trust = self.public / "trust.json"
        self.trust.write_bytes(anchor_document(self.signer.public_key()))
        self.socket = self.root / "keeper.sock"

    def seal(self, persons: Sequence[Person], kind: str = "base", pepper: bytes | None = None) -> Sealed:
        """Seal a snapshot into the public folder."""
        release_key, snapshot_id = secrets.token_bytes(32), secrets.token_bytes(16)
        pepper = pepper or secrets.token_bytes(32)
        base = self.sealed[0].ref.id if kind == "overlay" else None
        subject = Subject(SITTING, "social-worker", EXAM, 2026, {}, "0" * 64, kind, base)
        result = seal(
            parent=self.public / "snapshots",
            subject=subject,
            release_key=release_key,
            snapshot_id=snapshot_id,
            annex=self.annex,
            source=People(pepper, persons),
            signer=self.signer,
        )
        header = sha256((result.folder / "header.json").read_bytes()).hexdigest()
        path = f"snapshots/{snapshot_id.hex()}"
        ref = SnapshotRef(snapshot_id.hex(), kind, path, header, to_wire(self.t))
        first = persons[0]
        ways = {TICKET: (first.ticket, first.document), NAME: first.further[NAME], ARCHIVE: first.further[ARCHIVE]}
        digest = sha256(encode(first.record)).hexdigest()
        sentinels = tuple(Sentinel(kind.value, fields, digest) for kind, fields in ways.items())
        made = Sealed(ref, KeyLetter(ref.id, release_key.hex(), pepper.hex(), sentinels))
        self.sealed.append(made)
        return made

    def board(self, state: str, *, issued: datetime | None = None, keys: bool = True, **changes: Any) -> Board:
        """The next board: `published` carries published refs and envelopes for every registered worker."""
        self.counter += 1
        issued = issued or datetime.now(tz=AUTHORITY_ZONE)
        live = state == "published"
        refs = tuple(
            SnapshotRef(
                item.ref.id, item.ref.role, item.ref.path, item.ref.header_sha256, to_wire(self.t),
                to_wire(self.t) if state in ("published", "withdrawn") else None,
            )
            for item in self.sealed
        )  # fmt: skip
        envelopes = {
            worker: {
                item.ref.id: base64.b64encode(seal_envelope(item.letter, worker, key)).decode() for item in self.sealed
            }
            for worker, key in self.workers.items()
        }
        ends = to_wire(self.closes_at) if self.closes_at else None
        refs = tuple(ref for ref in refs if ref.id not in self.closed)
        entry = SittingBoard(
            "social-worker", EXAM, 2026, state, to_wire(self.t), refs, closes_at=ends, closed=self.closed
        )
        values = {
            "format": BOARD_FORMAT,
            "counter": self.counter,
            "issued_at": to_wire(issued),
            "expires_at": to_wire(issued + LIFETIME),
            "sittings": {SITTING: entry},
            "envelopes": envelopes if live and keys else {},
        }
        return Board(**{**values, **changes})

    def post(self, state: str, **changes: Any) -> Board:
        """Write the next board where nodes look."""
        with self.lock:
            self.last = (state, changes)
            board = self.board(state, **changes)
            write_durably(self.public / "board.json", sign_board(board, self.signer))
            return board

    def take(self, worker: str, public_key: bytes) -> None:
        """A worker registers: a new one finds its envelopes on the next board, as with a real keeper."""
        with self.lock:
            known = worker in self.workers
            self.workers[worker] = X25519PublicKey.from_public_bytes(public_key)
            if not known and self.last is not None:
                self.post(self.last[0], **self.last[1])


class _Registrar(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        said = json.loads(self.rfile.readline())
        scene: Scene = self.server.scene  # type: ignore[attr-defined]
        if said["command"] == "leave":
            scene.left.append(said["worker"])
        else:
            scene.take(said["worker"], bytes.fromhex(said["public_key"]))
        self.wfile.write(b'{"ok":true}\n')


@contextmanager
def registrar(scene: Scene) -> Iterator[None]:
    """The keeper's socket, reduced to workers that come and go."""
    with socketserver.ThreadingUnixStreamServer(str(scene.socket), _Registrar) as server:
        server.scene = scene  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


@contextmanager
def reissued(scene: Scene, seconds: float = 60) -> Iterator[None]:
    """Post the last board again and again, as a keeper does: a node that hears nothing for 15 minutes falls silent."""
    stop = threading.Event()

    def again() -> None:
        while not stop.wait(seconds):
            if scene.last is not None:
                scene.post(scene.last[0], **scene.last[1])

    thread = threading.Thread(target=again, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@dataclass
class Node:
    """A running node process."""

    url: str
    metrics: str
    process: "subprocess.Popen[bytes]"
    home: Path
    log: Path

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=10, **options)


@contextmanager
def node(scene: Scene, *options: str, workers: int = 1) -> Iterator[Node]:
    """Start `fangbang lookup serve` on a free port, wait until every worker has registered, stop it afterwards."""
    home = scene.root / "home"
    home.mkdir(exist_ok=True)
    log = scene.root / "node.log"
    before = len(scene.workers)
    command = [
        sys.executable, "-c", "from fangbang.cli import main; main()", "--json", "lookup", "serve",
        "--public", str(scene.public), "--trust", str(scene.trust), "--keeper-socket", str(scene.socket),
        "--port", "0", "--metrics-port", "0", "--workers", str(workers), "--images", "30", *options,
    ]  # fmt: skip
    environment = {**os.environ, "FANGBANG_HOME": str(home)}
    with registrar(scene), log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(log.read_text())
            said = json.loads(line)
            wait(lambda: len(scene.workers) >= before + workers, "workers to register", 30)
            yield Node(said["url"].rstrip("/"), f"http://127.0.0.1:{said['metrics_port']}/metrics", process, home, log)
        finally:
            process.terminate()
            process.wait(timeout=20)


def wait(condition: Any, what: str, seconds: float = 10) -> None:
    """Poll until `condition()` holds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise TimeoutError(what)


def finished(coroutine: Coroutine[Any, Any, T_co]) -> T_co:
    """Run a coroutine in a thread of its own: the browser tests' driver keeps a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def coded(*query: str) -> str:
    """The base64url text of a query."""
    return base64.urlsafe_b64encode(json.dumps(query, ensure_ascii=False).encode()).decode().rstrip("=")


def ask(client: httpx.Client, *query: str, sitting: str = SITTING) -> httpx.Response:
    """The whole JSON query as a client makes it: challenge, proof of work, header."""
    price = client.get("/challenge").json()
    text = coded(*query)
    for _ in range(4):
        nonce = solve(sitting, price["salt"], text, price["bits"])
        response = client.post(f"/score/{sitting}", headers={"Fangbang-Query": f"{price['salt']}.{nonce}.{text}"})
        price = response.json()
        if price.get("state") != "challenge":
            break
    return response


def clean(path: Path) -> None:
    """Remove a folder tree."""
    shutil.rmtree(path, ignore_errors=True)
