"""The `record` member of a found answer, joined from pieces that were written before: what nearly every answer is.

The bytes are those of `answers.record_json` (a property test compares them), which also decides whatever is not
ordinary. A record's wire form is a MessagePack array: name, document and ticket are one person's; then come pieces that
thousands share, and a cut before each subject's line finds them without reading it:

    province … outcome, how many subjects | a line | … | the last line, statements, version, reason

A cut may fall into a name or a number. But a piece is known only once it was read, in the strict way, as whole values;
known pieces side by side are then the one way in which these bytes can be read.

A line with a ticket of its own is one person's and never known: in a sitting with a ticket for each subject every
answer is written by `answers.record_json`.
"""

from struct import Struct
from struct import error as StructError
from typing import Any

import msgspec

from fangbang.lookup.answers import OUTCOME_WORDS, STATEMENT_WORDS, STATUS_WORDS, record_json, worded
from fangbang.snapshot.record import LAYOUT

_encode = msgspec.json.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Any]).decode

_head = Struct(">HB").unpack_from
_BEGIN = 0x9E00 | LAYOUT
"""An array of fourteen, and its first value."""
_SHORT = {0xA0 + length: length for length in range(32)}
"""Lengths of strings by their marker, for those that have one byte of it."""
_LINE = b"\x96"
"""An array of six."""
_LINES = 0x90
"""An array of no lines; with n lines, n more."""
_PLAIN = bytes(ord("0") if byte < 0x20 or byte in b'"\\' else ord("a") for byte in range(256))
"""Makes letters of all bytes that JSON writes as they are."""
_TICKET = b"\0"
"""Stands for the candidate's ticket in a piece: JSON never holds a bare NUL."""
_MIDDLE = ("province", "city", "level", "category", "specialty", "outcome")

REMEMBERED = 1 << 15
"""Most pieces of each sort, some 400 bytes each."""
_middles: dict[bytes, tuple[int, bytes]] = {}
"""With how many lines must come before the last."""
_lines: dict[bytes, bytes] = {}
_lasts: dict[bytes, bytes] = {}


def record_bytes(wire: bytes) -> bytes:
    """The same bytes as `record_json`."""
    return found_bytes(b"", wire)[:-1]


def found_bytes(head: bytes, wire: bytes) -> bytes:
    """`head` (which holds no NUL), what `record_json` writes, and a brace; faster where every piece is known."""
    try:
        name, document, ticket, pieces = _cut(wire)
        name.decode()
        last = _lasts[pieces.pop()]
        expected, middle = _middles[pieces.pop(0)]
        parts = [head, b'{"name":"', name, b'","document":"', document, middle]
        for piece in pieces:
            parts.append(_lines[piece])
        parts.append(last)
        if expected == len(pieces):
            return b"".join(parts).replace(_TICKET, ticket)
    except (LookupError, ValueError, StructError):
        # Not such a record, or one with a piece that is new.
        pass
    written = record_json(wire)
    _learn(wire, written)
    return b"%b%b}" % (head, written)


def _cut(wire: bytes) -> tuple[bytes, bytes, bytes, list[bytes]]:
    """Name, document, ticket, pieces. LookupError or StructError where they are not as in nearly all records: short,
    without what JSON would escape; document and ticket ASCII."""
    begin, marker = _head(wire)
    after_name = 3 + _SHORT[marker]
    after_document = after_name + 1 + _SHORT[wire[after_name]]
    after_ticket = after_document + 1 + _SHORT[wire[after_document]]
    document, ticket = wire[after_name + 1 : after_document], wire[after_document + 1 : after_ticket]
    plain = wire[3:after_ticket].translate(_PLAIN).isalpha() and document.isascii() and ticket.isascii()
    if begin != _BEGIN or not plain:
        raise LookupError
    return wire[3:after_name], document, ticket, wire[after_ticket:].split(_LINE)


def _learn(wire: bytes, written: bytes) -> None:
    """Remember the pieces of a record that `record_json` wrote, where they are such as others have too."""
    try:
        name, document, ticket, (first, *lines, last) = _cut(wire)
        if first[-1] != _LINES + 1 + len(lines):
            return
        middle = b'","ticket":"%b",%b,"subjects":[' % (_TICKET, _members(_MIDDLE, _decode(_LINE + first[:-1])))
        told = [_line(_decode(_LINE + line)) + b"," for line in lines]
        end = _last(_decode(b"\x94" + _LINE + last))
    except (LookupError, ValueError, StructError, msgspec.MsgspecError):
        return
    whole = b"".join((b'{"name":"', name, b'","document":"', document, middle, *told, end))
    if whole.replace(_TICKET, ticket) == written + b"}":
        _remember(_middles, first, (len(lines), middle))
        for line, text in zip(lines, told, strict=True):
            _remember(_lines, line, text)
        _remember(_lasts, last, end)


def _members(names: tuple[str, ...], values: list[Any]) -> bytes:
    """Members of an object, the outcome as its word."""
    members = dict(zip(names, values, strict=True))
    members["outcome"] = worded(OUTCOME_WORDS, members["outcome"])
    return _encode(members)[1:-1]


def _line(values: list[Any]) -> bytes:
    """One subject's line. LookupError with a ticket of its own: then it is one person's, and would push out others'."""
    subject, own, mark, code, line, status = values
    if own != "":
        raise LookupError
    members = {"mark": mark, "code": code, "line": line, "status": worded(STATUS_WORDS, status)}
    return b'{"subject":%b,"ticket":"%b",%b' % (_encode(subject), _TICKET, _encode(members)[1:])


def _last(values: list[Any]) -> bytes:
    """The last line and whatever comes after it, with the brace around the whole answer."""
    line, statements, version, reason = values
    for statement in statements:
        statement[0] = worded(STATEMENT_WORDS, statement[0])
    members = {"statements": statements, "version": version, "reason": reason}
    return b"%b],%b}" % (_line(line), _encode(members)[1:])


def _remember(known: dict[bytes, Any], piece: bytes, told: Any) -> None:
    if len(known) >= REMEMBERED:
        known.clear()
    known[piece] = told
