"""The whole house for tests in a browser: office, keeper and one node, with something on every page of the office."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from fangbang.cli.demo.processes import Children, announced
from fangbang.cli.layout import Layout
from tests.adjudication.world import FOLDER
from tests.conftest import ROOT
from tests.office.browsing import Seat
from tests.office.seeding import PASSPHRASE
from tests.office.test_browser import Running
from tests.project.databases import environment_of

_TRUST = (
    "from fangbang.project.boot import open_office; from fangbang.project.layout import Layout; "
    "from fangbang.cli.init import export_trust; export_trust(Layout(open_office().home))"
)


@dataclass
class House(Running):
    """An office with a keeper and one node behind it. `sessions`: who is signed in → their cookie; `things`: what
    `seeding_house` made → its id."""

    node: str = ""
    metrics: str = ""
    sessions: dict[str, str] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)
    layout: Layout = field(default_factory=lambda: Layout(Path()))

    def seat(self, browser: Browser, who: str) -> Seat:
        """Somebody in front of a browser in which they are signed in; "" is nobody."""
        seat = Seat(browser, self.url, who, self.keys / f"{who}.pem", PASSPHRASE)
        return seat.sit(self.sessions[who]) if who else seat


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home, keys = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("keys")
    environment = {
        **environment_of(home), "FANGBANG_LANG": "en", "FANGBANG_EXAMS": str(FOLDER),
        "FANGBANG_OFFICE_STEP_UP_MINUTES": "60", "FANGBANG_OFFICE_IDLE_MINUTES": "120",
    }  # fmt: skip

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], env={**os.environ, **environment}, cwd=ROOT, check=False, capture_output=True,
            text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("-m", "fangbang", "init")
    seeded = json.loads(run("-m", "tests.office.seeding_house", str(keys)).splitlines()[-1])
    run("-c", _TRUST)
    run("-m", "fangbang", "keeper", "init")
    children = Children(home / "logs", environment)
    try:
        announced(children.start("keeper", ["--json", "keeper", "serve"]), 60)
        lookup = ["--json", "lookup", "serve", "--port", "0", "--metrics-port", "0", "--workers", "1", "--images", "30"]
        told = announced(children.start("lookup", lookup), 60)
        metrics = f"http://127.0.0.1:{told['metrics_port']}/metrics"
        nodes = {"FANGBANG_NODES": f"{metrics},http://127.0.0.1:9/metrics"}
        office = announced(children.start("office", ["--json", "office", "serve", "--port", "0"], nodes), 60)
        run("-m", "tests.office.seeding_house", "--running", seeded["release"], seeded["things"]["export-job"])
        node = told["url"].rstrip("/")
        yield House(office["url"], keys, **seeded, node=node, metrics=metrics, layout=Layout(home))
    finally:
        children.stop()
