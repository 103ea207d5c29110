from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.clock import AUTHORITY_ZONE, ManualClock, SystemClock, from_wire, to_wire

instants = st.datetimes(
    min_value=datetime(1900, 1, 2),  # noqa: DTZ001  Hypothesis wants naive bounds
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, AUTHORITY_ZONE, timezone(timedelta(hours=-9, minutes=-30))]),
)


@given(instants)
def test_the_wire_keeps_the_instant(at: datetime) -> None:
    # In UTC: within one zone Python compares wall clocks, which old summer times in Shanghai skip and repeat.
    assert from_wire(to_wire(at)).astimezone(UTC) == at.astimezone(UTC)


@given(instants, instants)
def test_the_order_on_the_wire_is_the_order_in_time(one: datetime, other: datetime) -> None:
    assert (to_wire(one) < to_wire(other)) == (one.astimezone(UTC) < other.astimezone(UTC))


def test_the_wire_is_utc_with_microseconds() -> None:
    at = datetime(2026, 8, 20, 10, 0, tzinfo=AUTHORITY_ZONE)

    assert to_wire(at) == "2026-08-20T02:00:00.000000Z"


def test_an_instant_read_back_is_in_the_authoritys_zone() -> None:
    assert from_wire("2026-08-20T02:00:00.000000Z").isoformat() == "2026-08-20T10:00:00+08:00"


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        to_wire(datetime(2026, 8, 20, 10, 0))  # noqa: DTZ001  the mistake under test


@pytest.mark.parametrize(
    "text",
    ["2026-08-20T02:00:00Z", "2026-08-20 02:00:00.000000Z", "2026-08-20T02:00:00.000000+00:00", "tomorrow", ""],
)
def test_any_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="does not match format"):
        from_wire(text)


def test_the_systems_clock_tells_the_authoritys_time() -> None:
    now = SystemClock().now()

    assert now.tzinfo == AUTHORITY_ZONE
    assert abs(now - datetime.now(tz=UTC)) < timedelta(seconds=5)


def test_a_manual_clock_stands_still_until_it_is_moved(clock: ManualClock) -> None:
    start = clock.now()
    seen: list[datetime] = []
    clock.watchers.append(seen.append)

    clock.advance(timedelta(seconds=1))
    clock.advance(timedelta(seconds=-3))

    assert seen == [start + timedelta(seconds=1), start - timedelta(seconds=2)]
    assert clock.now() == start - timedelta(seconds=2)
