"""A server that turns people away for a moment: the page waits by itself, whatever it had asked for."""

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.e2e.conftest import Site
from tests.e2e.steps import fill
from tests.lookup.scene import people

pytestmark = pytest.mark.browser


def turn_away(route: Route) -> None:
    route.fulfill(status=503, headers={"Retry-After": "1"}, json={"state": "overload"})


def ask(page: Page, site: Site) -> None:
    page.goto(site.query)
    fill(page, people()[0])
    page.click("form.query button[type=submit]")


@pytest.mark.parametrize("address", ["**/words/*", "**/challenge"])
def test_what_was_turned_away_once_is_asked_for_again(browser: Browser, site: Site, address: str) -> None:
    page = browser.new_page(locale="zh-CN")
    turned: list[str] = []

    def once(route: Route) -> None:
        if turned:
            route.continue_()
        else:
            turned.append(route.request.url)
            turn_away(route)

    page.route(address, once)
    ask(page, site)
    page.wait_for_selector("#result")
    page.close()

    assert len(turned) == 1


def test_who_is_turned_away_every_time_is_told_of_the_crowd(browser: Browser, site: Site) -> None:
    page = browser.new_page(locale="zh-CN")
    page.route("**/words/*", turn_away)

    ask(page, site)
    page.wait_for_selector("form.query button[type=submit]:enabled")
    told = page.inner_text("[data-status]")
    page.close()

    assert told == "当前查询人数较多"
