"""An installation of an older version, with a release out, under this version: its tables change while candidates go on
asking, and all that was published still verifies.

old-home.tar.xz is a HOME as commit c256b4d left it, before rows had seals: two synthetic candidates, one base that is
published. Its keys were drawn for it and open nothing else.
"""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fangbang.cli.demo.client import Ask, Crowd
from fangbang.cli.demo.processes import Child, Children, announced, wait_for
from tests.audit.test_seals import Office

pytestmark = pytest.mark.timeout(300)
OLD = Path(__file__).parent / "old-home.tar.xz"
SITTING = "social-worker-2026"
ASKS = [Ask("ticket-document", ("11260001", "SYN00011126")), Ask("ticket-document", ("11260002", "SYN00021126"))]


class Asking:
    """Candidates who ask again and again; how often they were told their result, and whatever else they were told."""

    def __init__(self, port: int) -> None:
        self.crowd = Crowd("127.0.0.1", port, SITTING, own_salts=False)
        self.found, self.others = 0, set[str]()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def once(self) -> set[str]:
        return {answer["state"] for answer in self.crowd.ask(self.crowd.prepare(ASKS))}

    def _run(self) -> None:
        while not self._stop.is_set():
            told = self.once()
            self.found += told == {"found"}
            self.others |= told - {"found"}

    def __enter__(self) -> "Asking":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.unpack_archive(OLD, tmp_path)
    return tmp_path


@pytest.fixture
def children(home: Path) -> Iterator[Children]:
    running = Children(home / "logs", {"FANGBANG_HOME": str(home)})
    yield running
    running.stop()


def start(children: Children, name: str, *words: str) -> tuple[Child, int]:
    child = children.start(name, ["--json", name, "serve", *words])
    return child, int(announced(child, 60).get("port", 0))


def test_candidates_are_answered_while_an_old_office_is_upgraded(home: Path, children: Children) -> None:
    office = Office({"FANGBANG_HOME": str(home), "FANGBANG_LANG": "en"})
    start(children, "keeper")
    words = ("--port", "0", "--workers", "1", "--challenge-bits", "4", "--images", "30", "--persons", "1000000")
    lookup, port = start(children, "lookup", *words)
    asking = Asking(port)
    wait_for(lambda: asking.once() == {"found"}, 60, lookup)

    with asking:
        office.run("fangbang", "audit", "show", code=0)
        office.run("fangbang", "init")
        wait_for(lambda: asking.found >= 3, 60, lookup)

    assert asking.others == set()
    assert json.loads(office.run("fangbang", "--json", "audit", "check")) == {"edits": []}
    assert json.loads(office.run("fangbang", "--json", "audit", "verify"))["anchors"] >= 1
    told = json.loads(office.run("fangbang", "--json", "release", "status"))["releases"]
    assert [item["state"] for item in told] == ["published"]
    snapshot = next(path for path in (home / "public" / "snapshots").iterdir())
    office.run("fangbang", "verify", "snapshot", str(snapshot), "--trust", str(home / "public" / "trust.json"))


def test_an_upgrade_twice_is_one_upgrade(home: Path) -> None:
    office = Office({"FANGBANG_HOME": str(home), "FANGBANG_LANG": "en"})

    office.run("fangbang", "init")
    before = json.loads(office.run("fangbang", "--json", "audit", "verify"))
    office.run("fangbang", "init")

    assert json.loads(office.run("fangbang", "--json", "audit", "verify")) == before
    assert json.loads(office.run("fangbang", "--json", "audit", "check")) == {"edits": []}
