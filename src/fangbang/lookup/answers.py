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
OUTCOME_WORDS: dict[Any, Any] = dict(enumerate(word.value for word in OUTCOMES))
STATUS_WORDS: dict[Any, Any] = dict(enumerate(word.value for word in STATUSES))
STATEMENT_WORDS: dict[Any, Any] = dict(enumerate(word.value for word in STATEMENTS))


def worded(words: dict[Any, Any], value: Any) -> Any:
    """A word of a record; its number's, where it has one. KeyError where there is none."""
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
            statement[0] = worded(STATEMENT_WORDS, statement[0])
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
                "outcome": worded(OUTCOME_WORDS, outcome),
                "subjects": [
                    {
                        "subject": subject,
                        "ticket": own or ticket,
                        "mark": mark,
                        "code": code,
                        "line": line,
                        "status": worded(STATUS_WORDS, status),
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


def plain(state: State, **members: Any) -> bytes:
    """JSON bytes of an answer without a record."""
    return _encode({"state": state.word, **members})
