"""The one path that a whole country walks in the same minute: from a request header to an answer.

`parse → format check → proof of work → limits → derive → find → open → answer`. Nothing here waits: no disk, no other
machine, no template, no clock (the worker's timer moves `Query.now`). What is constant was made ahead.

The header `Fangbang-Query` is `salt.nonce.query`; `query` is base64url (unpadded) of the JSON array
`[kind, field, field]`. A POST without body carries it: reading a body costs one more crossing of the event loop.
"""

from binascii import Error as Base64Error
from binascii import a2b_base64
from dataclasses import dataclass
from struct import Struct

import msgspec

from fangbang.core.errors import FangbangError
from fangbang.lookup.answers import State, plain, record_json
from fangbang.lookup.challenge import MAX_NONCE, Salts, is_solved
from fangbang.lookup.derivation import FoldedPepperer
from fangbang.lookup.formats import FIELDS, folded
from fangbang.lookup.limits import Limits
from fangbang.pages.counts import Counts
from fangbang.snapshot.reader import OpenSnapshot

MAX_HEADER = 1024

access_record = Struct(">I16s").pack
"""An entry of `lookup.records`, of the Unix time and the credential's `m`, whose first 16 bytes are kept."""

_decode_query = msgspec.json.Decoder(list[str]).decode
_BAD_QUERY = (State.MALFORMED, plain(State.MALFORMED, field="query"))
_MALFORMED = {
    name: (State.MALFORMED, plain(State.MALFORMED, field=name))
    for name in {"kind", *(field for fields in FIELDS.values() for field in fields)}
}
_IDENTITY = {kind.value: 1 if fields[1] == "document" else 0 for kind, fields in FIELDS.items()}
"""Which field of a kind is the person, for the limits."""
_NUMBERED = {kind.value for kind, names in FIELDS.items() if names[0] in ("ticket", "archive")}
"""Kinds whose first field is a number that somebody could count through."""


@dataclass(frozen=True)
class Layer:
    """One opened snapshot with the pepper that belongs to it, and when it was published (as `core.clock.to_wire`)."""

    snapshot: OpenSnapshot
    pepperer: FoldedPepperer
    published_at: str
    counts: Counts | None = None
    """What its page of counts shows."""


@dataclass(frozen=True)
class OpenSitting:
    """A sitting that may be answered: its layers, newest overlay first, base last; checked before it came here."""

    sitting: str
    kinds: frozenset[str]
    layers: tuple[Layer, ...]

    def find(self, kind: str, fields: list[str]) -> tuple[bytes, str, bytes]:
        """(wire bytes of the record or b"", when it was published, m): the first layer that knows decides.

        Every "not found" costs the same, whatever its cause: below a layer that says no, another place is asked for.
        """
        said: bytes | None = None
        decided, left = b"", []
        for layer in self.layers:
            m = layer.pepperer.m(kind, fields)
            # By place instead of by branch: whether an upper layer said no already costs nothing either.
            asked = (m[::-1], m)[said is None]
            wire, owed = layer.snapshot.consult(asked)
            if wire and said is None:
                return wire, layer.published_at, m
            left.append((layer.snapshot, asked, owed))
            said, decided = ((said, decided), (wire, m))[said is None]
        for snapshot, asked, owed in left:
            snapshot.repay(asked, owed)
        return b"", "", decided


class Query:
    """Answers the query of one sitting in one worker. `now` (Unix seconds) is moved by the worker's timer."""

    __slots__ = ("_heads", "_limits", "_missing", "_records", "_salts", "_sitting", "now", "open")

    def __init__(self, opened: OpenSitting, salts: Salts, limits: Limits, records: bytearray, now: int) -> None:
        """`records` collects access records: 4 bytes Unix seconds, 16 bytes keyed hash of the credential each."""
        self.open = opened
        self.now = now
        self._salts = salts
        self._limits = limits
        self._records = records
        self._sitting = opened.sitting
        self._heads = {layer.published_at: _head(opened.sitting, layer.published_at) for layer in opened.layers}
        self._missing = (State.NOT_FOUND, plain(State.NOT_FOUND, sitting=opened.sitting))

    def answer(self, header: bytes, client: str) -> tuple[State, bytes]:
        """The state and the JSON bytes for one request header from one address."""
        if len(header) > MAX_HEADER or not header.isascii() or header.count(b".") != 2:
            return _BAD_QUERY
        salt, nonce, coded = header.decode("ascii").split(".")
        try:
            typed = _decode_query(a2b_base64(coded.replace("-", "+").replace("_", "/") + "=" * (-len(coded) % 4)))
        except (Base64Error, ValueError, msgspec.MsgspecError):
            return _BAD_QUERY
        kind = typed[0] if typed else ""
        fields, malformed = folded(kind, typed[1:])
        if malformed:
            return _MALFORMED[malformed]
        if kind not in self.open.kinds:
            return _MALFORMED["kind"]
        bits, challenge = self._salts.read(salt, self.now)
        if bits < 0 or len(nonce) > MAX_NONCE or not is_solved(f"{self._sitting}.{salt}.{coded}.{nonce}", bits):
            return self.challenge(client, "solve")
        limits = self._limits
        person = limits.person_of(fields[_IDENTITY[kind]])
        if limits.is_worn(challenge):
            return self.challenge(client, "worn")
        price = limits.price(client, person)
        if bits < price:
            return self.challenge(client, "price", price)
        if not limits.allows(client, person):
            return State.LIMITED, plain(State.LIMITED, sitting=self._sitting)
        return self._look(kind, fields, client, person, challenge)

    def _look(
        self, kind: str, fields: list[str], client: str, person: int, challenge: int | None
    ) -> tuple[State, bytes]:
        try:
            wire, published_at, m = self.open.find(kind, fields)
            self._records += access_record(self.now, m)
            if wire:
                return State.FOUND, b"%b%b}" % (self._heads[published_at], record_json(wire))
        except FangbangError:
            # A damaged block or entry: never "not found".
            return State.UNAVAILABLE, plain(State.UNAVAILABLE, sitting=self._sitting)
        self._limits.failed(client, person, challenge, fields[0] if kind in _NUMBERED else "")
        return self._missing

    def challenge(self, client: str, reason: str, bits: int = 0) -> tuple[State, bytes]:
        """Ask for (more) work; a fresh salt comes along."""
        price = bits or self._limits.prefix_bits(client)
        salt = self._salts.issue(self.now, price)
        return State.CHALLENGE, plain(State.CHALLENGE, reason=reason, salt=salt, bits=price)

    def riddles(self, kind: str, fields: list[str], client: str) -> int:
        """How many riddles this query costs: one, and one more for every two bits that limits add to the price."""
        return self._limits.riddles(client, self._limits.person_of(fields[_IDENTITY[kind]]))

    def direct(self, kind: str, fields: list[str], client: str) -> tuple[State, bytes]:
        """The same query after another challenge (an image) was spent: folded fields in, the same answer out."""
        person = self._limits.person_of(fields[_IDENTITY[kind]])
        if not self._limits.allows(client, person):
            return State.LIMITED, plain(State.LIMITED, sitting=self._sitting)
        return self._look(kind, fields, client, person, None)


def _head(sitting: str, published_at: str) -> bytes:
    """Everything of a found answer that stands before the record."""
    return plain(State.FOUND, sitting=sitting, published_at=published_at)[:-1] + b',"record":'
