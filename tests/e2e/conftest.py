"""A released sitting on a real node, and pages of a real Chromium (`browser`, from the tests' root)."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.lookup.policy import by_name_and_birth
from tests.lookup.scene import SITTING, Node, Scene, node, people, reissued, wait

NODE = f"e2e{os.getpid()}"
"""Two test processes may each have a node: its shared memory is found by this name."""


@dataclass
class Site:
    """The running node and its release."""

    scene: Scene
    node: Node

    @property
    def query(self) -> str:
        return f"{self.node.url}/score/{SITTING}"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A node that answers: T is past."""
    scene = Scene(tmp_path_factory.mktemp("site"))
    scene.seal(people())
    exams = str(by_name_and_birth(scene.root / "exams"))
    with node(scene, "--node", NODE, "--challenge-bits", "10", "--exams", exams) as running:
        scene.post("published")
        wait(lambda: released(running.url), "the release")
        with reissued(scene):
            yield Site(scene, running)


def released(url: str) -> bool:
    said = httpx.get(f"{url}/board").json()["sittings"]
    return SITTING in said and said[SITTING]["state"] == "published"


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A Chinese phone; it fails the test if the page complains of anything."""
    yield from watched(browser)


@pytest.fixture
def plain_page(browser: Browser, site: Site) -> Iterator[Page]:
    """The same without JavaScript."""
    yield from watched(browser, java_script_enabled=False)


def watched(browser: Browser, *, java_script_enabled: bool = True) -> Iterator[Page]:
    context = browser.new_context(
        locale="zh-CN", viewport={"width": 360, "height": 740}, java_script_enabled=java_script_enabled
    )
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.set_default_timeout(10_000)
    yield opened
    context.close()
    expected = [text for text in complaints if "status of 4" not in text]
    assert expected == []


def shared_file(name: str) -> Path:
    """A file of the node's shared memory."""
    return next(Path("/dev/shm").glob(f"fangbang-{NODE}-*")) / name
