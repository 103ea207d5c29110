"""Every edit of every column of every table behind the application's back is found, and told without its content."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection

from fangbang.audit.macs import Sum, Tally
from fangbang.audit.queries import Edit, edits
from fangbang.audit.seals import seal_changes
from fangbang.audit.tables import ALIAS, OWN, Table, remove, sealed_tables
from tests.audit.meddler import all_rights, columns, insert, others, run, silently, undone

pytestmark = pytest.mark.django_db


@pytest.fixture
def tables() -> Iterator[list[Table]]:
    """All tables, each with two rows that the application sealed; nothing of it stays."""
    with undone():
        all_rights()
        found = sealed_tables(connection)
        for table in found:
            for number in (50, 51):
                insert(table.name, number)
        seal_changes(connection, settings.SEAL_KEY)
        yield found


def found() -> list[Edit]:
    return edits(settings.SEAL_KEY)[1]


def test_nothing_is_found_where_nothing_was_edited(tables: list[Table]) -> None:
    assert len(tables) > 25
    assert found() == []


def test_no_column_is_called_as_the_queries_call_the_row(tables: list[Table]) -> None:
    """A release has a column `t`: while rows were called so, PostgreSQL spelled the hour in the place of the row."""
    assert [table.name for table in tables if ALIAS in table.columns] == []
    assert "t" in next(table.columns for table in tables if table.name == "release_release")


def test_another_value_in_any_column_is_found(tables: list[Table]) -> None:
    missed, tried = [], 0
    for table in tables:
        for column, kind in columns(table.name).items():
            with undone():
                with silently(table.name):
                    others(table.name, column, kind, "50", table.key)
                tried += 1
                told = found()
                if column == table.key:
                    right = told == [Edit(table.name, "58", "added"), Edit(table.name, "50", "removed")]
                else:
                    right = told == [Edit(table.name, "50", "changed")]
                if not right:
                    missed.append((table.name, column, told[:3]))

    assert tried > 200
    assert missed == []


def test_a_row_taken_away_is_found(tables: list[Table]) -> None:
    for table in tables:
        with undone():
            with silently(table.name):
                run(f'DELETE FROM {table.quoted} WHERE CAST("{table.key}" AS TEXT) = %s', "51")
            assert found() == [Edit(table.name, "51", "removed")]
            run("DELETE FROM audit_seal WHERE table_name = %s AND row_key = %s", table.name, "51")
            assert found() == [Edit(table.name, "*", "removed-with-seal")]


def test_a_row_put_in_is_found(tables: list[Table]) -> None:
    for table in tables:
        with undone():
            with silently(table.name):
                insert(table.name, 57)
            assert found() == [Edit(table.name, "57", "added")]


def test_an_emptied_table_is_found(tables: list[Table]) -> None:
    for table in tables:
        with undone():
            with silently(table.name):
                gone = run(f"DELETE FROM {table.quoted}")
            assert {(edit.table, edit.what) for edit in found()} == {(table.name, "removed")}
            assert len(found()) == min(gone, 20)
            run("DELETE FROM audit_seal WHERE table_name = %s", table.name)
            assert found() == [Edit(table.name, "*", "removed-with-seal")]


def test_an_edit_that_the_triggers_note_is_told_even_if_it_was_taken_back(tables: list[Table]) -> None:
    for table in tables:
        with undone():
            row = insert(table.name, 57)
            run(f'DELETE FROM {table.quoted} WHERE CAST("{table.key}" AS TEXT) = %s', row)
            assert found() == [Edit(table.name, "57", "noted")]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE audit_seal SET mac = '{0}' WHERE table_name = 'audit_head' AND row_key = '1'", "changed"),
        ("DELETE FROM audit_seal WHERE table_name = 'audit_head' AND row_key = '1'", "added"),
        ("INSERT INTO audit_seal (table_name, row_key, mac) VALUES ('audit_head', '9', '{0}')", "removed"),
        ("UPDATE audit_tally SET mac = '{0}'", "tally"),
        ("UPDATE audit_tally SET tally = '{{}}'", "tally"),
        ("UPDATE audit_tally SET id = 2", "tally"),
        ("DELETE FROM audit_tally", "tally"),
        ("INSERT INTO audit_touch (table_name, row_key, tx) VALUES ('audit_head', '1', 0)", "noted"),
    ],
)
def test_edits_of_the_seals_themselves_are_found(tables: list[Table], statement: str, what: str) -> None:
    run(statement.format("0" * 64))

    assert [edit.what for edit in found()] == [what]
    assert {table.name for table in tables} & OWN == set()


def test_an_old_state_of_one_table_with_its_seals_is_found(tables: list[Table]) -> None:
    run("CREATE TABLE kept AS SELECT * FROM audit_seal WHERE table_name = 'audit_head'")
    run("UPDATE audit_head SET hash = 'new' WHERE id = 50")
    seal_changes(connection, settings.SEAL_KEY)
    with silently("audit_head"):
        run("UPDATE audit_head SET hash = '50' WHERE id = 50")
    run("UPDATE audit_seal SET mac = (SELECT mac FROM kept WHERE kept.row_key = audit_seal.row_key) "
        "WHERE table_name = 'audit_head'")  # fmt: skip
    run("DROP TABLE kept")

    assert found() == [Edit("audit_head", "*", "removed-with-seal")]


def test_an_older_database_in_the_place_of_the_newer_is_found(tables: list[Table]) -> None:
    revision, _ = edits(settings.SEAL_KEY)

    assert edits(settings.SEAL_KEY, revision + 1)[1] == [Edit("audit_tally", "1", "older")]


def test_a_table_that_appeared_or_went_is_found(tables: list[Table]) -> None:
    run("CREATE TABLE added (id integer PRIMARY KEY)")

    appeared = found()
    run("DROP TABLE added")
    run("DROP TABLE adjudication_recomputation")

    assert [edit for edit in appeared if edit.what != "unwatched"] == [Edit("added", "*", "unknown-table")]
    assert found() == [Edit("adjudication_recomputation", "*", "lost-table")]


def test_a_trigger_that_was_dropped_is_found(tables: list[Table]) -> None:
    with undone():
        head = next(table for table in tables if table.name == "audit_head")
        if connection.vendor == "postgresql":
            run("SET CONSTRAINTS ALL IMMEDIATE")
        remove(connection, [head])

        assert {(edit.table, edit.what) for edit in found()} == {("audit_head", "unwatched")}


def test_under_another_key_the_whole_database_is_strange(tables: list[Table]) -> None:
    assert edits(bytes(32))[1] == [Edit("audit_tally", "1", "tally")]


def test_nothing_of_a_row_is_told(tables: list[Table]) -> None:
    with silently("accounts_operator"):
        run("UPDATE accounts_operator SET name = '张三的秘密' WHERE id = '50'")

    assert "张三的秘密" not in repr(found())


def test_a_tally_comes_back_as_it_was_written() -> None:
    tally = Tally(7, {"a": Sum(2, 5)})

    assert Tally.from_json(tally.to_json()) == tally
