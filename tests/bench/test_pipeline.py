"""Totals, yardstick and linearity of the pipeline bench."""

from pathlib import Path

import pytest

from bench.job import Job
from bench.pipeline import ORDER, Stage, linearity, parse, run_stage, told, total
from bench.results import RESULTS, record_pipeline
from bench.sent import source
from bench.stages import STAGES

SECONDS = {"files": 9.0, "office": 1.0, "registrations": 1.0, "marks": 2.0, "adjudicate": 3.0, "seal": 4.0}


def stages(scale: int) -> list[Stage]:
    def rows(name: str) -> int:
        return {"marks": 30, "files": 40, "polars": 40}.get(name, 10) * scale

    return [
        Stage(name, SECONDS.get(name, 2.0) * scale, 1.0, 1_000_000 * place, rows(name))
        for place, name in enumerate(ORDER)
    ]


def test_every_stage_in_the_order_exists() -> None:
    assert sorted(ORDER) == sorted(STAGES)


def test_the_total_is_files_to_sealed_snapshot() -> None:
    whole = total(stages(1))

    assert whole == Stage("total", seconds=10.0, cpu_seconds=4.0, peak_bytes=5_000_000, rows=30)


def test_the_ratio_is_ours_over_polars() -> None:
    said = told(stages(1), 10)

    assert said["ratio_polars"] == 5.0
    assert [stage["stage"] for stage in said["stages"]] == [*(name for name in ORDER if name != "office"), "total"]


def test_the_same_cost_per_row_is_linear() -> None:
    assert set(linearity([stages(1), stages(10)], [100, 1000]).values()) == {1.0}


def test_a_cost_that_grows_faster_shows() -> None:
    large = [Stage(s.name, s.seconds * 2, s.cpu_seconds, s.peak_bytes, s.rows) for s in stages(10)]

    assert linearity([stages(1), large], [100, 1000])["total"] == 2.0


def test_a_run_becomes_a_row_a_stage(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    path.write_text(RESULTS.read_text(encoding="utf-8"), encoding="utf-8")

    record_pipeline({**told(stages(1), 10), "form": "wide", "entries": 2, "machine": "a machine"}, path)

    lines = path.read_text(encoding="utf-8").splitlines()
    row = lines[lines.index("<!-- sealed -->") - 1]
    assert row.endswith("| 10 | 30 wide | 2 | total | 10 | 30 | 3 | 5 | 0 | 5 | a machine |")


def test_a_missing_file_stops_the_stage(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="one file of marks, found 0"):
        source(tmp_path, "marks")


def test_part_of_the_stages_has_no_total() -> None:
    said = told([stage for stage in stages(1) if stage.name in ("registrations", "marks")], 10)

    assert (said["seconds"], said["ratio_polars"]) == (None, None)
    assert [stage["stage"] for stage in said["stages"]] == ["registrations", "marks"]


def test_going_on_needs_an_installation_that_was_kept(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--since", "seal"])

    assert "--since needs a --home" in capsys.readouterr().err
    assert parse(["--since", "seal", "--home", "there"]).linearity is False


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_small_wide_sitting_goes_through_every_stage(tmp_path: Path) -> None:
    job = Job(tmp_path, 60, form="wide", entries=5)

    rows = {stage: run_stage(stage, job).rows for stage in ORDER}

    assert rows == {
        "files": 120, "office": 0, "registrations": 60, "marks": 180, "adjudicate": 60,
        "seal": 306, "verify": 306, "polars": 120,
    }  # fmt: skip
