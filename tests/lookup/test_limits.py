"""Limits: they raise prices first, and never refuse somebody for what others did elsewhere."""

from collections import Counter
from dataclasses import replace
from hashlib import sha256
from ipaddress import ip_address, ip_network
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.lookup.counting import WINDOW_SECONDS, CountTable
from fangbang.lookup.limits import PERSONS, PLACES, Budgets, Limits
from fangbang.lookup.suspicion import Sequences

NOW = 1_790_000_000
SMALL = Budgets(
    prefix_persons_soft=4,
    prefix_persons_hard=10,
    prefix_failures=6,
    person_failures=3,
    pair_failures=5,
    salt_failures=2,
)


def limits_at(folder: Path, budgets: Budgets = SMALL) -> Limits:
    CountTable.create(folder / "table", 1 << 12)
    made = Limits(CountTable(folder / "table", 1 << 12), budgets, b"k" * 32)
    made.tick(NOW)
    return made


def mixed(number: int) -> int:
    """A key as the node makes them: uniformly mixed."""
    return int.from_bytes(sha256(str(number).encode()).digest()[:8], "big")


@given(st.lists(st.builds(mixed, st.integers(0, 99)), max_size=200))
def test_counts_are_exact_while_there_is_room(keys: list[int]) -> None:
    with TemporaryDirectory() as folder:
        CountTable.create(Path(folder) / "t", 1 << 14)
        table = CountTable(Path(folder) / "t", 1 << 14)
        table.at(NOW)

        for key in keys:
            table.add(key)

        assert {key: table.count(key) for key in keys} == Counter(keys)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 1)), max_size=60))
def test_keys_that_share_their_places_are_counted_exactly_in_every_window(steps: list[tuple[int, int, int]]) -> None:
    """Four keys in four places, each beginning at any of them: (key's first place, key, windows that pass before)."""
    with TemporaryDirectory() as folder:
        CountTable.create(Path(folder) / "t", 4)
        table, now, expected = CountTable(Path(folder) / "t", 4), NOW, Counter[int]()
        firsts: dict[int, int] = {}

        for first, number, windows in steps:
            now += windows * WINDOW_SECONDS
            if windows:
                expected.clear()
            table.at(now)
            key = (number + 1) << 32 | firsts.setdefault(number, first)
            expected[key] += 1

            assert table.add(key) == expected[key]
            assert {known: table.count(known) for known in expected} == expected


def test_a_window_ends(tmp_path: Path) -> None:
    CountTable.create(tmp_path / "t", 1 << 10)
    table = CountTable(tmp_path / "t", 1 << 10)
    table.at(NOW)
    table.add(7)

    table.at(NOW + WINDOW_SECONDS)

    assert table.count(7) == 0


def test_two_workers_see_one_count(tmp_path: Path) -> None:
    CountTable.create(tmp_path / "t", 1 << 10)
    one, other = CountTable(tmp_path / "t", 1 << 10), CountTable(tmp_path / "t", 1 << 10)
    one.at(NOW)
    other.at(NOW)

    one.add(5)

    assert other.add(5) == 2


def test_a_full_table_keeps_the_busiest(tmp_path: Path) -> None:
    CountTable.create(tmp_path / "t", 4)
    table = CountTable(tmp_path / "t", 4)
    table.at(NOW)
    for _ in range(9):
        table.add(1 << 40)

    for key in range(2, 60):
        table.add(key << 40)

    assert table.count(1 << 40) == 9


def test_a_table_has_a_power_of_two_of_slots(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="power of two"):
        CountTable.create(tmp_path / "t", 1000)


def test_many_persons_from_one_prefix_raise_the_price_then_refuse(tmp_path: Path) -> None:
    limits = limits_at(tmp_path)
    allowed, prices = [], []
    for number in range(12):
        limits.tick(NOW)
        prices.append(limits.prefix_bits("192.0.2.7"))
        allowed.append(limits.allows("192.0.2.7", limits.person_of(f"person {number}")))

    assert prices == [16, 16, 16, 16, 18, 18, 18, 18, 20, 20, 20, 20]
    assert allowed == [True] * 10 + [False] * 2


def test_a_full_prefix_still_answers_whom_it_asked_before(tmp_path: Path) -> None:
    limits = limits_at(tmp_path)
    for number in range(12):
        limits.tick(NOW)
        limits.allows("192.0.2.7", limits.person_of(str(number)))

    assert limits.allows("192.0.2.7", limits.person_of("3"))
    assert limits.allows("198.51.100.1", limits.person_of("new")), "another prefix has its own budget"


def test_failures_elsewhere_raise_a_persons_price_and_never_refuse(tmp_path: Path) -> None:
    limits = limits_at(tmp_path)
    person = limits.person_of("victim")
    for number in range(200):
        limits.failed(f"10.0.{number}.1", person, number)

    assert limits.price("192.0.2.7", person) == 20
    assert limits.allows("192.0.2.7", person)


def test_too_many_wrong_tries_at_one_person_refuse_that_prefix_only(tmp_path: Path) -> None:
    limits = limits_at(tmp_path)
    person = limits.person_of("victim")
    tries = 0
    while limits.allows("10.0.0.1", person):
        limits.failed("10.0.0.1", person, tries)
        tries += 1

    assert tries == SMALL.pair_failures
    assert not limits.allows("10.0.0.99", person), "the same /24"
    assert limits.allows("10.0.1.1", person)
    assert limits.allows("10.0.0.1", limits.person_of("somebody else"))


def test_failures_of_a_prefix_raise_its_price(tmp_path: Path) -> None:
    limits = limits_at(tmp_path)
    for number in range(6):
        limits.failed("10.0.0.1", limits.person_of(str(number)), number)
    limits.tick(NOW)

    assert limits.prefix_bits("10.0.0.2") == 18


def test_a_worn_salt(tmp_path: Path) -> None:
    limits = limits_at(tmp_path)
    for _ in range(2):
        limits.failed("10.0.0.1", 1, challenge=mixed(99))

    assert (limits.is_worn(mixed(99)), limits.is_worn(mixed(98))) == (True, False)


@pytest.mark.parametrize("wide", ["10.0.0.0/28", "10.0.0.0/24", "10.0.0.0/8"])
def test_a_carrier_has_its_budgets_and_its_neighbours_have_theirs(tmp_path: Path, wide: str) -> None:
    """Judged in one tick, whoever of a prefix is judged first: 10.0.0.1 is the carrier's, 10.0.0.99 maybe not."""
    limits = limits_at(tmp_path, Budgets(wide=(wide,)))

    factors = {client: limits.prefix(client).factor for client in ("10.0.0.99", "10.0.0.1", "10.1.0.1", "11.0.0.1")}

    narrow = ip_network(wide)
    assert factors == {client: 20 if ip_address(client) in narrow else 1 for client in factors}


def test_prefixes_that_are_remembered_are_bounded(tmp_path: Path) -> None:
    limits = limits_at(tmp_path, Budgets())

    for number in range(PLACES + 10):
        limits.prefix(f"{10 + (number >> 16)}.{number >> 8 & 255}.{number & 255}.1")

    assert len(limits._places) == 10


def test_carriers_have_wider_budgets(tmp_path: Path) -> None:
    limits = limits_at(tmp_path, Budgets(prefix_persons_soft=4, prefix_persons_hard=10, wide=("10.0.0.0/8",)))
    allowed = 0
    for number in range(150):
        limits.tick(NOW)
        allowed += limits.allows("10.1.2.3", limits.person_of(str(number)))

    assert allowed == 150


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.200", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("2001:db8:0:1::1", "2001:db8:0:99::1", True),
        ("2001:db8:0:100::1", "2001:db8:0:200::1", False),
        ("not an address", "neither", True),
    ],
)
def test_prefixes(tmp_path: Path, one: str, other: str, same: bool) -> None:
    limits = limits_at(tmp_path, Budgets(prefix_failures=1))
    limits.failed(one, 1, 1)
    limits.tick(NOW)

    assert (limits.prefix_bits(other) > 16) == same


def test_too_many_wrong_tries_of_a_prefix_leave_only_whom_it_found(tmp_path: Path) -> None:
    limits = limits_at(tmp_path, replace(SMALL, prefix_failures_hard=8))
    found, tried = limits.person_of("found"), limits.person_of("tried")
    assert limits.allows("10.0.0.1", found)
    limits.allows("10.0.0.1", tried)
    for number in range(8):
        limits.failed("10.0.0.1", limits.person_of(str(number % 2)) if number else tried, number)
    limits.tick(NOW)

    assert limits.allows("10.0.0.2", found), "who was found is found again"
    assert not limits.allows("10.0.0.2", tried)
    assert not limits.allows("10.0.0.2", limits.person_of("new"))
    assert limits.allows("10.0.1.1", limits.person_of("new")), "another prefix"


def test_a_network_of_many_prefixes_has_a_budget_of_its_own(tmp_path: Path) -> None:
    limits = limits_at(tmp_path, replace(SMALL, prefix_persons_hard=10, network_factor=20))
    allowed = 0
    for number in range(600):
        if number % 8 == 0:
            limits.tick(NOW)
        allowed += limits.allows(f"10.1.{number % 100}.1", limits.person_of(str(number)))

    assert 120 <= allowed <= 300, "near 200: a network counts one person in sixteen"
    assert limits.allows("10.2.0.1", limits.person_of("new")), "another network"


def test_many_wrong_tries_from_a_network_stop_all_its_prefixes(tmp_path: Path) -> None:
    limits = limits_at(tmp_path, replace(SMALL, prefix_failures_hard=4, network_factor=5))
    for number in range(20):
        limits.failed(f"10.1.{number}.1", mixed(number), None)
    limits.tick(NOW)

    assert not limits.allows("10.1.99.1", limits.person_of("new"))
    assert limits.allows("10.2.0.1", limits.person_of("new"))


def test_while_an_attack_goes_on_everybody_pays_more_up_to_the_top(tmp_path: Path) -> None:
    limits = limits_at(tmp_path)
    limits.table.set_surcharge(2)
    limits.tick(NOW)
    first = limits.prefix_bits("192.0.2.7"), limits.price("192.0.2.7", 1), limits.riddles("192.0.2.7", 1)

    limits.table.set_surcharge(200)
    limits.tick(NOW)

    assert first == (18, 18, 2)
    assert (limits.prefix_bits("192.0.2.7"), limits.riddles("192.0.2.7", 1)) == (20, 3)


def test_alone_a_node_has_its_share_of_every_budget(tmp_path: Path) -> None:
    limits = limits_at(tmp_path, replace(SMALL, prefix_persons_hard=12, prefix_persons_soft=6))
    limits.table.set_divisor(3)
    limits.tick(NOW)

    allowed = [limits.allows("192.0.2.7", limits.person_of(str(number))) for number in range(6)]

    assert allowed == [True] * 4 + [False] * 2


def test_what_other_nodes_counted_counts(tmp_path: Path) -> None:
    CountTable.create(tmp_path / "others", 1 << 12)
    others = CountTable(tmp_path / "others", 1 << 12)
    others.at(NOW)
    CountTable.create(tmp_path / "table", 1 << 12)
    limits = Limits(CountTable(tmp_path / "table", 1 << 12), SMALL, b"k" * 32, others)
    limits.tick(NOW)
    person, standing = limits.person_of("victim"), limits.prefix("10.0.0.1")
    others.put(standing.prefix ^ PERSONS, 8)
    others.put(person, SMALL.person_failures)
    others.put((standing.prefix * 3 ^ person) & (1 << 64) - 1, SMALL.pair_failures + 1)
    limits.tick(NOW)

    assert [limits.allows("10.0.0.1", limits.person_of(str(number))) for number in range(3)] == [True, True, False]
    assert limits.price("192.0.2.1", person) == 18
    assert not limits.allows("10.0.0.1", person)
    assert limits.allows("192.0.2.1", person), "failures elsewhere refuse nobody"


def test_a_count_that_was_put_is_set_again(tmp_path: Path) -> None:
    CountTable.create(tmp_path / "t", 1 << 10)
    table = CountTable(tmp_path / "t", 1 << 10)
    table.at(NOW)

    table.put(7, 5)
    table.put(7, 9)

    assert table.count(7) == 9


def test_tickets_tried_one_after_another_are_seen(tmp_path: Path) -> None:
    limits = limits_at(tmp_path)
    for number in range(30):
        limits.failed("10.0.0.1", limits.person_of(str(number)), None, f"2026{number:05}")
    walked = limits.sequences.steps
    for number in range(30):
        limits.failed("10.9.0.1", limits.person_of(str(number)), None, f"2026{mixed(number) % 100000:05}")

    assert (walked, limits.sequences.steps - walked) == (29, 0)


@pytest.mark.parametrize("number", ["", "ABC"])
def test_what_has_no_digits_is_no_sequence(number: str) -> None:
    sequences = Sequences()

    sequences.note(1, number)
    sequences.note(1, number)

    assert sequences.steps == 0


def test_the_fullest_prefix_is_known_in_permille(tmp_path: Path) -> None:
    limits = limits_at(tmp_path)
    for number in range(5):
        limits.allows("10.0.0.1", limits.person_of(str(number)))
    limits.tick(NOW)
    limits.prefix("10.0.0.1")

    assert limits.fullest == 500
