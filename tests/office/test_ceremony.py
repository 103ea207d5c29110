"""The whole ceremony in real browsers, on a real keeper and a real lookup node: nothing here is done by a command but
what the registrations and corrections bring in.

A wrong file, whose bad rows are told, fetched, mended and fed again → deciding → gate → a province confirms → two
approvers sign with their own keys → an edit voids all of it, visibly → again → sealed → distributed → scheduled →
published on the node → a correction behind a red gate, which one person cannot override and two can → withdrawn.
What is typed and pressed on a page is reached by the keyboard alone; axe looks at every page once.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from fangbang.cli.demo.office import ADJUDICATOR, ADMINISTRATOR, APPROVERS, IMPORTER
from fangbang.cli.demo.processes import Children, announced
from fangbang.core.clock import AUTHORITY_ZONE, SystemClock
from tests.harness import Installation
from tests.office.browsing import Seat
from tests.office.browsing import judge as judged
from tests.project.databases import environment_of
from tests.release.walking import BEIJING, HEAD, TIBET, Candidate, write

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

STAYS = Candidate("11260001", "SYN00011126", "甲一", BEIJING, (70, 71, 72))
CORRECTED = Candidate("11260002", "SYN00021126", "乙二", BEIJING, (70, 71, 58))
ELSEWHERE = Candidate("54260003", "SYN00035426", "丙三", TIBET, (70, 71, 56))
TRIED = Candidate("11260009", "SYN00091126", "丁测试", BEIJING, (70, 71, 72))
"""Somebody whose name only people who try a system out have: the gate is red."""
PEOPLE = (STAYS, CORRECTED, ELSEWHERE)
MARKS = "准考证号,证件号码,科目,成绩"
REASON = "the person is real: checked with the marking centre"


def judge(page: Page, name: str) -> None:
    """One look of axe at each page: both widths lay out the same elements."""
    judged(page, name, (360,))


@dataclass
class Ceremony:
    """The installation, its office, and who sits in front of it."""

    it: Installation
    url: str
    folder: Path
    seats: dict[str, Seat]
    sitting: str = ""
    release: str = ""

    @property
    def zhang(self) -> Seat:
        return self.seats[ADJUDICATOR]

    @property
    def liu(self) -> Seat:
        return self.seats[IMPORTER]

    @property
    def ma(self) -> Seat:
        return self.seats["ma"]

    @property
    def approvers(self) -> list[Seat]:
        return [self.seats[who] for who in APPROVERS]

    @property
    def path(self) -> str:
        return f"/releases/{self.release}"

    def told(self, seat: Seat) -> str:
        """What the release's page says to somebody."""
        return seat.open(self.path).inner_text("main")

    # ---- the steps ----

    def open_sitting(self, exam: str, year: int) -> None:
        page = self.liu.open("/sittings")
        judge(page, "sittings")
        self.liu.write("Examination", exam)
        self.liu.write("Year", f"{year}")
        self.liu.press("Open it")
        page.wait_for_url(f"**/sittings/*-{year}")
        self.sitting = page.url.rpartition("/")[2]

    def open(self) -> None:
        page = self.zhang.open("/open-release")
        judge(page, "open-release")
        self.zhang.write("Sitting", "Social worker")
        self.zhang.press("Open it")
        page.wait_for_url("**/releases/rel-*")
        self.release = page.url.rpartition("/")[2]

    def through(self, seat: Seat, button: str) -> Page:
        """Press a button that starts a job, see the job to its end, go on; returns the page behind it."""
        page = seat.act(button)
        page.wait_for_url("**/jobs/job-*")
        page.get_by_role("link", name="Go on", exact=True).wait_for()
        assert page.inner_text("[data-told]") == "Done", page.inner_text("main")
        seat.press("Go on")
        page.wait_for_url(lambda url: "/jobs/" not in url)
        return page

    def work(self, button: str) -> None:
        """A step of the release with its job."""
        self.zhang.open(self.path)
        self.through(self.zhang, button)

    def send(self, file: Path) -> Page:
        """A file from the importer's browser, up to what its trial found."""
        self.liu.open(f"/sittings/{self.sitting}")
        self.liu.choose("#file", file)
        self.through(self.liu, "Send")
        return self.through(self.liu, "Keep and try")

    def take(self) -> Page:
        """Take in what was tried; returns the batch's page."""
        page = self.through(self.liu, "Take it in")
        self.liu.press("See the batch")
        page.wait_for_url("**/batches/*")
        return page

    def decide(self) -> None:
        self.work("Decide all candidates")
        self.work("Check everything and freeze the report")

    def confirm(self) -> None:
        page = self.ma.open(self.path)
        self.ma.press("See and confirm the counts of Beijing")
        page.wait_for_url(f"**/provinces/{BEIJING}")
        self.ma.act("Confirm these counts")
        page.wait_for_url(f"**{self.path}")

    def approve(self) -> None:
        for seat in self.approvers:
            assert seat.sign(f"{self.path}/approve") == ""

    def override(self, seat: Seat, reason: str) -> None:
        """From the red gate's own words to a signature under the reason."""
        page = seat.open(f"{self.path}/override/states")
        judge(page, "override")
        seat.write("Reason", reason)
        seat.act("Next: read and sign")
        page.wait_for_selector("[data-sign]:visible")
        assert seat.sign(page.url.removeprefix(self.url)) == ""

    def seal_and_distribute(self) -> None:
        self.work("Seal and make the header public")
        self.work("Check the nodes")

    def schedule(self) -> None:
        """Both sign an hour; where signing took longer than until the hour, a later one."""
        for seconds in (6, 20, 60, 180):
            t = (SystemClock().now() + timedelta(seconds=seconds)).astimezone(AUTHORITY_ZONE).replace(microsecond=0)
            at = t.strftime("%Y-%m-%dT%H:%M:%S")
            said = [seat.sign(f"{self.path}/hour?at={at}") for seat in self.approvers]
            if not any("release.past-hour" in text for text in said):
                break
        assert said == ["", ""]
        time.sleep(max(0.0, (t - SystemClock().now()).total_seconds()))

    def see_it_published(self) -> None:
        """The next action asks the keeper; it may take a moment to post."""

        def out() -> bool:
            page = self.zhang.open(self.path)
            if page.get_by_role("button", name="Ask the keeper").count():
                self.zhang.press("Ask the keeper")
                page.wait_for_url(f"**{self.path}")
            return "published" in page.inner_text("dl.facts")

        self.it.until(out, 60)

    def publish(self) -> None:
        self.approve()
        self.seal_and_distribute()
        self.schedule()
        self.see_it_published()

    def answers(self, *people: Candidate) -> list[tuple[str, str, int]]:
        """What the node tells candidates: state, outcome, version."""
        found = self.it.ask_all(self.sitting, [person.ask for person in people])
        records = [answer.get("record") or {} for answer in found]
        return [
            (answer["state"], record.get("outcome", ""), record.get("version", 0))
            for answer, record in zip(found, records, strict=True)
        ]

    def expect(self, people: tuple[Candidate, ...], wanted: list[tuple[str, str, int]]) -> None:
        self.it.until(lambda: self.answers(*people) == wanted, 60)

    def take_in(self, kind: str, rows: list[str], head: str, *more: str) -> None:
        file = write(self.folder / f"{kind}-{len(list(self.folder.iterdir()))}.csv", rows, head)
        self.it.verbs("intake", kind, self.sitting, str(file), "--as", IMPORTER, *more)


@pytest.fixture(scope="module")
def ceremony(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Ceremony]:
    folder = tmp_path_factory.mktemp("files")
    with Installation(tmp_path_factory.mktemp("ceremony")) as it:
        add = ("operator", "add", "ma", "--name", "马丽", "--role", "provincial-centre", "--region", BEIJING)
        it.verbs(*add, "--as", ADMINISTRATOR)
        served = Children(it.home / "logs", {**environment_of(it.home), "FANGBANG_LANG": "en"})
        try:
            url = announced(served.start("office", ["--json", "office", "serve", "--port", "0"]), 90)["url"]
            seats = {}
            for who in (IMPORTER, ADJUDICATOR, "ma", *APPROVERS):
                code = it.verbs("office", "invite", who, "--as", ADMINISTRATOR)["code"]
                key = it.office.key_file(who) if who in APPROVERS else None
                seats[who] = Seat(browser, url, who, key, it.office.passphrase).enter(code)
            yield Ceremony(it, url, folder, seats)
        finally:
            served.stop()


def test_a_release_from_its_first_step_to_its_withdrawal(ceremony: Ceremony) -> None:
    it = ceremony
    it.open_sitting("Social worker", 2026)
    it.take_in("registrations", [person.registered() for person in PEOPLE], HEAD)
    a_wrong_file(it)
    to_the_report(it)
    an_edit_voids_what_was_signed(it)
    to_the_public(it)
    a_correction_behind_a_red_gate(it)
    a_withdrawal(it)

    complaints = [text for seat in it.seats.values() for text in seat.complaints if "status of 4" not in text]
    assert complaints == []
    assert it.it.verbs("audit", "verify")["entries"] > 40


def a_wrong_file(it: Ceremony) -> None:
    rows = [row for person in PEOPLE for row in person.scored()]
    spoiled = [row.replace(",70", ",7O") if row == rows[3] else row for row in rows]
    page = it.send(write(it.folder / "wrong.csv", spoiled, MARKS))
    judge(page, "trial")
    tried = page.inner_text("main")
    page = it.take()
    judge(page, "batch")
    told = page.get_by_role("row").filter(has_text="intake.mark-format").inner_text()

    def why() -> None:
        it.liu.reach(page.locator("#reason"))
        page.keyboard.type("the marking centre mends it")

    fetched, mended = it.liu.fetch("Download", why), it.folder / "mended.csv"
    mended.write_text(fetched.read_text("utf-8-sig").replace("7O", "70"), "utf-8")
    fed = it.send(mended).inner_text("main")
    judge(page, "fed-again")
    again = it.take().inner_text("main")

    assert "9 rows: 8 can be accepted, 1 go to quarantine. Nothing was taken in yet." in tried
    assert " ".join(told.split()) == "intake.mark-format 1 The mark is not a number row 5 · 成绩: #O"
    assert "1 rows: 1 can be accepted, 0 go to quarantine. Nothing was taken in yet." in fed
    assert "current: 9 rows in all" in again


def to_the_report(it: Ceremony) -> None:
    it.open()
    judge(it.zhang.open(it.path), "draft")
    assert "an adjudicator runs both calculators" in it.told(it.zhang)
    it.decide()
    judge(it.ma.open(f"{it.path}/provinces/{BEIJING}"), "province")
    refused = it.approvers[0].sign(f"{it.path}/approve")
    assert "release.unconfirmed" in refused
    judge(it.approvers[0].open(it.path), "confirmations")
    judge(it.approvers[0].open(f"{it.path}/provinces/{BEIJING}/waive"), "waive")
    it.confirm()
    assert it.approvers[0].sign(f"{it.path}/approve") == ""
    assert "1 more must sign" in it.told(it.approvers[1])


def an_edit_voids_what_was_signed(it: Ceremony) -> None:
    row = f"{CORRECTED.ticket},{CORRECTED.document},policy,72"
    it.take_in("marks", [row], MARKS, "--corrects", "更正〔2026〕1号")
    page = it.approvers[1].open(it.path)
    judge(page, "voided")
    told = page.inner_text("main")
    assert "Voided confirmations" in told
    assert "Voided signatures" in told
    assert "an adjudicator runs both calculators" in told


def to_the_public(it: Ceremony) -> None:
    it.decide()
    it.confirm()
    it.approve()
    judge(it.zhang.open(it.path), "approved")
    it.seal_and_distribute()
    assert it.answers(STAYS)[0][0] != "found"
    it.schedule()
    it.see_it_published()
    judge(it.zhang.open(it.path), "published")
    wanted = [("found", "qualified", 1), ("found", "partly-passed", 1), ("found", "partly-passed", 1)]
    it.expect(PEOPLE, wanted)


def a_correction_behind_a_red_gate(it: Ceremony) -> None:
    row = f"{CORRECTED.ticket},{CORRECTED.document},practice,66"
    it.take_in("marks", [row], MARKS, "--corrects", "更正〔2026〕2号")
    it.take_in("registrations", [TRIED.registered()], HEAD)
    it.take_in("marks", TRIED.scored(), MARKS)
    page, base = it.zhang.open(it.path), it.release
    it.zhang.press("Open a correction")
    page.wait_for_url(lambda url: "/releases/rel-" in url and base not in url)
    it.release = page.url.rpartition("/")[2]
    it.decide()
    one, two = it.approvers
    page = one.open(it.path)
    judge(page, "red")
    assert "Red check: No impossible states" in page.inner_text("main")
    judge(one.open(f"{it.path}/gate"), "gate")
    refused = one.sign(f"{it.path}/approve")
    it.override(one, REASON)
    alone = two.sign(f"{it.path}/approve")
    it.override(two, "I asked the marking centre too")
    it.confirm()  # nobody is asked before the gate is settled
    assert [text for text in (refused, alone) if "release.gate-red" not in text] == []
    it.publish()
    assert REASON in it.told(it.zhang)
    it.expect((STAYS, CORRECTED), [("found", "qualified", 1), ("found", "qualified", 2)])
    it.release = base


def a_withdrawal(it: Ceremony) -> None:
    seat = it.approvers[0]
    page = seat.open(f"{it.path}/withdraw")
    seat.write("Notice to candidates (Chinese)", "成绩正在更正")
    seat.write("Notice to candidates (English)", "Results are being corrected")
    seat.act("Next: read and sign")
    page.wait_for_selector("[data-sign]:visible")
    assert seat.sign(page.url.removeprefix(it.url)) == ""
    judge(seat.open(it.path), "withdrawn")
    it.expect((STAYS,), [("withdrawn", "", 0)])
    assert "withdrew" in it.told(seat)
    assert json.dumps(it.it.verbs("release", "status")).count('"withdrawn"') == 2
