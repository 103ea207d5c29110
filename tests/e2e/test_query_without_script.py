"""A candidate whose browser runs no JavaScript."""

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Site
from tests.e2e.steps import fill, query_without_script
from tests.lookup.scene import document, people

pytestmark = pytest.mark.browser


def test_fields_then_picture_then_result(plain_page: Page, site: Site) -> None:
    person = people()[1]

    query_without_script(plain_page, site, person)

    assert plain_page.inner_text(".verdict") == "部分科目通过"
    assert person.document not in plain_page.url


def test_a_wrong_picture_shows_a_new_one_and_keeps_the_fields(plain_page: Page, site: Site) -> None:
    person = people()[0]
    plain_page.goto(site.query)
    fill(plain_page, person)
    plain_page.click("form.query button[type=submit]")
    first = plain_page.get_attribute(".field img", "src")
    plain_page.fill("#f-image", "00000")
    plain_page.click("form.query button[type=submit]")

    assert plain_page.inner_text("#e-image") == "数字不对。请按新的图片或录音再试一次。"
    assert plain_page.get_attribute(".field img", "src") != first
    assert plain_page.input_value("#f-document") == person.document


def test_a_malformed_field_is_named_before_the_picture(plain_page: Page, site: Site) -> None:
    plain_page.goto(site.query)
    plain_page.fill("#f-ticket", "1")
    plain_page.fill("#f-document", document(1))
    plain_page.click("form.query button[type=submit]")

    assert "准考证号的格式不对" in plain_page.inner_text("#e-ticket")
    assert plain_page.query_selector("#f-image") is None


def test_a_miss(plain_page: Page, site: Site) -> None:
    person = people()[0]

    query_without_script(plain_page, site, type(person)(person.name, "99999999", person.document, person.record))

    assert plain_page.inner_text("h1") == "没有查到唯一匹配的成绩"
