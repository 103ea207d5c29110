"""The browser's own SHA-256 and search, against Python's."""

import struct
import time
from hashlib import sha256

import pytest
from playwright.sync_api import Page

from fangbang.lookup.challenge import is_solved
from fangbang.pages.assets import assets
from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser


def load(page: Page) -> None:
    page.goto("about:blank")
    page.add_script_tag(content=assets()["pow.js"].body.decode())


def test_the_same_hashes_at_every_length(page: Page, site: Site) -> None:
    load(page)
    texts = ["x" * length for length in range(200)]

    hashed = page.evaluate("texts => texts.map(text => Array.from(searcher(text)('1234567')))", texts)

    assert [struct.pack(">8i", *words) for words in hashed] == [sha256(f"{t}1234567".encode()).digest() for t in texts]


def test_a_solution_is_one_for_the_server(page: Page, site: Site) -> None:
    load(page)

    nonce = page.evaluate("solve('social-worker-2026.salt.query.', 12)")

    assert is_solved(f"social-worker-2026.salt.query.{nonce}", 12)


def test_the_ordinary_price_on_a_slow_phone(page: Page, site: Site) -> None:
    """6 × CPU throttling; the expected 2^16 tries, measured over 2^16 hashes."""
    load(page)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
    start = time.perf_counter()

    page.evaluate(
        "text => { const digest = searcher(text); for (let n = 0; n < 65536; n++) digest(String(n)); }", "x" * 150
    )

    assert time.perf_counter() - start < 3
