"""The drop folder: what is listed, what may be taken, and the manifest that lies beside a file."""

import hashlib
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.core.errors import Problem
from fangbang.intake import actions, queries
from fangbang.intake.manifest import build_manifest, sign_manifest
from fangbang.intake.problems import (
    DROP_GONE,
    MANIFEST_MISMATCH,
    MANIFEST_SHARED,
    MANIFEST_UNREADABLE,
    MANIFEST_UNTRUSTED,
)
from fangbang.intake.yard import Yard
from tests.intake.test_uploads import LI, SITTING, A, B, Gate, gate, refused

__all__ = ["gate"]  # the fixture

pytestmark = pytest.mark.django_db


def drop(gate: Gate, name: str, data: bytes) -> Path:
    """A file that lies in the drop folder and is no longer written to."""
    path = gate.drop / name
    path.write_bytes(data)
    settled = (gate.clock.now() - timedelta(minutes=5)).timestamp()
    os.utime(path, (settled, settled))
    return path


def test_the_drop_folder_is_listed_with_hashes(gate: Gate) -> None:
    drop(gate, "a.csv", A)
    drop(gate, ".hidden", A)
    (gate.drop / "link.csv").symlink_to(gate.drop / "a.csv")
    (gate.drop / "folder").mkdir()

    listed = queries.listed(gate.drop, gate.clock.now())

    assert [(item.name, item.size, item.sha256) for item in listed] == [("a.csv", 1000, hashlib.sha256(A).hexdigest())]


def test_a_file_that_is_still_written_to_is_not_offered(gate: Gate) -> None:
    path = drop(gate, "a.csv", A)
    os.utime(path, (gate.clock.now().timestamp(),) * 2)

    (item,) = queries.listed(gate.drop, gate.clock.now())

    assert (item.arriving, item.sha256) == (True, "")


def test_a_large_file_is_read_in_several_looks(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fangbang.intake.dropping._A_LOOK", 400)
    monkeypatch.setattr("fangbang.intake.dropping._CHUNK", 400)
    drop(gate, "a.csv", A)

    looks = [queries.listed(gate.drop, gate.clock.now())[0] for _ in range(3)]

    assert [(item.percent, bool(item.sha256)) for item in looks] == [(40, False), (80, False), (100, True)]
    assert looks[-1].sha256 == hashlib.sha256(A).hexdigest()


def test_a_changed_file_is_read_anew(gate: Gate) -> None:
    drop(gate, "a.csv", A)
    queries.listed(gate.drop, gate.clock.now())
    drop(gate, "a.csv", B)

    assert queries.listed(gate.drop, gate.clock.now())[0].sha256 == hashlib.sha256(B).hexdigest()


def test_a_dropped_file_is_taken_as_it_was_listed(gate: Gate) -> None:
    path = drop(gate, "a.csv", A)

    upload = gate.take_dropped("a.csv", hashlib.sha256(A).hexdigest())

    assert (gate.bytes_of(upload), path.exists()) == (A, False)


@pytest.mark.parametrize("name", ["../a.csv", "b.csv", "link.csv", ".a.csv", "folder/a.csv"])
def test_nothing_but_a_listed_file_is_taken(gate: Gate, name: str) -> None:
    drop(gate, "a.csv", A)
    (gate.drop.parent / "a.csv").write_bytes(A)
    (gate.drop / "link.csv").symlink_to(gate.drop / "a.csv")

    with refused(DROP_GONE):
        gate.take_dropped(name, hashlib.sha256(A).hexdigest())


FILES = {"a.csv": A, "a.xlsx": B}
CENTRE = Ed25519PrivateKey.from_private_bytes(b"marking centre".ljust(32))


def manifest(gate: Gate, name: str, about: bytes) -> Path:
    """A signed manifest in the drop folder."""
    said = {"kind": "marks", "file": "a.csv", "sha256": hashlib.sha256(about).hexdigest(), "rows": 1}
    signed = sign_manifest(build_manifest(sitting=SITTING, subjects={}, **said), CENTRE)  # type: ignore[arg-type]
    return drop(gate, name, json.dumps(signed).encode())


@pytest.fixture
def centre(gate: Gate) -> None:
    """The marking centre is enrolled."""
    key = CENTRE.public_key().public_bytes_raw().hex()
    actions.enrol_centre(actor=LI, name="阅卷中心", key=key, clock=gate.clock)


def test_a_manifest_beside_its_file_is_not_listed_apart(gate: Gate) -> None:
    drop(gate, "a.csv", A)
    manifest(gate, "a.manifest.json", A)
    manifest(gate, "b.manifest.json", B)

    listed = queries.listed(gate.drop, gate.clock.now())

    assert [(item.name, item.manifest) for item in listed] == [("a.csv", True), ("b.manifest.json", False)]


def test_a_dropped_file_comes_in_with_its_manifest(gate: Gate, centre: None) -> None:
    drop(gate, "a.csv", A)
    beside = manifest(gate, "a.manifest.json", A)
    signed = beside.read_bytes()

    upload = gate.take_dropped("a.csv", hashlib.sha256(A).hexdigest())

    assert Yard(gate.folder).manifest(upload).read_bytes() == signed
    assert list(gate.drop.iterdir()) == []


def test_two_files_of_one_name_have_a_manifest_each(gate: Gate, centre: None) -> None:
    drop(gate, "a.csv", A)
    drop(gate, "a.xlsx", B)
    signed = {name: manifest(gate, f"{name}.manifest.json", data).read_bytes() for name, data in FILES.items()}

    listed = queries.listed(gate.drop, gate.clock.now())
    taken = {name: gate.take_dropped(name, hashlib.sha256(data).hexdigest()) for name, data in FILES.items()}

    assert [(item.name, item.manifest) for item in listed] == [("a.csv", True), ("a.xlsx", True)]
    assert {name: Yard(gate.folder).manifest(it).read_bytes() for name, it in taken.items()} == signed
    assert list(gate.drop.iterdir()) == []


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_manifest_that_two_files_could_mean_is_neithers(gate: Gate, centre: None, name: str) -> None:
    """Else the second file would come in without one, as if the centre had signed none."""
    drop(gate, "a.csv", A)
    drop(gate, "a.xlsx", B)
    manifest(gate, "a.manifest.json", FILES[name])

    listed = queries.listed(gate.drop, gate.clock.now())
    with refused(MANIFEST_SHARED):
        gate.take_dropped(name, hashlib.sha256(FILES[name]).hexdigest())

    assert [item.name for item in listed] == ["a.csv", "a.manifest.json", "a.xlsx"]
    assert len(list(gate.drop.iterdir())) == 3


def test_a_manifest_of_the_files_own_name_goes_before_a_short_one(gate: Gate, centre: None) -> None:
    drop(gate, "a.csv", A)
    manifest(gate, "a.csv.manifest.json", A)
    other = manifest(gate, "a.manifest.json", B)

    gate.take_dropped("a.csv", hashlib.sha256(A).hexdigest())

    assert list(gate.drop.iterdir()) == [other]


def test_another_files_own_manifest_is_not_the_short_one_of_a_copy(gate: Gate) -> None:
    drop(gate, "a.csv", A)
    drop(gate, "a.csv.old", B)
    manifest(gate, "a.csv.manifest.json", A)

    listed = queries.listed(gate.drop, gate.clock.now())

    assert [(item.name, item.manifest) for item in listed] == [("a.csv", True), ("a.csv.old", False)]


@pytest.mark.parametrize(
    ("about", "enrolled", "problem"),
    [(B, True, MANIFEST_MISMATCH), (A, False, MANIFEST_UNTRUSTED), (b"", True, MANIFEST_UNREADABLE)],
)
def test_a_file_with_a_manifest_that_does_not_fit_stays(
    gate: Gate, request: pytest.FixtureRequest, about: bytes, enrolled: bool, problem: Problem
) -> None:
    if enrolled:
        request.getfixturevalue("centre")
    drop(gate, "a.csv", A)
    beside = manifest(gate, "a.manifest.json", about) if about else drop(gate, "a.manifest.json", b"{}")

    with refused(problem):
        gate.take_dropped("a.csv", hashlib.sha256(A).hexdigest())

    assert sorted(gate.drop.iterdir()) == [gate.drop / "a.csv", beside]
    assert queries.waiting_uploads(SITTING) == []


def test_a_manifest_that_is_a_link_is_not_followed(gate: Gate, centre: None) -> None:
    drop(gate, "a.csv", A)
    elsewhere = manifest(gate, "../elsewhere.json", A)
    (gate.drop / "a.manifest.json").symlink_to(elsewhere)

    upload = gate.take_dropped("a.csv", hashlib.sha256(A).hexdigest())

    assert not Yard(gate.folder).manifest(upload).exists()


def test_a_dropped_file_with_other_bytes_stays(gate: Gate) -> None:
    path = drop(gate, "a.csv", A)

    with refused(DROP_GONE):
        gate.take_dropped("a.csv", hashlib.sha256(B).hexdigest())

    assert path.exists()
