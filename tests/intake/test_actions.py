"""Batches in the database: whole or not at all, once each, audited; refusals change nothing."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.audit.models import Event
from fangbang.audit.rules import Actor
from fangbang.books.keys import BookKeys
from fangbang.books.store import BookStore
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import Catalogue, load_catalogue
from fangbang.intake import actions, queries
from fangbang.intake.actions import Intake
from fangbang.intake.models import Batch
from fangbang.intake.opening import open_source
from fangbang.intake.pipeline import Progress
from fangbang.intake.problems import (
    BAD_CENTRE_KEY,
    BAD_PROFILE,
    CENTRE_RETIRED,
    MANIFEST_UNTRUSTED,
    MISSING_COLUMN,
    NO_MARKS,
    NO_REGISTRATIONS,
    NO_SITTING,
    OTHER_SITTING,
    OVERTAKEN,
    UNKNOWN_CENTRE,
)
from fangbang.intake.profiles import default_profile
from fangbang.intake.rules import build_manifest, sign_manifest
from tests.intake.files import document, mark, prior, registration, write_rows

pytestmark = pytest.mark.django_db

LI = Actor("li", "李雷")
SITTING = "social-worker-2026"


class Office:
    """A sitting that is open, and the arguments that every intake needs."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.folder = folder
        self.clock = clock
        self.catalogue: Catalogue = load_catalogue()
        self.store = BookStore(folder / "books", BookKeys.draw())
        actions.open_sitting(actor=LI, exam_id="social-worker", year=2026, catalogue=self.catalogue, clock=clock)

    def take(
        self,
        kind: str,
        path: Path,
        sitting: str = SITTING,
        manifest: Path | None = None,
        progress: Progress | None = None,
    ) -> Intake:
        return actions.accept_file(
            kind=kind, actor=LI, sitting_id=sitting, path=path, store=self.store, catalogue=self.catalogue,
            clock=self.clock, manifest=manifest, progress=progress,
        )  # fmt: skip

    def file(self, name: str, *rows: dict[str, str]) -> Path:
        return write_rows(self.folder / name, rows)


@pytest.fixture
def office(tmp_path: Path, clock: ManualClock) -> Office:
    return Office(tmp_path, clock)


def events() -> list[tuple[str, str]]:
    return list(Event.objects.order_by("seq").values_list("event", "subject"))


def test_a_sitting_is_opened_once(office: Office) -> None:
    again = actions.open_sitting(
        actor=LI, exam_id="social-worker", year=2026, catalogue=office.catalogue, clock=office.clock
    )

    assert (again.id, again.exam_id, again.year) == (SITTING, "social-worker", 2026)
    assert queries.sittings() == [again]
    assert events() == [("intake.sitting-opened", SITTING)]


def test_a_year_far_ahead_is_a_slip_of_the_finger(office: Office) -> None:
    """A sitting is never taken away."""
    ahead = office.clock.now().year + 3

    with pytest.raises(FangbangError) as caught:
        actions.open_sitting(
            actor=LI, exam_id="social-worker", year=ahead, catalogue=office.catalogue, clock=office.clock
        )

    assert (caught.value.code, len(queries.sittings())) == ("intake.year-ahead", 1)


def test_a_batch_is_a_row_a_book_and_an_audit_event(office: Office) -> None:
    done = office.take(
        "registrations", office.file("a.csv", registration(1), registration(2), registration(3, 省份="?"))
    )

    batch = Batch.objects.get()
    assert (done.batch, done.accepted, done.quarantined, done.again) == (batch, 2, 1, False)
    assert (batch.number, batch.rows, batch.quarantined, batch.file_rows, batch.book_rows) == (1, 2, 1, 3, 2)
    assert (batch.importer, batch.importer_name, batch.at) == ("li", "李雷", office.clock.now())
    assert batch.findings == {"intake.province-unknown": 1}
    assert done.quarantine_path == office.folder / "quarantine" / batch.quarantine
    assert queries.registrations_book(SITTING) == batch.book
    assert queries.importers(SITTING) == {"li"}
    assert events()[-1] == ("intake.batch-accepted", SITTING)


def test_the_audit_holds_no_identity(office: Office) -> None:
    office.take("registrations", office.file("a.csv", registration(1, 姓名="王䶮"), registration(2)))

    told = "".join(Event.objects.values_list("details", flat=True))

    assert document(1) not in told
    assert "王䶮" not in told
    assert "registrations" in told, "positive control"


def test_the_same_file_again_returns_the_earlier_batch(office: Office) -> None:
    path = office.file("a.csv", registration(1), registration(2, 省份="?"), registration(3))
    first = office.take("registrations", path)

    again = office.take("registrations", path.rename(office.folder / "renamed.csv"))

    assert (again.batch, again.again, again.accepted, again.quarantined) == (first.batch, True, 2, 1)
    assert again.quarantine_path == first.quarantine_path
    assert len(events()) == 2


def test_a_file_of_another_sitting_is_refused(office: Office) -> None:
    actions.open_sitting(actor=LI, exam_id="social-worker", year=2025, catalogue=office.catalogue, clock=office.clock)
    path = office.file("a.csv", registration(1))
    office.take("registrations", path, sitting="social-worker-2025")

    with pytest.raises(FangbangError) as caught:
        office.take("registrations", path)

    assert caught.value.problem == OTHER_SITTING


def test_marks_join_the_registrations_of_all_batches(office: Office) -> None:
    office.take("registrations", office.file("a.csv", registration(1)))
    office.take("registrations", office.file("b.csv", registration(2)))

    done = office.take("marks", office.file("m.csv", mark(1), mark(2)))

    assert (done.accepted, done.batch.missing) == (2, {"policy": 2, "practice": 2})
    assert queries.marks_book(SITTING) == done.batch.book
    assert [batch.number for batch in queries.batches(SITTING, "registrations")] == [1, 2]
    assert len(queries.batches(SITTING)) == 3


def test_prior_passes_have_a_book_of_their_own(office: Office) -> None:
    assert queries.prior_passes_books(SITTING) == {}

    done = office.take("prior-passes", office.file("p.csv", prior(1)))

    assert queries.prior_passes_books(SITTING) == {"prior-passes": done.batch.book}


def test_what_is_asked_too_early_is_a_state(office: Office) -> None:
    path = office.file("m.csv", mark(1))

    with pytest.raises(FangbangError) as no_sitting:
        office.take("marks", path, sitting="eia-2026")
    with pytest.raises(FangbangError) as no_registrations:
        office.take("marks", path)
    with pytest.raises(FangbangError) as no_marks:
        queries.marks_book(SITTING)

    assert [item.value.problem for item in (no_sitting, no_registrations, no_marks)] == [
        NO_SITTING,
        NO_REGISTRATIONS,
        NO_MARKS,
    ]


def test_a_refusal_is_audited_and_leaves_no_batch(office: Office) -> None:
    path = office.file("a.csv", {"姓名": "张三"})

    with pytest.raises(FangbangError) as caught:
        office.take("registrations", path)

    assert caught.value.problem == MISSING_COLUMN
    assert Batch.objects.count() == 0
    assert events()[-1] == ("intake.batch-refused", SITTING)


def test_a_profile_of_another_kind_is_refused(office: Office) -> None:
    with pytest.raises(FangbangError) as caught:
        actions.accept_file(
            kind="marks", actor=LI, sitting_id=SITTING, path=office.file("a.csv", mark(1)), store=office.store,
            catalogue=office.catalogue, clock=office.clock, profile=default_profile("registrations"),
        )  # fmt: skip

    assert caught.value.problem == BAD_PROFILE


def test_manifests_of_enrolled_centres_are_believed(office: Office) -> None:
    key = Ed25519PrivateKey.generate()
    path = office.file("a.csv", registration(1), registration(2))
    built = build_manifest(
        sitting=SITTING, kind="registrations", file="a.csv", sha256=open_source(path).sha256, rows=2, subjects={}
    )
    manifest = office.folder / "a.manifest.json"
    manifest.write_text(json.dumps(sign_manifest(built, key)))

    with pytest.raises(FangbangError) as caught:
        office.take("registrations", path, manifest=manifest)
    public = key.public_key().public_bytes_raw().hex()
    for _ in range(2):
        actions.enrol_centre(actor=LI, name="阅卷中心", key=public, clock=office.clock)
    done = office.take("registrations", path, manifest=manifest)

    assert caught.value.problem == MANIFEST_UNTRUSTED
    assert queries.centre_keys() == {public: "阅卷中心"}
    assert done.batch.manifest == done.batch.totals == {"rows": 2, "subjects": {}}
    assert done.batch.signed == json.loads(manifest.read_text())


def test_a_retired_key_is_not_believed_any_more_and_never_again(office: Office) -> None:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw().hex()
    path = office.file("a.csv", registration(1))
    built = build_manifest(
        sitting=SITTING, kind="registrations", file="a.csv", sha256=open_source(path).sha256, rows=1, subjects={}
    )
    manifest = office.folder / "a.manifest.json"
    manifest.write_text(json.dumps(sign_manifest(built, key)))
    actions.enrol_centre(actor=LI, name="阅卷中心", key=public, clock=office.clock)

    actions.retire_centre(actor=LI, key=public.upper(), reason="泄露", clock=office.clock)

    for refused, problem in (
        (lambda: office.take("registrations", path, manifest=manifest), MANIFEST_UNTRUSTED),
        (
            lambda: actions.enrol_centre(actor=LI, name="阅卷中心", key=public, clock=office.clock),
            CENTRE_RETIRED,
        ),
        (
            lambda: actions.retire_centre(actor=LI, key=public, reason="又一次", clock=office.clock),
            UNKNOWN_CENTRE,
        ),
    ):
        with pytest.raises(FangbangError) as caught:
            refused()
        assert caught.value.problem == problem
    assert queries.centre_keys() == {}
    assert ("intake.centre-retired", "centre 阅卷中心") in events()


def test_what_is_no_key_is_not_enrolled(office: Office) -> None:
    with pytest.raises(FangbangError) as caught:
        actions.enrol_centre(actor=LI, name="阅卷中心", key="abc", clock=office.clock)

    assert caught.value.problem == BAD_CENTRE_KEY


def test_two_intakes_at_once_cannot_lose_rows(office: Office) -> None:
    first, second = office.file("a.csv", registration(1)), office.file("b.csv", registration(2))
    taken: list[str] = []

    def meanwhile(stage: str, _done: int, _of: int) -> None:
        if stage == "settle" and not taken:
            taken.append(office.take("registrations", second).batch.book)

    with pytest.raises(FangbangError) as caught:
        office.take("registrations", first, progress=meanwhile)
    after_refusal = queries.registrations_book(SITTING)
    office.take("registrations", first)

    assert caught.value.problem == OVERTAKEN
    assert taken == [after_refusal]
    assert office.store.rows(queries.registrations_book(SITTING)) == 2
