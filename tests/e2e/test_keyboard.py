"""A query with the keyboard alone."""

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Site
from tests.lookup.scene import people

pytestmark = pytest.mark.browser


def press_until(page: Page, selector: str) -> int:
    """Tab until the element has the focus; how many presses it took."""
    for presses in range(1, 30):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return presses
    raise AssertionError(f"{selector} cannot be reached")


def test_only_the_keyboard(page: Page, site: Site) -> None:
    person = people()[0]
    page.goto(site.query)

    press_until(page, "#f-ticket")
    page.keyboard.type(person.ticket)
    press_until(page, "#f-document")
    page.keyboard.type(person.document)
    press_until(page, "form.query button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#result")

    assert press_until(page, ".actions a") == 1, "the reader stands at the result's heading"


def test_the_content_can_be_skipped_to(page: Page, site: Site) -> None:
    page.goto(site.query)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"
