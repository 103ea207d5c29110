"""A small file goes the whole way of the upload bench, and what is wrong ends it."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bench.results import RESULTS, record_upload
from bench.upload import GIB, Office, Peaks, Sender, UploadFailedError, measure, office, told, write_registrations

PIECE = 8 << 20
OUTCOME = {
    "bytes": 4 * GIB, "pieces": 512, "send_seconds": 100.0, "finish_seconds": 10.0, "look_seconds": 20.0,
    "mb_per_second": 39.0, "plain_seconds": 55.0, "ratio_plain": 2.0, "server_idle_mb": 50, "server_peak_mb": 200,
    "jobs_peak_mb": 300, "machine": "a machine",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("upload")


@pytest.fixture(scope="module")
def at(folder: Path) -> Iterator[Office]:
    with office(folder / "home") as started:
        yield started


@pytest.fixture(scope="module")
def file(folder: Path) -> Path:
    return write_registrations(folder, PIECE + 4096)


def test_a_small_file_comes_in_whole(at: Office, file: Path) -> None:
    outcome = measure(at, file)

    assert (outcome["bytes"], outcome["pieces"], outcome["columns"]) == (file.stat().st_size, 2, 11)
    assert 0 < outcome["server_idle_mb"] <= outcome["server_peak_mb"]
    assert outcome["jobs_peak_mb"] > 0
    assert file.with_suffix(".plain").read_bytes() == file.read_bytes()


def test_the_file_is_as_large_as_whole_rows_allow(file: Path) -> None:
    head, *rows, last = file.read_bytes().decode("gb18030").split("\n")

    assert 0 <= PIECE + 4096 - file.stat().st_size < max(len(row.encode("gb18030")) for row in rows) + 1
    assert (last, {row.count(",") for row in rows}) == ("", {head.count(",")})


def test_a_piece_that_the_office_refuses_ends_the_bench(at: Office, file: Path) -> None:
    again = Path(shutil.copy(file, file.with_name("再次.csv")))

    with closing(Sender(at)) as sender:
        begun = sender.begin(again)

        with pytest.raises(UploadFailedError, match=r"pieces: 4.*piece-size"):
            sender.send(again, {**begun, "size": 1000})


def test_a_file_without_columns_ends_the_bench(at: Office, folder: Path) -> None:
    path = folder / "空.csv"
    path.write_bytes(bytes(1000))

    with pytest.raises(UploadFailedError, match="found no columns"):
        measure(at, path)


def test_without_an_importer_there_is_no_form(at: Office) -> None:
    with pytest.raises(UploadFailedError, match="the page has no form"):
        Sender(at._replace(token="nobody"))


def test_the_ratio_is_sending_and_finishing_over_plain() -> None:
    said = told(10_000_000, [0.0, 3.0, 4.0, 9.0], 2.0)

    assert [said[name] for name in ("seconds", "send_seconds", "finish_seconds", "look_seconds")] == [4, 3, 1, 5]
    assert (said["mb_per_second"], said["ratio_plain"]) == (2.5, 2.0)


def test_the_highest_of_all_looks_counts() -> None:
    peaks = Peaks(server=1 << 50)

    peaks.look(1)

    assert peaks.server == 1 << 50


def test_a_run_becomes_a_row(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    path.write_text(RESULTS.read_text(encoding="utf-8"), encoding="utf-8")

    record_upload(OUTCOME, path)

    lines = path.read_text(encoding="utf-8").splitlines()
    row = lines[lines.index("<!-- upload -->") - 1]
    assert row.endswith("| 4,294,967,296 | 512 | 100 | 10 | 20 | 39 | 55 | 2 | 50 | 200 | 300 | a machine |")
