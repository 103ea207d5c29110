"""Plans of small cohorts, by the shipped catalogue."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fangbang.exams.catalogue import load_catalogue
from fangbang.simulate.cohort import Plan
from fangbang.simulate.shapes import load_absence

MakePlan = Callable[..., Plan]


@pytest.fixture(scope="session")
def make_plan() -> MakePlan:
    """`make_plan(candidates=2000, seed=1, history=True, mistakes=0, exam="social-worker")`."""
    catalogue = load_catalogue()

    def make(
        candidates: int = 2000, seed: int = 1, history: bool = True, mistakes: int = 0, exam: str = "social-worker"
    ) -> Plan:
        last = catalogue.sitting(exam, 2025) if history else None
        absence = replace(load_absence(), throughout=0.02, partly=0.02)
        return Plan(catalogue.sitting(exam, 2026), last, candidates, seed, absence, mistakes)

    return make
