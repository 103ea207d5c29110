"""From a file that is here to a batch: what is guessed, mapped, tried and taken in, through the verbs alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.audit.models import Event
from fangbang.books.keys import BookKeys
from fangbang.books.store import BookStore
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError, Problem, heard_params
from fangbang.exams.catalogue import load_catalogue
from fangbang.intake import actions, queries
from fangbang.intake.limits import Limits
from fangbang.intake.models import Batch, Upload
from fangbang.intake.problems import (
    MANIFEST_MISMATCH,
    MANIFEST_UNTRUSTED,
    MISSING_COLUMN,
    NO_QUARANTINE,
    NOT_LOOKED_AT,
    NOT_TRIED,
    REASON_MISSING,
    UPLOAD_LOST,
    UPLOAD_STATE,
)
from fangbang.intake.profiles import Profile, load_profile, profile_text
from fangbang.intake.rules import build_manifest, sign_manifest
from fangbang.intake.yard import Yard
from tests.intake.files import document, mark, prior, registration, write_rows
from tests.intake.test_uploads import LI, SITTING, refused

pytestmark = pytest.mark.django_db


class Counter:
    """Where files become batches."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.folder, self.clock, self.limits = folder, clock, Limits()
        self.uploads, self.quarantine = folder / "uploads", folder / "quarantine"
        self.store = BookStore(folder / "books", BookKeys.draw())
        self.common: dict[str, Any] = {"actor": LI, "folder": self.uploads, "clock": clock}
        actions.open_sitting(actor=LI, exam_id="social-worker", year=2026, catalogue=load_catalogue(), clock=clock)

    def bring(self, *rows: dict[str, str], name: str = "file.csv") -> str:
        path = write_rows(self.folder / name, rows)
        return actions.take_whole(sitting_id=SITTING, name=name, path=path, limits=self.limits, **self.common)

    def look(self, upload: str, **more: Any) -> Any:
        return actions.look_at_upload(
            upload_id=upload, catalogue=load_catalogue(), limits=self.limits, **self.common, **more
        )

    def map(self, upload: str, kind: str = "registrations", **more: Any) -> None:
        profile = Profile(kind=kind, **more)  # type: ignore[arg-type]  # a word of three
        actions.map_upload(upload_id=upload, profile=profile, **self.common)

    def attempt(self, upload: str, *, looked_at: bool = False, corrects: str = "") -> Any:
        return actions.try_upload(
            upload_id=upload, looked_at=looked_at, corrects=corrects, store=self.store, catalogue=load_catalogue(),
            limits=self.limits, **self.common,
        )  # fmt: skip

    def take(self, upload: str) -> actions.Intake:
        return actions.take_upload(
            upload_id=upload, store=self.store, catalogue=load_catalogue(), quarantine=self.quarantine,
            limits=self.limits, **self.common,
        )  # fmt: skip

    def accept(self, kind: str, *rows: dict[str, str], name: str = "file.csv", **more: Any) -> actions.Intake:
        """All of it."""
        upload = self.bring(*rows, name=name)
        self.look(upload)
        self.map(upload, kind)
        self.attempt(upload, **more)
        return self.take(upload)


@pytest.fixture
def counter(tmp_path: Path, clock: ManualClock) -> Counter:
    return Counter(tmp_path, clock)


def test_a_look_guesses_every_kind_and_shows_nobody(counter: Counter) -> None:
    found = counter.look(counter.bring(registration(1, 姓名="欧阳娜"), registration(2)))

    assert (found["problem"], found["kind"], found["again"]) == ("", "registrations", False)
    assert found["kinds"]["registrations"]["columns"]["doc_number"] == "证件号码"
    assert "mark" in found["kinds"]["marks"]["missing"]
    shown = json.dumps(found, ensure_ascii=False)
    assert (document(1) in shown, "欧阳娜" in shown, "欧*娜" in shown) == (False, False, True)


def test_a_file_that_is_no_table_is_told_at_the_first_look(counter: Counter) -> None:
    upload = counter.bring(registration(1))
    path = Yard(counter.uploads).file(upload, "file.csv")
    path.write_bytes(b"%PDF-1.7")

    assert counter.look(upload)["problem"] == "intake.not-a-table"
    with refused(NOT_LOOKED_AT):
        counter.map(upload)


def test_bytes_that_changed_while_they_waited_are_refused(counter: Counter) -> None:
    upload = counter.bring(registration(1))
    write_rows(Yard(counter.uploads).file(upload, "file.csv"), [registration(2)])

    assert counter.look(upload)["problem"] == UPLOAD_LOST.code


def test_a_file_whose_bytes_no_backup_held_is_told(counter: Counter) -> None:
    upload = counter.bring(registration(1))
    counter.look(upload)
    counter.map(upload)
    Yard(counter.uploads).remove(upload)

    assert counter.look(upload)["problem"] == "intake.no-file"
    with refused(NOT_LOOKED_AT):
        counter.attempt(upload)


def test_a_file_is_tried_before_it_is_taken(counter: Counter) -> None:
    upload = counter.bring(registration(1))
    counter.look(upload)
    counter.map(upload)

    with refused(NOT_TRIED):
        counter.take(upload)


def test_a_trial_writes_no_batch_and_no_book(counter: Counter) -> None:
    upload = counter.bring(registration(1), registration(2), registration(3, 省份="?"))
    counter.look(upload)
    counter.map(upload)

    trial = counter.attempt(upload)

    assert (trial["problem"], trial["accepted"], trial["quarantined"]) == ("", 2, 1)
    assert trial["findings"] == {"intake.province-unknown": 1}
    assert (Batch.objects.count(), list(counter.store.folder.glob("*.parquet"))) == (0, [])
    assert [path.name for path in counter.quarantine.glob("*")] == []


def test_what_was_tried_is_what_is_taken(counter: Counter) -> None:
    done = counter.accept("registrations", registration(1), registration(2), registration(3, 省份="?"))

    assert (done.accepted, done.quarantined, done.batch.file_name) == (2, 1, "file.csv")
    assert done.quarantine_path is not None
    assert done.quarantine_path.parent == counter.quarantine


def test_the_bytes_are_gone_once_they_are_taken(counter: Counter) -> None:
    upload = counter.bring(registration(1))
    counter.look(upload)
    counter.map(upload)
    counter.attempt(upload)
    done = counter.take(upload)

    view = queries.upload(upload)
    assert (view.state, view.batch, Yard(counter.uploads).known()) == ("taken", done.batch.pk, [])


def test_a_taking_that_was_cut_off_after_the_batch_is_finished_by_another(counter: Counter) -> None:
    upload = counter.bring(registration(1))
    counter.look(upload)
    counter.map(upload)
    counter.attempt(upload)
    actions.accept_file(
        kind="registrations", actor=LI, sitting_id=SITTING, path=Yard(counter.uploads).file(upload, "file.csv"),
        store=counter.store, catalogue=load_catalogue(), clock=counter.clock,
    )  # fmt: skip

    done = counter.take(upload)

    assert (done.again, queries.upload(upload).state, Batch.objects.count()) == (True, "taken", 1)


def test_the_same_file_twice_is_told_by_the_trial(counter: Counter) -> None:
    done = counter.accept("registrations", registration(1))
    upload = counter.bring(registration(1), name="again.csv")
    counter.look(upload)
    counter.map(upload)

    assert counter.attempt(upload)["again"] == done.batch.pk


def test_another_mapping_or_manifest_makes_the_trial_void(counter: Counter) -> None:
    upload = counter.bring(registration(1))
    counter.look(upload)
    counter.map(upload)
    counter.attempt(upload)

    counter.map(upload, ignored=("档案号",))

    with refused(NOT_TRIED):
        counter.take(upload)


def test_a_mapping_that_the_header_does_not_bear_is_refused(counter: Counter) -> None:
    upload = counter.bring(registration(1))
    counter.look(upload)

    with refused(MISSING_COLUMN):
        counter.map(upload, columns={"ticket": "nowhere"})


def test_marks_that_are_all_alike_need_somebody_who_looked(counter: Counter) -> None:
    counter.accept("registrations", *(registration(person) for person in range(1, 201)), name="people.csv")
    upload = counter.bring(*(mark(person, "60") for person in range(1, 201)), name="marks.csv")
    counter.look(upload)
    counter.map(upload, "marks")

    first, second = counter.attempt(upload), counter.attempt(upload, looked_at=True)

    assert (first["problem"], second["problem"]) == ("intake.suspect", "")
    assert first["totals"]["rows"] == 200
    assert counter.take(upload).batch.suspicions != []


def test_a_correction_by_a_notice_goes_through(counter: Counter) -> None:
    counter.accept("registrations", registration(1), registration(2), name="people.csv")
    counter.accept("marks", mark(1, "61"), mark(2, "62"), name="marks.csv")

    done = counter.accept("marks", mark(1, "71"), name="mended.csv", corrects="社考〔2026〕9号")

    assert done.accepted == 1
    assert "社考〔2026〕9号" in Event.objects.filter(event="intake.batch-accepted").latest("seq").details


def test_passes_of_before_are_taken_in(counter: Counter) -> None:
    assert counter.accept("prior-passes", prior(1), prior(2)).accepted == 2


def manifest_of(counter: Counter, upload: str, key: Ed25519PrivateKey, rows: int = 1, **changes: Any) -> bytes:
    view = queries.upload(upload)
    told = {"sitting": SITTING, "kind": "registrations", "sha256": view.sha256, "file": view.name, **changes}
    return json.dumps(sign_manifest(build_manifest(rows=rows, subjects={}, **told), key)).encode()


def test_totals_stand_beside_those_of_the_manifest(counter: Counter) -> None:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw().hex()
    actions.enrol_centre(actor=LI, name="阅卷中心", key=public, clock=counter.clock)
    upload = counter.bring(registration(1))
    counter.look(upload)
    counter.map(upload)
    actions.attach_manifest(upload_id=upload, data=manifest_of(counter, upload, key), **counter.common)

    trial = counter.attempt(upload)

    assert (trial["problem"], trial["totals"]["rows"], trial["signed"]["rows"]) == ("", 1, 1)
    assert counter.take(upload).batch.manifest == {"rows": 1, "subjects": {}}


def test_totals_that_differ_are_shown_both(counter: Counter) -> None:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw().hex()
    actions.enrol_centre(actor=LI, name="阅卷中心", key=public, clock=counter.clock)
    upload = counter.bring(registration(1))
    counter.look(upload)
    counter.map(upload)
    actions.attach_manifest(upload_id=upload, data=manifest_of(counter, upload, key, rows=2), **counter.common)

    trial = counter.attempt(upload)

    assert trial["problem"] == MANIFEST_MISMATCH.code
    assert (trial["totals"]["rows"], trial["signed"]["rows"]) == (1, 2)


def test_a_manifest_of_another_file_or_hand_is_not_attached(counter: Counter) -> None:
    key = Ed25519PrivateKey.generate()
    upload = counter.bring(registration(1))

    with refused(MANIFEST_UNTRUSTED):
        actions.attach_manifest(upload_id=upload, data=manifest_of(counter, upload, key), **counter.common)
    public = key.public_key().public_bytes_raw().hex()
    actions.enrol_centre(actor=LI, name="阅卷中心", key=public, clock=counter.clock)
    other = manifest_of(counter, upload, key, sha256="0" * 64)
    with refused(MANIFEST_MISMATCH):
        actions.attach_manifest(upload_id=upload, data=other, **counter.common)


def test_what_is_taken_is_worked_on_no_more(counter: Counter) -> None:
    counter.accept("registrations", registration(1))
    upload = Upload.objects.get().pk

    for verb in (counter.look, counter.map, counter.attempt):
        with refused(UPLOAD_STATE):
            verb(upload)


def test_a_mended_quarantine_file_is_known_and_taken_in(counter: Counter) -> None:
    done = counter.accept("registrations", registration(1), registration(2), registration(3, 省份="?"))
    assert done.quarantine_path is not None
    mended = done.quarantine_path.read_text("utf-8-sig").replace(",?,", ",北京市,")
    path = counter.folder / "mended.csv"
    path.write_text(mended, "utf-8-sig")

    upload = actions.take_whole(
        sitting_id=SITTING, name="mended.csv", path=path, limits=counter.limits, **counter.common
    )
    look = counter.look(upload)
    counter.map(upload)

    assert (look["again"], counter.attempt(upload)["accepted"]) == (True, 1)


def test_examples_tell_where_and_what_masked(counter: Counter) -> None:
    rows = [registration(person) for person in range(1, 9)]
    done = counter.accept("registrations", *rows, registration(9, 证件号码=document(9)[:-1] + "?"))
    assert done.quarantine_path is not None

    found = queries.examples(done.quarantine_path, queries.usual_columns("registrations"))

    ((code, (example,)),) = found.items()
    assert code in done.batch.findings
    assert (example.file, example.row, list(example.cells)) == ("file.csv", "10", ["证件号码"])
    assert example.cells["证件号码"].startswith("99")
    assert "*" * 8 in example.cells["证件号码"]


def test_a_quarantine_file_is_handed_out_for_a_reason_that_the_log_keeps(counter: Counter) -> None:
    done = counter.accept("registrations", registration(1), registration(2), registration(3, 省份="?"))
    path = queries.quarantine_file(done.batch, counter.quarantine)
    given: dict[str, Any] = {"actor": LI, "sitting_id": SITTING, "of": done.batch.pk, "clock": counter.clock}

    with refused(REASON_MISSING):
        actions.hand_out_quarantine(path=path, reason=" ", **given)
    with refused(NO_QUARANTINE):
        actions.hand_out_quarantine(path=path.with_name("none.csv"), reason="mend", **given)
    actions.hand_out_quarantine(path=path, reason="to mend the province", **given)

    event = Event.objects.get(event="intake.quarantine-handed-out")
    assert ("to mend the province" in event.details, event.actor_id) == (True, "li")


def test_a_profile_s_text_reads_back_as_the_profile(tmp_path: Path) -> None:
    profile = Profile(
        kind="marks", form="wide", columns={"ticket": 'a "b"'}, constants={"year": "2026"}, subjects={"s": "c\\d"},
        ignored=("x", "y\x7f"), absent=("vắng",), blank="skip", delimiter="/", sheets=("成绩",),
    )  # fmt: skip
    path = tmp_path / "profile.toml"
    path.write_text(profile_text(profile), "utf-8")

    assert load_profile(path) == profile


def test_problems_of_the_trial_can_be_told_in_both_languages(counter: Counter) -> None:
    upload = counter.bring(registration(1, 省份="?"), registration(2, 省份="?"))
    counter.look(upload)
    counter.map(upload)

    trial = counter.attempt(upload)

    told = FangbangError(Problem.registry[trial["problem"]], **heard_params(trial["params"]))
    assert (told.code, "省份无法识别" in told.text("zh"), "not known" in told.text("en")) == (
        "intake.mostly-bad", True, True,
    )  # fmt: skip
