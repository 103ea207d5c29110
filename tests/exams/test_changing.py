"""A changed file of rules: checked beside all others, compared by years, put in its place."""

from pathlib import Path

import pytest

from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.changing import (
    LARGEST,
    Given,
    compared,
    examined,
    exams_of,
    in_force,
    line_difference,
    put_in_force,
)
from fangbang.exams.problems import BAD_FILE, TOO_LARGE
from tests.exams.own_file import GOOD

OWN = Given("sent.toml", GOOD.encode())


def later_paper(full: str) -> bytes:
    """From 2027 on another full mark."""
    known = 'papers = [{ full = "100", kind = "objective", status = "seen", source = ["notice"] }]'
    more = f'{{ full = "{full}", kind = "objective", from = 2027, status = "seen", source = ["notice"] }}]'
    return GOOD.replace(known, f"{known[:-1]}, {more}").encode()


def test_a_new_exam_joins_the_shipped_ones(tmp_path: Path) -> None:
    key, after = examined(tmp_path, OWN)

    assert (key, exams_of(after, key)) == ("own", ("own",))
    assert len(after.exams()) == len(load_catalogue().exams()) + 1


def test_a_family_file_bears_on_all_its_exams() -> None:
    family = in_force(None)["families/professional"]

    key, after = examined(None, Given("x.toml", family.data))

    assert key == "families/professional"
    assert "social-worker" in exams_of(after, key)
    assert after.version == load_catalogue().version


def test_a_family_that_does_not_fit_its_exams_is_refused() -> None:
    family = in_force(None)["families/professional"].data.decode()
    broken = family.replace("[[sources]]", "[[nothing]]", 1).encode()

    with pytest.raises(FangbangError) as caught:
        examined(None, Given("professional.toml", broken))

    assert caught.value.problem is BAD_FILE


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"\xff\xfe", BAD_FILE),
        (b"id = ", BAD_FILE),
        (GOOD.replace('id = "own"', 'id = "../own"').encode(), BAD_FILE),
        (GOOD.replace("window = 1", "window = 0").encode(), BAD_FILE),
        (b"#" * (LARGEST + 1), TOO_LARGE),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_name(tmp_path: Path, data: bytes, problem: object) -> None:
    with pytest.raises(FangbangError) as caught:
        examined(tmp_path, Given("sent.toml", data))

    assert caught.value.problem is problem
    assert caught.value.params["file"] == "sent.toml"


def test_another_exams_file_of_that_name_is_not_written_over(tmp_path: Path) -> None:
    """An authority may call its files as it likes; with it the other exam's rules would be gone."""
    (tmp_path / "own.toml").write_text(GOOD.replace('id = "own"', 'id = "other"'))

    with pytest.raises(FangbangError) as proposed:
        examined(tmp_path, OWN)
    with pytest.raises(FangbangError) as put:
        put_in_force(tmp_path, "own", OWN.data)

    assert {caught.value.code for caught in (proposed, put)} == {"exams.name-taken"}
    assert put.value.params == {"file": "own.toml", "other": "other", "key": "own"}
    assert sorted(in_force(tmp_path)) == sorted([*in_force(None), "other"])


def test_put_in_force_the_file_counts_and_takes_the_place_of_the_one_with_its_id(tmp_path: Path) -> None:
    (tmp_path / "zzz.toml").write_text(GOOD)

    path = put_in_force(tmp_path, "own", later_paper("120"))

    assert path == tmp_path / "zzz.toml"
    assert [item.name for item in tmp_path.iterdir()] == ["zzz.toml"]
    assert load_catalogue(tmp_path).rules("own", 2027).levels["one"].subjects["s"].full == 120


def test_a_family_goes_into_its_own_folder(tmp_path: Path) -> None:
    data = in_force(None)["families/professional"].data + b"\n# ours\n"

    path = put_in_force(tmp_path, "families/professional", data)

    assert path == tmp_path / "families" / "professional.toml"
    assert in_force(tmp_path)["families/professional"].own


def test_only_the_years_that_change_are_told(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(GOOD)
    _, after = examined(tmp_path, Given("own.toml", later_paper("120")))

    found = compared(load_catalogue(tmp_path), after, "own", [2025, 2026, 2028])

    told = [(part.first, part.last, {item.place: (item.before, item.after) for item in part.changes}) for part in found]
    place = "levels.one.subjects.s"
    assert told == [(2027, 2028, {f"{place}.full": ("100", "120")})]


def test_rules_that_begin_and_end_are_told(tmp_path: Path) -> None:
    _, after = examined(tmp_path, OWN)
    shipped = load_catalogue()

    assert [(part.new, part.gone) for part in compared(shipped, after, "own", [2026])] == [(True, False)]
    assert [(part.new, part.gone) for part in compared(after, shipped, "own", [2026])] == [(False, True)]
    assert compared(after, after, "own", [2026]) == ()


def test_a_source_that_changes_alone_is_told_without_places(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(GOOD)
    _, after = examined(tmp_path, Given("own.toml", GOOD.replace("Notice 1", "Notice 2").encode()))

    found = compared(load_catalogue(tmp_path), after, "own", [2026])

    assert [(part.first, part.changes) for part in found] == [(2026, ())]


def test_lines_that_differ_are_told_with_their_neighbours() -> None:
    told = line_difference(b"a\nb\nc\nd\ne\n", b"a\nb\nX\nd\ne\n")

    assert told == ["@@ -1,5 +1,5 @@", " a", " b", "-c", "+X", " d", " e"]
