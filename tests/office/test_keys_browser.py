"""A signing key is made in its owner's browser, where it stays, and enrolled by an administrator in another."""

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from fangbang.accounts.rules import enrolment_line, open_key
from tests.office.browsing import judge
from tests.office.test_browser import Running, context, desk, enrol, office, sign_in

__all__ = ["context", "office"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
WORDS = "four plain words here"


def seat(office: Running, context: BrowserContext, who: str) -> tuple[Page, list[str]]:
    page, complaints = desk(context)
    enrol(page, office, who)
    sign_in(page, office, who)
    return page, complaints


def test_a_key_is_made_by_its_owner_and_enrolled_by_an_administrator(
    office: Running, context: BrowserContext, browser: Browser
) -> None:
    page, complaints = seat(office, context, "wang")
    page.goto(f"{office.url}/account/key")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url} {request.post_data or ''}"))
    page.fill("#passphrase", WORDS)
    page.fill("#again", "four other words here")
    page.click("form[data-make-key] button")
    page.wait_for_selector("[data-problem=different]:visible")
    page.fill("#again", WORDS)
    page.evaluate("void (crypto.subtle.generateKey = () => Promise.reject(new Error('no')))")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-problem=failed]:visible")
    assert page.is_hidden(".working")
    page.evaluate("delete crypto.subtle.generateKey")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-made]:visible")
    judge(page)
    with page.expect_download() as fetched:
        page.click("a[download]")
    key = open_key(Path(fetched.value.path()).read_bytes(), WORDS)
    line, told = page.input_value("[data-made] textarea"), page.inner_text("[data-id]")
    with browser.new_context(locale="en-GB") as other:
        chen, _ = seat(office, other, "chen")
        chen.goto(f"{office.url}/staff/wang")
        chen.fill("#line", line)
        chen.click("text=Enrol this key")
        chen.wait_for_selector(f"text={told}")

    public = hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()
    assert (told, line) == (public[:32], enrolment_line(key, "wang"))
    assert [said for said in sent if not said.startswith("GET ") or "?" in said] == []
    assert complaints == []
