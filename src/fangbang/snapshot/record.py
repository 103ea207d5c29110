"""What one candidate's entry says: codes, numbers and names; never prose, never a date that depends on T.

Wire form (normative: docs/reference/snapshot-v1.md, section 4): a MessagePack array that begins with the layout's
number; words of the closed vocabulary travel as numbers, a word without a number as itself. Padded: two bytes of
length, the array, zeros.
"""

from typing import Any

import msgspec

from fangbang.core.errors import FangbangError
from fangbang.exams.vocabulary import Outcome, StatementCode, SubjectStatus
from fangbang.snapshot.problems import BAD_RECORD, RECORD_TOO_LONG

LAYOUT = 1
LENGTH_BYTES = 2

OUTCOMES: tuple[Outcome, ...] = (
    Outcome.QUALIFIED,
    Outcome.QUALIFIED_REGIONALLY,
    Outcome.PARTLY_PASSED,
    Outcome.NOT_PASSED,
    Outcome.ABSENT,
    Outcome.VOID,
    Outcome.WITHHELD,
    Outcome.LINE_NOT_ANNOUNCED,
)
STATUSES: tuple[SubjectStatus, ...] = (
    SubjectStatus.PASSED,
    SubjectStatus.PASSED_REGIONALLY,
    SubjectStatus.NOT_PASSED,
    SubjectStatus.ABSENT,
    SubjectStatus.VIOLATION,
    SubjectStatus.INVALID,
    SubjectStatus.UNDEFINED_CODE,
    SubjectStatus.VOID,
    SubjectStatus.LINE_NOT_ANNOUNCED,
    SubjectStatus.WITHHELD,
)
STATEMENTS: tuple[StatementCode, ...] = (
    StatementCode.WINDOW_EARNED,
    StatementCode.WINDOW_EARNED_REGIONALLY,
    StatementCode.WINDOW_EXEMPT,
    StatementCode.WINDOW_LAPSED,
    StatementCode.WINDOW_OWED,
    StatementCode.WINDOW_SAVES,
    StatementCode.WINDOW_COMPLETE,
    StatementCode.WINDOW_RULE,
    StatementCode.NEXT_CERTIFICATE,
    StatementCode.NEXT_PANEL,
    StatementCode.NEXT_REVIEW,
    StatementCode.NEXT_RETAKE,
    StatementCode.NEXT_LINE,
    StatementCode.RESULT_CODE,
)
"""The number of a word is its place here, from 0. Closed with version 1: a later word travels as itself."""

_OUTCOME_NUMBER: dict[str, int] = {word.value: number for number, word in enumerate(OUTCOMES)}
_STATUS_NUMBER: dict[str, int] = {word.value: number for number, word in enumerate(STATUSES)}
_STATEMENT_NUMBER: dict[str, int] = {word.value: number for number, word in enumerate(STATEMENTS)}
_OUTCOME_WORD = [word.value for word in OUTCOMES]
_STATUS_WORD = [word.value for word in STATUSES]
_STATEMENT_WORD = [word.value for word in STATEMENTS]

Word = int | str
Statement = tuple[Any, ...]
"""(statement code, argument …): arguments are strings and integers."""


class SubjectLine(msgspec.Struct, array_like=True, frozen=True):
    """One subject of this sitting. `ticket` is "" if it is the record's; exactly one of `mark` and `code` is set."""

    subject: str
    ticket: str
    mark: str | None
    code: int | None
    line: str | None
    status: str


class Record(msgspec.Struct, array_like=True, frozen=True):
    """A candidate's result at one level of one sitting. `document` is masked; marks are decimal strings."""

    name: str
    document: str
    ticket: str
    province: str
    city: str
    level: str
    category: str
    specialty: str
    outcome: str
    subjects: tuple[SubjectLine, ...]
    statements: tuple[Statement, ...]
    version: int = 1
    reason: str = ""
    layout: int = LAYOUT


class _WireSubject(msgspec.Struct, array_like=True):
    subject: str
    ticket: str
    mark: str | None
    code: int | None
    line: str | None
    status: Word


class _WireRecord(msgspec.Struct, array_like=True):
    layout: int
    name: str
    document: str
    ticket: str
    province: str
    city: str
    level: str
    category: str
    specialty: str
    outcome: Word
    subjects: list[_WireSubject]
    statements: list[list[Any]]
    version: int
    reason: str


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_WireRecord)


def outcome_number(word: str) -> Word:
    return _OUTCOME_NUMBER.get(word, word)


def status_number(word: str) -> Word:
    return _STATUS_NUMBER.get(word, word)


def wire_statement(statement: Statement | list[Any]) -> list[Any]:
    """A statement with its code as a number."""
    return [_STATEMENT_NUMBER.get(statement[0], statement[0]), *statement[1:]]


def encode_wire(value: Any) -> bytes:
    """MessagePack of wire values, for writers in bulk: they pass what `encode` would, in its order."""
    return _encoder.encode(value)


def encode(record: Record) -> bytes:
    """The record's wire form, not padded."""
    return encode_wire(
        (
            record.layout,
            record.name,
            record.document,
            record.ticket,
            record.province,
            record.city,
            record.level,
            record.category,
            record.specialty,
            outcome_number(record.outcome),
            [(s.subject, s.ticket, s.mark, s.code, s.line, status_number(s.status)) for s in record.subjects],
            [wire_statement(statement) for statement in record.statements],
            record.version,
            record.reason,
        )
    )


def decode(data: bytes) -> Record:
    """Inverse of `encode`; anything else raises an integrity error."""
    try:
        wire = _decoder.decode(data)
        if wire.layout != LAYOUT:
            raise FangbangError(BAD_RECORD)
        return Record(
            wire.name,
            wire.document,
            wire.ticket,
            wire.province,
            wire.city,
            wire.level,
            wire.category,
            wire.specialty,
            _word(wire.outcome, _OUTCOME_WORD),
            tuple(
                SubjectLine(s.subject, s.ticket, s.mark, s.code, s.line, _word(s.status, _STATUS_WORD))
                for s in wire.subjects
            ),
            tuple((_word(item[0], _STATEMENT_WORD), *item[1:]) for item in wire.statements),
            wire.version,
            wire.reason,
            wire.layout,
        )
    except (msgspec.MsgspecError, IndexError, TypeError) as error:
        raise FangbangError(BAD_RECORD) from error


def _word(value: Word, words: list[str]) -> str:
    if isinstance(value, str):
        return value
    if value < 0:
        raise IndexError(value)
    return words[value]


def pad(data: bytes, size: int) -> bytes:
    """`size` bytes: length, data, zeros. Empty data is a tombstone."""
    if len(data) > size - LENGTH_BYTES:
        raise FangbangError(RECORD_TOO_LONG, length=len(data), limit=size - LENGTH_BYTES)
    return (len(data).to_bytes(LENGTH_BYTES, "big") + data).ljust(size, b"\x00")


def unpad(text: bytes) -> bytes:
    """Inverse of `pad`; b"" is a tombstone."""
    end = LENGTH_BYTES + int.from_bytes(text[:LENGTH_BYTES], "big")
    if end > len(text):
        raise FangbangError(BAD_RECORD)
    return text[LENGTH_BYTES:end]
