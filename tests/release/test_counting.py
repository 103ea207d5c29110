"""Counting outcome rows for the gate: the counts, the impossible states, the test rows, whatever the batches are."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.books.schemas import OUTCOMES
from fangbang.release.rules.counting import COLUMNS, count, impossible, rows_of_tests, year_spread
from fangbang.release.rules.spreads import Moments, Paper, Spread

PAPER = Paper("main", "a", 100_000, 500)


def entry(mark: str | None = "60", code: int | None = None, status: str = "passed", **more: Any) -> dict[str, Any]:
    """One subject of an outcome row."""
    value = None if mark is None else Decimal(mark)
    told = {"subject": "a", "ticket": "T", "mark": value, "code": code, "full": Decimal(100), "line": Decimal(60)}
    return {**told, "status": status, **more}


def frame(*entries: dict[str, Any], **person: str) -> pl.DataFrame:
    """Outcome rows with one subject each, as they are read from a book."""
    texts = {"name": "王芳", "doc_number": "D000000001", "level": "main", "province": "110000", "city": "110100"}
    rows = [{name: "" for name in OUTCOMES.names if OUTCOMES.field(name).type == pa.string()} for _ in entries]
    whole = [
        {**row, **texts, **person, "subjects": [one], "passes": [], "version": 1}
        for row, one in zip(rows, entries, strict=True)
    ]
    return pl.DataFrame(pl.from_arrow(pa.Table.from_pylist(whole, schema=OUTCOMES))).select(COLUMNS)


def test_marks_and_codes_are_counted_by_place() -> None:
    rows = [
        frame(entry("60"), entry("60"), entry("0", status="not-passed")),
        frame(entry(None, -1, "absent"), entry(None, -2, "violation"), city="110200"),
        frame(entry("99.5"), province="310000", city=""),
    ]

    found = year_spread(2026, [PAPER], count(rows)).subjects["main/a"]

    assert found.provinces["110000"] == Spread({60_000: 2, 0: 1}, {-1: 1, -2: 1})
    assert found.provinces["310000"] == Spread({99_500: 1})
    assert found.cities == {
        "110000/110100": Moments(3, 120_000, 2 * 60_000**2, 1),
        "110000/110200": Moments(absent=1, others=1),
    }
    assert found.nation == Spread({60_000: 2, 0: 1, 99_500: 1}, {-1: 1, -2: 1})
    assert found.lines == (60_000,)


def test_the_line_of_most_people_comes_first() -> None:
    rows = [frame(entry("60"), entry("58"), entry("70", line=Decimal(53)), entry(None, -1, "absent", line=None))]

    assert year_spread(2026, [PAPER], count(rows)).subjects["main/a"].lines == (60_000, 53_000)


@given(st.lists(st.integers(0, 200), min_size=1, max_size=30), st.integers(1, 30))
def test_the_size_of_batches_changes_nothing(halves: list[int], size: int) -> None:
    entries = [entry(str(Decimal(half) / 2)) for half in halves]
    cut = [frame(*entries[start : start + size]) for start in range(0, len(entries), size)]

    whole, parts = (year_spread(2026, [PAPER], count(frames)) for frames in ([frame(*entries)], cut))

    assert whole == parts


def test_a_subject_that_the_rules_do_not_know_is_left_out() -> None:
    found = year_spread(2026, [PAPER], count([frame(entry(subject="other"))]))

    assert found.subjects == {}


STATES = {
    "absent-and-passed": entry(None, -1),
    "mark-and-code": entry("60", -1, "absent"),
    "passed-without-mark": entry(None),
    "passed-below-line": entry("59.5"),
    "failed-above-line": entry("60", status="not-passed"),
    "outside-paper": entry("100.5"),
}


@pytest.mark.parametrize("kind", STATES)
def test_each_impossible_state_is_counted(kind: str) -> None:
    counted = count([frame(STATES[kind], entry("60"), entry("59", status="not-passed"))])

    assert impossible(counted)[kind] == 1


def test_states_that_can_be_are_none() -> None:
    possible: Sequence[dict[str, Any]] = (
        entry("60"),
        entry("59", status="not-passed"),
        entry("45", status="passed-regionally"),
        entry(None, -1, "absent"),
        entry("70", status="void"),
        entry(None, status="withheld"),
        entry("70", status="line-not-announced", line=None),
    )

    assert impossible(count([frame(*possible)])) == {}


@pytest.mark.parametrize("person", [{"name": "测试一"}, {"name": "Test 07"}, {"doc_number": "000000000"}])
def test_rows_that_look_like_tests_are_seen(person: dict[str, str]) -> None:
    assert rows_of_tests(frame(entry(), **person)) == 1


@pytest.mark.parametrize("name", ["王芳", "Testa Rossa", "Demosthenes", "买买提·吐尔逊"])
def test_people_are_not(name: str) -> None:
    assert rows_of_tests(frame(entry(), name=name)) == 0
