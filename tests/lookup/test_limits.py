"""Limits: they raise prices first, and never refuse somebody for what others did elsewhere."""

from collections import Counter
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.lookup.limits import WINDOW_SECONDS, Budgets, CountTable, Limits

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
