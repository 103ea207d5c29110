"""Overlays: the difference of two runs, laid over a base, answers like a seal of the new run."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.keeper.sealing import Books, OverlaySource, Scope, Secrets
from fangbang.keeper.service import Keeper
from fangbang.snapshot.buckets import Item
from fangbang.snapshot.reader import TOMBSTONE
from fangbang.snapshot.record import decode
from tests.keeper.office import SITTING, Office, row
from tests.keeper.opening import KINDS, items, opened

Seal = Callable[..., dict[str, Any]]
Rows = list[dict[str, Any]]


def test_an_overlay_holds_whole_records_and_tombstones_and_leaves_the_rest_to_the_base(
    office: Office, keeper: Keeper, sealed: Seal
) -> None:
    old = [row(1), row(2, name="旧名"), row(3), row(4)]
    new = [row(1), row(2, name="新名", version=2), row(3, mark="59", version=2)]
    first, second = office.book(old), office.book(new)
    base = sealed(office.seal_order(office.report(first)))

    over = sealed(office.seal_order(office.report(second, release="rel-2", kind="overlay", base="rel-1")))

    overlay, secrets = opened(office, keeper, over)
    before, after = items(office, first, secrets), items(office, second, secrets)
    assert overlay.lookup(after[0].m) is None
    assert [overlay.lookup(after[n].m) == after[n].wire for n in (1, 2)] == [True, True]
    assert overlay.lookup(before[1].pointers[0]) == TOMBSTONE
    assert [overlay.lookup(m) for m in (before[3].m, *before[3].pointers)] == [TOMBSTONE] * 3
    header = overlay.snapshot.header
    assert (header.kind, header.base) == ("overlay", base["snapshot"])
    assert (header.records.entries, header.pointers.entries) == (64, 64)


names = st.sampled_from(["甲", "乙"])
candidates = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 4), names, st.sampled_from(["59", "61"])),
    max_size=6,
    unique_by=lambda drawn: drawn[:2],
)


def drawn_rows(drawn: list[tuple[int, int, str, str]]) -> Rows:
    return [
        row(1, ticket=f"T{ticket}", doc_number=f"D{document}", name=name, archive=f"A{document}", mark=mark)
        for document, ticket, name, mark in sorted(drawn)
    ]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(candidates, candidates)
def test_base_and_overlay_together_answer_like_a_seal_of_the_new_run(
    office: Office, old: list[tuple[int, int, str, str]], new: list[tuple[int, int, str, str]]
) -> None:
    """The difference is taken over credentials, so that one that became ambiguous, or ceased to be, is in it."""
    secrets = Secrets(bytes(32), bytes(16), bytes(range(32)), SITTING)
    first, second = office.book(drawn_rows(old)), office.book(drawn_rows(new))
    books = Books(office.folders.books, office.store._keys, KINDS, Scope())
    changes = OverlaySource(books, first, second, secrets)

    below, above = answers(items(office, first, secrets)), answers(list(changes.items(0, 1)))
    wanted = answers(items(office, second, secrets))

    asked = below.keys() | wanted.keys()
    assert {m: above.get(m, below.get(m)) or None for m in asked} == {m: wanted.get(m) or None for m in asked}


def answers(listed: list[Item]) -> dict[bytes, bytes]:
    """What a snapshot of these items says: the record, or b"" for ambiguous and for tombstones."""
    said = {item.m: item.wire for item in listed}
    claims: dict[bytes, set[bytes]] = {}
    for item in listed:
        for m in item.pointers:
            claims.setdefault(m, set()).add(item.m)
    wires = {m: said[next(iter(claimants))] if len(claimants) == 1 else b"" for m, claimants in claims.items()}
    return {**wires, **said}


@pytest.mark.parametrize("shares", [2, 3])
def test_the_shares_of_an_overlay_are_the_whole(shares: int, office: Office) -> None:
    first, second = office.book([row(n) for n in range(1, 40)]), office.book([row(n, mark="7") for n in range(20, 60)])
    secrets = Secrets(bytes(32), bytes(16), bytes(range(32)), SITTING)
    source = OverlaySource(Books(office.folders.books, office.store._keys, KINDS, Scope()), first, second, secrets)

    together = [item for share in range(shares) for item in source.items(share, shares)]

    assert sorted(together) == sorted(source.items(0, 1))


def test_an_unchanged_run_gives_an_overlay_of_nothing_but_sentinels(
    office: Office, sealed: Seal, keeper: Keeper
) -> None:
    book = office.book([row(1)])
    sealed(office.seal_order(office.report(book)))

    answer = sealed(office.seal_order(office.report(book, release="rel-2", kind="overlay", base="rel-1")))

    snapshot, secrets = opened(office, keeper, answer)
    assert [snapshot.lookup(item.m) for item in items(office, book, secrets)] == [None]


def test_a_second_overlay_is_compared_with_the_first(office: Office, keeper: Keeper, sealed: Seal) -> None:
    """A mark that goes back to the base's must stand in the second overlay, or the first one would still answer."""
    books = [office.book([row(1, mark=mark, version=n)]) for n, mark in enumerate(("50", "60", "50"), 1)]
    sealed(office.seal_order(office.report(books[0])))
    for number in (1, 2):
        report = office.report(books[number], release=f"rel-{number + 1}", kind="overlay", base="rel-1")
        answer = sealed(office.seal_order(report))

    snapshot, secrets = opened(office, keeper, answer)

    wire = snapshot.lookup(items(office, books[2], secrets)[0].m)
    assert wire is not None
    assert decode(wire).subjects[0].mark == "50"


def test_a_third_overlay_needs_a_new_base(office: Office, sealed: Seal) -> None:
    sealed(office.seal_order(office.report(office.book([row(1)]))))
    orders = [
        office.seal_order(
            office.report(office.book([row(1, mark=str(n))]), release=f"o{n}", kind="overlay", base="rel-1")
        )
        for n in (1, 2, 3)
    ]
    for order in orders[:2]:
        sealed(order)

    with pytest.raises(FangbangError) as caught:
        sealed(orders[2])

    assert caught.value.code == "keeper.new-base-needed"


def test_a_base_with_overlays_above_it_is_not_sealed_anew(office: Office, keeper: Keeper, sealed: Seal) -> None:
    """The overlay holds the difference from just that base: above another one it would say something else."""
    first = office.seal_order(office.report(office.book([row(1)])))
    base = sealed(first)["snapshot"]
    sealed(
        office.seal_order(office.report(office.book([row(1, mark="7")]), release="rel-2", kind="overlay", base="rel-1"))
    )

    with pytest.raises(FangbangError) as caught:
        sealed(office.seal_order(office.report(office.book([row(1, mark="8")]))))

    assert (caught.value.code, caught.value.params["overlays"]) == ("keeper.overlays-live", "rel-2")
    assert sealed(first)["snapshot"] == base


@pytest.mark.parametrize(
    "changes",
    [{"base": "rel-0"}, {"scope": {"provinces": ["110000"], "levels": []}}, {"sitting": "social-worker-2025"}],
)
def test_an_overlay_on_nothing_or_of_another_scope_is_refused(
    changes: dict[str, Any], office: Office, sealed: Seal
) -> None:
    sealed(office.seal_order(office.report(office.book([row(1)]))))
    report = office.report(office.book([row(1, mark="7")]), release="rel-2", kind="overlay", base="rel-1")

    with pytest.raises(FangbangError) as caught:
        sealed(office.seal_order({**report, **changes}))

    assert caught.value.code in ("keeper.unknown-release", "keeper.bad-order")


def test_an_overlay_cannot_be_published_before_its_base_nor_a_base_moved_behind_it(
    office: Office, keeper: Keeper, sealed: Seal, clock: ManualClock
) -> None:
    base = sealed(office.seal_order(office.report(office.book([row(1)]))))
    report = office.report(office.book([row(1, mark="7")]), release="rel-2", kind="overlay", base="rel-1")
    over = sealed(office.seal_order(report))
    hour = timedelta(hours=1)
    codes = []

    for sealed_release, hours, serial in ((over, 1, 1), (base, 2, 1), (over, 1, 1), (over, 3, 1), (base, 4, 2)):
        order = office.schedule_order(sealed_release, clock.now() + hours * hour, serial)
        try:
            keeper.schedule(*order)
            codes.append("ok")
        except FangbangError as error:
            codes.append(error.code)

    assert codes == ["keeper.base-first", "ok", "keeper.base-first", "ok", "keeper.base-first"]


def test_withdrawing_a_base_takes_its_overlays_along_and_an_overlay_alone_steps_back(
    office: Office, keeper: Keeper, sealed: Seal, clock: ManualClock
) -> None:
    base = sealed(office.seal_order(office.report(office.book([row(1)]))))
    report = office.report(office.book([row(1, mark="7")]), release="rel-2", kind="overlay", base="rel-1")
    over = sealed(office.seal_order(report))
    keeper.schedule(*office.schedule_order(base, clock.now()))
    keeper.schedule(*office.schedule_order(over, clock.now()))

    keeper.withdraw(*office.withdrawal_order(over))
    stepped_back = {name: item.state.value for name, item in keeper.state.releases.items()}
    keeper.withdraw(*office.withdrawal_order(base))

    assert stepped_back == {"rel-1": "published", "rel-2": "withdrawn"}
    assert {item.state.value for item in keeper.state.releases.values()} == {"withdrawn"}


def test_a_later_base_supersedes_the_older_one_with_its_overlays_at_its_hour(
    office: Office, keeper: Keeper, sealed: Seal, clock: ManualClock
) -> None:
    base = sealed(office.seal_order(office.report(office.book([row(1)]))))
    overlay = office.report(office.book([row(1, mark="7")]), release="rel-2", kind="overlay", base="rel-1")
    over = sealed(office.seal_order(overlay))
    anew = sealed(office.seal_order(office.report(office.book([row(1, mark="8")]), release="rel-3")))
    for answer in (base, over):
        keeper.schedule(*office.schedule_order(answer, clock.now()))
    keeper.schedule(*office.schedule_order(anew, clock.now() + timedelta(hours=1)))
    before = {name: item.state.value for name, item in keeper.state.releases.items()}

    clock.advance(timedelta(hours=1))
    keeper.tick()

    assert before == {"rel-1": "published", "rel-2": "published", "rel-3": "scheduled"}
    assert {name: item.state.value for name, item in keeper.state.releases.items()} == {
        "rel-1": "superseded",
        "rel-2": "superseded",
        "rel-3": "published",
    }
