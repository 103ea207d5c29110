"""The script builds the very elements that the server's page holds, for every sort of result."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from fangbang.pages.assets import assets
from fangbang.pages.contacts import load_contacts
from fangbang.pages.result import result_view
from fangbang.pages.site import Site
from tests.pages.records import CARD, RECORDS, RELEASED, words
from tests.pages.test_contacts import SAMPLE, folder

pytestmark = pytest.mark.browser

_ARTICLE = "html => new DOMParser().parseFromString(html, 'text/html').querySelector('#result').outerHTML"


def plain(html: str) -> str:
    """Without the space between elements, and without the heading's focus, which only the script needs."""
    return re.sub(r"\s*\n\s*", "", html).replace('<h1 tabindex="-1">', "<h1>")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_same_elements(browser: Browser, tmp_path: Path, language: str) -> None:
    contacts = load_contacts(folder(tmp_path, SAMPLE))
    page = browser.new_page()
    page.add_script_tag(content=assets()["app.js"].body.decode())

    for name, record in RECORDS.items():
        view = result_view(record, words(language, contacts), RELEASED)
        served = page.evaluate(_ARTICLE, Site().result(language, CARD, view).decode())
        answer = {"state": "found", "sitting": CARD.id, "published_at": RELEASED, "record": record}
        drawn = page.evaluate(
            "([answer, words]) => resultArticle(answer, words).outerHTML", [answer, words(language, contacts)]
        )

        assert plain(drawn) == plain(served), name
    page.close()


def test_a_difference_is_seen() -> None:
    """Positive control."""
    assert plain('<g class="open">\n<rect>') != plain('<g class="none"><rect>')
