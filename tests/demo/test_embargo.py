"""The embargo: before T the public side holds nothing, on disk, in memory, in anything it serves. After T it does.

Every candidate of the cohort is a canary, and so are the release key and the pepper. The same scan of the same running
workers is made twice: its second result is the positive control of its first. After T each worker must hold both keys
in the form in which it works with them, so that this control does not live on what memory happens to keep.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from fangbang.cli.demo.check import Expected, way_of_asking
from fangbang.cli.demo.client import Client
from fangbang.cli.demo.office import Files
from fangbang.cli.demo.watch import PublicSide, canaries_of, keys_in
from fangbang.simulate.canaries import KEY, MARK, NAME, TICKET, Findings, Scanner
from fangbang.simulate.names import CANARY_MARK
from fangbang.simulate.writer import ANSWERS, CENTRE, write_cohort
from tests.harness import Installation
from tests.simulate.conftest import MakePlan, make_plan

__all__ = ["make_plan"]

pytestmark = pytest.mark.timeout(200)

WORKERS = 2
PAGES = ("/", "/examfront/score/initializeCX.htm", "/notices", "/help", "/verify", "/board", "/healthz", "/challenge")


@dataclass
class Sealed:
    """A sealed and distributed sitting with its cohort's answer key."""

    it: Installation
    sitting: str
    release: str
    scanner: Scanner
    planted: list[Expected]

    def scan(self, served: list[bytes]) -> Findings:
        folders = (self.it.layout.public, self.it.layout.node("node1"))
        return PublicSide(folders, "node1", self.it.lookup.pid).scan(self.scanner, served)

    def served(self, client: Client) -> list[bytes]:
        """Every public page, in both formats."""
        paths = [*PAGES, f"/score/{self.sitting}", f"/words/{self.sitting}.zh.json"]
        return [client.get(path, accept)[1] for path in paths for accept in ("text/html", "application/json")]


@pytest.fixture
def sealed(make_plan: MakePlan, tmp_path: Path) -> Iterator[Sealed]:
    plan = make_plan(candidates=2500, history=False)
    write_cohort(plan, tmp_path / "files")
    answers = tmp_path / "files" / ANSWERS
    with Installation(tmp_path / "home", workers=WORKERS) as it:
        it.office.believe(tmp_path / "files" / CENTRE)
        sitting = it.office.take_in("social-worker", 2026, Files.below(tmp_path / "files" / "2026"))
        it.office.adjudicate(sitting)
        release = it.to_the_vault(sitting)
        canaries = canaries_of(answers, [], 2026, keys_in(it.layout.keys))
        rows = pl.read_parquet(answers).filter(pl.col("name").str.contains(CANARY_MARK)).to_dicts()
        planted = [Expected(way_of_asking(row, place), row) for place, row in enumerate(rows)]
        yield Sealed(it, sitting, release, Scanner(canaries), planted)


def memory_places(findings: Findings, kind: str) -> list[str]:
    """The processes in whose memory something of a kind was found."""
    return sorted(place for place in findings.where.get(kind, ()) if place.startswith("memory of process"))


def test_nothing_is_on_the_public_side_before_t_and_the_same_scan_finds_it_after(sealed: Sealed) -> None:
    it, client = sealed.it, sealed.it.client(sealed.sitting)

    before = sealed.scan(sealed.served(client))
    early = [client.ask(item.ask) for item in sealed.planted[:5]]
    t = it.schedule(sealed.release)
    it.until(lambda: it.state_of(sealed.release) == "published")
    it.until(lambda: client.ask(sealed.planted[0].ask)["state"] == "found")
    late = it.ask_all(sealed.sitting, [item.ask for item in sealed.planted])
    after = sealed.scan([])

    assert before.unreadable == []
    assert before.bytes_read > 50_000_000
    assert (before.total, before.places.most_common(3)) == (0, [])
    assert {tuple(sorted(answer)) for answer in early} == {("sitting", "state", "status", "t")}
    assert {(answer["state"], answer["status"]) for answer in early} == {("not-released", 200)}
    assert {answer["state"] for answer in late} == {"found"}
    assert t.tzinfo is not None
    found = after.counts()
    assert found[NAME] > 5
    assert found[TICKET] > 5
    assert found[MARK] > 5
    assert found[KEY] == 2
    assert len(memory_places(after, KEY)) == WORKERS
    client.close()
