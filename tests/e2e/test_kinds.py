"""Each way to find a result, typed by a candidate, with JavaScript and without."""

import pytest
from playwright.sync_api import Page

from fangbang.lookup.formats import FIELDS
from tests.e2e.conftest import Site
from tests.e2e.steps import read_riddle
from tests.lookup.scene import Person, people

pytestmark = pytest.mark.browser

KINDS = ("document-name", "archive-document", "name-birth")


def type_in(page: Page, site: Site, kind: str, person: Person) -> None:
    """From the ordinary form through the link of the kind."""
    page.goto(site.query)
    page.click(f'.kinds a[href$="{kind}"]')
    for item, values in person.further.items():
        if item.value == kind:
            for name, value in zip(FIELDS[item], values, strict=True):
                page.fill(f"#f-{name}", value)
    page.click("form.query button[type=submit]")


@pytest.mark.parametrize("kind", KINDS)
def test_with_javascript(page: Page, site: Site, kind: str) -> None:
    person = people()[1]

    type_in(page, site, kind, person)

    page.wait_for_selector("#result")
    assert person.record.ticket in page.inner_text(".facts")


@pytest.mark.parametrize("kind", KINDS)
def test_without_javascript(plain_page: Page, site: Site, kind: str) -> None:
    person = people()[2]

    type_in(plain_page, site, kind, person)
    plain_page.fill("#f-image", read_riddle(plain_page, site))
    plain_page.click("form.query button[type=submit]")

    assert person.record.ticket in plain_page.inner_text(".facts")


def test_a_subjects_own_ticket(page: Page, site: Site) -> None:
    person = people()[0]
    page.goto(site.query)
    page.fill("#f-ticket", f"{person.ticket}7")
    page.fill("#f-document", person.document)

    page.click("form.query button[type=submit]")

    page.wait_for_selector("#result")
    assert f"准考证号 {person.ticket}7" in page.inner_text(".marks")


def test_the_forgotten_ticket_leads_to_a_result(page: Page, site: Site) -> None:
    """From the link beside the ticket field, through the page of ways, to the query by name and the result."""
    person = people()[0]
    page.goto(site.query)

    page.click("text=忘记准考证号？")
    page.click('main a[href$="by=document-name"]')
    page.fill("#f-document", person.document)
    page.fill("#f-name", person.name)
    page.click("form.query button[type=submit]")

    page.wait_for_selector("#result")
    assert person.ticket in page.inner_text(".facts")
