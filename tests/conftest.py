"""What all tests share: a clock that stands still, a real browser, the real data, and a count of what was not run."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from playwright._impl._driver import compute_driver_executable
from playwright.sync_api import Browser, sync_playwright

from fangbang.core.clock import ManualClock

pytest_plugins = ("tests.project.databases",)

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"
CHROMIUM = shutil.which("chromium")
CHECKER = Path(os.environ.get("VNU_JAR") or ROOT / "build/checker/node_modules/vnu-jar/build/dist/vnu.jar")
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")

# Two busy cores make any deadline a coin toss; pytest-timeout stops what hangs.
hypothesis.settings.register_profile("fangbang", deadline=None)
hypothesis.settings.load_profile("fangbang")


def browser_runs() -> bool:
    """Chromium is here, and so are the libraries of the program that drives it."""
    if CHROMIUM is None:
        return False
    node, _ = compute_driver_executable()
    return subprocess.run([node, "--version"], capture_output=True, check=False).returncode == 0


_NEEDS = {
    "shared_data": (SHARED_DATA.is_dir(), "the real data sets (../shared/data) are not here"),
    "checker": (
        CHECKER.is_file() and shutil.which("java") is not None,
        "the HTML checker (vnu.jar) or Java is not here",
    ),
    "browser": (browser_runs(), "Chromium or a library of its driver (libatomic1) is not installed"),
    "nginx": (NGINX is not None, "nginx is not installed (Debian: nginx-light)"),
}


USUAL = 180
"""Seconds a test may take that says nothing of its own (pyproject.toml)."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, each with its reason; begin with the files that take longest.

    What needs more than the usual time says so; begun last, it would leave the other processor idle for minutes.
    """
    long = {item.path for item in items if any(mark.args[0] > USUAL for mark in item.iter_markers("timeout"))}
    items.sort(key=lambda item: item.path not in long)
    for item in items:
        for marker, (present, reason) in _NEEDS.items():
            if item.get_closest_marker(marker) and not present:
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were not run, and why, where nobody can overlook it."""
    skipped = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", [])]
    for _, reason in _NEEDS.values():
        count = sum(reason in text for text in skipped)
        if count:
            terminalreporter.write_line(f"NOT RUN: {count} tests, because {reason}", yellow=True)


@pytest.fixture
def clock() -> ManualClock:
    """Ten in the morning in Beijing on a result day; `clock.advance(...)` moves it."""
    return ManualClock(datetime(2026, 8, 20, 2, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets; for tests marked `shared_data`."""
    return SHARED_DATA


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium without a window; for tests marked `browser`. Open a `browser.new_context()` for each test.

    It ends with its module: its driver keeps an event loop running, under which neither Django nor asyncio works.
    """
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
