"""What a browser keeps after a query: nothing that was typed, in no store, no address, no history, no Referer."""

import pytest
from playwright.sync_api import Page, Request

from tests.e2e.conftest import Site
from tests.e2e.steps import query_with_script, query_without_script
from tests.lookup.scene import Person, people

pytestmark = pytest.mark.browser
_STORES = """async () => {
  const databases = indexedDB.databases ? (await indexedDB.databases()).map((each) => each.name) : [];
  const caches = [];
  for (const name of await window.caches.keys()) {
    for (const request of await (await window.caches.open(name)).keys()) caches.push(request.url);
  }
  return JSON.stringify({
    local: { ...localStorage }, session: { ...sessionStorage }, databases, caches, cookies: document.cookie,
    address: location.href, referrer: document.referrer, state: history.state, name: window.name,
    asked: performance.getEntries().map((each) => each.name),
  });
}"""


class Seen:
    """Every address and Referer that the browser sent."""

    def __init__(self, page: Page) -> None:
        self.sent: list[str] = []
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        self.sent += [request.url, request.all_headers().get("referer", "")]


def traces(page: Page, seen: Seen, person: Person) -> list[str]:
    """Which of what was typed, or of the answer, is kept or was sent where it may not be."""
    kept = [page.evaluate(_STORES), str(page.context.cookies()), *seen.sent]
    return [mark for mark in (person.ticket, person.document, person.name) if any(mark in text for text in kept)]


def test_nothing_is_kept_of_a_query_with_script(page: Page, site: Site) -> None:
    person, seen = people()[0], Seen(page)

    query_with_script(page, site, person)
    after_the_query = traces(page, seen, person)
    page.goto(f"{site.node.url}/help")

    assert person.ticket not in page.content()
    assert (after_the_query, traces(page, seen, person)) == ([], [])
    assert len(seen.sent) > 10


def test_nothing_is_kept_of_a_query_without_script(plain_page: Page, site: Site) -> None:
    person, seen = people()[1], Seen(plain_page)

    query_without_script(plain_page, site, person)

    assert person.ticket in plain_page.content()
    kept = [str(plain_page.context.cookies()), plain_page.url, *seen.sent]
    assert [text for text in kept if person.ticket in text or person.document in text] == []


@pytest.mark.parametrize(
    "plant",
    [
        "(mark) => localStorage.setItem('x', mark)",
        "(mark) => sessionStorage.setItem('x', mark)",
        "(mark) => history.replaceState(null, '', '?q=' + mark)",
        "(mark) => { document.cookie = 'x=' + mark }",
        "(mark) => { window.name = mark }",
        "(mark) => fetch('/help?q=' + mark).then(() => 1)",
    ],
)
def test_what_is_kept_is_seen(page: Page, site: Site, plant: str) -> None:
    person, seen = people()[0], Seen(page)
    page.goto(site.query)

    page.evaluate(plant, person.ticket)

    assert traces(page, seen, person) == [person.ticket]
