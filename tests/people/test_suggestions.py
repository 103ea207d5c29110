"""Suggestions are listed; who has nothing in common is not among them."""

import polars as pl

from fangbang.people.rules.suggestions import COLUMNS, suggestions


def people(*rows: tuple[str, str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=list(COLUMNS), orient="row")


def test_each_reason_is_found_once() -> None:
    found = suggestions(
        people(
            ("hk-macao-permit", "H1234567801", "陈大文", ""),
            ("hk-macao-permit", "H1234567802", "陈大文", ""),
            ("resident-id", "A", "张三", "77"),
            ("passport", "B", "张三", "77"),
            ("resident-id", "C", "李四", "1"),
            ("resident-id", "C", "李泗", "1"),
            ("resident-id", "D", "李四", "2"),
        )
    )

    assert found.select("reason", "doc_number", "doc_number_2").rows() == [
        ("name-changed", "C", "C"),
        ("permit-renewed", "H1234567801", "H1234567802"),
        ("same-archive", "B", "A"),
    ]


def test_the_same_registration_twice_is_nothing() -> None:
    row = ("resident-id", "A", "张三", "77")

    assert suggestions(people(row, row)).rows() == []


def test_a_change_of_name_that_was_approved_is_explained() -> None:
    rows = people(
        ("resident-id", "C", "李四", "1"), ("resident-id", "C", "李泗", "1"), ("resident-id", "C", "王五", "1")
    )

    found = suggestions(rows, {("resident-id", "C", "李四"): "李泗"})

    assert found.select("name", "name_2").rows() == [("李泗", "王五")]
