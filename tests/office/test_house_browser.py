"""The whole house in a real Chromium: an office with a keeper and a node behind it. axe looks at every page of the
office; what is done here is done by keyboard alone, and what it leads to in public is looked for on the node."""

import csv
import hashlib
import io
import json
import re
import time
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.base import AxeResults  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser, Page

from fangbang.cli.demo.processes import wait_for
from fangbang.core.canonical import canonical_json
from fangbang.core.clock import SystemClock, to_wire
from fangbang.core.files import write_durably
from fangbang.exams.model import Text
from fangbang.office.routes import ROUTES
from fangbang.office.urls import urlpatterns
from fangbang.pages.bundle import Bundle, Notice, encode_bundle
from fangbang.snapshot.board import load_anchor
from fangbang.snapshot.header import key_id
from fangbang.snapshot.pointer import POINTER_FILE, POINTER_FORMAT, Pointer, bundle_path, sign_pointer
from tests.desk.scene import LI, SITTING, ZHAO
from tests.intake.files import document, registration, write_rows
from tests.office.browsing import Seat, axe, judge
from tests.office.house import House, house
from tests.office.seeding import PASSPHRASE
from tests.office.walk import NO_PAGE, walk

__all__ = ["house"]
assert urlpatterns
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
FAR_AHEAD = ("01", "01", "2090", "ArrowRight", "10", "00", "AM")
LONG_AGO = ("01", "01", "2020", "ArrowRight", "10", "00", "AM")
"""Moments as their field takes them from the keyboard: day and month alike; where hours go to 24, AM is passed over."""


def test_the_walk_leaves_no_page_out(house: House) -> None:
    gettable = {route.name for route in ROUTES.values() if "GET" in route.methods}

    assert walk(house).keys() | NO_PAGE.keys() == gettable
    assert walk(house).keys() & NO_PAGE.keys() == set()


def test_axe_finds_nothing_on_any_page(house: House, browser: Browser) -> None:
    """In Chinese in each state; in English, whose parts are the same, in one."""
    seats = {who: with_axe(house.seat(browser, who)) for who in ("", *house.sessions)}

    found = {
        (route, who, address, language): wrong
        for route, places in walk(house).items()
        for nth, (who, address) in enumerate(places)
        for language, width in (("zh", 360), ("en", 1280))[: 1 if nth else 2]
        if (wrong := faults(seats[who].page, f"{house.url}{address}", language, width))
    }

    assert found == {}
    assert [text for seat in seats.values() for text in seat.complaints] == []
    for seat in seats.values():
        seat.context.close()


def with_axe(seat: Seat) -> Seat:
    """Every page that opens in this browser has axe: handed over once, not for each page."""
    seat.context.add_init_script(axe.axe_script)
    return seat


def faults(page: Page, address: str, language: str, width: int) -> list[str]:
    """What is wrong with a page: another one answers, it scrolls sideways on a phone or a desk, axe says so (at one of
    the two widths, since a page has the same parts at both)."""
    answer = page.goto(f"{address}{'&' if '?' in address else '?'}lang={language}")
    if answer is None or answer.status != 200 or page.url.partition("?")[0] != address.partition("?")[0]:
        return [f"{answer and answer.status} {page.url}"]
    wrong = []
    for each in (1280, 360) if width == 360 else (360, 1280):
        page.set_viewport_size({"width": each, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            wrong.append(f"scrolls sideways at {each}")
    judged = AxeResults(page.evaluate("axe.run({resultTypes: ['violations']})"))
    return [*wrong, judged.generate_report()] if judged.violations_count else wrong


WRONG = "<!doctype html><main><h1>Too wide</h1><img src=data:><p style='width: 2000px'>wide</main>"


def test_what_is_wrong_with_a_page_is_found(house: House, browser: Browser) -> None:
    seat = with_axe(house.seat(browser, "sun"))
    seat.page.route("**/retention?*", lambda route: route.fulfill(content_type="text/html", body=WRONG))

    elsewhere = faults(seat.page, f"{house.url}/releases/none", "en", 360)
    other = faults(seat.page, f"{house.url}/retention", "en", 360)

    assert elsewhere == [f"404 {house.url}/releases/none?lang=en"]
    assert other[:2] == ["scrolls sideways at 1280", "scrolls sideways at 360"]
    assert "image-alt" in other[2]
    seat.context.close()


def public(house: House, path: str, language: str) -> str:
    return httpx.get(f"{house.node}{path}?lang={language}").text


def choose(seat: Seat, label: str, *keys: str) -> None:
    """Go to a field and press these keys in it."""
    seat.reach(seat.page.get_by_label(label, exact=True))
    for key in keys:
        seat.page.keyboard.press(key) if key.startswith("Arrow") or key == " " else seat.page.keyboard.type(key)


def test_a_notice_goes_from_its_author_to_a_node(house: House, browser: Browser) -> None:
    li, wang = house.seat(browser, "li"), house.seat(browser, "wang")
    li.open("/")
    li.press("Notices")
    li.press("Write a notice")
    li.write("Id", "traffic")
    for label, text in {
        "Title (Chinese)": "四川考点交通提示", "Title (English)": "Traffic in Sichuan",
        "Text, one paragraph a line (Chinese)": "请提前出门。", "Text, one paragraph a line (English)": "Leave early.",
    }.items():  # fmt: skip
        li.write(label, text)
    choose(li, "Shown from", *LONG_AGO)
    li.write("Reason (for the audit log)", "traffic")
    li.press("Propose")
    li.page.wait_for_url("**/notices/pro-*")
    judge(li.page, "notice-own")
    own, address = li.page.inner_text("main"), li.page.url.removeprefix(house.url)

    wang.open(address)
    wang.press("See it as candidates will")
    wang.page.wait_for_url("**/preview")
    preview = wang.page.inner_text("main")
    wang.page.go_back()
    wang.press("Approve and sign")
    wang.page.wait_for_url("**/publish")
    judge(wang.page, "notice-sign")
    wang.hand_over("Key file (.pem)", house.keys / "wang.pem")
    wang.write("Passphrase of the key", PASSPHRASE)
    wang.page.keyboard.press("Enter")
    wang.page.wait_for_url(f"{house.url}{address}")

    wait_for(lambda: "四川考点交通提示" in public(house, "/notices", "zh"), 30)
    assert ("Somebody else has to approve what you wrote." in own, "Approve and sign" in own) == (True, False)
    assert "Published" in wang.page.inner_text("main")
    assert "Traffic in Sichuan" in preview
    assert "Leave early." in public(house, "/notices", "en")
    assert "请提前出门。" in public(house, "/notices", "zh")
    assert [*li.complaints, *wang.complaints] == []
    for seat in (li, wang):
        seat.context.close()


def test_a_notice_for_a_later_hour_is_scheduled_and_cancelled_before_it(house: House, browser: Browser) -> None:
    li, wang = house.seat(browser, "li"), house.seat(browser, "wang")
    li.open("/notices/write?kind=notice")
    li.write("Id", "later")
    for label, text in {
        "Title (Chinese)": "以后的公告", "Title (English)": "Some later notice",
        "Text, one paragraph a line (Chinese)": "以后。", "Text, one paragraph a line (English)": "Later.",
    }.items():  # fmt: skip
        li.write(label, text)
    choose(li, "Shown from", *FAR_AHEAD)
    li.write("Reason (for the audit log)", "later")
    li.press("Propose")
    li.page.wait_for_url("**/notices/pro-*")
    address = li.page.url.removeprefix(house.url)
    before = taken(house)
    assert wang.sign(f"{address}/publish") == ""
    wait_for(lambda: taken(house) > before, 30)
    early = public(house, "/notices", "zh") + public(house, "/", "zh")

    scheduled = li.open(address).inner_text("main")
    judge(li.page, "notice-scheduled")
    li.press("Notices")
    judge(li.page, "notices-scheduled")
    listed = li.page.get_by_role("listitem").filter(has_text="Some later notice").last.inner_text()
    li.open(address)
    li.press("Cancel before its hour")
    li.page.wait_for_url("**/notices/write?*")
    judge(li.page, "notice-cancel")
    li.write("Reason (for the audit log)", "not needed")
    li.press("Propose")
    li.page.wait_for_url("**/notices/pro-*")
    assert wang.sign(f"{li.page.url.removeprefix(house.url)}/publish") == ""
    wait_for(lambda: taken(house) > before + 1, 30)

    assert "以后的公告" not in early + public(house, "/notices", "zh")
    assert "Scheduled from 2090-01-01 10:00" in scheduled
    assert "Scheduled from 2090-01-01 10:00" in listed
    assert "Published, replaced or taken down since" in li.open(address).inner_text("main")
    assert [*li.complaints, *wang.complaints] == []
    for seat in (li, wang):
        seat.context.close()


def measured(house: House, name: str) -> float:
    """What the node says of itself."""
    told = httpx.get(house.metrics).text
    found = re.search(rf"^{name} (\S+)$", told, re.M)
    assert found, told
    return float(found[1])


def taken(house: House) -> float:
    """The counter of the bundle that the node shows."""
    return measured(house, "fangbang_lookup_pages_counter")


def refusals(house: House) -> float:
    """How many bundles the node refused so far."""
    return measured(house, "fangbang_lookup_bundles_refused_total")


def forged(house: House) -> dict[str, bytes]:
    """Pointers that the keeper did not sign, under its name; their bundle lies in the public folder."""
    both, keeper = Text("伪造的公告", "A forged notice"), next(iter(load_anchor(house.layout.anchor)))
    notice = Notice(id="forged", title=both, body=(both,), not_before="2020-01-01T00:00:00.000000Z")
    data, other = encode_bundle(Bundle(notices=(notice,))), Ed25519PrivateKey.generate()
    pointer = Pointer(POINTER_FORMAT, 99, to_wire(SystemClock().now()), hashlib.sha256(data).hexdigest())
    path = bundle_path(house.layout.public, pointer.bundle)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    signed = sign_pointer(pointer, other).replace(key_id(other.public_key()).encode(), keeper.encode())
    unsigned = canonical_json({**json.loads(signed), "signature": ""})
    return {"under the keeper's name": signed, "unsigned": unsigned}


@pytest.mark.parametrize("forgery", ["under the keeper's name", "unsigned"])
def test_a_bundle_that_the_keeper_did_not_sign_is_shown_nowhere(house: House, browser: Browser, forgery: str) -> None:
    pointer, seat, before = house.layout.public / POINTER_FILE, house.seat(browser, "wang"), refusals(house)
    good = pointer.read_bytes() if pointer.exists() else b""
    try:
        write_durably(pointer, forged(house)[forgery])
        wait_for(lambda: refusals(house) > before, 30)
        answer = seat.page.goto(f"{house.url}/notices?lang=zh")
        told, judged = seat.page.inner_text("main"), axe.run(seat.page)
    finally:
        write_durably(pointer, good) if good else pointer.unlink()

    assert "伪造的公告" not in public(house, "/notices", "zh") + public(house, "/", "zh")
    assert (answer and answer.status, "snapshot.bad-pages" in told, judged.violations_count) == (409, True, 0)
    seat.context.close()


def test_a_list_of_passers_is_asked_for_fetched_and_audited(house: House, browser: Browser) -> None:
    li, sun = house.seat(browser, "li"), house.seat(browser, "sun")
    page = li.open("/")
    li.press("Lists of passers")
    li.write("Sitting", "social-worker-2026")
    choose(li, "XLSX (spreadsheet programs)", "ArrowDown")
    li.write("Purpose", "post-exam check 7")
    li.press("Export")
    page.wait_for_selector("[data-job=over]")
    li.press("Go on")
    page.wait_for_url("**/exports/exp-*")
    with page.expect_download() as saved:
        li.press("Fetch the file")
    page.reload()
    judge(page, "export")
    sun.page.goto(f"{house.url}/audit?text={SITTING}&actor=li")

    rows = list(csv.reader(io.StringIO(Path(saved.value.path()).read_text("utf-8-sig"))))[1:]
    export = page.url.rpartition("/")[2]
    assert sorted(row[0] for row in rows) == sorted([LI["name"], ZHAO["name"]])
    assert {("李娜(li)" in row[-1], "post-exam check 7" in row[-1], export in row[-1]) for row in rows} == {(True,) * 3}
    assert saved.value.suggested_filename == f"{export}.csv"
    assert page.inner_text("dl.facts").split()[-2:] == ["Fetched", "1"]
    told = [row for row in sun.page.locator(".entries tbody tr").all_inner_texts() if export in row]
    assert [event for row in told for event in row.split() if event.startswith("desk.")] == [
        "desk.export-fetched", "desk.export-made", "desk.export-asked",
    ]  # fmt: skip
    assert [text for text in (LI["name"], LI["doc_number"]) if text in sun.page.content() + page.content()] == []
    for seat in (li, sun):
        seat.context.close()


def over(seat: Seat) -> None:
    """Wait until the job of this page is over, and go on."""
    seat.page.wait_for_selector("[data-job=over]")
    seat.press("Go on")


def test_a_file_goes_through_mapping_and_quarantine_into_a_batch(
    house: House, browser: Browser, tmp_path: Path
) -> None:
    han = house.seat(browser, "han")
    page = han.open("/sittings")
    han.press("Social worker 2028")
    rows = [registration(21), registration(22), registration(23, 省份="?")]
    han.hand_over("File", write_rows(tmp_path / "报名.csv", rows))
    han.press("Send")
    page.wait_for_url("**/uploads/up-*/jobs/*")
    over(han)
    han.press("Keep and try")
    over(han)
    tried = page.inner_text("main")
    han.write("Why you need it", "to mend a province")
    with page.expect_download() as saved:
        page.keyboard.press("Enter")
    han.press("Take it in")
    over(han)
    han.press("See the batch")
    page.wait_for_url("**/batches/bat-*")

    handed = Path(saved.value.path()).read_text("utf-8-sig")
    assert "3 rows: 2 can be accepted, 1 go to quarantine" in tried
    assert (document(23) in handed, document(21) in handed) == (True, False)
    assert "current: " in page.inner_text("main")
    assert han.complaints == []
    han.context.close()


def test_a_line_is_proposed_seen_as_plot_and_table_and_approved_by_another(house: House, browser: Browser) -> None:
    zhang, qian = house.seat(browser, "zhang"), house.seat(browser, "qian")
    page = zhang.open("/sittings/trial-2026/lines")
    choose(zhang, "B", " ")
    zhang.write("Line", "55")
    zhang.write("Document number", "notice 7 of 2026")
    zhang.press("Propose it")
    over(zhang)
    page.wait_for_url("**/lines/lin-*")
    plotted = page.locator("figure svg rect").count()
    steps = page.locator("table:has(caption) tbody tr").count()
    qian.open(page.url.removeprefix(house.url))
    qian.press("Approve and announce")
    qian.page.wait_for_url("**/sittings/trial-2026/lines")

    assert (plotted > 0, steps > 0, "Somebody else must approve it." in page.inner_text("main")) == (True, True, True)
    assert "notice 7 of 2026" in qian.page.locator("table").first.inner_text()
    assert [*zhang.complaints, *qian.complaints] == []
    for seat in (zhang, qian):
        seat.context.close()


def test_the_board_and_a_switch_by_hand(house: House, browser: Browser) -> None:
    seat = house.seat(browser, "wang")
    page, asked = seat.page, list[bool]()
    page.on("request", lambda sent: asked.append("x-polling" in sent.headers) if sent.url.endswith("/board") else None)
    seat.open("/board")
    page.wait_for_selector("tr.green")
    judge(page, "board")
    assert "has never answered" in page.inner_text("tr.red")
    page.focus("text=Stop loading anew")
    before = page.inner_text(".bits")
    page.wait_for_function("before => document.querySelector('.bits').innerText !== before", arg=before)
    assert page.evaluate("document.activeElement.innerText") == "Stop loading anew"
    assert (asked[0], set(asked[1:])) == (False, {True})
    assert "demo custody" in page.inner_text("#keepers ~ .scroll tr.green")
    assert page.locator(".spark").count() == 4

    page.goto(f"{house.url}/switches")
    judge(page)
    page.check("input[value=static]")
    page.fill("#zh", "\u7cfb\u7edf\u68c0\u67e5\u4e2d")
    page.fill("#en", "Under inspection")
    page.fill("#reason", "drill")
    page.keyboard.press("Enter")
    page.wait_for_url("**/switches/move**")
    judge(page)
    page.set_input_files("#key", house.keys / "wang.pem")
    page.fill("#passphrase", PASSPHRASE)
    page.click("form[data-sign] button")
    page.wait_for_url(f"{house.url}/switches")
    since = time.monotonic()
    wait_for(lambda: httpx.get(f"{house.node}/challenge").json() == {"state": "closed"}, 5)

    assert time.monotonic() - since < 5
    judge(page)
    assert "Nothing but pages" in page.inner_text(".switch-banner")
    assert seat.complaints == []
    seat.context.close()
