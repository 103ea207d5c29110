"""Verification finds every change: each bit of the header, bits of every file, truncations, swaps, foreign parts."""

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fangbang.core.canonical import canonical_json
from fangbang.core.errors import FangbangError
from fangbang.snapshot import layout
from fangbang.snapshot.header import key_id, parse_header, sign_header
from fangbang.snapshot.verdict import REASON_TEXTS, FolderReport, Reason, Verdict
from fangbang.snapshot.verifier import check_signer, verify_folder
from tests.snapshot import samples

TRUSTED = {key_id(samples.SIGNER.public_key()): samples.SIGNER.public_key()}


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A smaller snapshot, so that many damages can be tried."""
    subject = replace(samples.SUBJECT, kind="overlay", base="00" * 16)
    return samples.seal_sample(tmp_path_factory.mktemp("overlay") / "snapshots", subject=subject).folder


@pytest.fixture
def small(overlay: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(overlay, tmp_path / "small"))


def reasons(folder: Path, trusted: dict[str, Ed25519PublicKey] | None = TRUSTED) -> set[Reason]:
    return {finding.reason for finding in verify_folder(folder, trusted).findings}


def resign(folder: Path, **changes: object) -> None:
    """The header with other values, signed by the right key: what a dishonest authority could do."""
    signed = parse_header((folder / layout.HEADER_FILE).read_bytes())
    header = msgspec.structs.replace(signed.header, **changes)
    (folder / layout.HEADER_FILE).write_bytes(sign_header(header, samples.SIGNER))


def test_an_untouched_snapshot_is_valid(sample: Path, overlay: Path) -> None:
    reports = [verify_folder(folder, TRUSTED) for folder in (sample, overlay)]

    assert [(report.outcome, report.findings) for report in reports] == [(Verdict.VALID, ())] * 2
    assert reports[0].snapshot_id == samples.SNAPSHOT_ID.hex()
    assert reports[0].signer in TRUSTED


def test_without_an_anchor_the_signer_cannot_be_decided(sample: Path) -> None:
    report = verify_folder(sample, None)

    assert report.outcome is Verdict.CANNOT_DECIDE
    assert [finding.reason for finding in report.findings] == [Reason.NO_ANCHOR]


def test_damage_beats_a_missing_anchor(small: Path) -> None:
    with (small / layout.RECORDS_FILE).open("r+b") as stream:
        stream.write(b"\x00" * 16)

    assert verify_folder(small, None).outcome is Verdict.NOT_VALID


def test_another_signer_is_not_valid(small: Path) -> None:
    stranger = Ed25519PrivateKey.generate()
    signed = parse_header((small / layout.HEADER_FILE).read_bytes())
    (small / layout.HEADER_FILE).write_bytes(sign_header(signed.header, stranger))

    assert reasons(small) == {Reason.UNKNOWN_SIGNER}


def test_a_stranger_who_claims_the_trusted_key_id_is_not_valid(small: Path) -> None:
    data = json.loads((small / layout.HEADER_FILE).read_bytes())
    forged = json.loads(sign_header(parse_header(canonical_json(data)).header, Ed25519PrivateKey.generate()))
    forged["key"] = data["key"]
    (small / layout.HEADER_FILE).write_bytes(canonical_json(forged))

    assert reasons(small) == {Reason.BAD_SIGNATURE}


def test_every_flipped_bit_of_the_header_is_found(sample: Path) -> None:
    data = (sample / layout.HEADER_FILE).read_bytes()
    missed = []

    for bit in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        try:
            signed = parse_header(bytes(damaged))
        except FangbangError:
            continue
        if not list(check_signer(signed, TRUSTED)):
            missed.append(bit)

    assert missed == []


@pytest.mark.parametrize("name", layout.FILES[1:])
def test_flipped_bits_of_every_file_are_found(name: str, small: Path) -> None:
    path = small / name
    data = path.read_bytes()
    chance = random.Random(name)
    places = {0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(200))}

    missed = []
    for place in places:
        damaged = bytearray(data)
        damaged[place] ^= 1 << chance.randrange(8)
        path.write_bytes(bytes(damaged))
        if verify_folder(small, TRUSTED).outcome is not Verdict.NOT_VALID:
            missed.append(place)

    assert missed == []


@pytest.mark.parametrize("name", layout.FILES)
@pytest.mark.parametrize("cut", [1, 32, 4096, None])
def test_truncated_and_emptied_files_are_found(name: str, cut: int | None, small: Path) -> None:
    data = (small / name).read_bytes()
    (small / name).write_bytes(data[: -min(cut, len(data))] if cut else b"")

    assert verify_folder(small, TRUSTED).outcome is Verdict.NOT_VALID


@pytest.mark.parametrize("name", layout.FILES)
def test_bytes_behind_the_end_are_found(name: str, small: Path) -> None:
    with (small / name).open("ab") as stream:
        stream.write(bytes(4096))

    assert verify_folder(small, TRUSTED).outcome is Verdict.NOT_VALID


@pytest.mark.parametrize("name", layout.FILES)
def test_a_missing_file_cannot_be_decided(name: str, small: Path) -> None:
    (small / name).unlink()

    report = verify_folder(small, TRUSTED)

    assert report.outcome is Verdict.CANNOT_DECIDE
    assert [(finding.reason, finding.file) for finding in report.findings] == [(Reason.FILE_MISSING, name)]


def test_two_swapped_entries_are_found_with_their_block(small: Path) -> None:
    data = bytearray((small / layout.RECORDS_FILE).read_bytes())
    data[4096:4608], data[4608:5120] = data[4608:5120], data[4096:4608]
    (small / layout.RECORDS_FILE).write_bytes(bytes(data))

    findings = {finding.reason: finding.place for finding in verify_folder(small, TRUSTED).findings}

    assert findings[Reason.BLOCK_HASH] == 1
    assert findings[Reason.ADDRESS_ORDER] == 9
    assert set(findings) == {Reason.BLOCK_HASH, Reason.ADDRESS_ORDER, Reason.FILE_HASH, Reason.MERKLE_ROOT}


@pytest.mark.parametrize("name", layout.FILES[:-1])  # the two samples have one annex
def test_a_file_of_another_snapshot_is_found(name: str, small: Path, sample: Path) -> None:
    shutil.copy(sample / name, small / name)

    assert verify_folder(small, TRUSTED).outcome is Verdict.NOT_VALID


def test_another_header_than_the_announced_one_is_found(sample: Path) -> None:
    announced = verify_folder(sample, TRUSTED).header_sha256

    assert verify_folder(sample, TRUSTED, announced).outcome is Verdict.VALID
    assert [f.reason for f in verify_folder(sample, TRUSTED, "00" * 32).findings] == [Reason.OTHER_HEADER]


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda folder: resign(folder, merkle_root="00" * 32), Reason.MERKLE_ROOT),
        (lambda folder: resign(folder, kind="base", base=None), Reason.PADDING),
        (lambda folder: resign(folder, format="fangbang-snapshot/2"), Reason.HEADER_MALFORMED),
        (lambda folder: resign(folder, snapshot_id="00"), Reason.HEADER_MALFORMED),
        (lambda folder: resign(folder, base=None), Reason.HEADER_MALFORMED),
    ],
)
def test_a_header_that_contradicts_itself_is_found_even_when_signed(
    damage: Callable[[Path], None], expected: Reason, small: Path
) -> None:
    damage(small)

    assert expected in reasons(small)


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"null", b"\xff", b'{"header": {}, "key": "", "signature": ""}'])
def test_a_header_that_is_none_is_malformed(text: bytes, small: Path) -> None:
    (small / layout.HEADER_FILE).write_bytes(text)

    assert reasons(small) == {Reason.HEADER_MALFORMED}


def test_every_reason_has_a_text_in_both_languages_and_an_outcome() -> None:
    assert set(REASON_TEXTS) == set(Reason)
    assert {reason.verdict for reason in Reason} == {Verdict.NOT_VALID, Verdict.CANNOT_DECIDE}
    assert [verdict.exit_code for verdict in Verdict] == [0, 6, 7]


def test_the_report_is_plain_json(sample: Path) -> None:
    report = verify_folder(sample, None)

    assert msgspec.json.decode(msgspec.json.encode(report), type=FolderReport) == report
