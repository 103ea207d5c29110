"""The short way of the score query, for what nearly everybody sends: a clean ticket and resident number, well solved.

Every answer is the one that `hotpath.Query` gives (a property test compares them): whatever is not ordinary (another
kind, anything to fold, a wrong proof, a mark in the limits, a damaged entry) is handed to it, before anything was
counted. So here only the success is written out, in one function, since every call costs a twentieth of the whole.
Structs cut bytes and read numbers in one call where slices take four; bench/RESULTS.md has what that gave.
"""

from binascii import a2b_base64
from hashlib import sha256
from struct import Struct
from struct import error as StructError

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fangbang.core.errors import FangbangError
from fangbang.exams.vocabulary import CredentialKind
from fangbang.lookup.answers import State
from fangbang.lookup.challenge import MAX_NONCE, SALT_CHARACTERS, Salts
from fangbang.lookup.derivation import LENGTHS
from fangbang.lookup.formats import SHIFT_4, SHIFT_12, Judged, birth_residue, residue
from fangbang.lookup.hotpath import Layer, OpenSitting, Query, access_record
from fangbang.lookup.limits import Limits
from fangbang.lookup.pieces import found_bytes

_KIND = CredentialKind.TICKET_DOCUMENT.value
_END = b'"]'
_PADS = (b"", b"===", b"==", b"=")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_salt = Struct(">IBQ10s").unpack
"""When it lapses, its bits, what is random in it, its MAC: see `lookup.challenge`."""
_document = Struct("6s8s6s").unpack
"""Of a resident number with `_END`: the region, the birth date, the serial with the check character and `_END`."""
_place = Struct(">I12x32s12s4x").unpack
"""Of `r`: the address' front, the key, the nonce."""
_length = Struct(">H").unpack_from
_UNSOLVED = [((1 << 256 - bits) - 1).to_bytes(32, "big") + b"\1" for bits in range(256)]
"""Greater than every hash that begins with so many zero bits, and not greater than any other."""

from_bytes = int.from_bytes
_FOUND = State.FOUND
_EIGHTEEN = LENGTHS[18]
_BAD = -1000
_RIGHT = (1, 12, 23)
"""What the three parts of a resident number add up to, when it is one: 1 modulo 11. See `formats.is_document`."""


def _weighed(number: int, weight: int) -> int:
    return number * weight % 11 if number >= 0 else _BAD


_regions = Judged(lambda part: _weighed(residue(part), SHIFT_12))
_births = Judged(lambda part: _weighed(birth_residue(part), SHIFT_4))
_serials = Judged(lambda part: _weighed(residue(part[:4]) if part[4:] == _END.decode() else -1, 1))


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

    __slots__ = ("_begin", "_layer", "_start")

    def __init__(self, opened: OpenSitting, salts: Salts, limits: Limits, records: bytearray, now: int) -> None:
        super().__init__(opened, salts, limits, records, now)
        self._begin = b'["%b' % _KIND.encode() if _KIND in opened.kinds else None
        # What an overlay leaves open is the ordinary way's business.
        only = opened.layers[0] if len(opened.layers) == 1 else None
        self._layer = _Ready(only, self._heads[only.published_at]) if only else None
        self._start = opened.sitting.encode()

    def answer(self, header: bytes, client: str) -> tuple[State, bytes]:
        """As `Query.answer`."""
        try:
            salt, nonce, coded = header.split(b".")
            typed = a2b_base64(coded + _PADS[len(coded) & 3])
            begin, ticket, rest = typed.split(b'","')
            region, birth, serial = _document(rest)
            raw = a2b_base64(salt.translate(_STANDARD) + b"=")
            lapses, bits, challenge, sealed = _salt(raw)
        except (ValueError, StructError):
            return super().answer(header, client)
        # The decoder passes over what is not of its alphabet ("-", "_"): then less came out than went in.
        if (
            begin != self._begin
            or not 6 <= len(ticket) <= 32
            or not (ticket.isdigit() or (ticket.isalnum() and ticket == ticket.upper()))
            or _regions[region] + _births[birth] + _serials[serial] not in _RIGHT
            or (len(typed) * 4 + 2) // 3 != len(coded)
            or len(salt) != SALT_CHARACTERS
            or not (len(nonce) <= MAX_NONCE and nonce.isascii())
        ):
            return super().answer(header, client)
        document = rest[:18]
        mac = self._salts.keyed.copy()
        mac.update(raw[:13])
        proof = sha256(b".".join((self._start, salt, coded, nonce))).digest()
        if mac.digest() != sealed or lapses <= self.now or proof >= _UNSOLVED[bits]:
            return super().answer(header, client)
        limits = self._limits
        keyed = limits.keyed.copy()
        keyed.update(document)
        person, table = from_bytes(keyed.digest(), "big"), limits.table
        standing = limits.prices.get(client) or limits.prefix(client)
        marks, mark, mask = table.marks, table.mark, table.mask
        if marks[person & mask] == mark or marks[challenge & mask] == mark or bits < standing.bits:
            return super().answer(header, client)
        # Nobody failed at this person in this window, so asking has no limit but the prefix's number of persons.
        pair = standing.pairs ^ person
        if (
            table.slots[pair & mask] >> 20 != (pair >> 32) << 12 | table.window
            and not table.count(pair)
            and not limits.first(pair, standing)
        ):
            return super().answer(header, client)
        return self._open(ticket, document) or self._look(
            _KIND, [ticket.decode(), document.decode()], client, person, challenge
        )

    def _open(self, ticket: bytes, document: bytes) -> tuple[State, bytes] | None:
        """Derive, find, open; None leaves it (a miss, damage, an overlay's business) to the ordinary way."""
        layer = self._layer
        if layer is None:
            return None
        inner, outer = layer.m_in.copy(), layer.m_out.copy()
        inner.update(b"".join((LENGTHS[len(ticket)], ticket, _EIGHTEEN, document)))
        outer.update(inner.digest())
        m = outer.digest()
        inner, outer = layer.address_in.copy(), layer.address_out.copy()
        inner.update(m)
        outer.update(inner.digest())
        r = outer.digest()
        front, key, nonce = _place(r)
        address, data, size, table, slot = r[:16], layer.data, layer.size, layer.table, front >> layer.shift
        # One entry a slot on average: looking at each is faster than halving.
        for at in range(table[slot] * size, table[slot + 1] * size, size):
            if data[at : at + 16] == address:
                try:
                    padded = AESGCM(key).decrypt(nonce, data[at + 16 : at + size], layer.id + address)
                    body = found_bytes(layer.head, padded[2 : 2 + _length(padded)[0]])
                except (InvalidTag, FangbangError):
                    return None
                self._records += access_record(self.now, m)
                return _FOUND, body
        return None
