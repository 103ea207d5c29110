"""Records: what goes in comes out, what is damaged raises, the numbers of words never move."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.errors import FangbangError
from fangbang.exams.vocabulary import Outcome, StatementCode, SubjectStatus
from fangbang.snapshot.record import (
    OUTCOMES,
    STATEMENTS,
    STATUSES,
    Record,
    SubjectLine,
    decode,
    encode,
    encode_wire,
    pad,
    unpad,
)
from tests.snapshot.samples import ZHANG

texts = st.text(max_size=12)
subjects = st.builds(
    SubjectLine,
    subject=texts,
    ticket=texts,
    mark=st.none() | texts,
    code=st.none() | st.integers(-99, 99),
    line=st.none() | texts,
    status=st.sampled_from([*(word.value for word in STATUSES), "a-word-of-tomorrow"]),
)
statements = st.tuples(st.sampled_from([word.value for word in STATEMENTS]), texts, st.integers(0, 9999))
records = st.builds(
    Record,
    name=texts,
    document=texts,
    ticket=texts,
    province=texts,
    city=texts,
    level=texts,
    category=texts,
    specialty=texts,
    outcome=st.sampled_from([word.value for word in OUTCOMES]),
    subjects=st.lists(subjects, max_size=4).map(tuple),
    statements=st.lists(statements, max_size=4).map(tuple),
    version=st.integers(1, 9),
    reason=texts,
)


@given(records)
def test_a_record_survives_the_wire(record: Record) -> None:
    assert decode(encode(record)) == record


def test_every_word_with_a_number_is_of_the_vocabulary() -> None:
    """The tables are closed; a word that is coined later travels as itself (the property above has one)."""
    assert set(OUTCOMES) <= set(Outcome)
    assert set(STATUSES) <= set(SubjectStatus)
    assert set(STATEMENTS) <= set(StatementCode)


@given(st.binary(max_size=40))
def test_bytes_that_are_no_record_raise_an_integrity_error(data: bytes) -> None:
    with pytest.raises(FangbangError) as caught:
        decode(data)

    assert caught.value.code == "snapshot.bad-record"


@pytest.mark.parametrize("change", [(0, 2), (9, 99), (9, -1), (11, [[]]), (10, [["ability"]])])
def test_a_record_with_an_impossible_field_raises(change: tuple[int, object]) -> None:
    wire = [1, "", "", "", "", "", "", "", "", 0, [], [], 1, ""]
    wire[change[0]] = change[1]

    with pytest.raises(FangbangError):
        decode(encode_wire(wire))


@given(st.binary(max_size=478))
def test_padding_is_undone(data: bytes) -> None:
    padded = pad(data, 480)

    assert (len(padded), unpad(padded)) == (480, data)


def test_a_record_that_does_not_fit_is_refused() -> None:
    with pytest.raises(FangbangError) as caught:
        pad(bytes(479), 480)

    assert (caught.value.code, caught.value.params) == ("snapshot.record-too-long", {"length": 479, "limit": 478})


def test_a_length_beyond_the_plaintext_is_refused() -> None:
    with pytest.raises(FangbangError):
        unpad(b"\xff\xff" + bytes(478))


def test_an_ordinary_record_leaves_room_in_its_entry() -> None:
    assert len(encode(ZHANG.record)) < 300
