"""A file from a real browser to a batch, through a server that is killed in the middle, and a large one without a
script into a process that may not hold it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from fangbang.cli.demo.processes import Child, Children, announced
from tests.conftest import ROOT
from tests.intake.files import registration, write_rows
from tests.office.test_browser import Running, desk, enrol, judge, sign_in
from tests.project.databases import environment_of

pytestmark = pytest.mark.browser
SITTING = "social-worker-2026"


@dataclass
class House:
    """An office that can be killed and started again at the same address."""

    home: Path
    children: Children
    running: Running = field(init=False)
    server: Child = field(init=False)

    def start(self, port: str = "0") -> None:
        self.server = self.children.start("office", ["--json", "office", "serve", "--port", port])
        self.url = announced(self.server, 60)["url"]

    def kill(self) -> None:
        """As a power cut would: no goodbye."""
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.process.wait()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("home")
    environment = {**environment_of(home), "FANGBANG_LANG": "en"}

    def run(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", *words], env={**os.environ, **environment}, cwd=ROOT, check=True,
            capture_output=True, text=True,
        ).stdout  # fmt: skip

    run("fangbang", "init")
    codes = json.loads(run("tests.office.filing").splitlines()[-1])["codes"]
    house = House(home, Children(home / "logs", environment))
    try:
        house.start()
        house.running = Running(house.url, home, codes, "")
        yield house
    finally:
        house.children.stop()


def heavy_file(folder: Path) -> Path:
    """Three pieces' worth of registrations, since one column nobody reads is long."""
    rows = [registration(person, 备注=f"{person} " + "长" * 40_000) for person in range(1, 181)]
    return write_rows(folder / "报名.csv", rows)


def through_jobs(page: Page) -> None:
    """Wait until the job of this page is over, and go on."""
    page.wait_for_selector("[data-job=over]", timeout=90_000)
    judge(page)
    page.click("[data-job] a.button")


def test_a_file_survives_a_killed_server_and_becomes_a_batch(house: House, browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(locale="en-GB", viewport={"width": 360, "height": 740})
    context.set_default_timeout(60_000)
    page, _ = desk(context)
    enrol(page, house.running, "li")
    sign_in(page, house.running, "li")
    page.goto(f"{house.url}/sittings")
    judge(page)
    page.click(f"tr:has-text('{SITTING}') a")
    judge(page)
    sent: list[str] = []

    def carry(route: Route) -> None:  # a piece waits for this, however late it is: no later one overtakes the kill
        sent.append(route.request.headers["x-offset"])
        route.continue_()
        if len(sent) == 2:
            house.kill()

    page.route("**/pieces", carry)
    page.set_input_files("#file", heavy_file(tmp_path))
    page.click("form[data-upload] button")
    while house.server.process.poll() is None:
        page.wait_for_timeout(100)
    house.start(house.url.rpartition(":")[2])
    page.wait_for_url("**/uploads/up-*/jobs/*", timeout=90_000)

    assert (sent[:2], set(sent)) == (["0", "8388608"], {"0", "8388608", "16777216"})
    assert sent.count("0") == 1
    through_jobs(page)
    judge(page)
    page.click("text=Keep and try")
    through_jobs(page)
    judge(page)
    assert "180 rows: 180 can be accepted, 0 go to quarantine" in page.inner_text("main")
    page.click("text=Take it in")
    through_jobs(page)
    page.click("text=See the batch")
    judge(page)
    assert "current: 180 rows in all" in page.inner_text("main")
    assert list((house.home / "office" / "uploads").iterdir()) == []
    without_a_script(house, browser, page)
    context.close()


def without_a_script(house: House, browser: Browser, signed_in: Page) -> None:
    """The form: 300 MB through the server, whose memory grows by a tenth of that at most."""
    context = browser.new_context(locale="en-GB", java_script_enabled=False)
    context.add_cookies(signed_in.context.cookies())  # type: ignore[arg-type]  # the shape it gave
    page = context.new_page()
    large = house.home / "large.csv"
    with large.open("wb") as stream:
        for _ in range(300):
            stream.write(b"a,b\n" * (1 << 18))
    page.goto(f"{house.url}/sittings/{SITTING}")
    before = memory(house.server.pid)
    page.set_input_files("#file", large)
    page.click("form[data-upload] button", timeout=120_000)
    page.wait_for_url("**/uploads/up-*/jobs/*", timeout=120_000)

    assert memory(house.server.pid) - before < 30 << 20
    waiting = list((house.home / "office" / "uploads").rglob("large.csv"))
    assert [path.stat().st_size for path in waiting] == [300 << 20]
    context.close()


def memory(pid: int) -> int:
    """The most that a process ever had in memory, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
