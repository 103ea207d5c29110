"""What the query may answer: one closed list of states, their HTTP statuses and bytes made once."""

from enum import IntEnum
from typing import Any

import msgspec

from fangbang.core.errors import FangbangError
from fangbang.snapshot.problems import BAD_RECORD
from fangbang.snapshot.record import LAYOUT, OUTCOMES, STATEMENTS, STATUSES


class State(IntEnum):
    """Every answer of the query; the number is its place among the node's counters."""

    FOUND = 0
    NOT_FOUND = 1
    NOT_RELEASED = 2
    MALFORMED = 3
    CHALLENGE = 4
    LIMITED = 5
    WITHDRAWN = 6
    UNAVAILABLE = 7
    OVERLOAD = 8
    CLOSED = 9

    @property
    def word(self) -> str:
        """As it is written in JSON."""
        return self.name.lower().replace("_", "-")


STATUS: dict[State, int] = {
    State.FOUND: 200,
    State.NOT_FOUND: 200,
    State.NOT_RELEASED: 200,
    State.MALFORMED: 400,
    State.CHALLENGE: 403,
    State.LIMITED: 429,
    State.WITHDRAWN: 200,
    State.UNAVAILABLE: 503,
    State.OVERLOAD: 503,
    State.CLOSED: 200,
}
"""Whether somebody exists never shows in the status."""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Any]).decode
_OUTCOMES: dict[Any, Any] = dict(enumerate(word.value for word in OUTCOMES))
_STATUSES = dict(enumerate(word.value for word in STATUSES))
_STATEMENTS = dict(enumerate(word.value for word in STATEMENTS))


def _word(words: dict[Any, Any], value: Any) -> Any:
    return value if isinstance(value, str) else words[value]


def record_json(wire: bytes) -> bytes:
    """The `record` member of a found answer, straight from a record's wire bytes (`snapshot.record`).

    Members as in `snapshot.record.Record`, but a subject's own ticket is always written out and `layout` is left out:
    name, document (masked), ticket, province, city, level, category, specialty, outcome, subjects [{subject, ticket,
    mark, code, line, status}], statements [[code, argument …]], version, reason. Marks are decimal strings.
    Words without a number stand for themselves; numbers without a word and other bytes raise an integrity error.
    """
    try:
        (
            layout, name, document, ticket, province, city, level, category, specialty, outcome,
            subjects, statements, version, reason,
        ) = _decode(wire)  # fmt: skip
        if layout != LAYOUT:
            raise FangbangError(BAD_RECORD)
        for statement in statements:
            statement[0] = _word(_STATEMENTS, statement[0])
        return _encode(
            {
                "name": name,
                "document": document,
                "ticket": ticket,
                "province": province,
                "city": city,
                "level": level,
                "category": category,
                "specialty": specialty,
                "outcome": _word(_OUTCOMES, outcome),
                "subjects": [
                    {
                        "subject": subject,
                        "ticket": own or ticket,
                        "mark": mark,
                        "code": code,
                        "line": line,
                        "status": _word(_STATUSES, status),
                    }
                    for subject, own, mark, code, line, status in subjects
                ],
                "statements": statements,
                "version": version,
                "reason": reason,
            }
        )
    except (msgspec.MsgspecError, ValueError, TypeError, LookupError) as error:
        raise FangbangError(BAD_RECORD) from error


class _Wire(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """A record's wire form with its lists left unread."""

    layout: int
    name: str
    document: str
    ticket: str
    province: str
    city: str
    level: str
    category: str
    specialty: str
    outcome: int | str
    subjects: list[msgspec.Raw]
    statements: msgspec.Raw
    version: int
    reason: str


class _Written(msgspec.Struct, gc=False):
    """The `record` member with its lists written already."""

    name: str
    document: str
    ticket: str
    province: str
    city: str
    level: str
    category: str
    specialty: str
    outcome: int | str
    subjects: list[msgspec.Raw]
    statements: msgspec.Raw
    version: int
    reason: str


_decode_wire = msgspec.msgpack.Decoder(_Wire).decode
_TICKET = b"\0"
"""Stands for the candidate's ticket in a remembered line: JSON never holds a bare NUL."""
REMEMBERED = 1 << 14
"""Most lines and most lists of statements that are remembered; some 200 bytes each."""
_lines: dict[bytes, msgspec.Raw] = {}
_lists: dict[bytes, msgspec.Raw] = {}


def record_bytes(wire: bytes) -> bytes:
    """The same bytes as `record_json`, faster: the same marks and advice are written for thousands of people."""
    try:
        record = _decode_wire(wire)
        if record.layout != LAYOUT:
            return record_json(wire)
        parts = []
        for raw in record.subjects:
            key = bytes(raw)
            parts.append(_lines.get(key) or _line(key))
        key, outcome = bytes(record.statements), record.outcome
        return _encode(
            _Written(
                record.name,
                record.document,
                record.ticket,
                record.province,
                record.city,
                record.level,
                record.category,
                record.specialty,
                outcome if isinstance(outcome, str) else _OUTCOMES[outcome],
                parts,
                _lists.get(key) or _statements(key),
                record.version,
                record.reason,
            )
        ).replace(_TICKET, _encode(record.ticket))
    except (msgspec.MsgspecError, ValueError, TypeError, LookupError):
        return record_json(wire)


def _line(wire: bytes) -> msgspec.Raw:
    """One subject's line, with `_TICKET` where the candidate's own ticket belongs."""
    subject, own, mark, code, line, status = _decode(wire)
    members = {"mark": mark, "code": code, "line": line, "status": _word(_STATUSES, status)}
    ticket = _encode(own) if own else _TICKET
    written = msgspec.Raw(b'{"subject":%b,"ticket":%b,%b' % (_encode(subject), ticket, _encode(members)[1:]))
    if not own:
        # With a ticket of its own a line is one person's: remembering it would push out those that are everybody's.
        if len(_lines) >= REMEMBERED:
            _lines.clear()
        _lines[wire] = written
    return written


def _statements(wire: bytes) -> msgspec.Raw:
    statements = _decode(wire)
    for statement in statements:
        statement[0] = _word(_STATEMENTS, statement[0])
    if len(_lists) >= REMEMBERED:
        _lists.clear()
    written = _lists[wire] = msgspec.Raw(_encode(statements))
    return written


def plain(state: State, **members: Any) -> bytes:
    """JSON bytes of an answer without a record."""
    return _encode({"state": state.word, **members})
