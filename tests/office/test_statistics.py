"""Statistics of what was published: who sees what of it, what is kept back, and the files."""

import csv
import re
from io import StringIO

import fastexcel
import pytest

from fangbang.core.clock import ManualClock
from fangbang.release.rules import ReleaseState, Scope
from tests.office.desk import Desk, enter
from tests.office.marks import facts_of, frozen, published, put_into
from tests.release.people import FACTS


@pytest.fixture
def release(clock: ManualClock, db: None) -> str:
    published(clock, facts_of(2025))
    return published(clock, facts_of(2026))


@pytest.fixture
def nation(clock: ManualClock, db: None) -> Desk:
    enter(clock, "sun", "auditor")
    return Desk(clock).seat("sun")


@pytest.fixture
def beijing(clock: ManualClock, db: None) -> Desk:
    enter(clock, "zhou", "provincial-centre", region="110000")
    return Desk(clock).seat("zhou")


def rows(desk: Desk, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(desk.get(address).content.decode("utf-8-sig"))))


def test_the_nation_sees_every_subject_province_and_year(nation: Desk, release: str) -> None:
    page = nation.get(f"/statistics/{release}").content.decode()

    assert page.count('<figure class="histogram">') == 3
    assert page.count("By year") == 3
    assert page.count(f'href="/statistics/{release}/110000"') == 3
    assert f'href="/statistics/{release}"' in nation.get("/statistics").content.decode()


def test_a_province_sees_its_own_part_and_no_other(beijing: Desk, release: str) -> None:
    listed = beijing.get("/statistics").content.decode()

    own = beijing.get(f"/statistics/{release}/110000").content.decode()

    assert (f'href="/statistics/{release}/110000"' in listed, f'href="/statistics/{release}"' in listed) == (
        True,
        False,
    )
    assert "Shanghai" not in own
    assert beijing.get(f"/statistics/{release}").status_code == 404
    assert beijing.get(f"/statistics/{release}/310000").status_code == 404


def test_staff_of_other_exams_see_nothing(clock: ManualClock, release: str) -> None:
    enter(clock, "other", "auditor", exams=["tax-agent"])
    desk = Desk(clock).seat("other")

    assert release not in desk.get("/statistics").content.decode()
    assert desk.get(f"/statistics/{release}").status_code == 404


@pytest.mark.parametrize("state", [item for item in ReleaseState if item is not ReleaseState.PUBLISHED])
def test_before_it_is_published_and_after_a_withdrawal_there_is_nothing(
    clock: ManualClock, nation: Desk, state: ReleaseState
) -> None:
    release = frozen(clock, facts_of())
    put_into(release, state, clock)

    answer = nation.get(f"/statistics/{release}?form=csv")

    assert (answer.status_code, b"release.not-published" in answer.content) == (409, True)
    assert release not in nation.get("/statistics").content.decode()


def test_a_province_that_no_result_is_of_is_not_found(nation: Desk, release: str) -> None:
    assert nation.get(f"/statistics/{release}/650000").status_code == 404


def test_an_unknown_form_of_file_is_not_found(nation: Desk, release: str) -> None:
    assert nation.get(f"/statistics/{release}?form=exe").status_code == 404


def test_no_number_about_few_people_is_told(nation: Desk, release: str) -> None:
    page = nation.get(f"/statistics/{release}").content.decode()
    told = rows(nation, f"/statistics/{release}?form=csv") + rows(nation, f"/statistics/{release}?form=marks")

    cells = [int(cell.replace(",", "")) for cell in re.findall(r"<td>([\d,]+)</td>", page)]
    counts = ("Registered", "With a mark", "Passed", "People")
    numbers = [int(row[name]) for row in told for name in counts if row.get(name)]
    assert len(cells) > 50
    assert len(numbers) > 300
    assert [one for one in (*cells, *numbers) if 0 < one < 10] == []


def test_the_small_province_is_kept_back_and_cannot_be_had_by_taking_away(nation: Desk, release: str) -> None:
    told = rows(nation, f"/statistics/{release}?form=csv")

    passed = {row["Province code"]: row["Passed"] for row in told if row["Subject"] == told[0]["Subject"]}
    assert passed["540000"] == ""
    assert [code for code, count in passed.items() if count == ""] != ["540000"]


def test_the_two_files_say_the_same(nation: Desk, release: str) -> None:
    told = rows(nation, f"/statistics/{release}?form=csv")

    answer = nation.get(f"/statistics/{release}?form=xlsx")

    book = fastexcel.read_excel(answer.content)
    sheet = book.load_sheet(0, dtypes="string").to_polars()
    assert book.sheet_names == ["Figures", "Marks"]
    assert sheet["Passed"].fill_null("").to_list() == [row["Passed"] for row in told]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="social-worker-2026-{release}.xlsx"'


def test_a_release_of_one_province_tells_of_no_other(clock: ManualClock, nation: Desk) -> None:
    release = published(clock, facts_of(), Scope(("110000",)))

    told = rows(nation, f"/statistics/{release}?form=csv")
    marks = rows(nation, f"/statistics/{release}?form=marks")

    assert {row["Province code"] for row in told} == {"", "110000"}
    assert sum(int(row["People"] or 0) for row in marks) < 3 * 4_100


def test_a_release_without_counts_shows_none(clock: ManualClock, nation: Desk) -> None:
    release = published(clock, FACTS)

    assert nation.get(f"/statistics/{release}").status_code == 200
    assert rows(nation, f"/statistics/{release}?form=csv") == []


def test_a_file_is_in_the_reader_s_language(nation: Desk, release: str) -> None:
    text = nation.get(f"/statistics/{release}?form=csv&lang=zh").content.decode("utf-8-sig")

    assert text.splitlines()[0] == "考试,年度,级别,科目,省份代码,省份,报名,有成绩,合格,合格率"
