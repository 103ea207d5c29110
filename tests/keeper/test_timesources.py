"""Time servers: what counts as an answer, and what does not."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fangbang.core.clock import SystemClock
from fangbang.core.errors import FangbangError
from fangbang.keeper.agreement import AgreedClock
from fangbang.keeper.timesources import address, agreed_clock, ask, first_readings, follow, read_answer
from tests.keeper.production import TimeServer, answered

NONCE = bytes(range(8))
AT = datetime(2026, 3, 1, 2, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[TimeServer]:
    made = TimeServer()
    yield made
    made.close()


@pytest.mark.parametrize("at", [AT, datetime(2036, 2, 7, 6, 28, 15, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)])
def test_an_answer_is_read_to_the_microsecond_in_either_era(at: datetime) -> None:
    assert abs(read_answer(answered(NONCE, at), NONCE) - at) <= timedelta(microseconds=1)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        answered(NONCE, AT)[:47],
        answered(bytes(8), AT),
        answered(NONCE, AT, first=0x23),
        answered(NONCE, AT, first=0xE4),
        answered(NONCE, AT, stratum=0),
        answered(NONCE, AT, stratum=16),
    ],
    ids=["empty", "short", "other-question", "a-client", "clock-not-set", "kiss-of-death", "not-synchronised"],
)
def test_what_is_no_answer_of_a_set_clock_is_not_believed(answer: bytes) -> None:
    with pytest.raises(OSError, match=r"set clock|short|question"):
        read_answer(answer, NONCE)


def test_a_server_says_what_its_clock_says(server: TimeServer) -> None:
    server.away = timedelta(hours=5)

    heard = ask(*address(server.source))

    assert abs(heard - SystemClock().now() - server.away) < timedelta(seconds=2)


def test_a_silent_server_is_given_up(server: TimeServer) -> None:
    server.silent = True

    with pytest.raises(OSError, match="timed out"):
        ask(*address(server.source), patience=0.05)


@pytest.mark.parametrize(
    "source", ["", "ntp://", "http://a", "ntp://a:x", "ntp://a:70000", "ntp://a/b", "ntp://u@a", "clock"]
)
def test_a_source_that_is_none_is_refused(source: str) -> None:
    with pytest.raises(FangbangError) as caught:
        address(source)

    assert caught.value.code == "keeper.bad-source"


@pytest.mark.parametrize(
    ("setting", "expected"), [("ntp://a", ("a", 123)), ("ntp://a:1123", ("a", 1123)), ("ntp://[::1]:9", ("::1", 9))]
)
def test_a_source_is_a_host_and_a_port(setting: str, expected: tuple[str, int]) -> None:
    assert address(setting) == expected


def test_the_setting_names_one_clock_or_several() -> None:
    alone, several = agreed_clock("system"), agreed_clock(" system, ntp://a ,ntp://b,")

    assert isinstance(alone, SystemClock)
    assert isinstance(several, AgreedClock)
    assert list(several.sources) == ["system", "ntp://a", "ntp://b"]


@pytest.mark.parametrize(
    ("setting", "code"),
    [("system,ntp://a", "keeper.too-few-sources"), ("", "keeper.too-few-sources"), ("system,a,b", "keeper.bad-source")],
)
def test_a_setting_that_cannot_be_used_is_refused(setting: str, code: str) -> None:
    with pytest.raises(FangbangError) as caught:
        agreed_clock(setting)

    assert caught.value.code == code


def test_a_reading_counts_from_its_own_moment_however_busy_the_loop_is(server: TimeServer) -> None:
    clock = AgreedClock(["system", server.source, "ntp://127.0.0.1:1"], time.monotonic)

    async def run() -> None:
        reading = asyncio.create_task(first_readings(clock))
        for _ in range(3):  # until the server is asked
            await asyncio.sleep(0)
        time.sleep(2.5)
        await reading

    asyncio.run(run())

    [_, told, _] = clock.told()
    assert told["agrees"], told


def test_servers_are_followed_and_a_majority_wakes_the_keeper(server: TimeServer) -> None:
    other = TimeServer()
    clock = AgreedClock(["system", server.source, other.source], time.monotonic)
    server.away, other.silent = timedelta(hours=1), True
    said: list[tuple[str, Any]] = []

    async def run() -> bool:
        await first_readings(clock)
        before = clock.certain
        woken = asyncio.Event()
        server.away = timedelta(0)
        task = asyncio.create_task(follow(clock, lambda event, **more: said.append((event, more)), woken.set))
        async with asyncio.timeout(30):
            await woken.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return before

    before = asyncio.run(run())

    assert (before, clock.certain) == (False, True)
    assert {event for event, _ in said} <= {"time source silent"}
    other.close()
