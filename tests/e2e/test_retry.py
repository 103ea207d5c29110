"""When the page before T asks again: spread over a minute, the same page for everybody."""

import pytest
from playwright.sync_api import Browser

from fangbang.pages.assets import assets
from fangbang.pages.site import Site
from tests.pages.test_site import card

pytestmark = pytest.mark.browser
DRAWS = 2000


@pytest.mark.parametrize("left", [-5_000, 0, 1_000, 30_000, 3_600_000])
def test_pauses_are_spread_over_a_minute(browser: Browser, left: int) -> None:
    page = browser.new_page()
    page.add_script_tag(content=assets()["app.js"].body.decode())

    pauses = page.evaluate("([left, draws]) => Array.from({ length: draws }, () => pause(left))", [left, DRAWS])
    page.close()

    earliest = 5_000 if left <= 0 else min(left, 60_000)
    assert earliest <= min(pauses)
    assert max(pauses) <= earliest + 60_000
    spread = sorted(pauses)
    assert spread[DRAWS // 2] - spread[0] == pytest.approx(30_000, abs=3_000)


def test_the_page_itself_holds_no_jitter() -> None:
    waiting = [card("scheduled")]

    assert Site().home("zh", waiting) == Site().home("zh", waiting)
    assert b"http-equiv" not in Site().home("zh", waiting)
    assert b'href="/score/s-2026"' in Site().home("zh", waiting)
