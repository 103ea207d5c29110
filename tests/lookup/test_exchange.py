"""Nodes exchange counts over a real Valkey: they add up, whatever happens to it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import redis

from fangbang.lookup.counting import WINDOW_SECONDS, CountTable
from fangbang.lookup.exchange import PATIENCE, Exchange
from fangbang.lookup.touched import AT_ONCE, name_keys
from tests.lookup.store import Valkey, valkey

NOW = 1_790_000_000
SLOTS = 1 << 14
KEY, OTHER = 0x1234567890ABCDEF, 0xFEDCBA0987654321


class Node(NamedTuple):
    """One node's side, with what it logged."""

    exchange: Exchange
    table: CountTable
    others: CountTable
    inbox: Path
    said: list[dict[str, Any]]

    def tally(self, key: int, times: int) -> None:
        """As a worker does."""
        for _ in range(times):
            self.table.add(key)
        assert name_keys(self.inbox, {key}) == set()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Valkey]:
    with valkey(tmp_path / "valkey") as started:
        yield started


@pytest.fixture
def clock() -> list[float]:
    return [float(NOW)]


Make = Callable[..., Node]


@pytest.fixture
def make(tmp_path: Path, store: Valkey, clock: list[float]) -> Iterator[Make]:
    made: list[Node] = []

    def node(name: str, nodes: int = 1, at: str = "") -> Node:
        folder = tmp_path / (at or name)
        folder.mkdir()
        for file in ("table", "others"):
            CountTable.create(folder / file, SLOTS)
        table, others = CountTable(folder / "table", SLOTS), CountTable(folder / "others", SLOTS)
        table.at(NOW)
        said: list[dict[str, Any]] = []

        def log(event: str, **facts: Any) -> None:
            said.append({"event": event, **facts})

        inbox = folder / "inbox"
        exchange = Exchange(store.url, name, nodes, inbox, table, others, lambda: clock[0], log)
        made.append(Node(exchange, table, others, inbox, said))
        return made[-1]

    yield node
    for item in made:
        item.exchange.stop()


def rounds(*nodes: Node, count: int = 2) -> None:
    for _ in range(count):
        for node in nodes:
            node.exchange.step()


def test_counts_of_three_nodes_add_up(make: Make) -> None:
    one, two, three = make("one"), make("two"), make("three")
    one.tally(KEY, 3)
    two.tally(KEY, 4)
    three.tally(OTHER, 5)

    rounds(one, two, three)

    assert [node.others.count(KEY) for node in (one, two, three)] == [4, 3, 7]
    assert [node.others.count(OTHER) for node in (one, two, three)] == [5, 5, 0]
    assert one.exchange.nodes == 3


def test_nodes_that_were_given_one_name_hear_each_other(make: Make) -> None:
    """Or one node that started again hears itself."""
    one, other = make("node1"), make("node1", at="elsewhere")
    one.tally(KEY, 3)
    other.tally(KEY, 4)

    rounds(one, other)

    assert (one.others.count(KEY), other.others.count(KEY)) == (4, 3)


def test_whatever_goes_wrong_divides_the_budgets_and_ends_nothing(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    one = make("one", nodes=4)

    with monkeypatch.context() as patch:
        patch.setattr(one.exchange, "_speak", lambda: int("no number"))
        one.exchange.step()
        divided = one.table.divisor
    one.exchange.step()

    assert (divided, one.table.divisor) == (4, 1)
    assert one.said[0] == {"event": "limits store away", "error": "ValueError", "divided_by": 4}


def test_what_grows_is_told_and_nothing_twice(make: Make) -> None:
    one, two = make("one"), make("two")
    for times in (1, 2, 3):
        one.tally(KEY, times)
        rounds(one, two)

    rounds(one, two, count=5)

    assert two.others.count(KEY) == 6


def test_a_failure_elsewhere_marks_the_person(make: Make) -> None:
    one, two = make("one"), make("two")
    one.tally(KEY, 1)

    rounds(one, two)

    assert two.table.marks[KEY & two.table.mask] == two.table.mark


def test_a_node_that_comes_later_learns_what_was_said(make: Make) -> None:
    one = make("one")
    one.tally(KEY, 3)
    rounds(one)

    late = make("late")
    rounds(late)

    assert late.others.count(KEY) == 3


def test_a_new_window_begins_with_nothing(make: Make, clock: list[float]) -> None:
    one, two = make("one"), make("two")
    one.tally(KEY, 3)
    rounds(one, two)

    clock[0] += WINDOW_SECONDS
    rounds(one, two)

    assert two.others.count(KEY) == 0


def test_while_the_store_is_away_budgets_are_divided_and_it_is_told_once(make: Make, store: Valkey) -> None:
    one, two, three = make("one"), make("two"), make("three")
    rounds(one, two, three)
    store.kill()

    rounds(one, count=3)

    assert (one.exchange.is_up, one.exchange.failures, one.table.divisor) == (False, 3, 3)
    assert one.said == [{"event": "limits store away", "error": "ConnectionError", "divided_by": 3}]


def test_a_store_that_comes_back_empty_is_told_everything_again(make: Make, store: Valkey) -> None:
    one, two = make("one"), make("two")
    one.tally(KEY, 3)
    rounds(one)
    store.kill()
    rounds(one, two)
    one.tally(OTHER, 2)
    store.restart()

    rounds(one, two, count=3)

    assert (one.table.divisor, one.said[-1]) == (1, {"event": "limits store back"})
    assert (two.others.count(KEY), two.others.count(OTHER)) == (3, 2)


def test_a_store_that_hangs_is_away_after_its_patience(make: Make, store: Valkey) -> None:
    one = make("one", nodes=4)
    rounds(one)
    store.hang()
    start = time.monotonic()

    rounds(one, count=1)
    waited = time.monotonic() - start
    store.go_on()
    during = one.table.divisor
    rounds(one)

    assert PATIENCE <= waited < PATIENCE + 5
    assert (during, one.said[0]["error"]) == (4, "TimeoutError")
    assert (one.table.divisor, one.exchange.is_up) == (1, True)


def test_a_store_that_is_away_from_the_start(make: Make, store: Valkey) -> None:
    store.kill()
    one = make("one", nodes=3)

    rounds(one)

    assert (one.exchange.nodes, one.table.divisor) == (3, 3)


@pytest.mark.parametrize("blob", [b"x", b"12345678901", b"\xff" * 13])
def test_a_message_that_is_none_is_passed_over(make: Make, store: Valkey, blob: bytes) -> None:
    one = make("one")
    window = NOW // WINDOW_SECONDS
    with redis.Redis.from_url(store.url) as writer:
        writer.xadd(f"fangbang:limits:{window}", {"node": b"stranger", "counts": blob})
        writer.xadd(f"fangbang:limits:{window}", {"other": b""})

    rounds(one)

    assert (one.exchange.is_up, sum(one.others.slots)) == (True, 0)


def test_the_stream_ends_with_its_window(make: Make, store: Valkey) -> None:
    one = make("one")
    one.tally(KEY, 1)
    rounds(one)

    with redis.Redis.from_url(store.url) as reader:
        left = reader.ttl(f"fangbang:limits:{NOW // WINDOW_SECONDS}")

    assert left == 2 * WINDOW_SECONDS


def test_more_keys_than_one_datagram_holds(make: Make) -> None:
    one, two = make("one"), make("two")
    keys = {(number << 32) + number for number in range(1, AT_ONCE + 500)}
    for key in keys:
        one.table.add(key)

    left = name_keys(one.inbox, keys)
    rounds(one, two)

    assert left == set()
    assert sum(two.others.count(key) for key in keys) == len(keys)


def test_a_worker_waits_for_no_exchange_that_does_not_read(make: Make) -> None:
    one = make("one")
    keys = set(range(1, 200))
    for _ in range(2000):
        left = name_keys(one.inbox, keys)
        if left:
            break

    assert left == keys, "what could not be told is kept for the next time"
    assert name_keys(one.inbox.with_name("nowhere"), keys) == keys


def test_neither_the_log_nor_an_address_shows_a_password(store: Valkey, tmp_path: Path) -> None:
    store.kill()
    said: list[str] = []
    CountTable.create(tmp_path / "t", 16)
    table = CountTable(tmp_path / "t", 16)
    url = "redis://:open-sesame@127.0.0.1:1/0"
    exchange = Exchange(
        url, "one", 1, tmp_path / "inbox", table, table, lambda: NOW, lambda *a, **k: said.append(f"{a} {k}")
    )

    exchange.step()
    exchange.stop()

    assert len(said) == 1
    assert "sesame" not in said[0]
