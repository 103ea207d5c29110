"""What a candidate does, step by step."""

from base64 import urlsafe_b64decode
from struct import Struct

from playwright.sync_api import Page

from fangbang.lookup.images import ImagePool
from tests.e2e.conftest import Site, shared_file
from tests.lookup.scene import Person

_TOKEN = Struct(">2sIII")


def fill(page: Page, person: Person) -> None:
    page.fill("#f-ticket", person.ticket)
    page.fill("#f-document", person.document)


def read_picture(page: Page) -> str:
    """What a person would read in the picture: taken from the node's own pool."""
    token = page.get_attribute("input[name=token]", "value") or ""
    image = _TOKEN.unpack(urlsafe_b64decode(token + "==")[: _TOKEN.size])[2]
    pool = ImagePool(shared_file("images"), 30, b"", b"e2")
    return pool._answer(image).rstrip(b"\0").decode()


def query_without_script(page: Page, site: Site, person: Person, language: str = "zh") -> None:
    page.goto(f"{site.query}?lang={language}")
    fill(page, person)
    page.click("form.query button[type=submit]")
    page.fill("#f-image", read_picture(page))
    page.click("form.query button[type=submit]")


def query_with_script(page: Page, site: Site, person: Person, language: str = "zh") -> None:
    page.goto(f"{site.query}?lang={language}")
    fill(page, person)
    page.click("form.query button[type=submit]")
    page.wait_for_selector("#result")
