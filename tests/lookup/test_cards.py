"""Which sitting the home page opens with."""

from datetime import datetime, timedelta

import pytest

from fangbang.core.clock import AUTHORITY_ZONE
from fangbang.lookup.cards import preselected
from fangbang.pages.site import Card
from tests.pages.test_site import card

NOW = datetime(2026, 8, 20, 12, tzinfo=AUTHORITY_ZONE)


def at(name: str, state: str, hours: float | None) -> Card:
    t = None if hours is None else NOW + timedelta(hours=hours)
    return card(state, name, t=t)


OLD, MORNING, AFTERNOON = at("old", "published", -500), at("am", "published", -2), at("pm", "scheduled", 3)
TOMORROW, LATER, UNSET = at("next", "scheduled", 24), at("later", "scheduled", 900), at("open", "preparing", None)
GONE = at("gone", "withdrawn", -1)


@pytest.mark.parametrize(
    ("cards", "chosen"),
    [
        ([LATER, TOMORROW, AFTERNOON, MORNING, OLD], "am"),
        ([LATER, TOMORROW, AFTERNOON, OLD], "pm"),
        ([LATER, TOMORROW, OLD], "old"),
        ([LATER, TOMORROW, GONE], "next"),
        ([GONE, UNSET], "gone"),
        ([at("now", "opening", 0), OLD], "now"),
    ],
)
def test_todays_release_comes_first(cards: list[Card], chosen: str) -> None:
    found = preselected(cards, NOW)

    assert found is not None
    assert found.id == chosen


def test_a_day_is_the_authoritys() -> None:
    """Half past midnight in Beijing is the evening before in Greenwich."""
    midnight = NOW.replace(hour=0, minute=30)

    found = preselected([OLD, at("pm", "scheduled", 11)], midnight)

    assert found is not None
    assert found.id == "pm"


def test_without_a_sitting_there_is_none() -> None:
    assert preselected([], NOW) is None
