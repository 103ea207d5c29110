"""Members of staff in a real Chromium, each in a browser of their own with a passkey that it holds."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Download, Locator, Page

from tests.office.desk import PASSWORD, SESSION

axe = Axe()
SHOTS = os.environ.get("OFFICE_SHOTS", "")
"""A folder: what `judge` looks at is kept there as pictures."""


def with_passkeys(context: BrowserContext) -> tuple[Page, list[str]]:
    """A page with a virtual authenticator; the list fills with what the page complains of."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page, complaints


def judge(page: Page, name: str = "", axe_at: tuple[int, ...] = (360, 1280)) -> None:
    """axe finds nothing, and nothing scrolls sideways, on a phone and on a desk."""
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        if width in axe_at:
            found = axe.run(page)
            assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (page.url, width)
        if SHOTS and name:
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)


@dataclass
class Seat:
    """One member of staff in front of the office. `key`: their signing key's file."""

    browser: Browser
    url: str
    who: str
    key: Path | None = None
    passphrase: str = ""
    page: Page = field(init=False)
    complaints: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.context = self.browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
        self.context.set_default_timeout(60_000)
        self.page, self.complaints = with_passkeys(self.context)
        self.page.on("filechooser", lambda _: None)  # begun at the moment of the key, listening would come too late

    def enter(self, code: str) -> "Seat":
        """From the one-time code to a session."""
        page = self.page
        page.goto(f"{self.url}/enrol")
        page.fill("#code", code)
        page.keyboard.press("Enter")
        page.wait_for_url("**/enrol/password")
        page.fill("#password", PASSWORD)
        page.fill("#again", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/enrol/factor")
        page.click("form[data-passkey] button")
        page.wait_for_url("**/sign-in")
        page.fill("#operator", self.who)
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/sign-in/second**")
        page.click("form[data-passkey] button")
        page.wait_for_url(f"{self.url}/")
        return self

    def sit(self, session: str) -> "Seat":
        """Put a session's cookie into this browser: for tests of what comes after signing in."""
        self.context.add_cookies([{"name": SESSION, "value": session, "url": self.url}])
        return self

    def open(self, path: str) -> Page:
        """Go to a page, showing the second factor again where it is asked for."""
        self.page.goto(f"{self.url}{path}")
        self.asked_again()
        return self.page

    def press(self, name: str) -> None:
        """Press a button or link by the keyboard alone."""
        page = self.page
        wanted = page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True))
        self.reach(wanted.first)
        page.keyboard.press("Enter")

    def act(self, name: str) -> Page:
        """Press what leads to another page; where that needs a second factor of minutes ago, show it and go on."""
        with self.page.expect_navigation():
            self.press(name)
        if self.asked_again():
            with self.page.expect_navigation():
                self.press(name)
        return self.page

    def fetch(self, name: str, prepare: Callable[[], None]) -> Path:
        """Press what hands out a file, once `prepare` filled its form; as `act`. Returns where the file is."""
        got: list[Download] = []
        self.page.on("download", lambda download: got.append(download))
        prepare()
        self.press(name)
        while not got:
            self.page.wait_for_timeout(100)
            if self.asked_again():
                prepare()
                self.press(name)
        return Path(got[0].path())

    def asked_again(self) -> bool:
        """Show the second factor if the page asks for it; True if what was sent before was not done for want of it."""
        page, undone = self.page, bool(self.page.get_by_text("office.confirm-first").count())
        if undone:
            with page.expect_navigation():
                self.press("Show the second factor and go back")
        if "/confirm?" in page.url:
            page.click("form[data-passkey] button")
            page.wait_for_url(lambda url: "/confirm?" not in url)
        return undone

    def reach(self, wanted: Locator) -> None:
        """Tab until this has the focus, as somebody without a mouse does."""
        wanted.wait_for()
        self.page.evaluate("document.activeElement.blur()")
        for _ in range(200):
            self.page.keyboard.press("Tab")
            if wanted.evaluate("found => found === document.activeElement"):
                return
        raise AssertionError(f"the keyboard does not reach {wanted} on {self.page.url}")

    def write(self, label: str, text: str) -> None:
        """Type into the field with this label; in a list of choices, what begins so is chosen."""
        self.reach(self.page.get_by_label(label, exact=True))
        self.page.keyboard.type(text)

    def hand_over(self, label: str, file: Path) -> None:
        """Choose a file for the field with this label, opened from the keyboard."""
        self.reach(self.page.get_by_label(label, exact=True))
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Enter")
        chooser.value.set_files(file)

    def choose(self, field: str, file: Path) -> None:
        """Reach a file's field by the keyboard; the dialogue that it opens is the system's, and answered for it."""
        self.reach(self.page.locator(field))
        self.page.set_input_files(field, file)

    def sign(self, path: str) -> str:
        """Sign what a page shows with one's own key, by the keyboard alone; returns what the office said, "" if it took
        the signature."""
        page = self.open(path)
        assert self.key is not None
        if not page.locator("#key").count():  # refused before anybody takes out a key
            return page.locator("main .problem").first.inner_text()
        self.choose("#key", self.key)
        self.write("Passphrase of the key", self.passphrase)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        if self.asked_again():
            return self.sign(path)
        problem = page.locator("main .problem[role=alert]:visible")
        return problem.first.inner_text() if problem.count() and "/sign" not in page.url else ""
