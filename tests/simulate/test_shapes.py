"""The shipped mark shapes: they are what the script makes of the real data, and they fit it."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.errors import FangbangError
from fangbang.simulate.fit import SHIPPED, cumulative, fit, pooled, read_frequencies, recipe, rendered
from fangbang.simulate.shapes import Shape, load_absence, load_shapes, steps_of

FREQUENCIES = "score-distribution-2016-2026.csv"
SITTING = "sitting-2024-marks.csv"
SHAPES = sorted(load_shapes())


def distance(shape: Shape, frequencies: Mapping[Decimal, int], full: Decimal) -> float:
    """Kolmogorov–Smirnov distance on the grid of the source: halfway between two neighbouring marks."""
    marks, everyone, seen, worst = sorted(frequencies), sum(frequencies.values()), 0, 0.0
    for mark, following in pairwise(marks):
        seen += frequencies[mark]
        between = float((mark + following) / 2 / full)
        worst = max(worst, abs(seen / everyone - shape.at(between)))
    return worst


@pytest.mark.shared_data
def test_the_shipped_file_is_what_the_script_makes(shared_data: Path) -> None:
    made = rendered(fit(shared_data / FREQUENCIES, shared_data / SITTING))

    assert made == SHIPPED.read_bytes()


@pytest.mark.shared_data
@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_fits_the_real_marks(shared_data: Path, name: str) -> None:
    plan = next(item for item in recipe()["shape"] if item["id"] == name)
    frequencies = pooled(read_frequencies(shared_data / FREQUENCIES), plan["subjects"], tuple(plan["years"]))

    found = distance(load_shapes()[name], frequencies, Decimal(recipe()["full"]))

    # Essay markers prefer whole marks to quarters of marks between grid points; choice papers lie on the grid.
    assert found <= (0.04 if name == "subjective" else 0.025)


def test_the_distance_sees_a_wrong_shape() -> None:
    """Positive control of the measure above."""
    easy, hard = load_shapes()["objective-easy"], load_shapes()["objective-hard"]
    frequencies = {
        Decimal(step) / 4: easy.curve[step] - (easy.curve[step - 1] if step else 0) for step in range(len(easy.curve))
    }

    assert distance(easy, frequencies, Decimal(10)) < 0.001
    assert distance(hard, frequencies, Decimal(10)) > 0.5


@pytest.mark.shared_data
def test_absences_are_those_of_the_real_sitting(shared_data: Path) -> None:
    absence = load_absence()

    assert absence.throughout == 89 / 9377
    assert absence.partly == 9 / 9377


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("steps", [1, 20, 40, 100, 150, 300])
def test_thresholds_never_fall_and_end_at_one(name: str, steps: int) -> None:
    thresholds = load_shapes()[name].thresholds(steps)

    assert len(thresholds) == steps + 1
    assert thresholds == sorted(thresholds)
    assert thresholds[-1] == 1.0


@given(st.dictionaries(st.integers(0, 80), st.integers(1, 1000), min_size=1))
def test_a_curve_grows_to_the_scale_and_loses_nobody(counts: dict[int, int]) -> None:
    frequencies = {Decimal(key) / 8: count for key, count in counts.items()}

    curve = cumulative(frequencies, Decimal(10), 40, 1_000_000)

    assert len(curve) == 41
    assert curve == sorted(curve)
    assert curve[-1] == 1_000_000


@pytest.mark.parametrize("row", ["2020,A,five,3", "2020,A,5.0,", "x,A,5,5", "2020,A"])
def test_a_source_of_another_form_is_refused_with_its_row(tmp_path: Path, row: str) -> None:
    source = tmp_path / "marks.csv"
    source.write_text(f"year,subject,score,count\n2020,A,5.0,7\n{row}\n", "utf-8")

    with pytest.raises(FangbangError) as refused:
        read_frequencies(source)

    assert refused.value.code == "simulate.bad-source"
    assert refused.value.params["row"] == 3


def test_a_full_mark_off_the_step_is_an_error() -> None:
    assert steps_of(Decimal("100"), Decimal("0.5")) == 200
    with pytest.raises(ValueError, match="whole number of steps"):
        steps_of(Decimal("100"), Decimal("0.7"))
