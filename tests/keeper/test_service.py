"""The keeper's promises: nothing before T, the same thing however often it starts, a counter that only grows."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from fangbang.core.clock import ManualClock, to_wire
from fangbang.core.errors import FangbangError
from fangbang.exams.vocabulary import CredentialKind
from fangbang.keeper.roster import FORGET_WORKER
from fangbang.keeper.service import REISSUE, Keeper
from fangbang.snapshot.derive import Pepperer
from fangbang.snapshot.reader import Snapshot
from fangbang.snapshot.record import decode
from tests.keeper.conftest import Node
from tests.keeper.office import SITTING, Office, row

Seal = Callable[..., dict[str, Any]]
HOUR = timedelta(hours=1)


@pytest.fixture
def base(office: Office, sealed: Seal) -> dict[str, Any]:
    """A sealed release of two candidates."""
    return sealed(office.seal_order(office.report(office.book([row(1), row(2, name="欧阳娜娜")]))))


def scheduled(office: Office, keeper: Keeper, base: dict[str, Any], clock: ManualClock, **changes: Any) -> None:
    keeper.schedule(*office.schedule_order(base, clock.now() + HOUR, **changes))


def test_a_sealed_release_stands_on_the_board_without_its_key(base: dict[str, Any], node: Node, keeper: Keeper) -> None:
    node.register(keeper)

    board = node.board()

    entry = board.sittings[SITTING]
    assert (entry.state, entry.t, entry.exam.zh) == ("sealed", None, "社会工作者")
    assert [(ref.id, ref.header_sha256) for ref in entry.snapshots] == [(base["snapshot"], base["header"])]
    assert board.envelopes == {node.name: {}}


def test_at_the_hour_the_key_opens_the_snapshot_for_a_registered_worker(
    office: Office, keeper: Keeper, base: dict[str, Any], node: Node, clock: ManualClock
) -> None:
    node.register(keeper)
    scheduled(office, keeper, base, clock)
    clock.advance(HOUR)

    keeper.tick()

    letter = node.letter(base["snapshot"])
    assert letter is not None
    pepperer = Pepperer(bytes.fromhex(letter.pepper), SITTING)
    opened = Snapshot.open(office.folders.snapshots / base["snapshot"]).unlock(bytes.fromhex(letter.release_key))
    wire = opened.lookup(pepperer.m(CredentialKind.DOCUMENT_NAME, "110101199001010002", "欧阳娜娜"))
    assert wire is not None
    record = decode(wire)
    assert (record.ticket, record.document, record.subjects[0].mark) == ("110600000002", "1101************02", "61.5")
    found = [opened.lookup(pepperer.m(CredentialKind(item.kind), *item.fields)) for item in letter.sentinels]
    digests = [hashlib.sha256(item).hexdigest() for item in found if item is not None]
    assert digests == [item.sha256 for item in letter.sentinels]
    assert len(digests) == 3


def test_one_microsecond_before_the_hour_there_is_no_key(
    office: Office, keeper: Keeper, base: dict[str, Any], node: Node, clock: ManualClock
) -> None:
    node.register(keeper)
    scheduled(office, keeper, base, clock)
    clock.advance(HOUR - timedelta(microseconds=1))

    keeper.tick()
    with pytest.raises(FangbangError) as caught:
        keeper.envelope(node.name, base["snapshot"])

    assert caught.value.code == "keeper.too-early"
    assert node.letter(base["snapshot"]) is None
    assert node.board().sittings[SITTING].state == "scheduled"


@pytest.mark.parametrize("restart", ["before", "at", "after"])
def test_a_restart_before_at_or_after_the_hour_posts_the_same_key_once(
    restart: str, office: Office, keeper: Keeper, base: dict[str, Any], node: Node, clock: ManualClock
) -> None:
    node.register(keeper)
    scheduled(office, keeper, base, clock)
    if restart == "before":
        clock.advance(HOUR - timedelta(seconds=1))
        keeper = office.keeper(clock)
        keeper.tick()
        assert node.letter(base["snapshot"]) is None
        clock.advance(timedelta(seconds=1))
        keeper.tick()
    elif restart == "at":
        clock.advance(HOUR)
        keeper = office.keeper(clock)
        keeper.tick()
    else:
        clock.advance(HOUR)
        keeper.tick()
        clock.advance(HOUR)
    first = node.letter(base["snapshot"]) if restart != "after" else None

    restarted = office.keeper(clock)
    restarted.tick()

    letter = node.letter(base["snapshot"])
    ref = node.board().sittings[SITTING].snapshots[0]
    assert letter is not None
    assert first is None or letter == first
    assert ref.published_at == ref.t
    assert node.board().sittings[SITTING].state == "published"


def test_a_clock_that_jumps_back_after_the_hour_takes_nothing_back(
    office: Office, keeper: Keeper, base: dict[str, Any], node: Node, clock: ManualClock
) -> None:
    node.register(keeper)
    scheduled(office, keeper, base, clock)
    clock.advance(HOUR)
    keeper.tick()
    counter = node.board().counter

    clock.advance(-2 * HOUR)
    keeper.tick()

    assert node.letter(base["snapshot"]) is not None
    assert node.board().counter == counter + 1


def test_the_counter_grows_over_restarts_and_never_stands_on_other_bytes(
    office: Office, keeper: Keeper, base: dict[str, Any], node: Node, clock: ManualClock
) -> None:
    seen: dict[int, bytes] = {}
    for _ in range(6):
        keeper.issue_board()
        data = office.folders.board.read_bytes()
        assert seen.setdefault(node.board().counter, data) == data
        keeper = office.keeper(clock)
        clock.advance(timedelta(seconds=1))

    assert sorted(seen) == list(range(min(seen), min(seen) + 6))


def test_a_seal_under_way_does_not_show_on_the_board(
    office: Office, keeper: Keeper, sealed: Callable[..., dict[str, Any]], node: Node
) -> None:
    """The exam of a release that is being sealed has no name yet."""
    sealed(office.seal_order(office.report(office.book([row(1)]))))
    keeper.issue_board()
    before = node.board().sittings
    keeper.begin_seal(office.seal_order(office.report(office.book([row(2)]), "rel-2")))

    keeper.issue_board()

    assert node.board().sittings == before


def test_a_lost_board_write_skips_a_counter(
    office: Office, keeper: Keeper, base: dict[str, Any], node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = node.board().counter
    monkeypatch.setattr("fangbang.keeper.service.write_durably", _power_cut)
    with pytest.raises(OSError, match="power"):
        keeper.issue_board()
    monkeypatch.undo()

    office.keeper(keeper.clock).issue_board()

    assert node.board().counter == before + 2


def _power_cut(*_: object) -> None:
    raise OSError("power")


def test_the_board_is_issued_anew_only_when_it_grew_old(
    keeper: Keeper, base: dict[str, Any], node: Node, clock: ManualClock
) -> None:
    keeper.tick()
    counter = node.board().counter

    keeper.tick()
    clock.advance(REISSUE - timedelta(seconds=1))
    keeper.tick()
    unchanged = node.board().counter
    clock.advance(timedelta(seconds=1))
    keeper.tick()

    assert (unchanged, node.board().counter) == (counter, counter + 1)
    assert timedelta(seconds=10) >= REISSUE


def test_a_worker_that_registers_after_the_hour_is_served_at_once(
    office: Office, keeper: Keeper, base: dict[str, Any], node: Node, clock: ManualClock
) -> None:
    scheduled(office, keeper, base, clock)
    clock.advance(HOUR)
    keeper.tick()

    node.register(keeper)

    assert node.letter(base["snapshot"]) is not None
    assert keeper.envelope(node.name, base["snapshot"])["envelope"] != ""


def test_a_worker_not_heard_of_for_a_day_is_forgotten(
    keeper: Keeper, office: Office, node: Node, clock: ManualClock
) -> None:
    node.register(keeper)
    clock.advance(FORGET_WORKER + timedelta(seconds=1))

    Node(office, "node2-0").register(keeper)

    assert list(node.board().envelopes) == ["node2-0"]


@pytest.mark.parametrize(
    "request_", [{}, {"worker": "w", "node": "n", "public_key": "00", "report": {}}, {"worker": "w" * 200}]
)
def test_a_malformed_registration_is_refused(keeper: Keeper, request_: dict[str, Any]) -> None:
    with pytest.raises(FangbangError) as caught:
        keeper.register(request_)

    assert caught.value.code == "keeper.bad-command"


def test_the_hour_moves_with_two_fresh_signatures_and_a_higher_serial(
    office: Office, keeper: Keeper, base: dict[str, Any], node: Node, clock: ManualClock
) -> None:
    scheduled(office, keeper, base, clock)
    later = clock.now() + 2 * HOUR

    keeper.schedule(*office.schedule_order(base, later, serial=2, signers=("wu", "he")))
    clock.advance(HOUR)
    keeper.tick()

    assert node.board().sittings[SITTING].t == to_wire(later)
    assert node.board().sittings[SITTING].state == "scheduled"


def test_an_older_order_for_the_hour_cannot_be_played_again(
    office: Office, keeper: Keeper, base: dict[str, Any], clock: ManualClock
) -> None:
    first = office.schedule_order(base, clock.now() + HOUR)
    keeper.schedule(*first)
    keeper.schedule(*office.schedule_order(base, clock.now() + 2 * HOUR, serial=2))

    with pytest.raises(FangbangError) as caught:
        keeper.schedule(*first)

    assert caught.value.code == "keeper.old-schedule"


def test_the_same_order_for_the_hour_again_is_no_change(
    office: Office, keeper: Keeper, base: dict[str, Any], clock: ManualClock
) -> None:
    order = office.schedule_order(base, clock.now() + HOUR)

    assert keeper.schedule(*order) == keeper.schedule(*order)


def test_the_hour_cannot_be_moved_once_it_has_come_even_if_nothing_was_posted_yet(
    office: Office, keeper: Keeper, base: dict[str, Any], clock: ManualClock
) -> None:
    scheduled(office, keeper, base, clock)
    clock.advance(HOUR)

    with pytest.raises(FangbangError) as caught:
        keeper.schedule(*office.schedule_order(base, clock.now() + HOUR, serial=2))

    assert caught.value.code == "keeper.after-t"


@pytest.mark.parametrize("signers", [(), ("chen",), ("chen", "ling")])
def test_an_hour_without_two_approvers_who_imported_nothing_is_refused(
    signers: tuple[str, ...], office: Office, keeper: Keeper, base: dict[str, Any], clock: ManualClock
) -> None:
    with pytest.raises(FangbangError) as caught:
        scheduled(office, keeper, base, clock, signers=signers)

    assert caught.value.problem.kind.value == "refused"
    assert keeper.state.releases["rel-1"].t is None


def test_an_hour_for_another_header_is_refused(
    office: Office, keeper: Keeper, base: dict[str, Any], clock: ManualClock
) -> None:
    with pytest.raises(FangbangError) as caught:
        scheduled(office, keeper, {**base, "header": "00" * 32}, clock)

    assert caught.value.code == "keeper.other-snapshot"


def test_a_withdrawal_takes_envelopes_and_snapshot_off_the_board_and_shows_the_notice(
    office: Office, keeper: Keeper, base: dict[str, Any], node: Node, clock: ManualClock
) -> None:
    node.register(keeper)
    scheduled(office, keeper, base, clock)
    clock.advance(HOUR)
    keeper.tick()

    keeper.withdraw(*office.withdrawal_order(base))
    keeper.withdraw(*office.withdrawal_order(base))

    entry = node.board().sittings[SITTING]
    assert (entry.state, entry.snapshots, entry.notice and entry.notice.zh) == ("withdrawn", (), "成绩复核中")
    assert node.letter(base["snapshot"]) is None
    assert (office.folders.snapshots / base["snapshot"] / "header.json").exists()


def test_a_withdrawal_before_the_hour_means_that_no_key_is_ever_posted(
    office: Office, keeper: Keeper, base: dict[str, Any], node: Node, clock: ManualClock
) -> None:
    node.register(keeper)
    scheduled(office, keeper, base, clock)
    keeper.withdraw(*office.withdrawal_order(base))
    clock.advance(2 * HOUR)

    office.keeper(clock).tick()

    assert node.letter(base["snapshot"]) is None


def test_an_unsigned_withdrawal_is_refused(office: Office, keeper: Keeper, base: dict[str, Any]) -> None:
    with pytest.raises(FangbangError) as caught:
        keeper.withdraw(*office.withdrawal_order(base, signers=()))

    assert caught.value.code == "release.too-few-approvals"


def test_no_key_shows_in_state_status_board_or_repr(
    office: Office, keeper: Keeper, base: dict[str, Any], node: Node, clock: ManualClock
) -> None:
    node.register(keeper)
    scheduled(office, keeper, base, clock)
    clock.advance(HOUR)
    keeper.tick()
    letter = node.letter(base["snapshot"])
    assert letter is not None
    job = keeper.begin_seal(office.seal_order(office.report(office.book([row(9)]), release="rel-9")))

    places = {
        "state": office.folders.state.read_text(),
        "status": repr(keeper.status()),
        "board": office.folders.board.read_text(),
        "letter": repr(letter),
        "job": repr(job),
    }

    secrets = (letter.release_key, letter.pepper)
    assert [name for name, text in places.items() if any(secret in text for secret in secrets)] == []
    assert any(secret in path.read_text() for path in office.folders.keys.glob("*.key") for secret in secrets)
