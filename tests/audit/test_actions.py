"""The audit log: one way in, append-only, and any tampering shows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from fangbang.audit import queries, triggers
from fangbang.audit.actions import record, recorded
from fangbang.audit.events import AuditEvent
from fangbang.audit.models import Event, Head
from fangbang.audit.problems import CHAIN_BROKEN, HEAD_MISSING
from fangbang.audit.rules import NO_HASH, Actor, Anchor, Entry
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError

pytestmark = pytest.mark.django_db

CHEN = Actor("chen", "陈")


def write(count: int) -> list[Entry]:
    """`count` entries, one second apart."""
    clock = ManualClock(datetime(2026, 8, 20, 1, 0, 0, 123456, tzinfo=UTC))
    written = []
    for number in range(1, count + 1):
        clock.advance(timedelta(seconds=1))
        written.append(
            record(
                actor=CHEN,
                event=AuditEvent.BATCH_ACCEPTED,
                subject="social-worker-2026",
                details={"rows": number, "file": "marks.csv"},
                clock=clock,
            )
        )
    return written


def test_an_entry_carries_the_hash_of_the_one_before() -> None:
    first, second = write(2)

    assert (first.seq, first.previous) == (1, NO_HASH)
    assert (second.seq, second.previous) == (2, first.hash)
    assert queries.head() == Anchor(2, second.hash)


def test_entries_come_back_as_they_were_written() -> None:
    written = write(3)

    assert list(queries.entries()) == written
    assert queries.latest(2) == written[1:]
    assert list(queries.entries(subject="another")) == []
    assert queries.verify_chain() == Anchor(3, written[-1].hash)


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(ValueError, match="made-up"):
        record(actor=CHEN, event="made-up", subject="x")


def test_floats_never_enter_the_log() -> None:
    with pytest.raises(TypeError):
        record(actor=CHEN, event=AuditEvent.BATCH_ACCEPTED, subject="x", details={"mark": 59.5})


def test_an_act_that_fails_leaves_no_entry() -> None:
    with pytest.raises(KeyError), transaction.atomic():
        record(actor=CHEN, event=AuditEvent.BATCH_ACCEPTED, subject="x")
        raise KeyError

    assert list(queries.entries()) == []
    assert queries.head() == Anchor(0, NO_HASH)


def test_an_error_in_a_receiver_undoes_the_act() -> None:
    def refuse(**_: object) -> None:
        raise KeyError

    recorded.connect(refuse)
    try:
        with pytest.raises(KeyError), transaction.atomic():
            record(actor=CHEN, event=AuditEvent.BATCH_ACCEPTED, subject="x")
    finally:
        recorded.disconnect(refuse)

    assert list(queries.entries()) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor_id = 'wang' WHERE seq = 1",
        "DELETE FROM audit_event WHERE seq = 2",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET seq = 1",
    ],
)
def test_the_database_refuses_to_change_the_log(statement: str) -> None:
    write(2)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert queries.verify_chain().seq == 2


TAMPERINGS = {
    "altered actor": "UPDATE audit_event SET actor_id = 'wang' WHERE seq = 2",
    "altered details": "UPDATE audit_event SET details = '{}' WHERE seq = 2",
    "altered time": "UPDATE audit_event SET at = '2026-01-01 00:00:00+00:00' WHERE seq = 2",
    "altered hash": "UPDATE audit_event SET hash = previous || 'x' WHERE seq = 3",
    "deleted in the middle": "DELETE FROM audit_event WHERE seq = 2",
    "deleted at the start": "DELETE FROM audit_event WHERE seq = 1",
    "deleted at the end": "DELETE FROM audit_event WHERE seq = 3",
    "deleted head": "DELETE FROM audit_head",
    "moved head": "UPDATE audit_head SET seq = 2",
}


@pytest.mark.parametrize("statement", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_whoever_drops_the_triggers_is_still_found_out(statement: str) -> None:
    write(3)
    triggers.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("previous || 'x'", f"'{'f' * 64}'"))

    with pytest.raises(FangbangError) as caught:
        queries.verify_chain()

    assert caught.value.problem == CHAIN_BROKEN


def test_a_reordered_chain_is_found_out() -> None:
    write(3)
    triggers.remove(connection)
    Event.objects.filter(seq=2).update(seq=4)
    Event.objects.filter(seq=3).update(seq=2)
    Event.objects.filter(seq=4).update(seq=3)

    assert {finding.seq for finding in queries.findings()} == {2, 3}


def test_a_chain_rewritten_as_a_whole_differs_from_an_anchor_kept_elsewhere() -> None:
    anchor = Anchor(2, write(3)[1].hash)
    triggers.remove(connection)
    Event.objects.all().delete()
    Head.objects.update(seq=0, hash=NO_HASH)
    for _ in range(3):
        record(actor=Actor("wang", "王"), event=AuditEvent.BATCH_ACCEPTED, subject="social-worker-2026")

    assert queries.findings() == []
    assert [finding.seq for finding in queries.findings([anchor])] == [2]


def test_a_chain_cut_short_with_its_head_lacks_an_anchor_kept_elsewhere() -> None:
    written = write(3)
    triggers.remove(connection)
    Event.objects.filter(seq=3).delete()
    Head.objects.update(seq=2, hash=written[1].hash)

    assert queries.findings() == []
    assert [finding.seq for finding in queries.findings([Anchor(3, written[2].hash)])] == [3]


def test_nothing_is_recorded_once_the_head_is_gone() -> None:
    triggers.remove(connection)
    Head.objects.all().delete()

    with pytest.raises(FangbangError) as caught:
        write(1)

    assert caught.value.problem == HEAD_MISSING
