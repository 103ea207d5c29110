"""Medians, ratios and the results file."""

from pathlib import Path

import pytest

from bench.load.plan import Tally
from bench.results import RESULTS, append, figure, record_faults, record_lookup, record_replay, record_timing
from bench.rounds import summary, verdict
from bench.timing.welch import compare


def tally(server_cpu: float) -> Tally:
    return Tally(1000, 0, 2.0, 0.5, server_cpu, False, b"", [(0, b"")])


def test_the_median_turn_speaks() -> None:
    figures = summary([tally(0.03), tally(0.02), tally(0.10)])

    assert figures["cpu_us"] == 30.0
    assert figures["spread"] == round((100 - 20) / 30, 3)
    assert figures["rps"] == 500
    assert figures["generator_load"] == 0.25
    assert figures["answers"] == 3000


def test_ratios_are_ours_over_theirs() -> None:
    figures = {
        "ours": {"cpu_us": 30.0, "rps": 30000.0},
        "nginx": {"cpu_us": 20.0, "wrk_cpu_us": 15.0},
        "nginx_unlogged": {"cpu_us": 12.0},
        "fastapi": {"cpu_us": 900.0},
        "django": {"cpu_us": 2400.0},
    }

    said = verdict(figures)

    assert said["ratio_nginx"] == 2.0, "nginx counts with its lower reading"
    assert said["ratio_nginx_unlogged"] == 2.5
    assert said["ratio_fastapi"] == 0.0333
    assert said["ratio_django"] == 0.0125


def test_an_exchange_is_two_answers_and_tls_is_compared_with_tls() -> None:
    costs = {"ours": 30.0, "exchange": 24.0, "ours_tls": 450.0, "nginx_tls": 360.0}

    said = verdict({name: {"cpu_us": cost, "rps": 1.0} for name, cost in costs.items()})

    assert said["cpu_us_with_challenge"] == 48.0
    assert said["ratio_tls"] == 1.25


def test_a_ratio_to_nobody_is_null() -> None:
    said = verdict({"ours": {"cpu_us": 30.0, "rps": 1.0}})

    assert said["ratio_django"] is None


def test_a_run_becomes_a_row_before_the_marker(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    path.write_text(RESULTS.read_text(encoding="utf-8"), encoding="utf-8")
    before = path.read_text(encoding="utf-8").splitlines()
    peers = {"ours": {"cpu_us": 25.0, "spread": 0.02}, "nginx": {"cpu_us": 13.0, "spread": 0.01}}
    outcome = {
        "candidates": 200_000,
        "rounds": 5,
        "machine": "a machine",
        "cpu_us": 25.0,
        "rps": 40_000,
        "peers": peers,
        "ratio_nginx": 1.923,
        "ratio_fastapi": None,
        "ratio_django": None,
        "cpu_us_with_challenge": 55.5,
        "cpu_us_tls": 400.0,
        "ratio_tls": 1.25,
    }

    record_lookup(outcome, path)

    after = path.read_text(encoding="utf-8").splitlines()
    row = after[after.index("<!-- lookup -->") - 1]
    assert len(after) == len(before) + 1
    assert row.endswith(
        "| 200,000 | 25 | 40,000 | 13 | – | – | 1.92 | – | – | 0.02 | 5 | a machine | 55.5 | 400 | 1.25 |"
    )


def test_a_sweep_of_kills_is_recorded_by_step(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    path.write_text(RESULTS.read_text(encoding="utf-8"), encoding="utf-8")
    both = {"early": 50, "late": 10}
    kills = {"import": both, "approve": both, "seal": {"early": 30}, "publish": {"late": 60}}
    outcome = {"kills": kills, "database": "postgresql", "total": 210, "recoveries": 48, "lost": 0, "seconds": 1234}

    record_faults({**outcome, "seed": 1, "machine": "a machine"}, path)

    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[lines.index("<!-- faults -->") - 1].endswith(
        "| postgresql | 210 | 50 + 10 | 50 + 10 | 30 + 0 | 0 + 60 | 48 | 0 | 1,234 | 1 | a machine |"
    )


def test_a_file_without_the_marker_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    path.write_text("nothing\n")

    with pytest.raises(ValueError, match="lookup"):
        append(path, "<!-- lookup -->", ["1"])


@pytest.mark.parametrize(("value", "shown"), [(None, "–"), (0.03333, "0.0333"), (24.51, "24.5"), (40211.4, "40,211")])
def test_figures_show_three_digits(value: float | None, shown: str) -> None:
    assert figure(value) == shown


def test_a_run_of_timing_is_a_row_a_comparison(tmp_path: Path) -> None:
    results = tmp_path / "RESULTS.md"
    results.write_text("<!-- timing -->\n")
    found = compare("here", "a / b", lambda _: b"x", [(b"1", b"2")] * 20, bytes, iter(range(1000)).__next__)
    comparisons = [{"purpose": "must not tell", **found.as_json()}] * 2

    record_timing({"comparisons": comparisons, "machine": "a machine"}, results)

    rows = results.read_text().splitlines()[:2]
    cells = ["here", "a / b", "20", "0.00", "0.00", "0.00", "0", "1", "1", "no", "must not tell", "a machine |"]
    assert [row.split(" | ")[1:] for row in rows] == [cells, cells]


def test_a_run_of_replays_is_a_row(tmp_path: Path) -> None:
    results = tmp_path / "RESULTS.md"
    results.write_text("<!-- replay -->\n")
    outcome = {"replays": 100_120, "accepted_again": 0, "processes": 4, "seconds": 3.9, "machine": "a machine"}

    record_replay(outcome, results)

    assert results.read_text().splitlines()[0].split(" | ")[1:] == ["100,120", "0", "4", "3.9", "a machine |"]
