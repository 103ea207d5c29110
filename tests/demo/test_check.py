"""The comparison with the answer key: it passes what is right, and sees each thing that is not."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fangbang.cli.demo.check import Comparison, differences, sample, way_of_asking

EXPECTED: dict[str, Any] = {
    "person": 7,
    "ticket": "2666100000008",
    "archive": "D66000000007",
    "name": "冯平娜",
    "doc_type": "resident-id",
    "doc_number": "898955198102154507",
    "level": "junior",
    "category": "full",
    "province": "660000",
    "outcome": "not-passed",
    "subjects": [{"subject": "ability", "mark": "59.5", "code": None, "status": "not-passed"}],
}
ANSWER: dict[str, Any] = {
    "state": "found",
    "record": {
        "name": "冯平娜",
        "document": "8989************07",
        "ticket": "2666100000008",
        "level": "junior",
        "category": "full",
        "province": "660000",
        "outcome": "not-passed",
        "subjects": [{"subject": "ability", "mark": "59.500", "code": None, "line": "60", "status": "not-passed"}],
    },
}


def test_equal_marks_may_be_written_differently() -> None:
    assert differences(EXPECTED, ANSWER) == []


@pytest.mark.parametrize("name", ["ticket", "name", "level", "category", "province", "outcome", "document"])
def test_every_wrong_part_is_named(name: str) -> None:
    answer = deepcopy(ANSWER)
    answer["record"][name] = "else"

    assert differences(EXPECTED, answer) == [name]


@pytest.mark.parametrize(("name", "value"), [("mark", "59"), ("mark", None), ("code", -1), ("status", "passed")])
def test_every_wrong_part_of_a_subject_is_seen(name: str, value: object) -> None:
    answer = deepcopy(ANSWER)
    answer["record"]["subjects"][0][name] = value

    assert differences(EXPECTED, answer) == ["subjects"]


def test_a_missing_subject_is_seen() -> None:
    answer = deepcopy(ANSWER)
    answer["record"]["subjects"] = []

    assert differences(EXPECTED, answer) == ["subjects"]


def test_whoever_is_not_found_is_a_mismatch_told_without_identity() -> None:
    compared = Comparison()

    compared.add(EXPECTED, ANSWER)
    compared.add(EXPECTED, {"state": "not-found"})

    assert (compared.queried, compared.mismatches) == (2, 1)
    assert compared.first == ["candidate 7: state not-found"]


def test_a_sample_holds_the_wanted_and_repeats(tmp_path: Path) -> None:
    rows = [{**EXPECTED, "person": place, "ticket": f"26661000000{place:02}"} for place in range(50)]
    path = tmp_path / "answers.parquet"
    pl.DataFrame(rows).write_parquet(path)

    chosen = sample(path, 10, seed=3, always=["2666100000049"])

    assert chosen[0].row["person"] == 49
    assert len({item.row["person"] for item in chosen}) == 11
    assert [item.ask for item in sample(path, 10, seed=3, always=["2666100000049"])] == [item.ask for item in chosen]


def test_people_ask_in_every_way_that_is_open() -> None:
    kinds = [way_of_asking(EXPECTED, place).kind for place in range(10)]

    assert kinds == ["ticket-document"] * 8 + ["document-name", "archive-document"]
