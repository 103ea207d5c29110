"""A browser that runs scripts but no worker: it gets a riddle, as one without scripts."""

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Site
from tests.e2e.steps import fill, read_riddle
from tests.lookup.scene import people

pytestmark = pytest.mark.browser


def test_a_riddle_takes_the_place_of_the_proof_of_work(page: Page, site: Site) -> None:
    page.route("**/pow.*.js", lambda route: route.fulfill(body="throw new Error('no worker')"))
    page.goto(site.query)
    fill(page, people()[0])
    page.click("form.query button[type=submit]")
    page.wait_for_selector("audio")

    page.fill("#f-image", read_riddle(page, site))
    page.click("form.query button[type=submit]")

    assert page.inner_text(".verdict") == "部分科目通过"
