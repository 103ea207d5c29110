"""The audit log in the office: searched, paged, within one's reach, and exported so that a stranger can check it."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.http import StreamingHttpResponse

from fangbang.audit.actions import record
from fangbang.audit.events import AuditEvent
from fangbang.audit.queries import Edit, entries, head
from fangbang.audit.rules import SYSTEM, Actor
from fangbang.cli import main
from fangbang.core.clock import ManualClock
from fangbang.project import watching
from fangbang.project.watching import Standing, Watch
from fangbang.release import actions as releases
from fangbang.release.rules import ReleaseKind, Scope
from tests.office.desk import Desk, enter

pytestmark = pytest.mark.django_db
SITTING = "social-worker-2026"


def write(clock: ManualClock, *subjects: str, actor: Actor = SYSTEM) -> None:
    for subject in subjects:
        clock.advance(timedelta(seconds=1))
        record(actor=actor, event=AuditEvent.BATCH_ACCEPTED, subject=subject, details={"n": "=1+1"}, clock=clock)


def auditor(clock: ManualClock) -> Desk:
    enter(clock, "sun", "auditor")
    return Desk(clock).seat("sun")


def rows(desk: Desk, query: str = "") -> list[str]:
    """The subjects on the page, in order."""
    page = desk.get(f"/audit?{query}").content.decode()
    return [part.partition("</td>")[0] for part in page.split("</code></td><td>")[1:]]


def exported(desk: Desk, **fields: str) -> str:
    answer = desk.post("/audit/export", **fields)
    assert isinstance(answer, StreamingHttpResponse)
    return b"".join(answer).decode()


def test_the_newest_comes_first_and_older_ones_on_further_pages(clock: ManualClock) -> None:
    desk = auditor(clock)
    write(clock, *(f"s{number}" for number in range(60)))

    first = desk.get("/audit").content.decode()
    older = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")

    assert rows(desk)[:2] == ["s59", "s58"]
    assert rows(desk, older.partition("?")[2])[:2] == ["s9", "s8"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("event=intake.batch-accepted", ["beta", "alpha"]),
        ("actor=wang", ["beta"]),
        ("text=ALPH", ["alpha"]),
        ("since=2026-08-20&until=2026-08-20&event=intake.batch-accepted", ["beta", "alpha"]),
        ("until=2026-08-19", []),
        ("actor=wang&text=alpha", []),
    ],
)
def test_search_goes_by_all_that_is_asked(clock: ManualClock, query: str, found: Sequence[str]) -> None:
    desk = auditor(clock)
    write(clock, "alpha")
    write(clock, "beta", actor=Actor("wang", "王芳"))

    assert rows(desk, query) == found


def test_a_release_is_found_with_its_sitting(clock: ManualClock) -> None:
    desk = auditor(clock)
    release = releases.open_release(actor=SYSTEM, sitting_id=SITTING, scope=Scope(), kind=ReleaseKind.BASE, clock=clock)
    write(clock, SITTING, "other-2026")

    assert rows(desk, f"release={release}") == [SITTING, release]


@pytest.mark.parametrize(("query", "code"), [("since=soon", "office.bad-day"), ("release=none", "release.unknown")])
def test_what_cannot_be_searched_for_is_told(clock: ManualClock, query: str, code: str) -> None:
    answer = auditor(clock).get(f"/audit?{query}")

    assert (answer.status_code, answer.content.decode().count(code)) == (400, 1)


def test_a_province_sees_its_releases_and_its_own_acts_only(clock: ManualClock) -> None:
    mine, other, both = (
        releases.open_release(actor=SYSTEM, sitting_id=SITTING, scope=scope, kind=ReleaseKind.BASE, clock=clock)
        for scope in (Scope(("110000",)), Scope(("120000",)), Scope(("110000", "120000")))
    )
    enter(clock, "bei", "provincial-centre", region="110000")
    write(clock, SITTING, "database")
    write(clock, "elsewhere", actor=Actor("bei", "王芳"))

    assert rows(Desk(clock).seat("bei")) == ["elsewhere", mine]
    assert {other, both} & set(rows(Desk(clock).seat("bei"))) == set()


def test_a_whole_export_is_checked_by_a_stranger(clock: ManualClock, tmp_path: Path) -> None:
    desk = auditor(clock)
    write(clock, "one", "two")
    file = tmp_path / "audit.jsonl"
    file.write_text(exported(desk, kind="jsonl"))
    anchor = f"{head().seq}:{head().hash}"

    done = CliRunner().invoke(main, ["--lang", "en", "verify", "audit", str(file), "--anchor", anchor])

    assert done.exit_code == 0
    assert done.output == f"{head().seq} entries hold, whole, head {head().hash}\n"
    assert [entry.event for entry in entries()][-1] == "audit.exported"


ALTERED = {
    "an altered entry": (lambda text: text.replace('"one"', '"uno"', 1), 6),
    "a line left out": (
        lambda text: "".join(text.splitlines(keepends=True)[:2] + text.splitlines(keepends=True)[3:]),
        6,
    ),
    "an end cut off": (lambda text: "".join(text.splitlines(keepends=True)[:-1]), 6),
    "lines run together": (lambda text: text.replace("\n", "", 1), 3),
    "another file": (lambda text: "hello\n", 3),
    "another format": (lambda text: text.replace("fangbang-audit-export/1", "x", 1), 3),
}


@pytest.mark.parametrize(("alter", "code"), ALTERED.values(), ids=ALTERED.keys())
def test_an_altered_export_is_refused(
    clock: ManualClock, tmp_path: Path, alter: Callable[[str], str], code: int
) -> None:
    desk = auditor(clock)
    write(clock, "one", "two")
    file = tmp_path / "audit.jsonl"
    file.write_text(alter(exported(desk, kind="jsonl")))

    assert CliRunner().invoke(main, ["verify", "audit", str(file)]).exit_code == code


def test_a_part_is_checked_entry_by_entry(clock: ManualClock, tmp_path: Path) -> None:
    desk = auditor(clock)
    write(clock, "one", "two", "one")
    file, bad = tmp_path / "part.jsonl", tmp_path / "bad.jsonl"
    file.write_text(exported(desk, kind="jsonl", text="one"))
    bad.write_text(file.read_text().replace('"one"', '"uno"', 1))

    done = CliRunner().invoke(main, ["--lang", "en", "verify", "audit", str(file)])

    assert done.output == "2 entries hold (a part)\n"
    assert CliRunner().invoke(main, ["verify", "audit", str(bad)]).exit_code == 6


def test_an_exported_table_holds_no_formula(clock: ManualClock) -> None:
    desk = auditor(clock)
    write(clock, "=cmd()", "@sum", "+1")

    table = list(csv.reader(io.StringIO(exported(desk, kind="csv").removeprefix("\ufeff"))))

    assert [row[5] for row in table[2:5]] == ["'=cmd()", "'@sum", "+1"]
    assert table[0][0] == "seq"


def test_an_alarm_stands_on_every_page_with_table_and_row(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = auditor(clock)
    quiet = desk.get("/audit").content.decode()
    watch = Watch(Path(), clock, standing=Standing(clock.now(), (Edit("release_release", "rel-1", "changed"),)))
    monkeypatch.setitem(watching._current, "watch", watch)

    pages = [desk.get(path).content.decode() for path in ("/", "/audit", "/releases")]

    assert 'class="alarm"' not in quiet
    assert [page.count('<div class="alarm" role="alert">') for page in pages] == [1] * 3
    assert ["table release_release, row rel-1" in page for page in pages] == [True] * 3
    assert 'class="alarm"' not in Desk(clock).get("/sign-in").content.decode()
