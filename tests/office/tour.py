"""`./dev shots office`: one release by hand in the demonstration's office, page by page, with a picture of each in both
languages below `docs/images/office/` for the runbook. Each picture is of a real page in the state that it tells of.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from fangbang.cli.demo import YEAR
from fangbang.cli.demo.front import SECOND_EXAM
from fangbang.cli.demo.office import STAFF
from fangbang.cli.demo.practice import GOOD_MARKS, GOOD_REGISTRATIONS, WRONG
from fangbang.core.clock import SystemClock
from tests.conftest import CHROMIUM, ROOT
from tests.demo.test_demo import read_until, start

IMAGES = ROOT / "docs" / "images" / "office"
LANGUAGES = ("zh", "en")
SIZE: ViewportSize = {"width": 1000, "height": 760}
TALLEST = 1500
TRIES = 20
COLOURS = 48
LARGEST = 150_000
SITTING = f"{SECOND_EXAM}-{YEAR}"
AFTER = timedelta(seconds=25)
"""From the first signature under the hour to the hour: time for the second one."""


@dataclass
class Desk:
    """One member of staff in front of a browser of their own."""

    page: Page
    url: str

    def sign_in(self, operator: str) -> "Desk":
        """As a visitor does it: the person's button, then the code that the page shows."""
        name = next(member.name for member in STAFF if member.id == operator)
        self.page.goto(f"{self.url}/sign-in?lang=en")
        self.page.click(f"text={name}")
        self.page.click("text=Use this code")
        self.page.wait_for_url(f"{self.url}/")
        return self

    def at(self, path: str) -> "Desk":
        """Open a page of the office."""
        self.page.goto(f"{self.url}{path}")
        return self

    def shot(self, name: str) -> "Desk":
        """A picture of the page that is open, in both languages."""
        here = self.page.url
        for language in LANGUAGES:
            self.page.goto(f"{here}{'&' if '?' in here else '?'}lang={language}")
            save(self.page, language, name)
        return self

    def press(self, words: str) -> "Desk":
        """Press a button or follow a link by what stands on it."""
        main = self.page.get_by_role("main")
        main.get_by_role("button", name=words).or_(main.get_by_role("link", name=words)).first.click()
        return self

    def through_job(self, name: str = "") -> "Desk":
        """Wait at a job's page until it is over, then go on as its button says."""
        self.page.wait_for_selector("[data-job=over]", timeout=120_000)
        if name:
            self.shot(name)
        if self.page.locator(".problem").count():
            raise RuntimeError(self.page.inner_text(".problem"))
        self.page.click("[data-job] .button")
        return self

    def sign(self, key: Path, passphrase: str) -> "Desk":
        """Sign what the page shows, with a key that stays in the browser."""
        self.page.set_input_files("#key", key)
        self.page.fill("#passphrase", passphrase)
        here = self.page.url
        self.page.click("form[data-sign] button")
        self.page.wait_for_url(lambda url: url != here, timeout=60_000)
        return self


def save(page: Page, language: str, name: str) -> None:
    """A small picture: few colours, as tall as the page up to a limit."""
    height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
    page.set_viewport_size({"width": SIZE["width"], "height": int(height)})
    drawn = Image.open(BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
    page.set_viewport_size(SIZE)
    path = IMAGES / language / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn.save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        raise RuntimeError(f"{path.name} has {path.stat().st_size} bytes")


@contextmanager
def demonstration() -> Iterator[tuple[Path, str, str]]:
    """A running demonstration whose second sitting waits: its folder, the office's address, the public one."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        process = start(home)
        try:
            told = read_until(process, "By hand", 240)
            office = next(line.split()[1] for line in told if line.startswith("Office "))
            public = next(line.split()[1] for line in told if line.startswith("Open "))
            yield home, office, public
        finally:
            process.terminate()
            process.communicate()


def files(liu: Desk) -> None:
    """The importer's part: the two files that are right, and a look at the one that is not."""
    path = f"/sittings/{SITTING}"
    for _ in range(TRIES):  # what was written to a moment ago is not offered yet
        if liu.at(f"{path}?lang=en").page.get_by_role("button", name=f"Take {WRONG}").count():
            break
        liu.page.wait_for_timeout(1000)
    liu.at(path).shot("files")
    for name in (GOOD_REGISTRATIONS, WRONG, GOOD_MARKS):
        liu.at(f"{path}?lang=en").press(f"Take {name}").through_job()
        liu.press("Keep and try").through_job()
        if name == WRONG:
            liu.shot("file-trial").press("Remove it")
        else:
            liu.press("Take it in").through_job()


def ceremony(seat: Callable[[str], Desk], home: Path) -> None:
    """The whole release, by those whose part each step is."""
    files(seat("liu"))
    zhang = seat("zhang").at("/open-release").shot("open-release")
    zhang.page.select_option("#sitting", SITTING)
    zhang.press("Open it").shot("release-opened")
    release = zhang.page.url.partition("?")[0].removeprefix(zhang.url)
    zhang.press("Decide all candidates").through_job("job")
    zhang.press("Check everything and freeze the report").through_job().at(release).shot("release-frozen")
    zhou = seat("zhou").at(f"{release}/provinces/460000").shot("province")
    zhou.press("Confirm these counts")
    zhou.page.wait_for_load_state()
    words = (home / "staff" / "passphrase").read_text().strip()
    wang, zhao = seat("wang"), seat("zhao")
    for who, desk in (("wang", wang), ("zhao", zhao)):
        desk.at(f"{release}/approve")
        if who == "wang":
            desk.shot("sign-report")
        desk.sign(home / "staff" / f"{who}.pem", words)
    zhang.at(release).press("Seal and make the header public").through_job()
    zhang.page.fill("#workers", "2")
    zhang.press("Check the nodes").through_job()
    t = (SystemClock().now() + AFTER).replace(microsecond=0)
    wang.at(f"{release}/hour").shot("hour")
    for who, desk in (("wang", wang), ("zhao", zhao)):
        desk.at(f"{release}/hour?at={t.strftime('%Y-%m-%dT%H:%M:%S')}").sign(home / "staff" / f"{who}.pem", words)
    zhao.at(release).shot("release-scheduled")
    zhang.page.wait_for_timeout(max(0.0, (t - SystemClock().now()).total_seconds() * 1000 + 3000))
    zhang.at(release)
    for _ in range(TRIES):  # a busy machine may take a few seconds
        if not zhang.page.get_by_role("button", name="Ask the keeper").count():
            break
        zhang.press("Ask the keeper")
        zhang.page.wait_for_timeout(1000)
    else:
        raise RuntimeError(zhang.page.inner_text("main"))
    zhang.shot("release-published")


def others(seat: Callable[[str], Desk]) -> None:
    """The pages of those who take no step of the release."""
    seat("chen").at("/staff").shot("staff")
    seat("zheng").at("/audit").shot("audit").at("/board").shot("board")
    seat("zhou").at("/desk").shot("desk")


def entrance(page: Page, url: str) -> None:
    """The two pages of signing in."""
    Desk(page, url).at("/sign-in").shot("sign-in")
    page.goto(f"{url}/sign-in?lang=en")
    page.click("text=王芳")
    Desk(page, url).shot("second-factor")


def main() -> int:
    """Take the pictures."""
    with demonstration() as (home, url, _), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def fresh() -> Page:
            return _page(browser)

        entrance(fresh(), url)
        ceremony(lambda who: Desk(fresh(), url).sign_in(who), home)
        others(lambda who: Desk(fresh(), url).sign_in(who))
        browser.close()
    sizes = [path.stat().st_size for path in IMAGES.rglob("*.png")]
    print(f"{IMAGES.relative_to(ROOT)}: {len(sizes)} pictures, {sum(sizes) // 1000} kB")
    return 0


def _page(browser: Browser) -> Page:
    page = browser.new_context(locale="en-GB", viewport=SIZE).new_page()
    page.set_default_timeout(30_000)
    return page


if __name__ == "__main__":
    sys.exit(main())
