"""Backups of running installations, and their restoring: all of it, or nothing."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.audit.test_seals import Office
from tests.harness import Installation
from tests.project.databases import new_database
from tests.release.walking import BEIJING, Candidate, files

pytestmark = pytest.mark.timeout(300)
PEOPLE = (Candidate("11260001", "SYN00011126", "甲一", BEIJING, (70, 71, 72)),)


@dataclass
class Pair:
    """The two files of a backup, and the private keys that open them."""

    data: Path
    keys: Path
    data_key: Path
    keys_key: Path

    def words(self) -> list[str]:
        return [str(self.data), str(self.keys), "--data-key", str(self.data_key), "--keys-key", str(self.keys_key)]


def taken(office: Office, folder: Path) -> Pair:
    """A backup of an office."""
    public = {}
    for name in ("data", "keys"):
        told = json.loads(office.run("fangbang", "--json", "backup", "keygen", str(folder / f"{name}.key")))
        public[name] = told["recipient"]
    words = ("--data-to", public["data"], "--keys-to", public["keys"])
    told = json.loads(office.run("fangbang", "--json", "backup", "create", str(folder / "out"), *words))
    out = folder / "out"
    return Pair(out / told["data"], out / told["keys"], folder / "data.key", folder / "keys.key")


def restored(office: Office, pair: Pair, *more: str, code: int = 0) -> Any:
    """What `backup restore` tells, or the code that it is refused with."""
    import subprocess
    import sys

    from tests.conftest import ROOT

    done = subprocess.run(
        [sys.executable, "-m", "fangbang", "--json", "backup", "restore", *pair.words(), *more], cwd=ROOT, check=False,
        env={**os.environ, **office.environment}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if code == 0 else json.loads(done.stderr.splitlines()[-1])["code"]


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A release that is out, with keeper and node running; its office on SQLite."""
    home = tmp_path_factory.mktemp("living")
    with Installation(home, database=f"sqlite:///{home}/office/office.sqlite3") as it:
        sitting = it.office.take_in("social-worker", 2026, files(it.home / "in", 2026, PEOPLE))
        it.office.adjudicate(sitting)
        it.publish(sitting)
        yield it


@pytest.fixture(scope="module")
def pair(living: Installation, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return taken(at(living.home), tmp_path_factory.mktemp("backup"))


def at(home: Path, **more: str) -> Office:
    return Office({"FANGBANG_HOME": str(home), "FANGBANG_LANG": "en", **more})


def test_a_living_installation_comes_back_whole(living: Installation, pair: Pair, tmp_path: Path) -> None:
    home = tmp_path / "again"
    office = at(home)
    board = ("--board", str(living.layout.public / "board.json"))

    dry = restored(office, pair, *board)
    after_dry = home.exists()
    told = restored(office, pair, *board, "--yes")

    assert (dry["restored"], after_dry, told["restored"], told["compared"]) == (False, False, True, True)
    assert (told["books"], told["snapshots"]) == (len(list(living.layout.books.glob("*.parquet"))), 1)
    assert told["counter"] >= json.loads((living.layout.keeper / "state.json").read_text())["counter"] - 10
    assert json.loads(office.run("fangbang", "--json", "audit", "check")) == {"edits": []}
    assert json.loads(office.run("fangbang", "--json", "audit", "show"))["entries"][-1]["event"] == "backup.restored"
    office.run("fangbang", "init")
    snapshot = next(path for path in (home / "public" / "snapshots").iterdir())
    office.run("fangbang", "verify", "snapshot", str(snapshot), "--trust", str(home / "public" / "trust.json"))


def test_no_key_and_no_name_lies_readable_in_a_backup(living: Installation, pair: Pair) -> None:
    sealed = pair.data.read_bytes() + pair.keys.read_bytes()
    secrets = [path.read_bytes() for path in living.layout.keys.rglob("*") if path.is_file()]
    secrets += [(living.layout.office / name).read_bytes() for name in ("seal-key", "session-secret")]

    assert [secret for secret in secrets if secret.strip()[:24] in sealed] == []
    assert PEOPLE[0].document.encode() not in sealed
    assert len(secrets) >= 5


def test_the_data_file_holds_no_key(living: Installation, pair: Pair, tmp_path: Path) -> None:
    from fangbang.project.backup.envelope import identities_of, unpack

    unpack(pair.data, identities_of(pair.data_key), tmp_path)

    found = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    kept = {path.name for path in living.layout.keys.rglob("*") if path.is_file()}
    assert found & (kept | {"seal-key", "session-secret"}) == set()
    assert {"board.json", "state.json", "office.sqlite3", "header.json"} <= found


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


DAMAGES: dict[str, tuple[Callable[[Pair], object], str, int]] = {
    "a bit flipped": (lambda pair: flip(pair.data), "backup.damaged", 6),
    "the end cut off": (lambda pair: cut(pair.data), "backup.damaged", 6),
    "keys damaged": (lambda pair: flip(pair.keys), "backup.damaged", 6),
    "another's key": (lambda pair: shutil.copy(pair.keys_key, pair.data_key), "backup.wrong-identity", 5),
    "no key": (lambda pair: pair.data_key.write_text("nothing\n"), "backup.bad-identity", 3),
    "exchanged": (lambda pair: exchange(pair), "backup.not-a-pair", 3),
}


def exchange(pair: Pair) -> None:
    pair.data, pair.keys = pair.keys, pair.data
    pair.data_key, pair.keys_key = pair.keys_key, pair.data_key


@pytest.mark.parametrize(("damage", "code", "status"), DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_backup_is_refused(
    pair: Pair, tmp_path: Path, damage: Callable[[Pair], object], code: str, status: int
) -> None:
    copies = Pair(*(Path(shutil.copy(path, tmp_path)) for path in (pair.data, pair.keys, pair.data_key, pair.keys_key)))
    damage(copies)

    assert restored(at(tmp_path / "home"), copies, "--yes", code=status) == code
    assert sorted(path.name for path in tmp_path.iterdir() if "home" in path.name) == []


def test_what_was_edited_before_the_backup_does_not_prove_right(tmp_path: Path) -> None:
    office = at(tmp_path / "home")
    office.run("fangbang", "init")
    office.steps("act", "edit", "forget_notes")
    pair = taken(office, tmp_path)

    assert restored(at(tmp_path / "again"), pair, "--yes", code=6) == "backup.not-proven"


def test_a_backup_older_than_an_anchor_or_the_board_is_refused(
    living: Installation, pair: Pair, tmp_path: Path
) -> None:
    office, early = at(tmp_path / "early"), tmp_path / "early-pair"
    office.run("fangbang", "init")
    early.mkdir()
    older = taken(office, early)
    shutil.copytree(living.layout.public, tmp_path / "public")

    assert restored(at(tmp_path / "one"), pair, "--anchor", f"999999:{'0' * 64}", code=6) == "backup.older"
    assert restored(at(tmp_path / "one"), pair, "--anchor", f"1:{'0' * 64}", code=6) == "audit.chain-broken"
    assert restored(at(tmp_path / "one"), pair, "--anchor", "x", code=3) == "cli.bad-anchor"
    assert restored(at(tmp_path / "one"), older, "--board", str(tmp_path / "public" / "board.json"), code=6) in (
        "backup.older",
        "snapshot.bad-board",
    )


def test_nothing_is_restored_over_something(living: Installation, pair: Pair) -> None:
    assert restored(at(living.home), pair, "--yes", code=4) == "backup.not-empty"


def test_keys_are_drawn_away_from_the_data(tmp_path: Path) -> None:
    office = at(tmp_path)
    office.run("fangbang", "init")

    office.run("fangbang", "backup", "keygen", str(tmp_path / "mine.key"), code=3)
    same = json.loads(
        office.run("fangbang", "--json", "backup", "keygen", str(tmp_path.parent / f"{tmp_path.name}.key"))
    )
    office.run("fangbang", "backup", "create", str(tmp_path.parent / "b"), "--data-to", same["recipient"], "--keys-to",
               same["recipient"], code=3)  # fmt: skip
    office.run(
        "fangbang", "backup", "create", str(tmp_path.parent / "b"), "--data-to", "age1x", "--keys-to", "age1y", code=3
    )


@pytest.mark.postgres
def test_a_database_server_comes_back_too(postgresql_url: str, tmp_path: Path) -> None:
    was, new = (new_database(postgresql_url, f"{tmp_path.name}_{which}") for which in ("was", "new"))
    office = at(tmp_path / "home", FANGBANG_DATABASE=was)
    office.run("fangbang", "init")
    office.steps("act", "change")
    pair = taken(office, tmp_path)
    again = at(tmp_path / "again", FANGBANG_DATABASE=new)

    dry = restored(again, pair)
    told = restored(again, pair, "--yes")

    assert (dry["restored"], told["restored"]) == (False, True)
    assert again.steps("change", "outside_a_transaction")[1]["found"] == []
    assert json.loads(again.run("fangbang", "--json", "audit", "check")) == {"edits": []}
    assert restored(at(tmp_path / "third", FANGBANG_DATABASE=new), pair, "--yes", code=4) == "backup.not-empty"
    assert restored(at(tmp_path / "third"), pair, "--yes", code=3) == "backup.other-database"
