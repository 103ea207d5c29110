"""A province's list through the pages: asked for, made by the job, fetched; no wall is passed."""

import csv
import io

import fastexcel
import pytest

from fangbang.core.clock import ManualClock
from fangbang.desk.models import Export
from fangbang.jobs.actions.taking import take_next
from fangbang.project.working import perform
from tests.desk.scene import BEIJING, LI, SICHUAN, SITTING, WANG, ZHAO, Scene
from tests.office.desk import Desk, enter

PASSED = {"outcome": "qualified"}


@pytest.fixture
def sichuan(desk: Desk, clock: ManualClock, office: Scene) -> Desk:
    enter(clock, "li", "provincial-centre", region=SICHUAN, name="李娜")
    return desk.seat("li")


def listed(desk: Desk, clock: ManualClock, **asked: str) -> bytes:
    """Ask, let the job run, fetch."""
    typed = {"sitting": SITTING, "purpose": "考后核查", "content": "check", "format": "csv", **asked}
    assert desk.post("/exports/ask", **typed).status_code == 302
    job = take_next(clock)
    assert job is not None
    perform(job, clock)
    return desk.post(f"/exports/{job.subject}/file").content


def test_a_csv_of_one_s_own_region(sichuan: Desk, office: Scene, clock: ManualClock) -> None:
    office.publish(PASSED, {**PASSED, "name": "=1+1"}, PASSED)

    rows = list(csv.reader(io.StringIO(listed(sichuan, clock).decode("utf-8-sig"))))

    assert {row[0] for row in rows[1:]} == {"'=1+1", ZHAO["name"]}
    assert {row[2] for row in rows[1:]} == {LI["doc_number"], ZHAO["doc_number"]}
    assert all("李娜(li)" in row[-1] and "考后核查" in row[-1] for row in rows[1:])


def test_a_workbook_keeps_numbers_as_texts(sichuan: Desk, office: Scene, clock: ManualClock) -> None:
    office.publish(PASSED, PASSED, PASSED)

    book = fastexcel.read_excel(listed(sichuan, clock, format="xlsx"))

    frame = book.load_sheet("名单").to_polars()
    assert sorted(frame["证件号码"]) == sorted([LI["doc_number"], ZHAO["doc_number"]])
    assert "李娜(li)" in str(book.load_sheet("说明", header_row=None).to_polars().row(0)[1])


def test_before_the_hour_nothing_is_asked_for(sichuan: Desk, office: Scene) -> None:
    answer = sichuan.post("/exports/ask", sitting=SITTING, purpose="考后核查")

    assert (answer.status_code, "desk.not-published" in answer.content.decode()) == (409, True)
    assert Export.objects.count() == 0


def test_another_province_neither_sees_nor_fetches_it(sichuan: Desk, office: Scene, clock: ManualClock) -> None:
    office.publish(PASSED, PASSED, PASSED)
    listed(sichuan, clock)
    export = Export.objects.get().pk
    enter(clock, "sun", "provincial-centre", region=BEIJING, name="孙敏")
    sun = Desk(clock).seat("sun")

    assert [sun.get(f"/exports/{export}").status_code, sun.post(f"/exports/{export}/file").status_code] == [404, 404]
    assert export not in sun.get("/exports").content.decode()
    assert WANG["name"] in listed(sun, clock).decode()


def test_pages_name_nobody(sichuan: Desk, office: Scene, clock: ManualClock) -> None:
    office.publish(PASSED, PASSED, PASSED)
    listed(sichuan, clock)

    pages = sichuan.get("/exports").content + sichuan.get(f"/exports/{Export.objects.get().pk}").content

    assert [text for text in (LI["name"], LI["doc_number"], LI["ticket"]) if text.encode() in pages] == []
