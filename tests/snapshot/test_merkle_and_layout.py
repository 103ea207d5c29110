"""Arithmetic: offsets, padding, trees in pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.snapshot.layout import BLOCK, POINTERS, EntryLayout, padded_total
from fangbang.snapshot.merkle import fold_level, leaf_hash, node_hash, root
from tests.snapshot.tiny_reader import merkle_root


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=70), st.integers(0, 6))
def test_a_tree_built_of_equal_subtrees_is_the_tree_of_rfc_6962(entries: list[bytes], height: int) -> None:
    leaves = [leaf_hash(entry) for entry in entries]
    step = 1 << height
    pieces = [fold_level(leaves[start : start + step]) for start in range(0, len(leaves), step)]

    assert fold_level(pieces) == root(entries) == merkle_root(entries)


def test_leaves_and_nodes_cannot_be_taken_for_each_other() -> None:
    assert leaf_hash(bytes(64)) != node_hash(bytes(32), bytes(32))


@given(st.integers(0, 10_000), st.sampled_from([96, 512, 1024, 2048, 4096]))
def test_no_entry_straddles_a_block_and_none_overlap(index: int, size: int) -> None:
    shape = EntryLayout(size)
    start = shape.offset(index)

    assert start // BLOCK == (start + size - 1) // BLOCK
    assert shape.offset(index + 1) >= start + size
    assert shape.file_size(index + 1) >= start + size


def test_a_block_holds_8_records_or_42_pointers() -> None:
    assert (EntryLayout(512).per_block, POINTERS.per_block) == (8, 42)


@pytest.mark.parametrize(("entries", "total"), [(0, 1024), (1, 1024), (1024, 1024), (1025, 2048)])
def test_a_base_is_padded_to_multiples_of_1024(entries: int, total: int) -> None:
    assert padded_total(entries, "base") == total


@pytest.mark.parametrize(("entries", "total"), [(0, 64), (1, 64), (64, 64), (65, 128), (1000, 1024), (1025, 2048)])
def test_an_overlay_is_padded_to_a_power_of_two(entries: int, total: int) -> None:
    assert padded_total(entries, "overlay") == total


@given(st.integers(0, 1 << 24), st.sampled_from(["base", "overlay"]))
def test_padding_is_stable_and_never_shrinks(entries: int, kind: str) -> None:
    total = padded_total(entries, kind)

    assert total >= entries
    assert padded_total(total, kind) == total
