"""Lists of passers: one's own region, as published now, nobody withheld, marked in every row and in their order."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.adjudication.models import Withholding
from fangbang.audit import queries as audit
from fangbang.audit.rules import Actor, decode_details
from fangbang.core.errors import FangbangError, Problem
from fangbang.desk import actions, queries
from fangbang.desk.problems import BAD_EXPORT, EXPORT_DAMAGED, EXPORT_NOT_READY, NOT_ALLOWED_NOW, NOT_PUBLISHED
from fangbang.desk.queries.exports import passers
from fangbang.desk.rules.exports import HEADER, Content, Mark, agreement, table
from fangbang.people.problems import PERSONAL_REASON
from fangbang.release.rules import ReleaseState
from tests.desk.scene import BEIJING, CHENGDU, LI, SICHUAN, SITTING, WANG, ZHAO, Scene

ACTOR = Actor("li", "李娜")
PASSED = {"outcome": "qualified"}


def names(office: Scene, region: str) -> set[str]:
    return {row["name"] for row in passers(office.store, SITTING, region)[0]}


@pytest.mark.parametrize(
    ("region", "found"),
    [(SICHUAN, {LI["name"], ZHAO["name"]}), (CHENGDU, {LI["name"]}), (BEIJING, {WANG["name"]}), ("120000", set())],
)
def test_a_list_holds_the_passers_of_its_region(office: Scene, region: str, found: set[str]) -> None:
    office.publish(PASSED, PASSED, {"outcome": "qualified-regionally"})

    assert names(office, region) == found


@pytest.mark.parametrize("outcome", ["partly-passed", "not-passed", "absent", "void", "withheld", "line-not-announced"])
def test_who_did_not_pass_is_in_no_list(office: Scene, outcome: str) -> None:
    office.publish(PASSED, {"outcome": outcome}, PASSED)

    assert names(office, SICHUAN) == {ZHAO["name"]}


def test_a_correction_counts_and_a_withheld_person_is_left_out_before_it(office: Scene) -> None:
    base = office.publish(PASSED, PASSED, PASSED, at=office.clock.now() - timedelta(days=9))
    Withholding.objects.create(
        pk="wh-1",
        sitting_id=SITTING,
        ticket=ZHAO["ticket"],
        reason="核查",
        by="zhang",
        by_name="",
        at=office.clock.now(),
    )
    before = names(office, SICHUAN)
    office.publish(PASSED, {"outcome": "void", "version": 2}, PASSED, base=base)

    assert (before, names(office, SICHUAN)) == ({LI["name"]}, set())


@pytest.mark.parametrize("state", [ReleaseState.DISTRIBUTED, ReleaseState.SCHEDULED, ReleaseState.WITHDRAWN])
def test_before_the_hour_there_is_no_list(office: Scene, state: ReleaseState) -> None:
    office.release(office.outcomes(PASSED, PASSED, PASSED), state=state)

    with pytest.raises(FangbangError) as caught:
        passers(office.store, SITTING, SICHUAN)

    assert caught.value.problem is NOT_PUBLISHED


def test_another_province_s_hour_gives_no_list(office: Scene) -> None:
    office.publish(PASSED, PASSED, PASSED, provinces=(BEIJING,))

    with pytest.raises(FangbangError) as caught:
        passers(office.store, SITTING, SICHUAN)

    assert caught.value.problem is NOT_PUBLISHED


def rows_of(count: int) -> list[dict[str, Any]]:
    person = {**LI, "doc_type": "resident-id", "level": "junior", "category": "full", "specialty": "", **PASSED}
    return [{**person, "ticket": f"T{number:05}"} for number in range(count)]


def test_every_row_says_whose_it_is_and_a_notice_masks_numbers(office: Scene) -> None:
    mark = Mark("exp-1", "li", "李娜", office.clock.now(), "考后核查")

    check = table(rows_of(1), Content.CHECK, mark, b"key")
    notice = table(rows_of(1), Content.NOTICE, mark, b"key")

    assert (check[0], check[1][-1]) == (HEADER, "exp-1 · 李娜(li) · 2026-08-20 10:00 · 考后核查")
    assert (LI["doc_number"] in check[1], LI["doc_number"] in notice[1], "T00000" in notice[1]) == (True, False, False)


@given(st.integers(0, 1_000_000))
def test_the_order_of_the_rows_tells_the_export(number: int) -> None:
    from datetime import UTC, datetime

    mark = Mark(f"exp-{number}", "li", "李娜", datetime(2026, 8, 20, tzinfo=UTC), "核查")
    tickets = [row[3] for row in table(rows_of(200), Content.CHECK, mark, b"key")[1:]]

    assert agreement(tickets, mark.export, b"key") == 1.0
    assert agreement(tickets, "exp-another", b"key") < 0.75
    assert agreement(tickets, mark.export, b"other") < 0.75
    assert agreement([], mark.export, b"key") == 0.0


def made(office: Scene, folder: Path, data: bytes = b"a file") -> str:
    export = actions.ask_export(
        actor=ACTOR, sitting_id=SITTING, region=SICHUAN, content="check", file_format="csv", purpose="考后核查",
        clock=office.clock,
    )  # fmt: skip
    actions.keep_export(
        actor=ACTOR, export_id=export, data=data, rows=2, releases=["rel-1"], folder=folder,
        vault=queries.desk_vault(office.store), clock=office.clock,
    )  # fmt: skip
    return export


def fetch(office: Scene, folder: Path, export: str, actor: Actor = ACTOR) -> bytes:
    vault = queries.desk_vault(office.store)
    return actions.fetch_export(actor=actor, export_id=export, folder=folder, vault=vault, clock=office.clock)


def refused(office: Scene, folder: Path, export: str, actor: Actor = ACTOR) -> Problem:
    with pytest.raises(FangbangError) as caught:
        fetch(office, folder, export, actor)
    return caught.value.problem


def test_a_file_lies_encrypted_and_its_hash_and_rows_are_in_the_log(office: Scene, tmp_path: Path) -> None:
    export = made(office, tmp_path / "exports", LI["name"].encode())

    (kept,) = (tmp_path / "exports").iterdir()
    data = fetch(office, tmp_path / "exports", export)

    entries = {entry.event: decode_details(entry.details) for entry in audit.entries()}
    assert (data.decode(), LI["name"].encode() in kept.read_bytes()) == (LI["name"], False)
    assert list(entries) == ["desk.export-asked", "desk.export-made", "desk.export-fetched"]
    assert entries["desk.export-made"]["rows"] == 2
    assert entries["desk.export-made"]["sha256"] == entries["desk.export-fetched"]["sha256"]


def test_only_who_asked_fetches_it_for_a_day(office: Scene, tmp_path: Path) -> None:
    export = made(office, tmp_path)
    other = refused(office, tmp_path, export, Actor("sun", "孙敏"))
    office.clock.advance(timedelta(hours=24))

    assert (other, refused(office, tmp_path, export)) == (NOT_ALLOWED_NOW, EXPORT_NOT_READY)
    made(office, tmp_path)
    assert len(list(tmp_path.glob("exp-*"))) == 1


def test_another_file_in_its_place_is_not_handed_out(office: Scene, tmp_path: Path) -> None:
    one, other = made(office, tmp_path, b"one"), made(office, tmp_path, b"other")
    (tmp_path / f"{one}.sealed").write_bytes((tmp_path / f"{other}.sealed").read_bytes())
    (tmp_path / f"{other}.sealed").write_bytes(b"x" * 40)

    assert [refused(office, tmp_path, export) for export in (one, other)] == [EXPORT_DAMAGED] * 2


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"purpose": f"查 {LI['doc_number']}"}, PERSONAL_REASON),
        ({"content": "marks"}, BAD_EXPORT),
        ({"file_format": "pdf"}, BAD_EXPORT),
        ({"region": ""}, BAD_EXPORT),
    ],
)
def test_a_list_without_a_purpose_or_of_another_kind_is_refused(
    office: Scene, changed: dict[str, str], problem: Problem
) -> None:
    asked = {"region": SICHUAN, "content": "check", "file_format": "csv", "purpose": "考后核查", **changed}

    with pytest.raises(FangbangError) as caught:
        actions.ask_export(actor=ACTOR, sitting_id=SITTING, clock=office.clock, **asked)

    assert caught.value.problem is problem
