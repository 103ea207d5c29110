"""Limits of one node, counted in memory that its workers share.

Limits raise the challenge's price first. What refuses (and only for the address prefix that earned it): too many
different persons asked from one prefix, and too many wrong tries at one person from one prefix. Failures made
elsewhere raise a person's price and never refuse a correct credential.

Counters are plain stores in a shared mapping, without locks: two workers that count at the same instant may lose one
step, which a limit can bear. Keys are keyed hashes; no address and no identity number is stored.
"""

import mmap
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import ip_address, ip_network
from pathlib import Path

from fangbang.lookup.challenge import BASE_BITS, TOP_BITS

WINDOW_SECONDS = 600
MOST_RIDDLES = 3
_WAYS = 4
_COUNT_BITS = 20
_WINDOW_MASK = 0xFFF
_COUNT_MASK = (1 << _COUNT_BITS) - 1
_MASK64 = (1 << 64) - 1

from_bytes = int.from_bytes


@dataclass(frozen=True)
class Budgets:
    """What one window of `WINDOW_SECONDS` allows, by node."""

    bits: int = BASE_BITS
    top_bits: int = TOP_BITS
    prefix_persons_soft: int = 300
    """Different persons from one prefix before its price rises."""
    prefix_persons_hard: int = 3000
    """Different persons from one prefix before it is refused."""
    prefix_failures: int = 200
    """Wrong tries from one prefix before its price rises."""
    person_failures: int = 20
    """Wrong tries at one person, from anywhere, before that person's price rises."""
    pair_failures: int = 20
    """Wrong tries at one person from one prefix before that prefix is refused for that person."""
    salt_failures: int = 5
    """Wrong answers one salt may pay for."""
    wide: tuple[str, ...] = ()
    """Networks of carriers, behind whose addresses thousands stand: their prefix budgets count `wide_factor` times."""
    wide_factor: int = 20


class CountTable:
    """Counts by 64-bit key in a shared mapping: 8 bytes a slot = tag 32 | window 12 | count 20, four ways a key.

    Behind the slots lies one byte a slot: the marks. A key whose byte is not `mark` was not marked in this window; a
    key whose byte is may have been, or shares its byte with another. So one look settles the ordinary case.
    """

    __slots__ = ("_map", "mark", "marks", "mask", "slots", "window")

    def __init__(self, path: Path, slots: int) -> None:
        """Map `path`, which `create` made with the same number of slots (a power of two)."""
        with path.open("r+b") as stream:
            self._map = mmap.mmap(stream.fileno(), slots * 9)
        self.slots = memoryview(self._map)[: slots * 8].cast("Q")
        self.marks = memoryview(self._map)[slots * 8 :]
        self.mask = slots - 1
        self.window = 0
        self.mark = 1

    @staticmethod
    def create(path: Path, slots: int) -> None:
        """Make an empty table; sparse until used."""
        if slots & (slots - 1) or slots < _WAYS:
            raise ValueError("the number of slots must be a power of two")
        with path.open("wb") as stream:
            stream.truncate(slots * 9)

    def at(self, now: int) -> None:
        """Move to the window of `now` (Unix seconds); counts of other windows read as nothing."""
        self.window = (now // WINDOW_SECONDS) & _WINDOW_MASK
        self.mark = now // WINDOW_SECONDS % 255 + 1

    def count(self, key: int) -> int:
        """How often `key` was added in this window."""
        slots, want, base = self.slots, (key >> 32) << 12 | self.window, key & self.mask
        for way in range(_WAYS):
            value = slots[base ^ way]
            if value >> _COUNT_BITS == want:
                return value & _COUNT_MASK
        return 0

    def add(self, key: int) -> int:
        """Count one more; returns the new count."""
        slots, want, base = self.slots, (key >> 32) << 12 | self.window, key & self.mask
        victim, least = base, _COUNT_MASK + 1
        for way in range(_WAYS):
            place = base ^ way
            value = slots[place]
            if value >> _COUNT_BITS == want:
                if value & _COUNT_MASK != _COUNT_MASK:
                    slots[place] = value + 1
                return (value & _COUNT_MASK) + 1
            weight = value & _COUNT_MASK if (value >> _COUNT_BITS) & _WINDOW_MASK == self.window else 0
            if weight < least:
                victim, least = place, weight
        slots[victim] = want << _COUNT_BITS | 1
        return 1


class Limits:
    """The node's limits over one table. `key` (32 bytes) is the same in all workers of the node."""

    __slots__ = ("_budgets", "_wide", "keyed", "prices", "table")

    def __init__(self, table: CountTable, budgets: Budgets, key: bytes) -> None:
        self.table = table
        self._budgets = budgets
        self.keyed = blake2b(digest_size=8, key=key)
        self._wide = tuple(ip_network(item) for item in budgets.wide)
        self.prices: dict[str, tuple[int, int, int, bool]] = {}

    def tick(self, now: int) -> None:
        """Move to the window of `now` (Unix seconds) and judge every prefix anew; called every tenth of a second."""
        self.table.at(now)
        self.prices = {}

    def _hash(self, data: bytes) -> int:
        state = self.keyed.copy()
        state.update(data)
        return from_bytes(state.digest(), "big")

    def person_of(self, identity: str) -> int:
        """The key of a person: a keyed hash of the folded identity field."""
        return self._hash(identity.encode())

    def prefix(self, client: str) -> tuple[int, int, int, bool]:
        """(key, budget factor, price in bits, full) of an address's prefix: /24 for IPv4, /56 for IPv6."""
        known = self.prices.get(client)
        return known if known is not None else self._judge(client)

    def _judge(self, client: str) -> tuple[int, int, int, bool]:
        budgets, table, factor = self._budgets, self.table, 1
        try:
            address = ip_address(client)
        except ValueError:
            prefix = self._hash(b"?")
        else:
            factor = budgets.wide_factor if any(address in network for network in self._wide) else 1
            prefix = self._hash(b"p" + address.packed[: 3 if address.version == 4 else 7])
        persons, failures = table.count(prefix ^ PERSONS), table.count(prefix ^ _FAILURES)
        steps = persons // (budgets.prefix_persons_soft * factor) + failures // (budgets.prefix_failures * factor)
        judged = prefix, factor, self._bits(steps), persons >= budgets.prefix_persons_hard * factor
        self.prices[client] = judged
        return judged

    def _bits(self, steps: int) -> int:
        """Two bits more for each step, up to the top."""
        low = self._budgets.bits
        return max(low, min(low + 2 * steps, self._budgets.top_bits)) if steps else low

    def prefix_bits(self, client: str) -> int:
        """The price for an address, before any person is known."""
        return self.prefix(client)[2]

    def price(self, client: str, person: int) -> int:
        """Bits a query for this person from this address must show."""
        bits = self.prefix(client)[2]
        failures = self.table.count(person)
        if failures < self._budgets.person_failures:
            return bits
        return max(bits, self._bits(failures // self._budgets.person_failures))

    def riddles(self, client: str, person: int) -> int:
        """Riddles such a query must solve: 1 at the base price, up to `MOST_RIDDLES`."""
        above = self.price(client, person) - self._budgets.bits
        return min(1 + (above + 1) // 2, MOST_RIDDLES)

    def allows(self, client: str, person: int) -> bool:
        """Whether this prefix may ask for this person; asking counts the person once a window.

        One count serves both rules of a pair: 1 for having asked, and 1 more for each wrong try.
        """
        prefix, factor, _, full = self.prefix(client)
        table = self.table
        pair = (prefix * 3 ^ person) & _MASK64
        asked = table.count(pair)
        if asked:
            return asked <= self._budgets.pair_failures * factor
        if full:
            return False
        table.add(pair)
        table.add(prefix ^ PERSONS)
        return True

    def failed(self, client: str, person: int, challenge: int | None) -> None:
        """Count a wrong try: at the person, by the prefix, by both, and on the salt that paid for it, if one did."""
        prefix = self.prefix(client)[0]
        table = self.table
        table.add(person)
        table.marks[person & table.mask] = table.mark
        table.add((prefix * 3 ^ person) & _MASK64)
        table.add(prefix ^ _FAILURES)
        if challenge is not None:
            table.add(challenge)
            table.marks[challenge & table.mask] = table.mark

    def is_worn(self, challenge: int) -> bool:
        """Whether a challenge (its 64 random bits) has paid for too many wrong answers."""
        return self.table.count(challenge) >= self._budgets.salt_failures


PERSONS = 0x9E3779B97F4A7C15
_FAILURES = 0xC2B2AE3D27D4EB4F
