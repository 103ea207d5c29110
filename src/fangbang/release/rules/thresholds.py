"""The gate's thresholds, data with their reasons: `gate-thresholds.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class Thresholds:
    """What each means and why it has its value stands in the file."""

    fewest: int
    fewest_place: int
    sure: float
    years_amber: float
    years_red: float
    copied: float
    swapped_gain: float
    swapped_near: float
    swapped_places: float
    swapped_pattern: float
    swapped_sure: float
    province_shape: float
    province_mean: float
    province_mean_new: float
    province_alone: float
    city_mean: float
    city_mean_new: float
    city_width: float
    city_width_new: float
    drift: float
    tooth: float
    tooth_usual: float
    spike_share: float
    single_share: float
    single_gap: float
    single_gap_share: float
    gap: float
    comb_tooth: float
    comb_sure: float
    comb_share: float
    zero_factor: float
    zero_floor: float
    absent_factor: float
    absent_floor: float
    none_expected: int
    none_people: int
    top_expected: int
    top_share: float


@cache
def told() -> Mapping[str, Mapping[str, Any]]:
    """name → value and why, as the file has them."""
    text = resources.files("fangbang.release").joinpath("rules", "gate-thresholds.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def thresholds() -> Thresholds:
    """The shipped thresholds."""
    return Thresholds(**{item.name: told()[item.name]["value"] for item in fields(Thresholds)})
