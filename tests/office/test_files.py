"""Files from a browser to a batch, through the pages and the jobs that they ask for."""

import hashlib
import json
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.uploadedfile import SimpleUploadedFile

from fangbang.audit.models import Event
from fangbang.books.keys import BookKeys
from fangbang.core.clock import ManualClock
from fangbang.exams.catalogue import load_catalogue
from fangbang.intake import actions, queries
from fangbang.intake.models import Batch, Upload
from fangbang.intake.rules import build_manifest, sign_manifest
from fangbang.intake.yard import digest_of
from fangbang.jobs import queries as jobs
from fangbang.jobs.actions.taking import take_next
from fangbang.office import jobs as entered
from fangbang.project import bodies
from fangbang.project.layout import Layout
from fangbang.project.working import perform
from tests.intake.files import document, mark, registration, write_rows
from tests.intake.test_uploads import LI, SITTING
from tests.office.desk import Desk, enter

assert entered  # importing them enters the kinds
JSON = {"Accept": "application/json"}


class Counter:
    """An importer in front of a sitting's files, and the process that does the jobs."""

    def __init__(self, layout: Layout, clock: ManualClock) -> None:
        self.layout, self.clock = layout, clock
        enter(clock, "li", "importer", name="李雷")
        enter(clock, "han", "importer", name="韩梅")
        actions.open_sitting(actor=LI, exam_id="social-worker", year=2026, catalogue=load_catalogue(), clock=clock)
        self.desk = Desk(clock).seat("li")

    def csv(self, *rows: dict[str, str]) -> bytes:
        return write_rows(self.layout.home / "file.csv", rows).read_bytes()

    def send(self, data: bytes, name: str = "people.csv") -> Any:
        """The form without a script."""
        return self.desk.post(f"/sittings/{SITTING}/whole", file=SimpleUploadedFile(name, data))

    def work(self) -> None:
        """Do every job that waits."""
        while (job := take_next(self.clock)) is not None:
            perform(job, self.clock)

    def here(self, data: bytes, name: str = "people.csv") -> str:
        """A file that was sent and looked at."""
        address = self.send(data, name).headers["Location"]
        self.work()
        return str(address.split("/")[2])

    def map(self, upload: str, kind: str = "registrations", **more: Any) -> Any:
        look = queries.upload(upload).look
        assert look is not None
        columns = look["kinds"][kind]["columns"]
        fields = list(queries.FIELDS[kind])
        sent = {
            "kind": kind,
            "field": fields,
            "column": [columns.get(field, "") for field in fields],
            "constant": [""] * len(fields),
        }
        answer = self.desk.post(f"/uploads/{upload}/mapping", **{**sent, **more})
        self.work()
        return answer

    def page(self, address: str, language: str = "en") -> str:
        return self.desk.get(f"{address}?lang={language}").content.decode()

    def taken(self, *rows: dict[str, str]) -> Batch:
        upload = self.here(self.csv(*rows))
        self.map(upload)
        self.desk.post(f"/uploads/{upload}/take")
        self.work()
        return queries.batch(str(queries.upload(upload).batch))


@pytest.fixture
def counter(tmp_path: Path, clock: ManualClock, settings: Any, db: None) -> Counter:
    layout = Layout(tmp_path / "home")
    layout.make()
    BookKeys.create(layout.book_keys)
    settings.LAYOUT, settings.DROP = layout, layout.drop
    settings.FILE_UPLOAD_TEMP_DIR = layout.uploads
    return Counter(layout, clock)


PEOPLE = (registration(1), registration(2), registration(3, 省份="?"))


def test_a_file_becomes_a_batch_step_by_step(counter: Counter) -> None:
    upload = counter.here(counter.csv(*PEOPLE))
    looked = counter.page(f"/uploads/{upload}")
    counter.map(upload)
    tried = counter.page(f"/uploads/{upload}")
    counter.desk.post(f"/uploads/{upload}/take")
    counter.work()

    batch = Batch.objects.get()
    assert "Which column holds what: registrations" in looked
    assert "3 rows: 2 can be accepted, 1 go to quarantine" in tried
    assert "intake.province-unknown" in tried
    assert (batch.rows, batch.quarantined, batch.importer, batch.file_name) == (2, 1, "li", "people.csv")
    assert "current: 2 rows in all" in counter.page(f"/sittings/{SITTING}")
    assert list(counter.layout.uploads.iterdir()) == []


def test_no_page_shows_a_number_or_a_name(counter: Counter) -> None:
    upload = counter.here(counter.csv(registration(1, 姓名="欧阳娜", 省份="?"), *PEOPLE[1:]))
    counter.map(upload)
    pages = [counter.page(f"/uploads/{upload}"), counter.page(f"/sittings/{SITTING}")]
    batch = counter.taken(*PEOPLE)
    pages.append(counter.page(f"/batches/{batch.pk}"))

    shown = "".join(pages)
    assert [text for text in (document(1), document(2), document(3), "欧阳娜") if text in shown] == []
    assert "row 2" in shown, "positive control: examples are shown"


def test_pieces_come_in_and_the_sender_is_told_where_to_go(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    data = counter.csv(*PEOPLE)
    begun = json.loads(
        counter.desk.client.post(
            f"/sittings/{SITTING}/uploads", {"name": "a.csv", "size": len(data)}, headers=JSON
        ).content
    )
    sha256 = hashlib.sha256(data).hexdigest()
    sent = counter.desk.client.post(
        begun["send"], data, content_type="application/octet-stream",
        headers={**JSON, "X-Offset": "0", "X-SHA256": sha256},
    )  # fmt: skip
    ended = counter.desk.client.post(begun["finish"], {"digest": digest_of([sha256])}, headers=JSON)

    assert (begun["pieces"], begun["size"], json.loads(sent.content)) == ([], 8 << 20, {"received": len(data)})
    assert json.loads(ended.content)["go"].startswith("/uploads/up-")
    assert Upload.objects.get().sha256 == sha256


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"X-Offset": "7", "X-SHA256": "0"}, 409, "intake.piece-place"),
        ({"X-Offset": "0", "X-SHA256": "0"}, 409, "intake.piece-damaged"),
        ({"X-Offset": "-1", "X-SHA256": "0"}, 400, "office.bad-form"),
        ({}, 400, "office.bad-form"),
    ],
)
def test_a_wrong_piece_is_answered_with_its_code(
    counter: Counter, headers: dict[str, str], status: int, code: str
) -> None:
    begun = counter.desk.client.post(f"/sittings/{SITTING}/uploads", {"name": "a.csv", "size": 3}, headers=JSON)
    address = json.loads(begun.content)["send"]

    answer = counter.desk.client.post(
        address, b"abc", content_type="application/octet-stream", headers={**JSON, **headers}
    )

    assert (answer.status_code, json.loads(answer.content)["code"]) == (status, code)


def test_another_importer_cannot_add_to_an_upload_but_can_remove_it(counter: Counter) -> None:
    begun = counter.desk.client.post(f"/sittings/{SITTING}/uploads", {"name": "a.csv", "size": 3}, headers=JSON)
    told, other = json.loads(begun.content), Desk(counter.clock).seat("han")

    answer = other.client.post(
        told["send"], b"abc", content_type="application/octet-stream",
        headers={**JSON, "X-Offset": "0", "X-SHA256": hashlib.sha256(b"abc").hexdigest()},
    )  # fmt: skip

    assert json.loads(answer.content)["code"] == "intake.not-your-upload"
    assert other.post(told["discard"]).status_code == 302


def test_a_form_without_a_file_and_one_that_is_too_large_are_told(counter: Counter, settings: Any) -> None:
    settings.INTAKE = {**settings.INTAKE, "INTAKE_UPLOAD": "10"}

    assert "office.bad-form" in counter.desk.post(f"/sittings/{SITTING}/whole").content.decode()
    answer = counter.send(b"x" * 11)

    assert (answer.status_code, "intake.upload-too-large" in answer.content.decode()) == (400, True)
    assert list(counter.layout.uploads.iterdir()) == []


def test_a_large_form_goes_through_the_disk(counter: Counter, settings: Any) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    data = counter.csv(*PEOPLE)

    upload = counter.here(data)

    assert queries.upload(upload).sha256 == hashlib.sha256(data).hexdigest()
    assert [path.name for path in counter.layout.uploads.iterdir()] == [upload]


def test_a_dropped_file_is_taken_from_its_listing(counter: Counter) -> None:
    path = counter.layout.drop / "dropped.csv"
    path.write_bytes(counter.csv(*PEOPLE))
    settled = (counter.clock.now() - timedelta(minutes=5)).timestamp()
    os.utime(path, (settled, settled))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()

    listed = counter.page(f"/sittings/{SITTING}")
    wrong = counter.desk.post(f"/sittings/{SITTING}/drop", name="dropped.csv", sha256="0" * 64)
    counter.desk.post(f"/sittings/{SITTING}/drop", name="dropped.csv", sha256=sha256)

    assert ("dropped.csv" in listed, sha256 in listed) == (True, True)
    assert "intake.drop-gone" in wrong.content.decode()
    assert (Upload.objects.get().sha256, path.exists()) == (sha256, False)


def test_readers_see_no_drop_folder_and_no_buttons(counter: Counter) -> None:
    (counter.layout.drop / "dropped.csv").write_bytes(b"x")
    upload = counter.here(counter.csv(*PEOPLE))
    enter(counter.clock, "wu", "auditor", name="吴青")
    reader = Desk(counter.clock).seat("wu")

    page = reader.get(f"/sittings/{SITTING}").content.decode() + reader.get(f"/uploads/{upload}").content.decode()

    assert ("dropped.csv" in page, "data-upload" in page, "/mapping" in page) == (False, False, False)


def test_a_file_that_is_no_table_is_told_on_its_page(counter: Counter) -> None:
    upload = counter.here(b"%PDF-1.7 something", "list.csv")

    assert "intake.not-a-table" in counter.page(f"/uploads/{upload}")
    assert "PDF" in counter.page(f"/uploads/{upload}", "zh")


def test_a_mapping_is_changed_saved_and_offered(counter: Counter) -> None:
    rows = [{("No." if key == "准考证号" else key): value for key, value in row.items()} for row in PEOPLE]
    upload = counter.here(counter.csv(*rows))
    refused = counter.map(upload)
    look = queries.upload(upload).look
    assert look is not None
    columns = {**look["kinds"]["registrations"]["columns"], "ticket": "No."}
    counter.map(upload, column=[columns.get(field, "") for field in queries.FIELDS["registrations"]], save_as="河北")

    assert "intake.missing-column" in refused.content.decode()
    assert queries.upload(upload).acceptable
    assert queries.profiles(counter.layout.profiles) == ["河北"]
    other = counter.here(counter.csv(*rows, registration(4)))
    assert "<option>河北</option>" in counter.page(f"/uploads/{other}")
    chosen = counter.desk.get(f"/uploads/{other}?profile=河北").content.decode()
    assert "<option selected>No.</option>" in chosen


@pytest.mark.parametrize("change", [{"field": ["a"]}, {"column": ["a"]}, {"blank": "perhaps"}, {"save_as": "../x"}])
def test_a_mapping_that_no_form_sends_is_refused(counter: Counter, change: dict[str, Any]) -> None:
    upload = counter.here(counter.csv(*PEOPLE))

    answer = counter.map(upload, **change)

    assert answer.status_code == 400


def test_what_was_not_tried_is_not_taken(counter: Counter) -> None:
    upload = counter.here(counter.csv(*PEOPLE))

    answer = counter.desk.post(f"/uploads/{upload}/take")

    assert ("intake.not-tried" in answer.content.decode(), answer.status_code) == (True, 409)
    assert "intake.not-looked-at" in counter.desk.post(f"/uploads/{upload}/try").content.decode()


def test_the_same_file_twice_is_told_at_once(counter: Counter) -> None:
    batch = counter.taken(*PEOPLE)
    upload = counter.here(counter.csv(*PEOPLE), "again.csv")

    page = counter.page(f"/uploads/{upload}")

    assert "The same file was taken in before" in page
    assert f"/batches/{batch.pk}" in page


def test_a_quarantine_file_needs_a_reason_the_second_factor_and_leaves_a_trace(counter: Counter) -> None:
    batch = counter.taken(*PEOPLE)
    address = f"/batches/{batch.pk}/quarantine"

    without = counter.desk.post(address, reason=" ")
    given: Any = counter.desk.post(address, reason="to mend a province")
    body = b"".join(given.streaming_content).decode("utf-8-sig")
    counter.clock.advance(timedelta(minutes=10))
    late = counter.desk.post(address, reason="to mend a province")

    assert "intake.reason-missing" in without.content.decode()
    assert (document(3) in body, document(1) in body) == (True, False)
    assert given.headers["Content-Disposition"].startswith("attachment")
    assert given.headers["Cache-Control"] == "no-store"
    assert late.status_code == 401
    assert Event.objects.filter(event="intake.quarantine-handed-out").count() == 1


def test_the_quarantine_of_a_trial_is_handed_out_too(counter: Counter) -> None:
    upload = counter.here(counter.csv(*PEOPLE))
    counter.map(upload)

    given: Any = counter.desk.post(f"/uploads/{upload}/quarantine", reason="to look at it")

    assert document(3) in b"".join(given.streaming_content).decode("utf-8-sig")


def test_a_manifest_that_nobody_signed_is_refused_on_the_page(counter: Counter) -> None:
    upload = counter.here(counter.csv(*PEOPLE))

    answer = counter.desk.post(f"/uploads/{upload}/manifest", manifest=SimpleUploadedFile("m.json", b"{}"))

    assert "intake.manifest-unreadable" in answer.content.decode()
    assert counter.desk.post(f"/uploads/{upload}/manifest").status_code == 302


def test_a_total_that_agrees_with_the_manifest_is_said_to(counter: Counter) -> None:
    upload = counter.here(counter.csv(registration(1)))
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw().hex()
    actions.enrol_centre(actor=LI, name="阅卷中心", key=public, clock=counter.clock)
    sha256 = queries.upload(upload).sha256
    told = build_manifest(sitting=SITTING, kind="registrations", file="people.csv", sha256=sha256, rows=1, subjects={})
    signed = json.dumps(sign_manifest(told, key)).encode()
    counter.desk.post(f"/uploads/{upload}/manifest", manifest=SimpleUploadedFile("m.json", signed))
    counter.map(upload)

    shown = [counter.page(f"/uploads/{upload}", language) for language in ("zh", "en")]

    rows = ["<td>行数</td><td>1</td><td>1</td><td>是</td>", "<td>rows</td><td>1</td><td>1</td><td>yes</td>"]
    assert [page.count(row) for page, row in zip(shown, rows, strict=True)] == [1, 1]


def test_subjects_without_a_mark_are_counted_one_by_one(counter: Counter) -> None:
    counter.taken(registration(1))
    upload = counter.here(counter.csv(mark(1)), "marks.csv")
    counter.map(upload, "marks")

    shown = [counter.page(f"/uploads/{upload}", language) for language in ("zh", "en")]

    between = r"(?:政策\(中级\)|policy \(middle\)) 1(.*?)(?:社会工作实务|Social work practice)"
    assert [re.findall(between, page) for page in shown] == [["、"], [", "]]


def test_jobs_of_a_file_have_a_page_below_it(counter: Counter) -> None:
    upload = counter.here(counter.csv(*PEOPLE))
    job = jobs.jobs_about(upload)[0]

    assert "Looking at the columns" in counter.page(f"/uploads/{upload}/jobs/{job.id}")


def test_a_job_says_that_its_file_cannot_be_taken_in(counter: Counter) -> None:
    unread = counter.here(b"MZ\x90\x00" + bytes(range(32)) * 40, "marks.csv")
    untaken = counter.here(counter.csv(mark(1)), "marks.csv")
    counter.map(untaken, "marks")

    told = [
        counter.page(f"/uploads/{upload}/jobs/{job.id}").partition("It cannot be taken in")[2]
        for upload, kind in ((unread, "look"), (untaken, "try"))
        for job in jobs.jobs_about(upload)
        if job.kind == kind
    ]

    codes = [page.partition("<code>")[2].partition("</code>")[0] for page in told]
    assert codes == ["intake.not-a-table", "intake.no-registrations"]


def test_a_refused_trial_names_its_quarantine_file_and_no_folder_of_the_server(counter: Counter) -> None:
    upload = counter.here(counter.csv(registration(1, 省份="?"), registration(2, 省份="?")))
    counter.map(upload)

    page = counter.page(f"/uploads/{upload}")

    assert "intake.mostly-bad" in page
    assert str(counter.layout.home) not in page


def test_the_log_of_jobs_holds_nobody(counter: Counter) -> None:
    counter.taken(*PEOPLE)

    kept = json.dumps([[*row] for row in Event.objects.values_list("details", "subject")], ensure_ascii=False)

    assert [text for text in (document(1), document(3), "张三") if text in kept] == []


def test_only_a_page_s_own_address_permits_a_large_body() -> None:
    address = f"/sittings/{SITTING}/whole"
    given = bodies.permit(address)

    assert bodies.permitted(address, f"permit={given}")
    assert not bodies.permitted("/sign-in", f"permit={given}")
    assert not bodies.permitted(address, f"permit={given}x")
    assert not bodies.permitted(address, "")
