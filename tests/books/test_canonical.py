"""The name of a book depends on its rows and on nothing else."""

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.books.canonical import BLOCK_ROWS, RowHash, blocks
from fangbang.books.schemas import MARK

SCHEMA = pa.schema(
    [("text", pa.string()), ("mark", MARK), ("code", pa.int16()), ("list", pa.list_(pa.string())),
     ("nested", pa.list_(pa.struct([("a", pa.string()), ("b", MARK)])))],
)  # fmt: skip

marks = st.none() | st.decimals(min_value=0, max_value=999, places=3)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "text": st.none() | st.text(max_size=5),
            "mark": marks,
            "code": st.none() | st.integers(-9, 9),
            "list": st.none() | st.lists(st.none() | st.text(max_size=3), max_size=3),
            "nested": st.lists(st.none() | st.fixed_dictionaries({"a": st.text(max_size=2), "b": marks}), max_size=2),
        }
    ),
    min_size=1,
    max_size=12,
)


def name(values: list[dict[str, Any]], batch_rows: int, key: bytes = b"k" * 32, kind: str = "marks") -> str:
    table = pa.Table.from_pylist(values, schema=SCHEMA)
    digest = RowHash(key, kind, SCHEMA)
    for block in blocks(table.to_batches(max_chunksize=batch_rows), SCHEMA):
        digest.add(block)
    return digest.hexdigest()


@given(rows, st.integers(1, 12))
def test_batch_borders_do_not_matter(values: list[dict[str, Any]], batch_rows: int) -> None:
    assert name(values, batch_rows) == name(values, 1000)


@given(rows, rows)
def test_different_rows_have_different_names(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> None:
    same = bool(pa.Table.from_pylist(first, schema=SCHEMA).equals(pa.Table.from_pylist(second, schema=SCHEMA)))

    assert (name(first, 1000) == name(second, 1000)) == same


@given(rows)
def test_slices_of_larger_arrays_hash_like_fresh_ones(values: list[dict[str, Any]]) -> None:
    padded = pa.Table.from_pylist([*values, *values, *values], schema=SCHEMA).slice(len(values), len(values))
    digest = RowHash(b"k" * 32, "marks", SCHEMA)

    for block in blocks(padded.to_batches(), SCHEMA):
        digest.add(block)

    assert digest.hexdigest() == name(values, 1000)


def test_key_and_kind_are_part_of_the_name() -> None:
    values = [{"text": "a", "mark": Decimal(1), "code": None, "list": [], "nested": []}]

    assert len({name(values, 1), name(values, 1, key=b"x" * 32), name(values, 1, kind="registrations")}) == 3


def test_text_does_not_flow_from_one_cell_into_the_next() -> None:
    first = [{"text": "ab"}, {"text": "c"}]
    second = [{"text": "a"}, {"text": "bc"}]

    assert name(first, 1000) != name(second, 1000)


def test_blocks_cut_a_stream_at_fixed_places() -> None:
    schema = pa.schema([("n", pa.int64())])
    batch = pa.RecordBatch.from_pydict({"n": list(range(BLOCK_ROWS * 2 + 5))}, schema=schema)

    sizes = [block.num_rows for block in blocks([batch.slice(0, 7), batch.slice(7)], schema)]

    assert sizes == [BLOCK_ROWS, BLOCK_ROWS, 5]


def test_another_schema_is_refused() -> None:
    batch = pa.RecordBatch.from_pydict({"n": [1]})

    with pytest.raises(TypeError):
        list(blocks([batch], SCHEMA))
