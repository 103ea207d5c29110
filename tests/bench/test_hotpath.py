"""The hot-path bench times real answers, not refusals."""

import mmap
from pathlib import Path

from bench.hotpath import CLIENT, Bench, microseconds
from fangbang.lookup.answers import State


def test_every_step_runs_on_a_sealed_cohort(tmp_path: Path) -> None:
    bench = Bench(tmp_path, candidates=40, asked=10)

    costs = {name: microseconds(call, items) for name, call, items in bench.steps()}

    assert len(costs) == 14


def test_what_is_timed_is_found(tmp_path: Path) -> None:
    bench = Bench(tmp_path, candidates=40, asked=10)

    states = [bench.query.answer(header, CLIENT)[0] for header in bench.headers]

    assert states == [State.FOUND] * 10


def test_people_whose_pages_were_dropped_are_found_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, candidates=40, asked=10)

    waits = [bench.cold(advice) for advice in (mmap.MADV_NORMAL, mmap.MADV_RANDOM)]

    assert min(waits) > 0
    assert {bench.query.answer(header, CLIENT)[0] for header in bench.headers} == {State.FOUND}
