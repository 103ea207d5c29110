"""Limits of one node, counted in memory that its workers share.

Limits raise the challenge's price first. What refuses (and only for the address prefix, or the network around it, that
earned it): too many different persons asked, too many wrong tries, and too many wrong tries at one person. Failures
made elsewhere raise a person's price and never refuse a correct credential.

Two things come from outside, by the same shared memory: what other nodes counted (a second table), and what the
supervisor says: bits on every price while an attack goes on, and by how much to divide all budgets while the other
nodes' counts cannot be had.

Counters are plain stores in a shared mapping, without locks: two workers that count at the same instant may lose one
step, which a limit can bear. Keys are keyed hashes; no address and no identity number is stored.
"""

import mmap
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import NamedTuple

from fangbang.lookup.challenge import BASE_BITS, TOP_BITS
from fangbang.lookup.suspicion import Sequences

WINDOW_SECONDS = 600
MOST_RIDDLES = 3
_WAYS = 4
_COUNT_BITS = 20
_WINDOW_MASK = 0xFFF
_COUNT_MASK = (1 << _COUNT_BITS) - 1
_MASK64 = (1 << 64) - 1
_TOLD_BYTES = 8
_SAMPLE = 16
"""A network counts one person in so many, chosen by the key: it costs the hot path next to nothing."""
_MARGIN = 64
"""A budget of persons ends a 64th early: workers that count at the same instant may lose a step."""

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
    prefix_failures_hard: int = 1000
    """Wrong tries from one prefix before it may ask only for whom it found already."""
    network_factor: int = 20
    """A network (/16 of IPv4, /40 of IPv6) has so many times the budgets of a prefix."""
    person_failures: int = 20
    """Wrong tries at one person, from anywhere, before that person's price rises."""
    pair_failures: int = 20
    """Wrong tries at one person from one prefix before that prefix is refused for that person."""
    salt_failures: int = 5
    """Wrong answers one salt may pay for."""
    wide: tuple[str, ...] = ()
    """Networks of carriers, behind whose addresses thousands stand: their prefix budgets count `wide_factor` times."""
    wide_factor: int = 20

    @property
    def of_prefix(self) -> tuple[int, int, int, int]:
        """Persons before it costs more and before it ends, wrong tries likewise."""
        return self.prefix_persons_soft, self.prefix_persons_hard, self.prefix_failures, self.prefix_failures_hard


class CountTable:
    """Counts by 64-bit key in a shared mapping: 8 bytes a slot = tag 32 | window 12 | count 20, four ways a key.

    Behind the slots lies one byte a slot: the marks. A key whose byte is not `mark` was not marked in this window; a
    key whose byte is may have been, or shares its byte with another. So one look settles the ordinary case.
    """

    __slots__ = ("_map", "_told", "mark", "marks", "mask", "slots", "window")

    def __init__(self, path: Path, slots: int) -> None:
        """Map `path`, which `create` made with the same number of slots (a power of two)."""
        with path.open("r+b") as stream:
            self._map = mmap.mmap(stream.fileno(), slots * 9 + _TOLD_BYTES)
        self.slots = memoryview(self._map)[: slots * 8].cast("Q")
        self.marks = memoryview(self._map)[slots * 8 : slots * 9]
        self._told = memoryview(self._map)[slots * 9 :]
        self.mask = slots - 1
        self.window = 0
        self.mark = 1

    @staticmethod
    def create(path: Path, slots: int) -> None:
        """Make an empty table; sparse until used."""
        if slots & (slots - 1) or slots < _WAYS:
            raise ValueError("the number of slots must be a power of two")
        with path.open("wb") as stream:
            stream.truncate(slots * 9 + _TOLD_BYTES)

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

    @property
    def surcharge(self) -> int:
        """Bits on every price, as the supervisor last said."""
        return self._told[0]

    def set_surcharge(self, bits: int) -> None:
        """Say how many bits everybody pays on top (0 to 255)."""
        self._told[0] = bits

    @property
    def divisor(self) -> int:
        """By what all budgets are divided, as the supervisor last said; at least 1."""
        return self._told[1] or 1

    def set_divisor(self, nodes: int) -> None:
        """Say by what all budgets are divided (1 to 255)."""
        self._told[1] = min(nodes, 255)

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

    def put(self, key: int, count: int) -> None:
        """Set a count: for the table of what other nodes counted, which one process writes."""
        if self.add(key):
            want, base = (key >> 32) << 12 | self.window, key & self.mask
            place = next(base ^ way for way in range(_WAYS) if self.slots[base ^ way] >> _COUNT_BITS == want)
            self.slots[place] = want << _COUNT_BITS | min(count, _COUNT_MASK)


class Standing(NamedTuple):
    """How an address stands at this moment."""

    prefix: int
    """Key of its prefix: /24 of IPv4, /56 of IPv6."""
    network: int
    factor: int
    """1, or more for a carrier."""
    bits: int
    """The price of a query, before any person is known."""
    room: int
    """Persons that this node may have counted at the prefix before it is full; 0 if it is."""
    failing: bool
    """Too many wrong tries: only whom it found already is answered."""


class Limits:
    """The node's limits over one table. `key` (32 bytes) is the same in all workers of the node."""

    __slots__ = (
        "_budgets",
        "_others",
        "_wide",
        "full",
        "fullest",
        "keyed",
        "prices",
        "sequences",
        "table",
        "touched",
        "worn",
    )

    def __init__(self, table: CountTable, budgets: Budgets, key: bytes, others: CountTable | None = None) -> None:
        """`others` holds what other nodes counted; with it, `touched` gathers keys that they must hear of."""
        self.table = table
        self._budgets = budgets
        self._others = others
        self.keyed = blake2b(digest_size=8, key=key)
        self._wide = tuple(ip_network(item) for item in budgets.wide)
        self.prices: dict[str, Standing] = {}
        self.touched: set[int] = set()
        self.sequences = Sequences()
        self.worn = 0
        """Persons whose price rose."""
        self.full = 0
        """How often a full prefix was judged."""
        self.fullest = 0
        """Permille of its budget that the fullest prefix has used, since somebody last set it to 0."""

    def tick(self, now: int) -> None:
        """Move to the window of `now` (Unix seconds) and judge every prefix anew; called every tenth of a second."""
        self.table.at(now)
        if self._others is not None:
            self._others.at(now)
            for standing in self.prices.values():
                self.touched.update((standing.prefix ^ PERSONS, standing.network ^ PERSONS))
        self.prices = {}

    def _hash(self, data: bytes) -> int:
        state = self.keyed.copy()
        state.update(data)
        return from_bytes(state.digest(), "big")

    def person_of(self, identity: str) -> int:
        """The key of a person: a keyed hash of the folded identity field."""
        return self._hash(identity.encode())

    def _elsewhere(self, key: int) -> int:
        return self._others.count(key) if self._others is not None else 0

    def _count(self, key: int) -> int:
        """What all nodes counted."""
        return self.table.count(key) + self._elsewhere(key)

    def prefix(self, client: str) -> Standing:
        """How an address stands; judged at most once a tick."""
        known = self.prices.get(client)
        return known if known is not None else self._judge(client)

    def _keys(self, client: str) -> tuple[int, int, int]:
        """(prefix, network, factor) of an address."""
        try:
            address = ip_address(client)
        except ValueError:
            return self._hash(b"?"), self._hash(b"??"), 1
        factor = self._budgets.wide_factor if any(address in network for network in self._wide) else 1
        near, far = (3, 2) if address.version == 4 else (7, 5)
        return self._hash(b"p" + address.packed[:near]), self._hash(b"n" + address.packed[:far]), factor

    def _judge(self, client: str) -> Standing:
        budgets, table = self._budgets, self.table
        prefix, network, factor = self._keys(client)
        divisor, wide = table.divisor, budgets.network_factor
        soft, hard, some, many = (_part(item, factor, divisor) for item in budgets.of_prefix)
        elsewhere = self._elsewhere(prefix ^ PERSONS)
        persons, failures = table.count(prefix ^ PERSONS) + elsewhere, self._count(prefix ^ FAILURES)
        crowd, wrong = self._count(network ^ PERSONS) * _SAMPLE, self._count(network ^ FAILURES)
        steps = persons // soft + failures // some + crowd // (soft * wide) + wrong // (some * wide)
        failing = failures >= many or wrong >= many * wide
        full = failing or crowd >= hard * wide or persons >= hard - hard // _MARGIN
        self.full += full
        self.fullest = max(self.fullest, 1000 if full else persons * 1000 // hard)
        room = 0 if full else max(0, hard - hard // _MARGIN - elsewhere)
        standing = Standing(prefix, network, factor, self._bits(steps), room, failing)
        self.prices[client] = standing
        return standing

    def _bits(self, steps: int) -> int:
        """Two bits more for each step, and what everybody pays on top, up to the highest price."""
        low, top = self._budgets.bits, max(self._budgets.top_bits, self._budgets.bits)
        return min(low + 2 * steps + self.table.surcharge, top)

    def prefix_bits(self, client: str) -> int:
        """The price for an address, before any person is known."""
        return self.prefix(client).bits

    def price(self, client: str, person: int) -> int:
        """Bits a query for this person from this address must show."""
        bits = self.prefix(client).bits
        steps = self._count(person) // self._budgets.person_failures
        return max(bits, self._bits(steps)) if steps else bits

    def riddles(self, client: str, person: int) -> int:
        """Riddles such a query must solve: 1 at the base price, up to `MOST_RIDDLES`."""
        above = self.price(client, person) - self._budgets.bits
        return min(1 + (above + 1) // 2, MOST_RIDDLES)

    def first(self, pair: int, standing: Standing) -> bool:
        """A prefix asks for a person for the first time in this window; False if it may not."""
        table = self.table
        persons = table.add(standing.prefix ^ PERSONS)
        if persons > standing.room:
            table.put(standing.prefix ^ PERSONS, persons - 1)
            return False
        table.add(pair)
        if not pair % _SAMPLE:
            table.add(standing.network ^ PERSONS)
        return True

    def allows(self, client: str, person: int) -> bool:
        """Whether this prefix may ask for this person; asking counts the person once a window.

        One count serves both rules of a pair: 1 for having asked, and 1 more for each wrong try.
        """
        standing = self.prefix(client)
        pair = (standing.prefix * 3 ^ person) & _MASK64
        asked, elsewhere = self.table.count(pair), self._elsewhere(pair)
        if not asked and not elsewhere:
            return self.first(pair, standing)
        if not asked:
            self.table.add(pair)
        failures = max(0, asked - 1) + max(0, elsewhere - 1)
        if standing.failing and failures:
            return False
        return failures < _part(self._budgets.pair_failures, standing.factor, self.table.divisor)

    def failed(self, client: str, person: int, challenge: int | None, number: str = "") -> None:
        """Count a wrong try: at the person, by the prefix, by both, and on the salt that paid for it, if one did.

        `number` is the ticket or archive number that was tried, if one was.
        """
        standing, table, budgets = self.prefix(client), self.table, self._budgets
        pair = (standing.prefix * 3 ^ person) & _MASK64
        keys = (person, pair, standing.prefix ^ FAILURES, standing.network ^ FAILURES)
        at_person, _, by_prefix, _ = (table.add(key) for key in keys)
        table.marks[person & table.mask] = table.mark
        if challenge is not None:
            table.add(challenge)
            table.marks[challenge & table.mask] = table.mark
        self.worn += at_person == budgets.person_failures
        if by_prefix >= _part(budgets.prefix_failures_hard, standing.factor, table.divisor):
            self.prices.clear()
        self.sequences.note(person, number)
        self.sequences.note(standing.prefix, number)
        if self._others is not None:
            self.touched.update(keys)

    def is_worn(self, challenge: int) -> bool:
        """Whether a challenge (its 64 random bits) has paid for too many wrong answers."""
        return self.table.count(challenge) >= self._budgets.salt_failures


def _part(budget: int, factor: int, divisor: int) -> int:
    """A budget as it stands for this prefix and this node."""
    return max(1, budget * factor // divisor)


PERSONS = 0x9E3779B97F4A7C15
FAILURES = 0xC2B2AE3D27D4EB4F
