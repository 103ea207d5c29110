"""A candidate with an ordinary browser."""

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Site
from tests.e2e.steps import fill, query_with_script
from tests.lookup.scene import document, people

pytestmark = pytest.mark.browser


def test_from_the_bookmarked_address_to_the_result(page: Page, site: Site) -> None:
    person = people()[1]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url + (request.post_data or "")))

    page.goto(f"{site.node.url}/examfront/score/initializeCX.htm")
    fill(page, person)
    page.click("text=查询成绩 >> nth=-1")
    page.wait_for_selector("#result")

    assert page.inner_text(".verdict") == "部分科目通过"
    assert "王䶮" in page.inner_text(".facts")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    assert not any(person.ticket in text or person.document in text for text in [*asked, page.url])


def test_typing_is_forgiven(page: Page, site: Site) -> None:
    person = people()[0]
    page.goto(site.query)
    page.fill("#f-ticket", f" {person.ticket[:4]} {person.ticket[4:]} ")
    page.fill("#f-document", "".join(chr(ord(letter) + 0xFEE0) for letter in person.document))
    page.click("form.query button[type=submit]")

    page.wait_for_selector("#result")


def test_a_malformed_field_is_named_and_focused(page: Page, site: Site) -> None:
    page.goto(site.query)
    page.fill("#f-ticket", "1")
    page.fill("#f-document", document(1))
    page.click("form.query button[type=submit]")

    page.wait_for_selector("#f-ticket[aria-invalid=true]")

    assert "格式不对" in page.inner_text("#e-ticket")
    assert page.evaluate("document.activeElement.id") == "f-ticket"


def test_a_miss_is_told_without_a_reason(page: Page, site: Site) -> None:
    page.goto(site.query)
    page.fill("#f-ticket", "99999999")
    page.fill("#f-document", document(1))
    page.click("form.query button[type=submit]")

    page.wait_for_selector("text=没有查到唯一匹配的成绩")

    assert page.input_value("#f-ticket") == "99999999"


def test_the_ticket_is_forgotten(page: Page, site: Site) -> None:
    person = people()[2]
    page.goto(site.query)
    page.click("text=证件号码 + 姓名")
    page.fill("#f-document", person.document)
    page.fill("#f-name", person.name)
    page.click("form.query button[type=submit]")

    page.wait_for_selector("#result")

    assert "阿依古丽" in page.inner_text(".facts")


def test_another_result_after_the_first(page: Page, site: Site) -> None:
    query_with_script(page, site, people()[0])
    page.click("text=再查一次")

    assert page.input_value("#f-document") == ""
