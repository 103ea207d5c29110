"""Board and switches in a real Chromium, with a real keeper and a real node: seen, judged by axe, used by keyboard."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser

from fangbang.cli.demo.processes import Children, announced, wait_for
from tests.conftest import ROOT
from tests.office.browsing import judge
from tests.office.browsing import with_passkeys as desk
from tests.office.seeding import PASSPHRASE
from tests.office.test_browser import Running, enrol, sign_in
from tests.project.databases import environment_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
_TRUST = (
    "from fangbang.project.boot import open_office; from fangbang.project.layout import Layout; "
    "from fangbang.cli.init import export_trust; export_trust(Layout(open_office().home))"
)


@dataclass
class Served(Running):
    """An office with a keeper and one node behind it."""

    node: str = ""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home, keys = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("keys")
    environment = {**environment_of(home), "FANGBANG_LANG": "en"}

    def run(*words: str) -> str:
        return subprocess.run(
            [sys.executable, *words], env={**os.environ, **environment}, cwd=ROOT, check=True, capture_output=True,
            text=True,
        ).stdout  # fmt: skip

    run("-m", "fangbang", "init")
    seeded = json.loads(run("-m", "tests.office.seeding", str(keys)).splitlines()[-1])
    run("-c", _TRUST)
    run("-m", "fangbang", "keeper", "init")
    children = Children(home / "logs", environment)
    try:
        announced(children.start("keeper", ["--json", "keeper", "serve"]), 60)
        lookup = ["--json", "lookup", "serve", "--port", "0", "--metrics-port", "0", "--workers", "1", "--images", "30"]
        told = announced(children.start("lookup", lookup), 60)
        metrics = f"http://127.0.0.1:{told['metrics_port']}/metrics"
        environment["FANGBANG_NODES"] = f"{metrics},http://127.0.0.1:9/metrics"
        watched = Children(home / "logs", environment)
        try:
            office = announced(watched.start("office", ["--json", "office", "serve", "--port", "0"]), 60)
            yield Served(office["url"], keys, seeded["codes"], seeded["release"], node=told["url"].rstrip("/"))
        finally:
            watched.stop()
    finally:
        children.stop()


def test_the_board_and_a_switch_by_hand(served: Served, browser: Browser) -> None:
    opened = browser.new_context(locale="en-GB", viewport={"width": 360, "height": 740})
    opened.set_default_timeout(30_000)
    page, complaints = desk(opened)
    enrol(page, served, "wang")
    sign_in(page, served, "wang")

    asked: list[bool] = []
    page.on("request", lambda sent: asked.append("x-polling" in sent.headers) if sent.url.endswith("/board") else None)
    page.goto(f"{served.url}/board")
    page.wait_for_selector("tr.green")
    judge(page, "board")
    assert "has never answered" in page.inner_text("tr.red")
    page.focus("text=Stop loading anew")
    before = page.inner_text(".bits")
    page.wait_for_function("before => document.querySelector('.bits').innerText !== before", arg=before)
    assert page.evaluate("document.activeElement.innerText") == "Stop loading anew"
    assert (asked[0], set(asked[1:])) == (False, {True})
    assert "demo custody" in page.inner_text("#keepers ~ .scroll tr.green")
    assert page.locator(".spark").count() == 4

    page.goto(f"{served.url}/switches")
    judge(page)
    page.check("input[value=static]")
    page.fill("#zh", "\u7cfb\u7edf\u68c0\u67e5\u4e2d")
    page.fill("#en", "Under inspection")
    page.fill("#reason", "drill")
    page.keyboard.press("Enter")
    page.wait_for_url("**/switches/move**")
    judge(page)
    page.set_input_files("#key", served.keys / "wang.pem")
    page.fill("#passphrase", PASSPHRASE)
    page.click("form[data-sign] button")
    page.wait_for_url(f"{served.url}/switches")
    since = time.monotonic()
    wait_for(lambda: httpx.get(f"{served.node}/challenge").json() == {"state": "closed"}, 5)

    assert time.monotonic() - since < 5
    judge(page)
    assert "Nothing but pages" in page.inner_text(".switch-banner")
    assert complaints == []
    opened.close()
