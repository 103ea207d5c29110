"""The cities of GB/T 2260 (four digits and 00), for walls between the desks of cities.

The table `cities.txt` is that of the package china-division 2.7.0 (as of 2023). A place that it does not know is its
province's: a city's desk does not reach it, the provincial centre does.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from fangbang.core.fold import fold_name
from fangbang.exams.provinces import province_name

_MUNICIPALITIES = ("11", "12", "31", "50")
"""Provinces that are one city: whatever a file calls their districts, one desk answers for them."""
_LEAST = 2
"""Characters that a shortened name must have."""


@cache
def cities() -> Mapping[str, str]:
    """Six-digit code → Chinese name."""
    lines = files("fangbang.exams").joinpath("cities.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(" ", 1) for line in lines)


def region_name(code: str, language: str) -> str:
    """A province by its name, a city after its province, by the Chinese name that the table alone has.

    >>> region_name("460100", "zh"), region_name("460000", "en")
    ('海南省海口市', 'Hainan')
    """
    city = cities().get(code)
    if city is None:
        return province_name(code, language)
    return f"{province_name(f'{code[:2]}0000', language)}{' ' if language.startswith('en') else ''}{city}"


def region_code(province: str, city: str) -> str:
    """The narrowest region that a row of a book (six-digit province, city as its file spells it) is known to lie in.

    A city is known by its code, its name, or the beginning of its name if no other one of the province begins so.

    >>> region_code("510000", "成都"), region_code("510000", "锦江区"), region_code("310000", "")
    ('510100', '510000', '310100')
    """
    if province[:2] in _MUNICIPALITIES and province.endswith("0000"):
        return f"{province[:2]}0100"
    named = {code: name for code, name in cities().items() if code[:2] == province[:2]}
    text = fold_name(city)
    if text.isdigit() and f"{text[:4]}00" in named:
        return f"{text[:4]}00"
    exact = [code for code, name in named.items() if name == text]
    begun = [code for code, name in named.items() if len(text) >= _LEAST and name.startswith(text)]
    found = exact or begun
    return found[0] if len(found) == 1 else province
