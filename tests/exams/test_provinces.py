"""Provinces by code and by every spelling that files use."""

import pytest

from fangbang.core.errors import FangbangError
from fangbang.exams.problems import UNKNOWN_PROVINCE
from fangbang.exams.provinces import PROVINCES, province_code, province_name


def test_there_are_thirty_four_divisions_and_the_corps() -> None:
    assert len(PROVINCES) == 35


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("110000", "110000"),
        ("11", "110000"),
        ("北京市", "110000"),
        ("北京", "110000"),
        ("新疆维吾尔自治区", "650000"),
        ("新疆", "650000"),
        ("新疆生产建设兵团", "660000"),
        ("兵团", "660000"),
        ("内蒙古", "150000"),
        ("广西", "450000"),
        ("香港", "810000"),
        (" 西藏 ", "540000"),
        ("Sichuan", "510000"),
    ],
)
def test_every_spelling_gives_the_code(text: str, code: str) -> None:
    assert province_code(text) == code


def test_every_name_gives_its_own_code() -> None:
    assert [province_code(item.zh) for item in PROVINCES.values()] == list(PROVINCES)


def test_an_unknown_province_is_refused() -> None:
    with pytest.raises(FangbangError) as caught:
        province_code("江南")

    assert caught.value.problem is UNKNOWN_PROVINCE


def test_a_region_of_another_country_is_shown_as_its_code() -> None:
    assert (province_name("110000", "zh"), province_name("110000", "en"), province_name("HN", "en")) == (
        "北京市",
        "Beijing",
        "HN",
    )
