"""The short way of the score query, for what nearly everybody sends: a clean ticket and resident number, well solved.

Every answer is the one that `hotpath.Query` gives (a property test compares them): whatever is not ordinary (another
kind, anything to fold, a wrong proof, a mark in the limits, a damaged entry) is handed to it, before anything was
counted. So here only the success is written out, in one function, since every call costs a twentieth of the whole.
"""

import re
from binascii import a2b_base64
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fangbang.core.errors import FangbangError
from fangbang.exams.vocabulary import CredentialKind
from fangbang.lookup.answers import State, record_bytes
from fangbang.lookup.challenge import MAX_NONCE, SALT_CHARACTERS, Salts
from fangbang.lookup.formats import birth_residue, residue
from fangbang.lookup.hotpath import MAX_HEADER, Layer, OpenSitting, Query
from fangbang.lookup.limits import Limits

_KIND = CredentialKind.TICKET_DOCUMENT.value
# Nothing in these characters needs folding, and what matches is well formed but for the check digit.
_CLEAN = re.compile(rb'\["ticket-document","([0-9A-Z]{6,32})","([0-9]{17}[0-9X])"\]').fullmatch
_PADS = (b"", b"===", b"==", b"=")
_MASK64 = (1 << 64) - 1

from_bytes = int.from_bytes


class _Ready:
    """What the short way needs of one layer, gathered once."""

    __slots__ = (
        "address_in",
        "address_out",
        "data",
        "head",
        "id",
        "m_in",
        "m_out",
        "shift",
        "size",
        "snapshot",
        "table",
    )

    def __init__(self, layer: Layer, head: bytes) -> None:
        keyed = layer.pepperer.keyed[_KIND]
        self.m_in, self.m_out = keyed.inner, keyed.outer
        opened = layer.snapshot
        self.address_in, self.address_out = opened.deriver.keyed.inner, opened.deriver.keyed.outer
        self.id = opened.id
        records = opened.snapshot.records
        self.data, self.table, self.shift = records.map, records.table, records.shift
        self.size = records.layout.entry_size
        self.head = head
        self.snapshot = opened


class Express(Query):
    """A `Query` with a short way."""

    __slots__ = ("_layers", "_start")

    def __init__(self, opened: OpenSitting, salts: Salts, limits: Limits, records: bytearray, now: int) -> None:
        super().__init__(opened, salts, limits, records, now)
        suits = _KIND in opened.kinds
        self._layers = [_Ready(layer, self._heads[layer.published_at]) for layer in opened.layers] if suits else []
        self._start = opened.sitting.encode() + b"."

    def answer(self, header: bytes, client: str) -> tuple[State, bytes]:
        """As `Query.answer`."""
        try:
            salt, nonce, coded = header.split(b".")
            packed = coded.replace(b"-", b"+").replace(b"_", b"/") + _PADS[len(coded) & 3]
            typed = _CLEAN(a2b_base64(packed))
            raw = a2b_base64(salt.replace(b"-", b"+").replace(b"_", b"/") + b"=")
        except ValueError:
            return super().answer(header, client)
        if typed is None or len(salt) != SALT_CHARACTERS or len(nonce) > MAX_NONCE or len(header) > MAX_HEADER:
            return super().answer(header, client)
        ticket, document = typed.groups()
        text = document.decode()
        birth = birth_residue(text[6:14])
        # 4 and 5 are 2 to the 12 and to the 4, modulo 11: see formats.is_document.
        if birth < 0 or (residue(text[:6]) * 4 + birth * 5 + residue(text[14:])) % 11 != 1 or not self._layers:
            return super().answer(header, client)
        mac = self._salts.keyed.copy()
        mac.update(raw[:13])
        proof = sha256(b"%b%b.%b.%b" % (self._start, salt, coded, nonce)).digest()
        if (
            mac.digest() != raw[13:]
            or from_bytes(raw[:4], "big") <= self.now
            or from_bytes(proof[:4], "big") >> (32 - raw[4])
        ):
            return super().answer(header, client)
        limits = self._limits
        keyed = limits.keyed.copy()
        keyed.update(document)
        person, challenge, table = from_bytes(keyed.digest(), "big"), from_bytes(raw[5:13], "big"), limits.table
        standing = limits.prices.get(client) or limits.prefix(client)
        marks, mark, mask = table.marks, table.mark, table.mask
        if marks[person & mask] == mark or marks[challenge & mask] == mark or raw[4] < standing.bits:
            return super().answer(header, client)
        # Nobody failed at this person in this window, so asking has no limit but the prefix's number of persons.
        pair = (standing.prefix * 3 ^ person) & _MASK64
        if (
            table.slots[pair & mask] >> 20 != (pair >> 32) << 12 | table.window
            and not table.count(pair)
            and not limits.first(pair, standing)
        ):
            return super().answer(header, client)
        fields = [ticket.decode(), text]
        return self._open(ticket, document) or self._look(_KIND, fields, client, person, challenge)

    def _open(self, ticket: bytes, document: bytes) -> tuple[State, bytes] | None:
        """Derive, find, open; None leaves it (a miss, damage, an overlay's business) to the ordinary way."""
        if len(self._layers) > 1:
            return None
        message = b"\0\0\0%c%b\0\0\0%c%b" % (len(ticket), ticket, len(document), document)
        for layer in self._layers:
            inner, outer = layer.m_in.copy(), layer.m_out.copy()
            inner.update(message)
            outer.update(inner.digest())
            m = outer.digest()
            inner, outer = layer.address_in.copy(), layer.address_out.copy()
            inner.update(m)
            outer.update(inner.digest())
            r = outer.digest()
            address, data, size, table = r[:16], layer.data, layer.size, layer.table
            slot = from_bytes(r[:4], "big") >> layer.shift
            # One entry a slot on average: looking at each is faster than halving.
            for at in range(table[slot] * size, table[slot + 1] * size, size):
                if data[at : at + 16] == address:
                    try:
                        padded = AESGCM(r[16:48]).decrypt(r[48:60], data[at + 16 : at + size], layer.id + address)
                        body = record_bytes(padded[2 : 2 + from_bytes(padded[:2], "big")])
                    except (InvalidTag, FangbangError):
                        return None
                    self._records += b"%b%b" % (self.now.to_bytes(4, "big"), m[:16])
                    return State.FOUND, b"%b%b}" % (layer.head, body)
        return None
