"""Limits of one node, counted in memory that its workers share.

Limits raise the challenge's price first. What refuses (and only for the address prefix, or the network around it, that
earned it): too many different persons asked, too many wrong tries, and too many wrong tries at one person. Failures
made elsewhere raise a person's price and never refuse a correct credential.

Two things come from outside, by the same shared memory: what other nodes counted (a second table), and what the
supervisor says: bits on every price while an attack goes on, and by how much to divide all budgets while the other
nodes' counts cannot be had.

Keys are keyed hashes; no address and no identity number is stored.
"""

from dataclasses import dataclass
from hashlib import blake2s
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from fangbang.lookup.challenge import BASE_BITS, TOP_BITS
from fangbang.lookup.counting import CountTable
from fangbang.lookup.suspicion import Sequences

MOST_RIDDLES = 3
_MASK64 = (1 << 64) - 1
_SAMPLE = 16
"""A network counts one person in so many, chosen by the key: it costs the hot path next to nothing."""
PLACES = 65_536
"""Prefixes whose keys a worker remembers."""
_MARGIN = 64
"""A budget of persons ends a 64th early: workers that count at the same instant may lose a step."""

from_bytes = int.from_bytes


@dataclass(frozen=True)
class Budgets:
    """What one window of `counting.WINDOW_SECONDS` allows, by node."""

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


class Place(NamedTuple):
    """Where an address lies, as keys of the counts."""

    prefix: int
    """/24 of IPv4, /56 of IPv6."""
    network: int
    factor: int
    """1, or more for a carrier."""


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
    pairs: int
    """Of the key of a pair what is the prefix's: the person's is XORed to it."""


class Limits:
    """The node's limits over one table. `key` (32 bytes) is the same in all workers of the node."""

    __slots__ = (
        "_budgets",
        "_crowds",
        "_others",
        "_places",
        "_shares",
        "_standings",
        "_textual",
        "_wide",
        "extra",
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
        # As `challenge.Salts` has it.
        self.keyed = blake2s(key, digest_size=8, person=b"limits")
        self._wide = tuple(ip_network(item) for item in budgets.wide)
        # Unless a carrier's network is smaller than a prefix, the text before the last dot says where IPv4 lies.
        self._textual = all(item.version == 6 or item.prefixlen <= 24 for item in self._wide)
        self._places: dict[str, Place] = {}
        self._judge_anew()
        self.touched: set[int] = set()
        self.sequences = Sequences()
        self.extra = 0
        """Bits on every price that the authority ordered."""
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
            for standing in self._standings.values():
                self.touched.update((standing.prefix ^ PERSONS, standing.network ^ PERSONS))
        self._judge_anew()

    def _judge_anew(self) -> None:
        self.prices: dict[str, Standing] = {}
        self._standings: dict[Place, Standing] = {}
        self._crowds: dict[int, tuple[int, int]] = {}
        self._shares: dict[int, tuple[int, ...]] = {}

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

    def _place(self, client: str) -> Place:
        """Where an address lies; prefixes that came before are remembered."""
        near = client[: client.rfind(".")] if self._textual and ":" not in client else client
        known = self._places.get(near)
        if known is None:
            if len(self._places) >= PLACES:
                self._places.clear()
            known = self._places[near] = self._locate(client)
        return known

    def _locate(self, client: str) -> Place:
        try:
            address = ip_address(client)
        except ValueError:
            return Place(self._hash(b"?"), self._hash(b"??"), 1)
        factor = self._budgets.wide_factor if any(address in network for network in self._wide) else 1
        near, far = (3, 2) if address.version == 4 else (7, 5)
        return Place(self._hash(b"p" + address.packed[:near]), self._hash(b"n" + address.packed[:far]), factor)

    def _judge(self, client: str) -> Standing:
        place = self._place(client)
        standing = self._standings.get(place)
        if standing is None:
            standing = self._standings[place] = self._standing(place)
        self.prices[client] = standing
        return standing

    def _share(self, factor: int) -> tuple[int, ...]:
        """The budgets as they stand for a prefix with this factor on this node."""
        known = self._shares.get(factor)
        if known is None:
            divisor = self.table.divisor
            known = self._shares[factor] = tuple(_part(item, factor, divisor) for item in self._budgets.of_prefix)
        return known

    def _crowd(self, network: int) -> tuple[int, int]:
        """(persons asked, wrong tries) of a network."""
        known = self._crowds.get(network)
        if known is None:
            known = self._count(network ^ PERSONS) * _SAMPLE, self._count(network ^ FAILURES)
            self._crowds[network] = known
        return known

    def _standing(self, place: Place) -> Standing:
        prefix, network, factor = place
        wide = self._budgets.network_factor
        soft, hard, some, many = self._share(factor)
        elsewhere = self._elsewhere(prefix ^ PERSONS)
        persons, failures = self.table.count(prefix ^ PERSONS) + elsewhere, self._count(prefix ^ FAILURES)
        crowd, wrong = self._crowd(network)
        steps = persons // soft + failures // some + crowd // (soft * wide) + wrong // (some * wide)
        failing = failures >= many or wrong >= many * wide
        full = failing or crowd >= hard * wide or persons >= hard - hard // _MARGIN
        self.full += full
        self.fullest = max(self.fullest, 1000 if full else persons * 1000 // hard)
        room = 0 if full else max(0, hard - hard // _MARGIN - elsewhere)
        return Standing(prefix, network, factor, self._bits(steps), room, failing, prefix * 3 & _MASK64)

    def _bits(self, steps: int) -> int:
        """Two bits more for each step, and what everybody pays on top, up to the highest price."""
        low, top = self._budgets.bits, max(self._budgets.top_bits, self._budgets.bits)
        return min(low + 2 * steps + self.table.surcharge + self.extra, top)

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
        pair = standing.pairs ^ person
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
        pair = standing.pairs ^ person
        keys = (person, pair, standing.prefix ^ FAILURES, standing.network ^ FAILURES)
        at_person, _, by_prefix, _ = (table.add(key) for key in keys)
        table.marks[person & table.mask] = table.mark
        if challenge is not None:
            table.add(challenge)
            table.marks[challenge & table.mask] = table.mark
        self.worn += at_person == budgets.person_failures
        if by_prefix >= _part(budgets.prefix_failures_hard, standing.factor, table.divisor):
            self._judge_anew()
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
