"""The first screen without a cache: every byte that travels, answers' heads among them, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from fangbang.pages.assets import assets
from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser
BUDGET = 14 * 1024


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context()
    yield opened
    opened.close()


def load(page: Page, url: str) -> dict[str, int]:
    """Address → bytes received for it, heads and compressed bodies, until nothing moves any more."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    urls: dict[str, str] = {}
    received: dict[str, int] = {}
    session.on("Network.requestWillBeSent", lambda event: urls.update({event["requestId"]: event["request"]["url"]}))
    session.on(
        "Network.loadingFinished",
        lambda event: received.update({urls[event["requestId"]]: int(event["encodedDataLength"])}),
    )
    page.goto(url, wait_until="networkidle")
    return received


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["/", "/score/social-worker-2026", "/help/ticket"])
def test_the_first_screen_is_light(context: BrowserContext, site: Site, path: str, language: str) -> None:
    received = load(context.new_page(), f"{site.node.url}{path}?lang={language}")

    kinds = sorted(url.rpartition("/")[2].partition(".")[0].partition("?")[0] for url in received)
    assert {"app", "mark", "style"} <= set(kinds)
    assert sum(received.values()) <= BUDGET, received


def test_what_travels_is_counted(context: BrowserContext, site: Site) -> None:
    """Positive control: of each file at least its compressed body, and a head."""
    received = load(context.new_page(), f"{site.node.url}/")

    for asset in (assets()[name] for name in ("app.js", "style.css", "mark.svg")):
        assert received[f"{site.node.url}{asset.url}"] > min(len(asset.compressed), len(asset.body)) + 100


def test_the_worker_of_the_challenge_comes_later(context: BrowserContext, site: Site) -> None:
    received = load(context.new_page(), f"{site.node.url}/")

    assert not [url for url in received if "pow" in url]
