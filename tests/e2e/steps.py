"""What a candidate does, step by step."""

import httpx
from playwright.sync_api import Page

from tests.e2e.conftest import Site
from tests.lookup.ears import heard
from tests.lookup.scene import Person


def fill(page: Page, person: Person) -> None:
    page.fill("#f-ticket", person.ticket)
    page.fill("#f-document", person.document)


def read_riddle(page: Page, site: Site) -> str:
    """What a person would hear: the recording beside the image, which says the same digits."""
    address = page.get_attribute("audio", "src") or ""
    return heard(httpx.get(site.node.url + address).content)


def query_without_script(page: Page, site: Site, person: Person, language: str = "zh") -> None:
    page.goto(f"{site.query}?lang={language}")
    fill(page, person)
    page.click("form.query button[type=submit]")
    page.fill("#f-image", read_riddle(page, site))
    page.click("form.query button[type=submit]")


def query_with_script(page: Page, site: Site, person: Person, language: str = "zh") -> None:
    page.goto(f"{site.query}?lang={language}")
    fill(page, person)
    page.click("form.query button[type=submit]")
    page.wait_for_selector("#result")
