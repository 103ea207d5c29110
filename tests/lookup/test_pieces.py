"""What is joined from remembered pieces is what the record's JSON is, whatever the record."""

from collections.abc import Callable, Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.errors import FangbangError
from fangbang.lookup import pieces
from fangbang.lookup.answers import record_json
from fangbang.lookup.pieces import found_bytes, record_bytes
from fangbang.snapshot.record import Record, SubjectLine, encode
from tests.lookup.scene import record
from tests.lookup.test_hotpath import RECORDS

TICKET = "20260001"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for sort in ("_middles", "_lines", "_lasts"):
        monkeypatch.setattr(pieces, sort, {})


def line(mark: str | None = "61", *, ticket: str = "", code: int | None = None) -> SubjectLine:
    return SubjectLine("law", ticket, mark, code, "60", "passed")


def plain(name: str = "张三", **changes: object) -> Record:
    """A record of three subjects, all of whose pieces are such as others have too."""
    return record(name, TICKET, **{"subjects": (line("61"), line("62"), line("63")), **changes})


@given(RECORDS)
def test_a_record_is_written_alike(sealed: Record) -> None:
    wire = encode(sealed)

    assert record_bytes(wire) == record_json(wire)
    assert record_bytes(wire) == record_json(wire), "again, from what was remembered"


@given(st.binary(max_size=60))
def test_bytes_that_are_no_record_raise(data: bytes) -> None:
    with pytest.raises(FangbangError):
        record_bytes(data)


@pytest.mark.parametrize("place", ["outcome", "status", "statement"])
def test_a_number_that_is_no_word_raises(place: str) -> None:
    at = {"outcome": 9, "status": 10, "statement": 11}[place]
    wire: list[object] = ["", "张三", "1***1", "20260001", "110000", "", "middle", "full", "", 0, [], [], 1, ""]
    wire[0], wire[at] = 1, {"outcome": 8, "status": [["law", "", "61", None, "60", 10]], "statement": [[14]]}[place]

    for write in (record_bytes, record_json):
        with pytest.raises(FangbangError):
            write(msgspec.msgpack.encode(wire))


def test_whoever_comes_next_is_written_without_being_read(monkeypatch: pytest.MonkeyPatch) -> None:
    record_bytes(encode(plain("张三")))
    second = encode(plain("王䶮"))
    expected = record_json(second)
    monkeypatch.setattr(pieces, "record_json", lambda _: pytest.fail("read"))

    assert record_bytes(second) == expected
    assert found_bytes(b'{"record":', second) == b'{"record":%b}' % expected


@pytest.mark.parametrize(
    "odd",
    [
        plain('"'),
        plain("\\"),
        plain("\x00"),
        plain("名" * 11),
        plain("斖閖"),
        plain(document="１"),
        plain(city="斖"),
        plain(subjects=()),
        plain(subjects=(line(),) * 16),
        plain(subjects=(line(), line(ticket="7"), line())),
        plain(subjects=(line(), line(), line(ticket=TICKET))),
        plain(subjects=(line(), line(mark=None, code=-106), line())),
        plain(statements=(("x\0", "斖", 150),)),
    ],
    ids=repr,
)
def test_odd_records_are_written_alike(odd: Record) -> None:
    record_bytes(encode(plain()))
    wire = encode(odd)

    assert [record_bytes(wire), record_bytes(wire)] == [record_json(wire)] * 2


def test_a_line_with_a_ticket_of_its_own_is_not_remembered() -> None:
    record_bytes(encode(plain(subjects=(line(ticket="7"), line("62")))))

    assert (pieces._middles, pieces._lines, pieces._lasts) == ({}, {}, {})


def misplaced() -> Iterator[tuple[str, Callable[[bytes, bytes, bytes], list[bytes]]]]:
    yield "a line missing", lambda middle, one, last: [middle, last]
    yield "a line too many", lambda middle, one, last: [middle, one, one, one, last]
    yield "the end twice", lambda middle, one, last: [middle, one, last, last]
    yield "no end", lambda middle, one, last: [middle, one, one, one]
    yield "the end first", lambda middle, one, last: [last, one, one, middle]
    yield "a line first", lambda middle, one, last: [one, one, one, last]
    yield "something behind", lambda middle, one, last: [middle, one, one, last + b"\0"]


@pytest.mark.parametrize(("what", "order"), list(misplaced()))
def test_known_pieces_in_another_order_are_no_record(
    what: str, order: Callable[[bytes, bytes, bytes], list[bytes]]
) -> None:
    wire = encode(plain())
    record_bytes(wire)
    middle, one, _, last = wire[wire.index(b"\xa6110000") :].split(b"\x96")
    turned = wire[: wire.index(b"\xa6110000")] + b"\x96".join(order(middle, one, last))

    for write in (record_json, record_bytes):
        with pytest.raises(FangbangError):
            write(turned)


def test_a_name_that_is_no_text_is_no_record() -> None:
    wire = encode(plain("ab"))
    record_bytes(wire)

    with pytest.raises(FangbangError):
        record_bytes(wire.replace(b"ab", b"\xff\xfe", 1))


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "REMEMBERED", 8)

    for mark in range(40):
        record_bytes(encode(plain(city=str(mark), subjects=(line(str(mark)), line(str(mark))))))

    assert [len(sort) for sort in (pieces._middles, pieces._lines, pieces._lasts)] == [8, 8, 8]
