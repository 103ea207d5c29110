"""What changed between two sets of rules, place by place: two years of an exam, or two versions of a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from fangbang.exams.model import SittingRules

_ABSENT = "-"
_SKIPPED = ("catalogue_version", "sources")


@dataclass(frozen=True)
class Change:
    """One place with its value before and after; "-" where there was or is nothing."""

    place: str
    before: str
    after: str


def difference(before: SittingRules, after: SittingRules) -> tuple[Change, ...]:
    """Every place in which the rules of two sittings differ, in order of places; sources are not compared."""
    old, new = dict(_leaves(_plain(before), "")), dict(_leaves(_plain(after), ""))
    return tuple(
        Change(place, old.get(place, _ABSENT), new.get(place, _ABSENT))
        for place in sorted({*old, *new})
        if old.get(place) != new.get(place)
    )


def _plain(rules: SittingRules) -> dict[str, Any]:
    value: dict[str, Any] = msgspec.to_builtins(rules, str_keys=True)
    return {name: item for name, item in value.items() if name not in _SKIPPED}


def _leaves(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name != "source":
                yield from _leaves(item, f"{place}.{name}" if place else str(name))
    elif isinstance(value, (list, tuple)):
        yield place, ", ".join(str(item) for item in value)
    else:
        yield place, _ABSENT if value is None else str(value)
