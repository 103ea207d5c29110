"""A whole sitting, from the centre's files to results through the shipped proxy: no log says who anybody is.

Every candidate of the cohort is a canary. What is searched: everything that keeper, node and proxy wrote, what verbs
answered, what the audit trail holds, what processes show of themselves; after failures and a crash too.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from fangbang.cli.demo.check import way_of_asking
from fangbang.cli.demo.office import IMPORTER, Files
from fangbang.cli.demo.watch import canaries_of, keys_in
from fangbang.core.errors import FangbangError
from fangbang.simulate.canaries import DOCUMENT, TICKET, Findings, Scanner, processes_below, scan_files
from fangbang.simulate.writer import ANSWERS, CENTRE, write_cohort
from tests.harness import Installation
from tests.proxy.front import Front, over_plain_http
from tests.proxy.test_shipped import typed_everywhere
from tests.simulate.conftest import MakePlan, make_plan

__all__ = ["make_plan"]

pytestmark = [pytest.mark.nginx, pytest.mark.slow, pytest.mark.timeout(200)]


@dataclass
class Sitting:
    """A published sitting, who took part, and everything that verbs said on the way."""

    it: Installation
    front: Front
    rows: list[dict[str, Any]]
    scanner: Scanner
    said: list[str] = field(default_factory=list)

    def scan(self) -> Findings:
        """Search all that is written down about what happened."""
        findings = Findings()
        scan_files(self.scanner, [self.it.home / "logs", self.front.folder, self.it.layout.node("node1")], findings)
        self.scanner.scan_stream([text.encode() for text in self.said], "verbs", findings)
        trail = self.it.verbs("audit", "show", "--last", "1000")
        self.scanner.scan_stream([str(trail).encode()], "audit trail", findings)
        for pid in processes_below(self.it.lookup.pid):
            for name in ("cmdline", "environ", "comm"):
                self.scanner.scan_stream([Path(f"/proc/{pid}/{name}").read_bytes()], f"{name} of a process", findings)
        return findings


@pytest.fixture(scope="module")
def sitting(make_plan: MakePlan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sitting]:
    folder = tmp_path_factory.mktemp("no-trace")
    write_cohort(make_plan(candidates=300, history=False), folder / "files")
    answers = folder / "files" / ANSWERS
    with Installation(folder / "home") as it:
        said = listened(it)
        it.office.believe(folder / "files" / CENTRE)
        name = it.office.take_in("social-worker", 2026, Files.below(folder / "files" / "2026"))
        said.append(refused(it, name, folder))
        it.office.adjudicate(name)
        it.publish(name)
        with over_plain_http(folder / "nginx", it.port) as front:
            canaries = canaries_of(answers, [], 2026, keys_in(it.layout.keys))
            yield Sitting(it, front, pl.read_parquet(answers).to_dicts(), Scanner(canaries), said)


def listened(it: Installation) -> list[str]:
    """Everything that verbs answer from now on."""
    said: list[str] = []
    call = it.verbs.__call__

    def heard(*words: str) -> dict[str, Any]:
        answer = call(*words)
        said.append(str(answer))
        return answer

    it.office.verbs = heard
    return said


def refused(it: Installation, sitting: str, folder: Path) -> str:
    """What is said of a file that cannot be taken in: rows cut in the middle of a number."""
    whole = (folder / "files" / "2026" / "registrations.csv").read_bytes()
    broken = folder / "broken.csv"
    broken.write_bytes(b"\n".join(line[: len(line) // 2] for line in whole.splitlines()))
    with pytest.raises(FangbangError) as told:
        it.verbs("intake", "registrations", sitting, str(broken), "--as", IMPORTER)
    return str(told.value.params)


def visit(sitting: Sitting) -> int:
    """Ask as people do, as people should not, and as programs do; let a worker crash. Returns how many were found."""
    row = sitting.rows[0]
    client = sitting.it.client(f"{row['sitting']}" if "sitting" in row else "social-worker-2026")
    # Some moments pass between the hour and the key in every worker.
    sitting.it.until(lambda: client.ask(way_of_asking(row, 0))["state"] == "found")
    found = [client.ask(way_of_asking(each, place))["state"] for place, each in enumerate(sitting.rows[:20])]
    with httpx.Client(base_url=f"http://127.0.0.1:{sitting.front.secure}", timeout=10) as browser:
        typed_everywhere(browser, str(row["ticket"]), str(row["doc_number"]))
    with httpx.Client(base_url=f"http://127.0.0.1:{sitting.it.port}", timeout=10) as browser:
        typed_everywhere(browser, str(row["ticket"]), str(row["doc_number"]))
    client.close()
    crash(sitting)
    return found.count("found")


def crash(sitting: Sitting) -> None:
    """One worker dies of a signal that would leave a core, were cores not off; another takes its place."""
    supervisor = sitting.it.lookup.pid
    workers = [pid for pid in processes_below(supervisor) if is_worker(pid)]
    os.kill(workers[0], signal.SIGABRT)
    sitting.it.until(lambda: bool({pid for pid in processes_below(supervisor) if is_worker(pid)} - set(workers)))
    sitting.it.until(sitting.it.healthy)


def is_worker(pid: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_no_log_says_who_anybody_is_and_the_same_scan_sees_one_that_does(sitting: Sitting) -> None:
    found = visit(sitting)

    clean = sitting.scan()
    planted = sitting.it.home / "logs" / "planted.log"
    planted.write_text(f"query of {sitting.rows[5]['ticket']} {sitting.rows[6]['doc_number']} failed\n")
    told = sitting.scan()

    assert found > 10
    assert clean.places.most_common() == []
    assert clean.bytes_read > 10_000
    assert (told.counts()[TICKET], told.counts()[DOCUMENT]) == (1, 1)
    assert set(told.places) == {"planted.log"}


def test_a_crash_leaves_no_core(sitting: Sitting) -> None:
    crash(sitting)

    limits = [Path(f"/proc/{pid}/limits").read_text() for pid in processes_below(sitting.it.lookup.pid)]
    left = [path for folder in (sitting.it.home, Path.cwd()) for path in folder.glob("core*") if path.is_file()]

    assert {line.split()[4] for text in limits for line in text.splitlines() if "core file" in line} == {"0"}
    assert left == []


def test_a_process_whose_core_is_allowed_is_seen() -> None:
    # Whatever an earlier test did to the limits of its own process: the control asks for its core.
    allowed = ["sh", "-c", "ulimit -H -c unlimited; ulimit -S -c 1 && echo ready && exec sleep 30"]
    with subprocess.Popen(allowed, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        process.kill()

    assert next(line.split()[5] for line in limits.splitlines() if "core file" in line) != "0"
