"""`bench gate`, small: faults in sittings drawn from real years are found, sittings without one raise no alarm."""

from collections import Counter
from pathlib import Path
from random import Random

import polars as pl
import pytest

from bench import gate
from bench.faults import FAULTS
from bench.results import record_gate
from bench.sittings import Course, Key, courses, sitting, world
from fangbang.release.rules.anomalies import findings
from fangbang.release.rules.spreads import Marks, Spread, SubjectSpread, YearSpread
from fangbang.simulate.fit import Frequencies, read_frequencies

FREQUENCIES = "score-distribution-2016-2026.csv"
YEARS = range(2017, 2027)
PEOPLE = 8_000

pytestmark = [pytest.mark.shared_data, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def frequencies(shared_data: Path) -> Frequencies:
    return read_frequencies(shared_data / FREQUENCIES)


@pytest.fixture(scope="module")
def known(frequencies: Frequencies) -> dict[Key, Course]:
    return courses(frequencies)


def whole_year(frequencies: Frequencies, known: dict[Key, Course], year: int) -> YearSpread:
    """Everybody of a real year, in one place, with as many absent as in the real sitting at hand."""
    subjects = {}
    for (of, name), marks in frequencies.items():
        paper = known[of, name].paper
        if of == year:
            kept = {int(mark * 1000): people for mark, people in marks.items() if int(mark * 1000) % paper.step == 0}
            absent = {-1: sum(kept.values()) // 200}
            subjects[paper.key] = SubjectSpread(paper, {"110000": Spread(kept, absent)})
    return YearSpread(year, subjects)


@pytest.mark.parametrize("year", YEARS)
def test_a_real_year_after_its_real_earlier_years_is_not_red(
    frequencies: Frequencies, known: dict[Key, Course], year: int
) -> None:
    earlier = [whole_year(frequencies, known, before) for before in range(year - 1, max(2015, year - 4), -1)]

    found = findings(Marks(whole_year(frequencies, known, year), earlier))

    assert [one.reason for one in found if one.red] == []


def test_a_small_bench_finds_the_faults_and_raises_no_alarm(known: dict[Key, Course]) -> None:
    told = gate.run(known, first=500, cohorts=2, people=PEOPLE)

    assert len(told["classes"]) >= 20
    assert told["false_alarms"] == 0
    assert told["caught"] >= 0.85


def test_the_same_seed_is_the_same_sitting_and_another_is_not(known: dict[Key, Course]) -> None:
    one, again, other = (world(known, seed, alike=True) for seed in (7, 7, 8))

    first = sitting(one, one.now, 300)

    assert first.equals(sitting(again, again.now, 300))
    assert not first.equals(sitting(other, other.now, 300))


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_changes_the_sitting(known: dict[Key, Course], name: str) -> None:
    of = world(known, 7, alike=True)
    sound = sitting(of, of.now, PEOPLE)

    broken = FAULTS[name](sound, of, Random(1))

    columns = [column for column in broken.columns if column in sound.columns]
    assert not broken.select(columns).equals(sound.select(columns)) or broken.width > sound.width


def test_marks_follow_the_real_distribution(known: dict[Key, Course], frequencies: Frequencies) -> None:
    of = world(known, 7, alike=True)

    drawn = sitting(of, of.now, 40_000).select(pl.col("m0").mean()).item()

    real = frequencies[of.now, of.subjects[0]]
    mean = float(sum(mark * people for mark, people in real.items())) / sum(real.values()) * 1000
    assert abs(drawn - mean) < 300


def test_a_run_is_recorded_as_one_row(tmp_path: Path) -> None:
    page = tmp_path / "RESULTS.md"
    page.write_text("head\n<!-- gate -->\n", encoding="utf-8")
    outcome = {
        "cohorts": 100,
        "candidates": 24_000,
        "classes": {"zeros": 1.0, "spikes": 0.97},
        "caught": 0.985,
        "false_alarms": 0.0,
        "caught_without_earlier_year": 0.5,
        "clean_amber": 0.1,
        "seconds": 321.0,
        "machine": "a machine",
    }

    record_gate(outcome, page)

    assert Counter(page.read_text("utf-8").splitlines()[1])["|"] == 12
    assert "| 2 | 0.9850 | 0.0000 | 0.97 | spikes 0.97 |" in page.read_text("utf-8")
