"""The catalogue's pages: exams in plain words, a changed file with its errors, its effects, and two people."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from pytest_django.fixtures import Settings

from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM
from fangbang.catalogue import queries
from fangbang.catalogue.models import Change
from fangbang.core.clock import ManualClock
from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.changing import in_force
from fangbang.intake import actions as intake
from fangbang.release import actions as release_actions
from fangbang.release.rules import ReleaseKind, Scope
from tests.exams.own_file import GOOD
from tests.office.desk import Desk, enter

SHIPPED = in_force(None)["social-worker"].data.decode()
CHANGED = SHIPPED.replace('full = "100"', 'full = "120"', 1)


@pytest.fixture
def folder(db: None, tmp_path: Path, settings: Settings, clock: ManualClock) -> Path:
    """An authority's folder; an editor `sun` and an approver `wang`."""
    settings.EXAMS = tmp_path / "exams"
    settings.EXAMS.mkdir()
    enter(clock, "sun", "catalogue-editor", name="孙丽")
    enter(clock, "wang", "approver")
    return tmp_path / "exams"


def propose(desk: Desk, text: str | bytes, reason: str = "Notice 7", name: str = "social-worker.toml") -> HttpResponse:
    data = text if isinstance(text, bytes) else text.encode()
    return desk.post("/catalogue/propose", file=SimpleUploadedFile(name, data), reason=reason)


def proposed(clock: ManualClock, text: str = CHANGED) -> str:
    """The id of a change that `sun` proposed."""
    return propose(Desk(clock).seat("sun"), text).headers["Location"].rpartition("/")[2]


def test_every_exam_is_listed_with_where_its_file_comes_from(folder: Path, clock: ManualClock) -> None:
    (folder / "own.toml").write_text(GOOD)

    page = Desk(clock).seat("sun").get("/catalogue").content.decode()

    assert [exam.id for exam in load_catalogue(folder).exams() if f"<code>{exam.id}</code>" not in page] == []
    assert load_catalogue(folder).version in page
    assert page.count("Laid into the folder by hand") == 1
    assert page.count("Shipped with the program") == len(load_catalogue().exams()) + len(load_catalogue().families())


def test_one_exam_is_told_in_plain_words_with_its_sources(folder: Path, clock: ManualClock) -> None:
    page = Desk(clock).seat("sun").get("/catalogue/exams/social-worker?year=2026").content.decode()

    rules = load_catalogue().rules("social-worker", 2026)
    names = [subject.name.en for level in rules.levels.values() for subject in level.subjects.values()]
    assert [name for name in names if name not in page] == []
    assert [source.title for source in rules.sources if source.title not in page] == []
    assert "2 exam year(s)" in page


def test_every_shipped_exam_has_a_page_in_both_languages(folder: Path, clock: ManualClock) -> None:
    desk = Desk(clock).seat("sun")

    wrong = [
        (exam.id, language)
        for exam in load_catalogue().exams()
        for language in ("zh", "en")
        if desk.get(f"/catalogue/exams/{exam.id}?year=2026&lang={language}").status_code != 200
    ]

    assert wrong == []


def test_a_year_without_rules_is_said_and_the_file_still_told(folder: Path, clock: ManualClock) -> None:
    (folder / "own.toml").write_text(GOOD.replace('id = "own"', 'id = "own"\nfirst_year = 2020', 1))

    answer = Desk(clock).seat("sun").get("/catalogue/exams/own?year=2019")

    page = answer.content.decode()
    assert answer.status_code == 400
    assert "exams.no-rules-for-year" in page
    assert "Every rule of the file" in page


def test_the_file_in_force_is_handed_out(folder: Path, clock: ManualClock) -> None:
    desk = Desk(clock).seat("sun")

    assert desk.get("/catalogue/files/social-worker").content.decode() == SHIPPED
    assert b"professional" in desk.get("/catalogue/files/families/professional").content
    assert desk.get("/catalogue/files/none").status_code == 404


def test_a_change_goes_from_the_editor_to_the_approver_into_force(folder: Path, clock: ManualClock) -> None:
    intake.open_sitting(actor=SYSTEM, exam_id="social-worker", year=2026, catalogue=load_catalogue(folder), clock=clock)
    change = proposed(clock)
    page = Desk(clock).seat("wang").get(f"/catalogue/changes/{change}").content.decode()
    assert "<td>100</td><td>120</td>" in page
    assert "<li>social-worker-2026</li>" in page
    assert ("-papers" in page, "+papers" in page) == (True, True)

    answer = Desk(clock).seat("wang").post(f"/catalogue/changes/{change}/put-in-force")

    assert answer.status_code == 302
    assert (folder / "social-worker.toml").read_text() == CHANGED
    told = Desk(clock).seat("sun").get(f"/catalogue/changes/{change}").content.decode()
    assert "put in force" in told
    assert load_catalogue(folder).version in told
    assert "<td>100</td><td>120</td>" in told
    assert "王芳" in told
    listed = Desk(clock).seat("sun").get("/catalogue").content.decode()
    assert "put in force" in listed
    assert "by hand" not in listed
    shown = Desk(clock).seat("sun").get("/catalogue/exams/social-worker?year=2026").content.decode()
    assert "<td>120</td>" in shown


def test_a_byte_order_mark_does_no_harm(folder: Path, clock: ManualClock) -> None:
    answer = propose(Desk(clock).seat("sun"), b"\xef\xbb\xbf" + CHANGED.encode())

    assert answer.status_code == 302
    assert queries.changes()[0].data.decode() == CHANGED


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("id = ", "exams.bad-file", "social-worker.toml"),
        (SHIPPED.replace('source = ["educity"]', 'source = ["nobody"]', 1), "exams.bad-file", "source nobody"),
        (SHIPPED.replace("window = 1", "window = 0", 1), "exams.bad-file", "junior.categories.full"),
        (SHIPPED.replace('family = "professional"', 'family = "none"'), "exams.bad-file", "unknown family none"),
        (SHIPPED, "catalogue.same-file", "social-worker"),
        ("#" * (1 << 20), "exams.too-large", "524288"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(
    folder: Path, clock: ManualClock, text: str, code: str, place: str
) -> None:
    answer = propose(Desk(clock).seat("sun"), text)

    page = answer.content.decode()
    assert answer.status_code in (400, 409)
    assert (code in page, place in page) == (True, True)
    assert 'value="Notice 7"' in page
    assert queries.changes() == []


def test_without_a_file_or_a_reason_nothing_is_proposed(folder: Path, clock: ManualClock) -> None:
    desk = Desk(clock).seat("sun")

    assert b"catalogue.no-file" in desk.post("/catalogue/propose", reason="x").content
    assert b"catalogue.no-reason" in propose(desk, CHANGED, reason=" ").content
    assert queries.changes() == []


@pytest.mark.parametrize(("region", "exams"), [("110000", []), ("", ["fire-1"])])
def test_a_province_or_another_exam_s_staff_changes_nothing(
    folder: Path, clock: ManualClock, region: str, exams: list[str]
) -> None:
    enter(clock, "li", "catalogue-editor", region=region, exams=exams)
    enter(clock, "zhao", "approver", region=region, exams=exams)
    change = proposed(clock)

    sent = propose(Desk(clock).seat("li"), CHANGED)
    put = Desk(clock).seat("zhao").post(f"/catalogue/changes/{change}/put-in-force")
    no = Desk(clock).seat("zhao").post(f"/catalogue/changes/{change}/refuse", reason="no")

    assert [answer.status_code for answer in (sent, put, no)] == [403, 403, 403]
    assert [*folder.iterdir()] == []
    assert len(queries.changes()) == 1


def test_a_file_that_fits_no_longer_can_still_be_refused(folder: Path, clock: ManualClock) -> None:
    change = proposed(clock)
    Change.objects.filter(pk=change).update(content="id = ")

    Desk(clock).seat("wang").post(f"/catalogue/changes/{change}/refuse", reason="no")

    assert queries.change(change).state == "refused"


def test_a_refusal_has_its_reason_and_an_author_takes_back_their_own(folder: Path, clock: ManualClock) -> None:
    one, other = proposed(clock), proposed(clock, CHANGED + "\n# more\n")

    missing = Desk(clock).seat("wang").post(f"/catalogue/changes/{one}/refuse", reason="")
    Desk(clock).seat("wang").post(f"/catalogue/changes/{one}/refuse", reason="Notice 7 says 110")
    Desk(clock).seat("sun").post(f"/catalogue/changes/{other}/take-back")

    assert missing.status_code == 400
    page = Desk(clock).seat("sun").get(f"/catalogue/changes/{one}").content.decode()
    assert "Notice 7 says 110" in page
    assert b"taken back" in Desk(clock).seat("sun").get(f"/catalogue/changes/{other}").content
    assert [*folder.iterdir()] == []


def test_a_change_that_fits_no_longer_says_why(folder: Path, clock: ManualClock) -> None:
    change = proposed(clock)
    (folder / "broken.toml").write_text("id = ")

    answer = Desk(clock).seat("wang").get(f"/catalogue/changes/{change}")

    assert answer.status_code == 400
    assert b"broken.toml" in answer.content


def test_an_installation_without_a_folder_says_so(folder: Path, clock: ManualClock, settings: Settings) -> None:
    settings.EXAMS = None
    change = proposed(clock)

    listed = Desk(clock).seat("sun").get("/catalogue").content.decode()
    answer = Desk(clock).seat("wang").post(f"/catalogue/changes/{change}/put-in-force")

    assert "FANGBANG_EXAMS" in listed
    assert answer.status_code == 409
    assert b"catalogue.no-folder" in answer.content


def test_the_timeline_s_first_step_leads_to_the_rules(folder: Path, clock: ManualClock) -> None:
    release = release_actions.open_release(
        actor=SYSTEM, sitting_id="social-worker-2026", scope=Scope(), kind=ReleaseKind.BASE, clock=clock
    )

    page = Desk(clock).seat("wang").get(f"/releases/{release}").content.decode()

    assert 'href="/catalogue/exams/social-worker?year=2026"' in page


def test_an_unknown_exam_and_an_odd_year_do_no_harm(folder: Path, clock: ManualClock) -> None:
    desk = Desk(clock).seat("sun")

    assert b"exams.unknown-exam" in desk.get("/catalogue/exams/none").content
    assert desk.get("/catalogue/exams/social-worker?year=%EF%BC%92x").status_code == 200
    assert [*audit.entries()][-1].event.startswith("catalogue.") is False
