"""axe finds nothing on any page, in either language, on a phone and on a desk; nothing scrolls sideways."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, ViewportSize

from tests.e2e.conftest import Site
from tests.e2e.steps import fill, query_with_script
from tests.lookup.scene import SITTING, document, people

pytestmark = pytest.mark.browser

WIDTHS = (360, 1280)
ZOOMED = ViewportSize(width=320, height=256)
"""What 400 % zoom leaves of 1280 by 1024 pixels."""
PATHS = (
    "/", f"/score/{SITTING}", f"/score/{SITTING}?by=document-name", "/notices", "/help", "/help/ticket",
    f"/help/ticket/{SITTING}", "/verify", "/nowhere",
)  # fmt: skip
axe = Axe()


def judge(page: Page) -> None:
    """Look at the page at each width, then zoomed, in ordinary and in large text."""
    at_each_width(page)
    page.evaluate("document.documentElement.classList.toggle('large')")
    at_each_width(page)


def at_each_width(page: Page) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        found = axe.run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"scrolls sideways at {width}"
    page.set_viewport_size(ZOOMED)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "scrolls sideways when zoomed"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_public_pages(page: Page, site: Site, path: str, language: str) -> None:
    page.goto(f"{site.node.url}{path}{'&' if '?' in path else '?'}lang={language}")

    judge(page)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_result(page: Page, site: Site, language: str) -> None:
    query_with_script(page, site, people()[2], language)

    judge(page)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_picture_step(page: Page, site: Site, language: str) -> None:
    page.goto(f"{site.query}?lang={language}")
    fill(page, people()[0])
    page.evaluate("document.querySelector('form.query').submit()")
    page.wait_for_selector("#f-image")

    judge(page)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_messages(page: Page, site: Site, language: str) -> None:
    page.goto(f"{site.query}?lang={language}")
    page.fill("#f-ticket", "1")
    page.fill("#f-document", document(1))
    page.evaluate("document.querySelector('form.query').submit()")
    page.wait_for_selector("[aria-invalid]")

    judge(page)


def test_axe_sees_a_planted_fault(page: Page, site: Site) -> None:
    """Positive control."""
    page.goto(site.query)
    page.evaluate("document.querySelectorAll('label').forEach(label => label.remove())")

    assert axe.run(page).violations_count > 0


def test_a_page_that_is_too_wide_is_seen(page: Page, site: Site) -> None:
    """Positive control."""
    page.goto(site.query)
    page.evaluate("document.querySelector('main').append('x'.repeat(200))")

    with pytest.raises(AssertionError, match="sideways"):
        judge(page)
