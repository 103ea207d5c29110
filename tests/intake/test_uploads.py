"""Files on their way in: in pieces, after an interruption, from a form; limits; the rule that
removes them."""

import hashlib
import signal
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from fangbang.audit.models import Event
from fangbang.audit.rules import Actor
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError, Problem
from fangbang.exams.catalogue import load_catalogue
from fangbang.intake import actions, queries, yard
from fangbang.intake.actions.pieces import add_piece
from fangbang.intake.limits import Limits
from fangbang.intake.problems import (
    NO_ROOM,
    NO_SITTING,
    NOT_YOUR_UPLOAD,
    PIECE_DAMAGED,
    PIECE_PLACE,
    PIECE_SIZE,
    UPLOAD_EMPTY,
    UPLOAD_LOST,
    UPLOAD_NAME,
    UPLOAD_QUOTA,
    UPLOAD_STATE,
    UPLOAD_TOO_LARGE,
    UPLOAD_UNFINISHED,
)
from fangbang.intake.yard import Yard, digest_of, safe_name

pytestmark = pytest.mark.django_db

LI, HAN = Actor("li", "李雷"), Actor("han", "韩梅")
SITTING = "social-worker-2026"
SMALL = 1000


class Gate:
    """Where staff hand files in."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.folder, self.drop, self.clock = folder / "uploads", folder / "drop", clock
        self.limits = Limits(upload=10_000, quota=25_000)
        self.drop.mkdir()
        actions.open_sitting(actor=LI, exam_id="social-worker", year=2026, catalogue=load_catalogue(), clock=clock)

    def begin(self, size: int, actor: Actor = LI, name: str = "marks.csv", sitting: str = SITTING) -> str:
        return actions.begin_upload(
            actor=actor, sitting_id=sitting, name=name, size=size, folder=self.folder, limits=self.limits,
            clock=self.clock,
        )  # fmt: skip

    def add(self, upload: str, offset: int, data: bytes, actor: Actor = LI, sha256: str = "") -> int:
        return add_piece(
            actor=actor, upload_id=upload, offset=offset, sha256=sha256 or hashlib.sha256(data).hexdigest(), data=data,
            folder=self.folder, clock=self.clock,
        )  # fmt: skip

    def finish(self, upload: str, *pieces: bytes, actor: Actor = LI) -> str:
        digest = digest_of([hashlib.sha256(piece).hexdigest() for piece in pieces])
        return actions.finish_upload(actor=actor, upload_id=upload, digest=digest, folder=self.folder, clock=self.clock)

    def whole(self, path: Path, name: str = "marks.csv") -> str:
        return actions.take_whole(
            actor=LI, sitting_id=SITTING, name=name, path=path, folder=self.folder, limits=self.limits,
            clock=self.clock,
        )  # fmt: skip

    def take_dropped(self, name: str, sha256: str) -> str:
        return actions.take_dropped(
            actor=LI, sitting_id=SITTING, name=name, sha256=sha256, drop=self.drop, folder=self.folder,
            limits=self.limits, clock=self.clock,
        )  # fmt: skip

    def discard(self, upload: str) -> None:
        actions.discard_upload(actor=LI, upload_id=upload, folder=self.folder, clock=self.clock)

    def sweep(self) -> list[str]:
        return [
            *actions.remove_old_uploads(folder=self.folder, before=self.clock.now() - timedelta(7), clock=self.clock)
        ]

    def bytes_of(self, upload: str) -> bytes:
        return Yard(self.folder).file(upload, queries.upload(upload).name).read_bytes()


@pytest.fixture
def gate(tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Gate:
    for module in (yard, sys.modules[add_piece.__module__]):
        monkeypatch.setattr(module, "PIECE", SMALL)
    return Gate(tmp_path, clock)


def refused(problem: Problem) -> "pytest.RaisesExc[FangbangError]":
    return pytest.raises(FangbangError, check=lambda error: error.problem is problem)


A, B = b"a" * SMALL, b"b" * 500


def test_pieces_become_the_file(gate: Gate) -> None:
    upload = gate.begin(1500)
    assert (gate.add(upload, 0, A), gate.add(upload, SMALL, B)) == (1000, 1500)

    sha256 = gate.finish(upload, A, B)

    assert sha256 == hashlib.sha256(A + B).hexdigest()
    assert (gate.bytes_of(upload), queries.upload(upload).state) == (A + B, "here")


def test_only_the_office_can_read_what_waits(gate: Gate) -> None:
    upload = gate.begin(500)
    gate.add(upload, 0, B)

    modes = {stat.S_IMODE(path.stat().st_mode) for path in (gate.folder, *gate.folder.rglob("*")) if path.is_dir()}
    assert modes == {0o700}
    assert stat.S_IMODE(Yard(gate.folder).file(upload, "marks.csv").stat().st_mode) == 0o600


def test_the_same_file_again_goes_on_where_it_stopped(gate: Gate) -> None:
    upload = gate.begin(1500)
    gate.add(upload, 0, A)

    again = gate.begin(1500)

    assert (again, queries.upload(again).received) == (upload, 1000)
    assert queries.upload(again).pieces == [hashlib.sha256(A).hexdigest()]


def test_another_name_size_or_person_is_another_upload(gate: Gate) -> None:
    upload = gate.begin(1500)

    others = {gate.begin(1501), gate.begin(1500, name="b.csv"), gate.begin(1500, HAN)}

    assert (len(others), upload in others) == (3, False)


def test_the_last_piece_again_is_no_second_one(gate: Gate) -> None:
    upload = gate.begin(1500)
    gate.add(upload, 0, A)

    assert gate.add(upload, 0, A) == 1000


@pytest.mark.parametrize(
    ("offset", "data", "sha256", "problem"),
    [
        (500, A, "", PIECE_PLACE),
        (0, B, "", PIECE_SIZE),
        (0, A + b"a", "", PIECE_SIZE),
        (0, A, "0" * 64, PIECE_DAMAGED),
    ],
)
def test_a_wrong_piece_changes_nothing(gate: Gate, offset: int, data: bytes, sha256: str, problem: Problem) -> None:
    upload = gate.begin(1500)

    with refused(problem):
        gate.add(upload, offset, data, sha256=sha256)

    assert queries.upload(upload).received == 0


def test_nobody_goes_on_with_another_s_upload(gate: Gate) -> None:
    upload = gate.begin(1500)

    with refused(NOT_YOUR_UPLOAD):
        gate.add(upload, 0, A, HAN)
    with refused(NOT_YOUR_UPLOAD):
        gate.finish(upload, A, actor=HAN)


def test_bytes_that_a_killed_process_left_are_written_over(gate: Gate) -> None:
    upload = gate.begin(1500)
    gate.add(upload, 0, A)
    with Yard(gate.folder).file(upload, "marks.csv").open("ab") as stream:
        stream.write(b"half a pie")

    gate.add(upload, SMALL, B)

    assert gate.finish(upload, A, B) == hashlib.sha256(A + B).hexdigest()


def test_a_process_that_is_killed_over_a_piece_loses_nothing_that_it_acknowledged(gate: Gate) -> None:
    code = (
        "import os, sys, signal; from pathlib import Path; from fangbang.intake.yard import Yard\n"
        "real = os.fsync; yard = Yard(Path(sys.argv[1]))\n"
        "os.fsync = lambda handle: (real(handle), os.kill(os.getpid(), signal.SIGKILL))\n"
        "yard.put(sys.argv[2], 'marks.csv', 1000, b'b' * 500)\n"
    )
    upload = gate.begin(1500)
    gate.add(upload, 0, A)

    killed = subprocess.run([sys.executable, "-c", code, str(gate.folder), upload], check=False)

    assert (killed.returncode, queries.upload(upload).received) == (-signal.SIGKILL, 1000)
    gate.add(upload, SMALL, B)
    assert gate.finish(upload, A, B) == hashlib.sha256(A + B).hexdigest()


def test_bytes_that_are_gone_are_told_not_made_up(gate: Gate) -> None:
    upload = gate.begin(1500)
    gate.add(upload, 0, A)
    Yard(gate.folder).file(upload, "marks.csv").unlink()

    with refused(UPLOAD_LOST):
        gate.add(upload, SMALL, B)


def test_an_unfinished_or_changed_file_is_not_finished(gate: Gate) -> None:
    upload = gate.begin(1500)
    gate.add(upload, 0, A)

    with refused(UPLOAD_UNFINISHED):
        gate.finish(upload, A)
    gate.add(upload, SMALL, B)
    with refused(UPLOAD_LOST):
        gate.finish(upload, A, A)
    assert queries.upload(upload).state == "arriving"


def test_limits_quota_and_a_full_disk_refuse_before_a_byte_comes(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    with refused(UPLOAD_TOO_LARGE):
        gate.begin(10_001)
    with refused(UPLOAD_EMPTY):
        gate.begin(0)
    gate.begin(10_000)
    gate.begin(10_000, name="b.csv")
    with refused(UPLOAD_QUOTA):
        gate.begin(5001, name="c.csv")
    monkeypatch.setattr(yard, "SPARE", 1 << 60)
    with refused(NO_ROOM):
        gate.begin(5000, name="c.csv")


def test_a_sitting_that_is_not_open_takes_no_file(gate: Gate) -> None:
    with refused(NO_SITTING):
        gate.begin(5, sitting="social-worker-2027")


def test_a_form_s_file_is_moved_in(gate: Gate, tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    sent.write_bytes(A)

    upload = gate.whole(sent)

    assert (gate.bytes_of(upload), sent.exists(), queries.upload(upload).state) == (A, False, "here")


def test_a_file_that_was_moved_in_when_the_process_ended_can_be_finished(gate: Gate) -> None:
    upload = gate.begin(SMALL)
    Yard(gate.folder).file(upload, "marks.csv").write_bytes(A)

    assert gate.finish(upload) == hashlib.sha256(A).hexdigest()


def test_a_discarded_file_leaves_nothing_but_its_row(gate: Gate) -> None:
    upload = gate.begin(500)
    gate.add(upload, 0, B)

    gate.discard(upload)
    gate.discard(upload)

    assert (queries.upload(upload).state, Yard(gate.folder).known()) == ("gone", [])
    with refused(UPLOAD_STATE):
        gate.add(upload, 0, B)


def test_files_that_nobody_touched_for_seven_days_are_removed(gate: Gate) -> None:
    old = gate.begin(500)
    gate.clock.advance(timedelta(days=4))
    young = gate.begin(600)
    gate.clock.advance(timedelta(days=3, seconds=1))

    removed = gate.sweep()

    assert (removed, Yard(gate.folder).known()) == ([old], [young])
    assert Event.objects.get(event="intake.uploads-removed").actor_id == "system"
    assert gate.sweep() == []


def test_what_a_crash_left_of_a_finished_upload_is_removed(gate: Gate) -> None:
    upload = gate.begin(500)
    gate.discard(upload)
    Yard(gate.folder).make(upload)

    assert (gate.sweep(), Yard(gate.folder).known()) == ([], [])


def test_the_log_names_no_file_but_its_hash(gate: Gate) -> None:
    upload = gate.begin(500, name="张三 110101199001011234.csv")
    gate.add(upload, 0, B)
    gate.finish(upload, B)

    told = "".join(Event.objects.values_list("details", flat=True))

    assert ("110101" in told, hashlib.sha256(B).hexdigest() in told) == (False, True)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("成绩.csv", "成绩.csv"),
        ("C:\\Users\\li\\成绩.csv", "成绩.csv"),
        ("/etc/../passwd", "passwd"),
        ("..hidden.csv", "hidden.csv"),
        ("a\nb\x00.csv", "ab.csv"),
        ("长" * 200 + ".xlsx", "长" * 65 + ".xlsx"),
    ],
)
def test_names_are_kept_safe(given: str, kept: str) -> None:
    assert safe_name(given) == kept


@pytest.mark.parametrize("name", ["", "/", "...", "\x00"])
def test_a_name_without_anything_is_refused(name: str) -> None:
    with refused(UPLOAD_NAME):
        safe_name(name)
