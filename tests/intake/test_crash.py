"""Killed at a random moment, an intake leaves nothing or everything; the same command run again finishes."""

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fangbang.books.keys import BookKeys
from fangbang.books.store import BookStore
from fangbang.core.errors import FangbangError
from tests.intake.files import mark, registration, write_rows

ROWS = 40


class Victim:
    """The process that is killed, again and again, and what it has left on the disk."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._seen: dict[str, tuple[int, ...]] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.intake.killable", str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "FANGBANG_HOME": str(home), "POLARS_MAX_THREADS": "1"},
        )

    def take(self, kind: str, path: Path, kill_after: float = -1) -> bool:
        """Take a file in; kill it after so many seconds. Whether it came to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{kind} {path} {kill_after}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline() == "done\n"

    def batches(self, kind: str) -> list[tuple[str, int, int]]:
        """Book, rows of the book and rows of the file of each batch, in order."""
        with sqlite3.connect(self.home / "office" / "office.sqlite3") as database:
            found = database.execute(
                "select book, book_rows, rows from intake_batch where kind = ? order by number", (kind,)
            ).fetchall()
        database.close()
        return found

    def check(self, *, anew: bool = False) -> None:
        """Every batch has its whole book, every act its audit entry, and nothing lies around half done.

        A book that was read whole before is read again only if its file was touched since, or `anew`: hundreds of
        books after each of hundreds of kills would be most of the test's time.
        """
        if anew:
            self._seen.clear()
        store = BookStore(self.home / "books", BookKeys.load(self.home / "keys.json"))
        for kind in ("registrations", "marks"):
            before = 0
            for book, book_rows, rows in self.batches(kind):
                self._check_book(store, book, book_rows)
                assert book_rows == before + rows
                before = book_rows
        with sqlite3.connect(self.home / "office" / "office.sqlite3") as database:
            (accepted,) = database.execute(
                "select count(*) from audit_event where event = 'intake.batch-accepted'"
            ).fetchone()
            (count,) = database.execute("select count(*) from intake_batch").fetchone()
        database.close()
        assert accepted == count

    def _check_book(self, store: BookStore, book: str, rows: int) -> None:
        found = (self.home / "books" / f"{book}.parquet").stat()
        file = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, rows)
        if self._seen.get(book) != file:
            store.check(book)
            assert store.rows(book) == rows
            self._seen[book] = file

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Victim]:
    victim = Victim(tmp_path)
    yield victim
    victim.stop()


def run(victim: Victim, times: int, seed: int) -> list[bool]:
    """Kill so many intakes, finish each by running it again; whether each had got to its end before the kill."""
    chance = random.Random(seed)
    assert victim.take("registrations", people(victim, 0))
    started = time.perf_counter()
    assert victim.take("marks", marks(victim, 0))
    usual = time.perf_counter() - started
    survived = []
    for turn in range(1, times + 1):
        kind, path = ("marks", marks(victim, turn - 1)) if turn % 2 == 0 else ("registrations", people(victim, turn))
        before = len(victim.batches(kind))
        survived.append(victim.take(kind, path, kill_after=chance.uniform(0, usual * 1.2)))
        victim.check()
        assert len(victim.batches(kind)) - before in (0, 1)
        assert victim.take(kind, path)
        assert len(victim.batches(kind)) == before + 1
    victim.check(anew=True)
    return survived


def people(victim: Victim, turn: int) -> Path:
    rows = [registration(turn * ROWS + place) for place in range(ROWS)]
    return write_rows(victim.home / f"registrations-{turn}.csv", rows)


def marks(victim: Victim, turn: int) -> Path:
    rows = [mark(turn * ROWS + place) for place in range(ROWS)]
    return write_rows(victim.home / f"marks-{turn}.csv", rows)


def test_a_book_that_is_touched_after_it_was_checked_is_seen(victim: Victim) -> None:
    assert victim.take("registrations", people(victim, 0))
    victim.check()
    book = victim.home / "books" / f"{victim.batches('registrations')[0][0]}.parquet"
    data = bytearray(book.read_bytes())
    data[len(data) // 2] ^= 1
    book.chmod(0o600)
    book.write_bytes(data)

    with pytest.raises(FangbangError):
        victim.check()


def test_ten_kills_leave_nothing_or_everything(victim: Victim) -> None:
    run(victim, 10, seed=1)

    assert list((victim.home / "books").glob(".*.tmp")) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_hundred_kills_leave_nothing_or_everything(victim: Victim) -> None:
    survived = run(victim, 200, seed=2)

    assert {True, False} == set(survived), "kills came early and late"
