"""`python -m bench browser`: what a candidate's own machine pays for a query: the challenge on a slow phone.

Chromium on this machine, slowed down six times through its own protocol (`Emulation.setCPUThrottlingRate`). A search
is solved on the page's thread, since the throttle does not reach workers; the number of tries is random (2^16
expected), so that the time of 2^16 hashes is told beside the times of whole searches.
"""

import argparse
import json
import secrets
import statistics
import sys
import time
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench import machine
from bench.results import record_browser
from fangbang.lookup.challenge import BASE_BITS
from fangbang.pages.assets import assets
from tests.conftest import CHROMIUM

THROTTLE = 6
BUDGET_SECONDS = 3.0
_HASHES = "text => { const digest = searcher(text); for (let n = 0; n < 65536; n++) digest(String(n)); }"


def measure(browser: Browser, searches: int) -> dict[str, Any]:
    """Seconds of 2^16 hashes (best of five) and of whole searches, slowed down."""
    page = browser.new_page()
    page.goto("about:blank")
    page.add_script_tag(content=assets()["pow.js"].body.decode())
    unslowed = min(_seconds(page, _HASHES, "x" * 150) for _ in range(5))
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
    hashes = min(_seconds(page, _HASHES, "x" * 150) for _ in range(5))
    texts = [f"social-worker-2026.{secrets.token_urlsafe(34)}.{'q' * 90}." for _ in range(searches)]
    times = sorted(_seconds(page, f"text => solve(text, {BASE_BITS})", text) for text in texts)
    page.close()
    return {
        "throttle": THROTTLE,
        "bits": BASE_BITS,
        "hashes_65536_seconds": round(hashes, 3),
        "measured_slowdown": round(hashes / unslowed, 2),
        "searches": searches,
        "search_median_seconds": round(statistics.median(times), 3),
        "search_mean_seconds": round(statistics.mean(times), 3),
        "search_p95_seconds": round(times[int(0.95 * (len(times) - 1))], 3),
        "budget_seconds": BUDGET_SECONDS,
        "within_budget": hashes <= BUDGET_SECONDS,
    }


def _seconds(page: Page, script: str, argument: str) -> float:
    start = time.perf_counter()
    page.evaluate(script, argument)
    return time.perf_counter() - start


def main(arguments: list[str]) -> int:
    """Run and print one JSON object; 1 if the budget is not met."""
    parser = argparse.ArgumentParser(prog="bench browser", description=__doc__)
    parser.add_argument("--searches", type=int, default=60)
    parser.add_argument("--record", action="store_true", help="append a row to bench/RESULTS.md")
    parser.add_argument("--json", action="store_true", help="nothing else is printed anyway")
    options = parser.parse_args(arguments)
    if CHROMIUM is None:
        print("Chromium is not installed", file=sys.stderr)
        return 69
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        outcome = {"bench": "browser", **measure(browser, options.searches), "machine": machine.describe()}
        browser.close()
    if options.record:
        record_browser(outcome)
    print(json.dumps(outcome))
    return 0 if outcome["within_budget"] else 1
