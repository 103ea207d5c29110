"""With and without JavaScript a candidate reads the same words."""

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Site
from tests.e2e.steps import query_with_script, query_without_script
from tests.lookup.scene import people

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_same_text(page: Page, plain_page: Page, site: Site, number: int, language: str) -> None:
    person = people()[number]

    query_with_script(page, site, person, language)
    query_without_script(plain_page, site, person, language)

    assert page.inner_text("#result").split() == plain_page.inner_text("#result").split()
    assert len(page.inner_text("#result")) > 300
