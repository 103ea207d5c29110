"""The office in a real Chromium: passkeys of a virtual authenticator, a signature with a key that stays there, axe."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from fangbang.cli.demo.processes import Children, announced
from tests.conftest import ROOT
from tests.office.browsing import judge
from tests.office.browsing import with_passkeys as desk
from tests.office.desk import PASSWORD
from tests.office.seeding import PASSPHRASE
from tests.project.databases import environment_of

pytestmark = pytest.mark.browser
__all__ = ["Running", "desk", "enrol", "judge", "office", "sign_in"]


@dataclass
class Running:
    """A served office with seeded staff."""

    url: str
    keys: Path
    codes: dict[str, str]
    release: str
    published: str = ""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    yield from serve("tests.office.seeding", tmp_path_factory)


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    yield from serve("tests.office.seeding_marks", tmp_path_factory)


def serve(seeding: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An office of its own, with what a module seeds."""
    home, keys = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("keys")
    environment = {**environment_of(home), "FANGBANG_LANG": "en"}

    def run(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", *words], env={**os.environ, **environment}, cwd=ROOT, check=True,
            capture_output=True, text=True,
        ).stdout  # fmt: skip

    run("fangbang", "init")
    seeded = json.loads(run(seeding, str(keys)).splitlines()[-1])
    children = Children(home / "logs", environment)
    try:
        told = announced(children.start("office", ["--json", "office", "serve", "--port", "0"]), 60)
        yield Running(told["url"], keys, **seeded)
    finally:
        children.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(locale="en-GB", viewport={"width": 360, "height": 740})
    opened.set_default_timeout(30_000)
    yield opened
    opened.close()


def enrol(page: Page, office: Running, who: str) -> None:
    """From the one-time code to a passkey."""
    page.goto(f"{office.url}/enrol")
    judge(page)
    page.fill("#code", office.codes[who])
    page.click("main button")
    page.wait_for_url("**/enrol/password")
    judge(page)
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/enrol/factor")
    judge(page)
    page.click("form[data-passkey] button")
    page.wait_for_url("**/sign-in")


def sign_in(page: Page, office: Running, who: str) -> None:
    """Password, then passkey."""
    page.goto(f"{office.url}/sign-in")
    judge(page)
    page.fill("#operator", who)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/second**")
    judge(page)
    page.click("form[data-passkey] button")
    page.wait_for_url(f"{office.url}/")


def test_an_administrator_with_a_passkey(office: Running, context: BrowserContext) -> None:
    page, complaints = desk(context)
    enrol(page, office, "chen")
    sign_in(page, office, "chen")

    for path in ("/", "/account", "/staff", "/staff/add", "/staff/wang", "/account/password", "/nowhere"):
        page.goto(f"{office.url}{path}")
        judge(page)

    page.goto(f"{office.url}/account?lang=zh")
    judge(page)
    assert page.inner_text("nav.side").split() == ["首页", "工作人员", "阅卷中心", "保管期限", "我的账户"]
    assert [text for text in complaints if "status of 404" not in text] == []


def test_an_approver_signs_with_a_key_that_stays_in_the_browser(office: Running, context: BrowserContext) -> None:
    page, complaints = desk(context)
    enrol(page, office, "wang")
    sign_in(page, office, "wang")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    page.goto(f"{office.url}/releases/{office.release}")
    judge(page)
    page.click("text=Read the report and sign it")
    judge(page)

    page.set_input_files("#key", office.keys / "wang.pem")
    page.fill("#passphrase", "a wrong passphrase")
    page.click("form[data-sign] button")
    page.wait_for_selector("[data-problem=passphrase]:visible")
    page.fill("#passphrase", PASSPHRASE)
    page.click("form[data-sign] button")
    page.wait_for_url(f"{office.url}/releases/{office.release}")

    assert "signed the report" in page.inner_text("ol.timeline")
    assert "1 more must sign" in page.inner_text("ol.timeline")
    pem = (office.keys / "wang.pem").read_text().splitlines()[1]
    assert [body for body in sent if pem in body or PASSPHRASE in body] == []
    assert complaints == []


def test_the_gate_and_the_statistics_are_read_with_plots_and_tables(counted: Running, context: BrowserContext) -> None:
    page, complaints = desk(context)
    enrol(page, counted, "sun")
    sign_in(page, counted, "sun")
    shots = os.environ.get("OFFICE_SHOTS")

    for name, path in {
        "gate": f"/releases/{counted.release}/gate",
        "statistics": "/statistics",
        "statistics-release": f"/statistics/{counted.published}",
        "statistics-province": f"/statistics/{counted.published}/310000",
    }.items():
        for language in ("zh", "en"):
            page.goto(f"{counted.url}{path}?lang={language}")
            judge(page, axe_at=(1280,) if language == "zh" else (360,))  # the other two: `test_house_browser`
            for width in (360, 1280) if shots else ():
                page.set_viewport_size({"width": width, "height": 800})
                page.screenshot(path=f"{shots}/{name}-{language}-{width}.png", full_page=True)

    page.goto(f"{counted.url}/releases/{counted.release}/gate")
    page.keyboard.press("Tab")
    page.locator("figure.histogram summary").first.press("Enter")
    assert page.locator("figure.histogram details[open] tbody tr").count() > 50
    judge(page)
    with page.expect_download() as saved:
        page.goto(f"{counted.url}/statistics/{counted.published}")
        page.click("text=Download XLSX")
    assert saved.value.suggested_filename == f"social-worker-2025-{counted.published}.xlsx"
    assert complaints == []


def test_a_catalogue_editor_proposes_a_changed_exam_with_the_keyboard(
    office: Running, context: BrowserContext, tmp_path: Path
) -> None:
    page, complaints = desk(context)
    enrol(page, office, "lin")
    sign_in(page, office, "lin")
    for path in ("/catalogue", "/catalogue/exams/social-worker?year=2026&lang=zh", "/catalogue/exams/fire-1?lang=en"):
        page.goto(f"{office.url}{path}")
        judge(page, f"catalogue-{path.rpartition('/')[2].partition('?')[0]}")
    with page.expect_download() as saved:
        page.locator("dl a").first.press("Enter")
    changed = tmp_path / "fire-1.toml"
    changed.write_text(Path(saved.value.path()).read_text().replace('full = "120"', 'full = "150"'))

    page.goto(f"{office.url}/catalogue")
    page.set_input_files("#file", changed)
    page.fill("#reason", "Notice 7")
    page.keyboard.press("Enter")
    page.wait_for_url("**/catalogue/changes/**")

    judge(page, "catalogue-change")
    assert page.inner_text("table tbody td:nth-of-type(2)") == "150"
    page.locator("button", has_text="Take back").press("Enter")
    page.wait_for_selector("text=taken back")
    judge(page)
    assert complaints == []


def test_a_changed_document_is_not_signed(office: Running, context: BrowserContext) -> None:
    page, _ = desk(context)
    enrol(page, office, "zhao")
    sign_in(page, office, "zhao")
    page.goto(f"{office.url}/releases/{office.release}/approve")
    page.evaluate("document.querySelector('[data-sign]').dataset.document += ' '")

    page.set_input_files("#key", office.keys / "zhao.pem")
    page.fill("#passphrase", PASSPHRASE)
    page.click("form[data-sign] button")

    page.wait_for_selector("[data-problem=document]:visible")
    assert page.input_value("[name=signature]") == ""


def test_without_a_script_the_command_is_shown_and_codes_still_work(office: Running, browser: Browser) -> None:
    context = browser.new_context(locale="en-GB", java_script_enabled=False)
    page = context.new_page()

    page.goto(f"{office.url}/sign-in")
    page.fill("#operator", "nobody")
    page.fill("#password", "wrong")
    page.click("main button")

    assert "accounts.sign-in-refused" in page.inner_text("main")
    context.close()
