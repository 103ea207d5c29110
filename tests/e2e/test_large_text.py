"""Large text: chosen by a link, kept by a cookie, with and without JavaScript."""

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Site
from tests.e2e.steps import query_with_script, query_without_script
from tests.lookup.scene import people

pytestmark = pytest.mark.browser


def size(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).fontSize"))


def test_without_javascript_it_stays_for_every_page_and_the_result(plain_page: Page, site: Site) -> None:
    plain_page.goto(site.query)
    assert size(plain_page) == "16px"

    plain_page.click("text=大字版")
    assert plain_page.url == f"{site.query}?size=large"
    assert size(plain_page) == "24px"

    query_without_script(plain_page, site, people()[0])
    assert plain_page.inner_text("h1") == "查询结果"
    assert size(plain_page) == "24px"

    plain_page.click("text=标准字号")
    assert size(plain_page) == "16px"
    plain_page.goto(f"{site.node.url}/help")
    assert size(plain_page) == "16px"


def test_with_javascript_a_result_stays(page: Page, site: Site) -> None:
    query_with_script(page, site, people()[0])

    with page.expect_response("**?size=large"):
        page.click("text=大字版")
    assert size(page) == "24px"
    assert page.is_visible("#result")
    assert page.evaluate("document.activeElement.textContent") == "标准字号"

    page.goto(f"{site.node.url}/help")
    assert size(page) == "24px"


def test_an_identity_number_is_seen_whole_on_a_phone(plain_page: Page, site: Site) -> None:
    plain_page.goto(f"{site.query}?size=large")
    plain_page.fill("#f-document", "8" * 18)

    hidden = plain_page.eval_on_selector("#f-document", "input => input.scrollWidth - input.clientWidth")

    assert hidden == 0


def test_an_unknown_size_is_the_ordinary_one(plain_page: Page, site: Site) -> None:
    plain_page.goto(f"{site.query}?size=huge")

    assert size(plain_page) == "16px"
    assert [cookie["value"] for cookie in plain_page.context.cookies() if cookie["name"] == "size"] == ["normal"]
