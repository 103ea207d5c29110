"""The desk in a real Chromium: keyboard, axe, phone and desk width, and nothing personal in any address."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from fangbang.cli.demo.processes import Children, announced
from tests.conftest import ROOT
from tests.desk.scene import CANARIES, LI, WANG
from tests.office.desk import SESSION
from tests.office.test_browser import judge
from tests.project.databases import environment_of

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("DESK_SHOTS")
"""A folder for pictures of what these tests look at."""


@dataclass
class Running:
    """A served office; who is signed in → their session."""

    url: str
    sessions: dict[str, str]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("home")
    environment = {**environment_of(home), "FANGBANG_LANG": "en"}
    for words in (("fangbang", "init"), ("tests.office.desk_seeding",)):
        done = subprocess.run(
            [sys.executable, "-m", *words], env={**os.environ, **environment}, cwd=ROOT, check=True,
            capture_output=True, text=True,
        )  # fmt: skip
    children = Children(home / "logs", environment)
    try:
        told = announced(children.start("office", ["--json", "office", "serve", "--port", "0"]), 60)
        yield Running(told["url"], json.loads(done.stdout.splitlines()[-1]))
    finally:
        children.stop()


def seated(browser: Browser, office: Running, who: str, addresses: list[str]) -> Page:
    """A page in which somebody is signed in; `addresses` fills with every address that is asked for."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    context.add_cookies([{"name": SESSION, "value": office.sessions[who], "url": office.url}])
    page = context.new_page()
    page.on("request", lambda request: addresses.append(f"{request.url} {request.headers.get('referer', '')}"))
    return page


def looked_at(page: Page, name: str) -> None:
    """axe and the widths; a picture if they are asked for."""
    judge(page)
    if SHOTS:
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_candidate_is_found_and_seen_by_keyboard_alone(office: Running, browser: Browser) -> None:
    addresses: list[str] = []
    page = seated(browser, office, "li", addresses)
    page.goto(f"{office.url}/desk")
    looked_at(page, "desk")
    page.focus("#number")
    page.keyboard.type(LI["ticket"])
    page.focus("#reason")
    page.keyboard.type("window, case 12")
    page.keyboard.press("Enter")
    page.wait_for_selector("form.hit")
    looked_at(page, "hits")

    page.focus("form.hit button")
    page.keyboard.press("Enter")
    page.wait_for_selector("table.marks")
    looked_at(page, "result")

    shown = page.inner_text("main")
    assert (LI["name"] in shown, LI["doc_number"] in shown) == (True, False)
    page.goto(f"{office.url}/desk")
    page.fill("#forgot-number", LI["doc_number"])
    page.fill("#forgot-name", LI["name"])
    page.fill("#forgot-reason", "window, case 13")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/numbers")
    looked_at(page, "numbers")
    assert LI["archive"] in page.inner_text("main")
    assert [one for one in addresses for canary in CANARIES if canary in one] == []
    page.context.close()


def test_a_preview_by_two_people_is_marked_on_the_screen_and_in_print(office: Running, browser: Browser) -> None:
    addresses: list[str] = []
    wang = seated(browser, office, "wang", addresses)
    wang.goto(f"{office.url}/previews")
    wang.fill("#ticket", WANG["ticket"])
    wang.fill("#reason", "corrected mark 2026-3")
    wang.keyboard.press("Enter")
    wang.wait_for_url("**/previews/pv-*")
    looked_at(wang, "preview-asked")
    zhao = seated(browser, office, "zhao", addresses)
    zhao.goto(wang.url)
    looked_at(zhao, "preview-agree")
    zhao.click("button[value=agree]")
    zhao.wait_for_selector("text=agreed")

    wang.reload()
    wang.click("main form button")
    wang.wait_for_selector("svg.watermark")
    looked_at(wang, "preview-shown")
    wang.emulate_media(media="print")
    mark = wang.evaluate("(() => { const s = getComputedStyle(document.querySelector('.watermark'));"
                         " return [s.position, s.display, s.visibility]; })()")  # fmt: skip

    assert mark == ["fixed", "block", "visible"]
    assert "王芳 wang" in (wang.text_content("svg.watermark") or "")
    assert "71.5" in wang.inner_text("main")
    assert [one for one in addresses for canary in CANARIES if canary in one] == []
    if SHOTS:
        wang.pdf(path=Path(SHOTS) / "preview.pdf")
    wang.goto(f"{office.url}/withholdings")
    looked_at(wang, "withholdings")
    wang.fill("#ticket", WANG["ticket"])
    wang.fill("#reason", "similarity 2026-3")
    wang.fill("#basis", "人社部令第31号第六条")
    wang.keyboard.press("Enter")
    wang.wait_for_url("**/withholdings/wr-*")
    looked_at(wang, "withholding")
    for page in (wang, zhao):
        page.context.close()
