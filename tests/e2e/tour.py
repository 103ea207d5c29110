"""`./dev shots [NAME …]`: a picture of every public page in every state, by width and language, into `shots/`.

For looking at, not for comparing: nothing here passes or fails. `shots/zh/360/query-ticket-document.png` …
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, sync_playwright

from fangbang.pages.assets import assets
from fangbang.pages.site import Site, enlarged
from tests.conftest import CHROMIUM, ROOT
from tests.pages.gallery import gallery

ORIGIN = "http://gallery.invalid"
"""Never asked: every request is answered here."""
WIDTHS = {"320": 320, "360": 360, "768": 768, "1280": 1280}
LANGUAGES = ("zh", "en")


def serve(page: Page, pages: dict[str, bytes]) -> None:
    """Answer the page's requests from a gallery (`/NAME`) and the static files; pictures of challenges stay empty."""
    files = {asset.url: asset for asset in assets().values()}

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path in files:
            route.fulfill(body=files[path].body, content_type=files[path].media_type)
        elif path.lstrip("/") in pages:
            route.fulfill(body=pages[path.lstrip("/")], content_type="text/html; charset=utf-8")
        elif path.endswith(".png"):
            route.fulfill(body=_PIXEL, content_type="image/svg+xml")
        else:
            route.fulfill(status=503, body="{}", content_type="application/json")

    page.route("**/*", answer)


_PIXEL = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="180" height="64"><rect width="180" height="64" fill="#ddd"/></svg>'
)


@contextmanager
def opened(browser: Browser, pages: dict[str, bytes], *, script: bool = True) -> Iterator[Page]:
    """A browser page that finds the gallery at `ORIGIN`."""
    context = browser.new_context(java_script_enabled=script)
    page = context.new_page()
    serve(page, pages)
    yield page
    context.close()


def main(names: list[str]) -> int:
    """Take the pictures; `names` chooses pages by the beginning of their names."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for language in LANGUAGES:
            pages = gallery(Site(), language)
            chosen = {name: html for name, html in pages.items() if not names or name.startswith(tuple(names))}
            chosen |= {f"{name}-large": enlarged(html) for name, html in chosen.items()}
            for label, width in WIDTHS.items():
                folder = ROOT / "shots" / language / label
                _take(browser, chosen, width, folder)
                print(f"{folder.relative_to(ROOT)}: {len(chosen)} pictures")
        browser.close()
    return 0


def _take(browser: Browser, pages: dict[str, bytes], width: int, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # Without the script, so that a countdown to a fixed hour does not make every picture another one.
    with opened(browser, pages, script=False) as page:
        page.set_viewport_size({"width": width, "height": 800})
        for name in pages:
            page.goto(f"{ORIGIN}/{name}")
            page.screenshot(path=folder / f"{name}.png", full_page=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
