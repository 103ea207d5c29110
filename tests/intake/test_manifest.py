"""The marking centre's signed manifest: whose it is, which file it is about, what it says was sent."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.core.errors import FangbangError, Problem
from fangbang.intake.manifest import build_manifest, load_manifest, read_manifest, sign_manifest
from fangbang.intake.opening import open_source
from fangbang.intake.problems import MANIFEST_MISMATCH, MANIFEST_UNREADABLE, MANIFEST_UNTRUSTED, NO_FILE
from tests.intake.files import ABILITY, Desk, mark, registration, write_rows

CENTRE = Ed25519PrivateKey.from_private_bytes(b"marking centre".ljust(32))
TRUSTED = {CENTRE.public_key().public_bytes_raw().hex()}


@pytest.fixture
def file(desk: Desk) -> Path:
    desk.register(registration(1), registration(2), registration(3))
    rows = [mark(1, "60"), mark(2, "7"), mark(3, "缺考"), mark(1, "1000", "社会工作实务(中级)")]
    return write_rows(desk.folder / "marks.csv", rows)


def manifest(file: Path, **changes: Any) -> dict[str, Any]:
    ability = {"rows": 3, "sum": "67.0", "min": "7", "max": "60", "absent": 1}
    practice = {"rows": 1, "sum": "1000", "min": "1000", "max": "1000", "absent": 0}
    built = build_manifest(
        sitting="social-worker-2026", kind="marks", file=file.name, sha256=open_source(file).sha256, rows=4,
        subjects={"ability": ability | changes.pop("ability", {}), "practice": practice},
    )  # fmt: skip
    return sign_manifest(built | changes, CENTRE)


def test_a_manifest_that_agrees_is_kept_with_the_totals_in_one_spelling(desk: Desk, file: Path) -> None:
    taken = desk.take("marks", file, manifest=manifest(file), trusted=TRUSTED)

    assert taken.signed_totals == taken.totals
    assert taken.totals["subjects"]["ability"] == {"rows": 3, "sum": "67", "min": "7", "max": "60", "absent": 1}


def test_marks_that_slid_along_whole_rows_join_and_only_the_centres_totals_show_it(desk: Desk, file: Path) -> None:
    """Tickets and documents still belong together."""
    rows = [mark(1, "1000", "社会工作实务(中级)"), mark(1, "60"), mark(2, "7"), mark(3, "缺考")]
    marks = [row["成绩"] for row in rows]
    slid = [row | {"成绩": value} for row, value in zip(rows, [*marks[1:], marks[0]], strict=True)]
    path = write_rows(desk.folder / "slid.csv", slid)
    told = manifest(file, sha256=open_source(path).sha256)

    with pytest.raises(FangbangError) as caught:
        desk.take("marks", path, manifest=told, trusted=TRUSTED)

    assert caught.value.problem == MANIFEST_MISMATCH
    assert caught.value.params["what"] == "ability sum"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"sitting": "social-worker-2025"}, "sitting"),
        ({"kind": "registrations"}, "kind"),
        ({"sha256": "0" * 64}, "sha256"),
        ({"rows": 5}, "rows"),
        ({"subjects": {}}, "subjects"),
        ({"ability": {"rows": 2}}, "ability rows"),
        ({"ability": {"sum": "67.001"}}, "ability sum"),
        ({"ability": {"min": "6"}}, "ability min"),
        ({"ability": {"max": None}}, "ability max"),
        ({"ability": {"absent": 0}}, "ability absent"),
    ],
)
def test_any_difference_refuses_the_batch(desk: Desk, file: Path, changes: dict[str, Any], what: str) -> None:
    with pytest.raises(FangbangError) as caught:
        desk.take("marks", file, manifest=manifest(file, **changes), trusted=TRUSTED)

    assert (caught.value.problem, caught.value.params["what"]) == (MANIFEST_MISMATCH, what)
    assert "marks" not in desk.books


def test_a_row_changed_under_way_is_noticed(desk: Desk, file: Path) -> None:
    signed = manifest(file)
    file.write_text(file.read_text().replace(f"{ABILITY},60", f"{ABILITY},61"))

    with pytest.raises(FangbangError) as caught:
        desk.take("marks", file, manifest=signed, trusted=TRUSTED)

    assert (caught.value.problem, caught.value.params["what"]) == (MANIFEST_MISMATCH, "sha256")


@pytest.mark.parametrize("change", [{"rows": 4000}, {"signature": "00" * 64}, {"signature": "zz"}, {"key": "ab" * 32}])
def test_a_manifest_that_the_centre_did_not_sign_so_is_not_believed(
    desk: Desk, file: Path, change: dict[str, Any]
) -> None:
    with pytest.raises(FangbangError) as caught:
        desk.take("marks", file, manifest=manifest(file) | change, trusted=TRUSTED)

    assert caught.value.problem == MANIFEST_UNTRUSTED


def test_a_centre_that_is_not_enrolled_is_not_believed(desk: Desk, file: Path) -> None:
    with pytest.raises(FangbangError) as caught:
        desk.take("marks", file, manifest=manifest(file), trusted=())

    assert caught.value.problem == MANIFEST_UNTRUSTED


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, json.dumps({"format": "fangbang-manifest/2"}).encode()]
)
def test_what_is_no_manifest_is_unreadable(data: bytes) -> None:
    problem: Problem | None = None
    try:
        read_manifest(data)
    except FangbangError as error:
        problem = error.problem

    assert problem == MANIFEST_UNREADABLE


def test_a_manifest_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FangbangError) as caught:
        load_manifest(tmp_path / "清单.json")

    assert (caught.value.problem, caught.value.params) == (NO_FILE, {"file": "清单.json"})


def test_a_manifest_survives_its_file(file: Path) -> None:
    signed = manifest(file)

    assert read_manifest(json.dumps(signed).encode()) == signed
