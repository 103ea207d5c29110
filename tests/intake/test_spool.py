"""The external sort gives what an in-memory sort would give, and never splits a key."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fangbang.intake.spool import Cursor, Spool

keys = st.text(alphabet="abc张", max_size=3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.tuples(keys, st.integers(0, 9)), max_size=8), max_size=8),
    st.integers(1, 20),
    st.integers(1, 8),
)
def test_frames_are_sorted_complete_and_never_split_a_key(
    tmp_path: Path, parts: list[list[tuple[str, int]]], run_rows: int, frame_rows: int
) -> None:
    schema = {"key": pl.String, "n": pl.Int64}
    with Spool(tmp_path, ("key", "n"), run_rows=run_rows, frame_rows=frame_rows) as spool:
        for part in parts:
            spool.add(pl.DataFrame(part, schema=schema, orient="row"))

        once = [frame.rows() for frame, _ in spool.frames()]
        again = [frame.rows() for frame, _ in spool.frames()]

    rows = [row for frame in once for row in frame]
    assert rows == sorted((row for part in parts for row in part), key=lambda row: (row[0].encode(), row[1]))
    assert again == once
    seen = [{key for key, _ in frame} for frame in once]
    assert sum(len(item) for item in seen) == len(set().union(*seen))


def test_borders_cut_a_long_input_into_even_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fangbang.intake.spool._SAMPLE", 4)
    rows = pl.DataFrame({"key": [f"{n * 7919 % 5000:05d}" for n in range(5000)]})

    with Spool(tmp_path, ("key",), run_rows=900, frame_rows=500) as spool:
        for place in range(0, 5000, 100):
            spool.add(rows.slice(place, 100))
        sizes = [len(frame) for frame, _ in spool.frames()]

    assert sum(sizes) == 5000
    assert max(sizes) < 700


def test_nothing_of_the_rows_shows_in_the_folder(tmp_path: Path) -> None:
    with Spool(tmp_path, ("key",), run_rows=2) as spool:
        spool.add(pl.DataFrame({"key": ["a", "b", "c"]}))

        assert list(tmp_path.iterdir()) == []
        assert sum(len(frame) for frame, _ in spool.frames()) == 3


def test_a_cursor_hands_out_what_is_below_each_border() -> None:
    cursor = Cursor([pl.DataFrame({"key": ["a", "b"]}), pl.DataFrame({"key": ["b", "d"]})], "key")

    taken = [[row[0] for part in cursor.below(border) for row in part.iter_rows()] for border in ("a", "c", "d", None)]

    assert taken == [[], ["a", "b", "b"], [], ["d"]]
