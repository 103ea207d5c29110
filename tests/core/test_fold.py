"""Fold 1 is normative: these answers never change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.fold import PRIVATE_USE, fold_name, fold_number


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("11010519491231002x", "11010519491231002X"),
        ("１１０１０５", "110105"),
        (" 1101 05-1949 ", "1101051949"),
        ("2026\u200b0001", "20260001"),
        ("h12345678", "H12345678"),
    ],
)
def test_numbers(typed: str, folded: str) -> None:
    assert fold_number(typed) == folded


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("张 三", "张三"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("john smith", "JOHNSMITH"),
        ("王\ue863", "王䶮"),
        ("\ue81e", "\u9fb4"),
        ("\ue816", "\U00020087"),
    ],
)
def test_names(typed: str, folded: str) -> None:
    assert fold_name(typed) == folded


def test_the_codecs_private_forms_are_the_characters_of_gb18030_2022() -> None:
    moved = bytes.fromhex("fe59 fe61 fe66 fe67 fe6d fe7e fe90 fea0").decode("gb18030")

    assert fold_name(moved) == "\u9fb4\u9fb5\u9fb6\u9fb7\u9fb8\u9fb9\u9fba\u9fbb"
    assert all(ord(character) in PRIVATE_USE for character in moved), "positive control: the codec gives private forms"


def test_no_two_private_forms_fold_to_one_character() -> None:
    assert len(set(PRIVATE_USE.values())) == len(PRIVATE_USE)


@given(st.text(max_size=20))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold_number(fold_number(text)) == fold_number(text)
    assert fold_name(fold_name(text)) == fold_name(text)


def test_the_short_way_for_ideographs_leaves_out_nothing_that_the_fold_does() -> None:
    every = "".join(map(chr, range(0x4E00, 0xA000)))

    assert fold_name(every) == every
    assert fold_name(f"{every} ") == every
