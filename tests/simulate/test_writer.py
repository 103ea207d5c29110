"""What a simulated marking centre sends: whole, repeatable, signed, in two encodings, with the planted mistakes."""

import csv
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import load_catalogue
from fangbang.intake.manifest import check_signature
from fangbang.simulate.mistakes import Kind, victims
from fangbang.simulate.tryout import early_people, people_to_try
from fangbang.simulate.writer import ANSWERS, CENTRE, MISTAKES, Written, write_cohort
from tests.simulate.conftest import MakePlan

ENCODING = {"registrations": "gb18030", "marks": "utf-8"}


def rows(folder: Path, year: int, kind: str) -> list[dict[str, str]]:
    with (folder / str(year) / f"{kind}.csv").open(encoding=ENCODING[kind], newline="") as stream:
        return list(csv.DictReader(stream))


def answer_key(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["ticket"]: row for row in pl.read_parquet(folder / ANSWERS).to_dicts()}


def written(make_plan: MakePlan, folder: Path, **wanted: Any) -> Written:
    return write_cohort(make_plan(**wanted), folder)


def test_the_same_seed_writes_the_same_bytes(make_plan: MakePlan, tmp_path: Path) -> None:
    for name in ("a", "b"):
        written(make_plan, tmp_path / name, candidates=500, mistakes=8)
    written(make_plan, tmp_path / "c", candidates=500, mistakes=8, seed=2)

    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*") if path.is_file())

    assert len(files) == 11
    assert all((tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes() for file in files)
    assert (tmp_path / "a/2026/marks.csv").read_bytes() != (tmp_path / "c/2026/marks.csv").read_bytes()


def test_files_hold_what_the_answer_key_says(make_plan: MakePlan, tmp_path: Path) -> None:
    told = written(make_plan, tmp_path / "out", candidates=1500)

    people, marks = rows(tmp_path / "out", 2026, "registrations"), rows(tmp_path / "out", 2026, "marks")
    key = answer_key(tmp_path / "out")

    assert len(people) == len(key) == told.rows["2026/registrations.csv"] == 1500
    assert len(marks) == sum(len(row["subjects"]) for row in key.values()) == told.rows["2026/marks.csv"]
    for row in people:
        expected = key[row["准考证号"]]
        assert row["姓名"].replace("\ue863", "\u4dae") == expected["name"]
        assert (row["证件号码"], row["档案号"]) == (expected["doc_number"], expected["archive"])
        assert len(row["报考科目"].split("|")) == len(expected["subjects"])


def test_manifests_are_signed_and_about_these_files(make_plan: MakePlan, tmp_path: Path) -> None:
    written(make_plan, tmp_path / "out", candidates=400, mistakes=8)
    centre = (tmp_path / "out" / CENTRE).read_text().strip()

    for year in (2025, 2026):
        for kind in ("registrations", "marks"):
            file = tmp_path / "out" / str(year) / f"{kind}.csv"
            manifest = json.loads(file.with_suffix(".manifest.json").read_bytes())
            check_signature(manifest, {centre})
            assert manifest["sha256"] == sha256(file.read_bytes()).hexdigest()
            assert manifest["rows"] == len(rows(tmp_path / "out", year, kind))


def test_every_kind_of_mistake_is_planted_and_listed(make_plan: MakePlan, tmp_path: Path) -> None:
    clean = written(make_plan, tmp_path / "clean", candidates=2000)
    told = written(make_plan, tmp_path / "out", candidates=2000, mistakes=2 * len(Kind))

    listed = json.loads((tmp_path / "out" / MISTAKES).read_text("utf-8"))

    assert {item.kind for item in told.mistakes} == {kind.value for kind in Kind}
    assert [item["kind"] for item in listed["mistakes"]].count("shifted") == 2
    assert told.rows["2026/registrations.csv"] == clean.rows["2026/registrations.csv"]
    assert told.rows["2026/marks.csv"] == clean.rows["2026/marks.csv"] + 4
    assert told.rows["2025/marks.csv"] == clean.rows["2025/marks.csv"]
    assert listed["quarantined"]["registrations"] == 6


def test_mistakes_change_the_answers_of_their_victims_only(make_plan: MakePlan, tmp_path: Path) -> None:
    written(make_plan, tmp_path / "clean", candidates=2000)
    told = written(make_plan, tmp_path / "out", candidates=2000, mistakes=16)
    before, after = (answer_key(tmp_path / name) for name in ("clean", "out"))

    kept_out = {item.ticket for item in told.mistakes if item.file == "registrations"}
    gaps = {item.ticket for item in told.mistakes if item.kind in ("above-full", "letter", "blank")}

    assert set(before) - set(after) == kept_out
    assert {ticket for ticket, row in after.items() if row != before[ticket]} == gaps
    assert {after[ticket]["outcome"] for ticket in gaps} == {"withheld"}


def test_victims_are_spread_and_no_more_than_asked() -> None:
    assert list(victims(100, 4)) == [20, 40, 60, 80]
    assert victims(100, 0) == {}
    assert victims(3, 50) == {}


def test_six_people_to_try_are_what_they_say(make_plan: MakePlan, tmp_path: Path) -> None:
    written(make_plan, tmp_path / "out", candidates=6000)
    rules = load_catalogue().sitting("social-worker", 2026)
    key = answer_key(tmp_path / "out")

    people = {person.id: person for person in people_to_try(pl.scan_parquet(tmp_path / "out" / ANSWERS), rules)}

    assert list(people) == ["passed", "below", "window", "absent", "rare", "forgotten"]
    assert len({person.ticket for person in people.values()}) == 6
    assert key[people["window"].ticket]["history"] > 0
    assert key[people["absent"].ticket]["outcome"] == "absent"
    assert "59" in [subject["mark"] for subject in key[people["below"].ticket]["subjects"]]
    assert people["forgotten"].fields == tuple(key[people["forgotten"].ticket][name] for name in ("doc_number", "name"))


def test_people_to_try_are_known_before_the_files_are_written(make_plan: MakePlan, tmp_path: Path) -> None:
    plan = make_plan(candidates=9000, mistakes=16)

    early = early_people(plan, among=6000)

    write_cohort(plan, tmp_path / "out")
    key = answer_key(tmp_path / "out")
    assert len(early) == 6
    assert [person.outcome for person in early] == [key[person.ticket]["outcome"] for person in early]


def test_a_folder_with_something_in_it_is_left_alone(make_plan: MakePlan, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")

    with pytest.raises(FangbangError) as refused:
        written(make_plan, tmp_path, candidates=10)

    assert refused.value.code == "simulate.folder-in-use"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_without_history_there_is_no_year_before(make_plan: MakePlan, tmp_path: Path) -> None:
    told = written(make_plan, tmp_path / "out", candidates=300, history=False)

    assert sorted(told.rows) == ["2026/marks.csv", "2026/registrations.csv"]
    assert not (tmp_path / "out" / "2025").exists()
