"""A small file by the plain form: straight to an office, and through the shipped nginx."""

import os
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from bench import form
from bench.results import RESULTS, record_form
from bench.upload import UploadFailedError, main, office, write_registrations
from fangbang.project.layout import Layout

SIZE = 2 << 20


@pytest.mark.nginx
def test_a_small_file_comes_in_by_the_form_through_nginx(tmp_path: Path) -> None:
    outcome = form.run(tmp_path, SIZE, proxy=True)

    assert SIZE - 200 < outcome["bytes"] <= SIZE
    assert (outcome["way"], outcome["columns"]) == ("form, nginx", 11)
    assert outcome["server_idle_mb"] <= outcome["server_peak_mb"]
    assert (outcome["disk_peak_mb"] >= 2, outcome["proxy_disk_peak_mb"]) == (True, 0), "nginx keeps nothing"


def test_straight_to_the_office_and_what_is_refused_ends_the_bench(tmp_path: Path) -> None:
    path = write_registrations(tmp_path, SIZE)
    empty = path.with_name("空.csv")
    empty.write_bytes(b"")

    with office(tmp_path / "home") as at:
        outcome = form.measure(at, path, Layout(tmp_path / "home").uploads)
        with closing(form.Form(at, 0)) as sender, pytest.raises(UploadFailedError, match=r"whole: 400"):
            sender.send(empty)
        with (
            closing(form.Form(at._replace(token="nobody"), 0)) as nobody,
            pytest.raises(UploadFailedError, match="no f"),
        ):
            nobody.send(path)

    assert (outcome["bytes"], outcome["columns"], "proxy_peak_mb" in outcome) == (path.stat().st_size, 11, False)


def test_nameless_files_that_a_process_holds_count(tmp_path: Path) -> None:

    (tmp_path / "named").write_bytes(b"x" * 8192)
    with tempfile.TemporaryFile(dir=tmp_path) as stream:
        stream.write(b"x" * 16384)
        stream.flush()
        os.fsync(stream.fileno())

        held = form.on_disk(tmp_path, os.getpid())

    assert held >= 24576


def test_a_proxy_without_the_form_is_no_way() -> None:
    with pytest.raises(SystemExit):
        main(["--proxy"])


def test_a_run_by_the_form_becomes_a_row(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    path.write_text(RESULTS.read_text(encoding="utf-8"), encoding="utf-8")
    outcome = {
        "way": "form", "bytes": 4 << 30, "seconds": 100.0, "look_seconds": 20.0, "mb_per_second": 39.0,
        "server_idle_mb": 50, "server_peak_mb": 90, "jobs_peak_mb": 300, "disk_peak_mb": 8590, "machine": "a machine",
    }  # fmt: skip

    record_form(outcome, path)

    lines = path.read_text(encoding="utf-8").splitlines()
    row = lines[lines.index("<!-- upload form -->") - 1]
    assert row.endswith("| form | 4,294,967,296 | 100 | 20 | 39 | 50 | 90 | 300 | 8,590 | – | – | a machine |")
