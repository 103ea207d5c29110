"""What is told of a release by province: sealed ahead, and nothing about few people."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.clock import ManualClock
from fangbang.exams.vocabulary import SubjectStatus
from fangbang.keeper.sealer import SealJob
from fangbang.keeper.service import Keeper
from fangbang.keeper.tallies import published_counts
from fangbang.keeper.terms import Terms
from fangbang.snapshot.annex import open_annex
from fangbang.snapshot.layout import ANNEX_FILE
from fangbang.snapshot.reader import Snapshot
from tests.keeper.office import Office, row

Counted = dict[str, dict[str, dict[str, int]]]
places = st.sampled_from(["110000", "120000", "130000", "540000"])
statuses = st.dictionaries(st.sampled_from([word.value for word in SubjectStatus]), st.integers(0, 200), max_size=5)
counted = st.dictionaries(places, st.dictionaries(st.sampled_from(["ability", "practice"]), statuses, max_size=2))


def test_statuses_are_three_kinds_and_a_sum() -> None:
    of_both = {"passed": 300, "passed-regionally": 50, "not-passed": 400, "absent": 60, "void": 40}

    told = published_counts({"110000": {"ability": of_both, "practice": of_both}}, 10)

    assert (told["least"], told["subjects"]) == (10, 2)
    assert told["provinces"] == {"110000": {"passed": 700, "not_passed": 800, "without_mark": 200, "all": 1700}}
    assert told["total"] == told["provinces"]["110000"]


def test_as_many_results_as_few_people_may_have_are_kept_back() -> None:
    """19 results in two subjects may be ten people's or nineteen's: a person counts once in each."""
    few, many = {"passed": 10, "not-passed": 90}, {"passed": 9, "not-passed": 90}

    shown = published_counts({"110000": {"a": few, "b": few}}, 10)["provinces"]["110000"]["passed"]
    kept = published_counts({"110000": {"a": few, "b": many}}, 10)["provinces"]["110000"]["passed"]

    assert (shown, kept) == (20, None)


@given(counted, st.integers(1, 30))
def test_no_small_number_is_told(found: Counted, least: int) -> None:
    told = published_counts(found, least)

    numbers = [number for line in (*told["provinces"].values(), told["total"]) for number in line.values()]
    assert [number for number in numbers if number and number < least * told["subjects"]] == []
    assert list(told["provinces"]) == list(found)


@given(counted, st.integers(1, 30))
def test_nothing_that_is_kept_back_is_told_by_the_rest_of_its_row(found: Counted, least: int) -> None:
    told = published_counts(found, least)

    gaps = [sum(number is None for number in line.values()) for line in (*told["provinces"].values(), told["total"])]
    assert 1 not in gaps


def test_a_release_of_nobody_tells_nothing() -> None:
    nothing = {"passed": 0, "not_passed": 0, "without_mark": 0, "all": 0}

    assert published_counts({}, 10) == {"least": 10, "subjects": 0, "provinces": {}, "total": nothing}


def test_they_are_sealed_into_the_annex_that_the_header_commits_to(
    office: Office, keeper: Keeper, sealed: Callable[..., dict[str, Any]]
) -> None:
    answer = sealed(office.seal_order(office.report(office.book([row(number) for number in range(1, 31)]))))

    snapshot = Snapshot.open(office.folders.snapshots / answer["snapshot"])
    key, header = keeper._custody.get(f"release-{answer['snapshot']}"), snapshot.header
    annex = open_annex(key, header.id_bytes, (snapshot.folder / ANNEX_FILE).read_bytes(), header.annex.commitment)

    assert annex["format"] == "fangbang-annex/2"
    assert annex["published"]["provinces"] == {"110000": {"passed": 30, "not_passed": 0, "without_mark": 30, "all": 60}}


@pytest.mark.parametrize(("least", "same"), [(10, True), (20, False)])
def test_a_seal_cut_short_keeps_its_key_only_while_the_smallest_number_stands(
    office: Office, clock: ManualClock, least: int, same: bool
) -> None:
    """Another annex under the same key and nonce would tell both."""
    order = office.seal_order(office.report(office.book([row(1)])))
    first = office.keeper(clock).begin_seal(order)

    again = Keeper(office.folders, clock, workers=1, terms=Terms(least=least)).begin_seal(order)

    assert isinstance(first, SealJob)
    assert isinstance(again, SealJob)
    assert ((first.snapshot_id, first.release_key) == (again.snapshot_id, again.release_key)) == same
