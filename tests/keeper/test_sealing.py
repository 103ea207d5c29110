"""From signed order to sealed folder: who may order, what a resumed seal keeps, what an overlay changes."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.books.schemas import SHADOW
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.keeper.problems import SHADOW_IN_BOOK
from fangbang.keeper.rows import plain_mark
from fangbang.keeper.sealer import run_seal
from fangbang.keeper.sealing import Books, Scope, Secrets, counts, sentinels
from fangbang.keeper.service import Keeper
from fangbang.snapshot.annex import open_annex, seal_annex
from fangbang.snapshot.layout import ANNEX_FILE
from fangbang.snapshot.problems import BAD_FILE
from fangbang.snapshot.record import decode
from tests.keeper.office import SITTING, Office, row
from tests.keeper.opening import KINDS, items, opened

Seal = Callable[..., dict[str, Any]]
Rows = list[dict[str, Any]]


def test_every_row_is_sealed_and_found_by_every_credential(office: Office, keeper: Keeper, sealed: Seal) -> None:
    book = office.book([row(1, subject_ticket="110699999901"), row(2, archive=""), row(3, name="\U00020bb7田·一郎")])

    answer = sealed(office.seal_order(office.report(book)))

    snapshot, secrets = opened(office, keeper, answer)
    sealed_items = items(office, book, secrets)
    found = {m: snapshot.lookup(m) for item in sealed_items for m in (item.m, *item.pointers)}
    assert found == {m: item.wire for item in sealed_items for m in (item.m, *item.pointers)}
    assert [len(item.pointers) for item in sealed_items] == [3, 1, 2]
    record = decode(sealed_items[0].wire)
    assert (record.subjects[0].ticket, record.subjects[1].ticket) == ("110699999901", "")
    assert (record.subjects[0].mark, record.subjects[0].line, record.subjects[1].code) == ("61.5", "60", -1)
    assert record.statements == (("window.earned", "ability", 2026, 2027), ("window.owed", "practice"))


def test_the_seal_reports_its_verification_apart(office: Office, sealed: Seal) -> None:
    answer = sealed(office.seal_order(office.report(office.book([row(1)]))))

    assert sorted(answer["seconds"]) == ["check", "seal", "verify"]


def test_nothing_but_the_snapshot_is_left_in_public(office: Office, sealed: Seal) -> None:
    answer = sealed(office.seal_order(office.report(office.book([row(1)]))))

    assert [path.name for path in office.folders.snapshots.iterdir()] == [answer["snapshot"]]


@pytest.mark.parametrize("signers", [(), ("chen",), ("chen", "ling"), ("chen", "chen")])
def test_no_key_is_drawn_for_an_order_without_two_approvers(
    signers: tuple[str, ...], office: Office, keeper: Keeper
) -> None:
    before = sorted(office.folders.keys.iterdir())

    with pytest.raises(FangbangError) as caught:
        keeper.begin_seal(office.seal_order(office.report(office.book([row(1)])), signers))

    assert caught.value.problem.kind.value == "refused"
    assert sorted(office.folders.keys.iterdir()) == before


def test_an_order_changed_after_signing_is_refused(office: Office, keeper: Keeper) -> None:
    order = office.seal_order(office.report(office.book([row(1)])))
    order["report"]["books"] = {"outcomes": office.book([row(1, mark="99")])}

    with pytest.raises(FangbangError) as caught:
        keeper.begin_seal(order)

    assert caught.value.code == "release.bad-signature"


def test_a_report_of_another_catalogue_is_refused(office: Office, keeper: Keeper) -> None:
    job = keeper.begin_seal(office.seal_order(office.report(office.book([row(1)]), catalogue="00" * 32)))
    assert not isinstance(job, dict)

    with pytest.raises(FangbangError) as caught:
        run_seal(job)

    assert caught.value.code == "keeper.other-catalogue"


def test_a_book_that_was_exchanged_is_refused(office: Office, keeper: Keeper) -> None:
    good, bad = office.book([row(1)]), office.book([row(1, mark="99")])
    job = keeper.begin_seal(office.seal_order(office.report(good)))
    assert not isinstance(job, dict)
    (office.folders.books / f"{bad}.parquet").rename(office.folders.books / f"{good}.parquet")

    with pytest.raises(FangbangError) as caught:
        run_seal(job)

    assert caught.value.problem.kind.value == "integrity"


@pytest.mark.parametrize("column", ["doc_number", "ticket"])
def test_a_shadow_in_the_results_is_never_sealed(column: str, office: Office, keeper: Keeper) -> None:
    book = office.book([row(1), row(2, **{column: f"{SHADOW}000007"})])
    job = keeper.begin_seal(office.seal_order(office.report(book)))
    assert not isinstance(job, dict)

    with pytest.raises(FangbangError) as caught:
        run_seal(job)

    assert caught.value.problem is SHADOW_IN_BOOK
    assert not (office.folders.snapshots / job.snapshot_id).exists()


def test_nothing_has_its_public_name_before_every_entry_was_opened(
    office: Office, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = keeper.begin_seal(office.seal_order(office.report(office.book([row(1)]))))
    assert not isinstance(job, dict)

    def found_wrong(**_: object) -> None:
        raise FangbangError(BAD_FILE, file="records.bin", reason="an entry differs from its source")

    with monkeypatch.context() as patch, pytest.raises(FangbangError):
        patch.setattr("fangbang.keeper.sealer.open_every_entry", found_wrong)
        run_seal(job)
    public_before = (office.folders.snapshots / job.snapshot_id).exists()
    run_seal(job)

    assert not public_before
    assert (office.folders.snapshots / job.snapshot_id / "header.json").exists()
    assert run_seal(job)["snapshot"] == job.snapshot_id


def test_an_interrupted_seal_keeps_id_and_key_if_nothing_changed(
    office: Office, keeper: Keeper, clock: ManualClock
) -> None:
    order = office.seal_order(office.report(office.book([row(1)])))
    first = keeper.begin_seal(order)

    again = office.keeper(clock).begin_seal(order)

    assert again == first


def test_an_interrupted_seal_draws_anew_if_an_input_changed(office: Office, keeper: Keeper) -> None:
    first = keeper.begin_seal(office.seal_order(office.report(office.book([row(1)]))))

    other = keeper.begin_seal(office.seal_order(office.report(office.book([row(2)]))))

    assert not isinstance(first, dict)
    assert not isinstance(other, dict)
    assert {first.snapshot_id, first.release_key} & {other.snapshot_id, other.release_key} == set()
    assert first.pepper == other.pepper
    assert not (office.folders.keys / f"release-{first.snapshot_id}.key").exists()


def test_one_more_approval_is_another_input_because_the_annex_holds_it(office: Office, keeper: Keeper) -> None:
    report = office.report(office.book([row(1)]))

    two, three = (
        keeper.begin_seal(office.seal_order(report, names)) for names in (("chen", "wu"), ("chen", "wu", "he"))
    )

    assert not isinstance(two, dict)
    assert not isinstance(three, dict)
    assert two.release_key != three.release_key


def test_a_sealed_order_again_gives_the_same_answer_without_sealing(office: Office, sealed: Seal) -> None:
    order = office.seal_order(office.report(office.book([row(1)])))
    first = sealed(order)

    again = sealed(order)

    assert {name: first[name] for name in again} == again


def test_a_scheduled_release_cannot_be_sealed_from_another_report(
    office: Office, keeper: Keeper, sealed: Seal, clock: ManualClock
) -> None:
    answer = sealed(office.seal_order(office.report(office.book([row(1)]))))
    keeper.schedule(*office.schedule_order(answer, clock.now() + timedelta(hours=1)))

    with pytest.raises(FangbangError) as caught:
        sealed(office.seal_order(office.report(office.book([row(2)]))))

    assert caught.value.code == "keeper.not-resealable"


def test_a_scope_seals_its_rows_only(office: Office, keeper: Keeper, sealed: Seal) -> None:
    book = office.book([row(1), row(2, province="310000"), row(3, level="middle")])
    scope = {"provinces": ["110000"], "levels": ["junior"]}

    answer = sealed(office.seal_order(office.report(book, scope=scope)))

    snapshot, secrets = opened(office, keeper, answer)
    assert [snapshot.lookup(item.m) is not None for item in items(office, book, secrets)] == [True, False, False]


def test_sentinels_are_sealed_but_in_no_count(office: Office, keeper: Keeper, sealed: Seal) -> None:
    answer = sealed(office.seal_order(office.report(office.book([row(1), row(2)]))))

    snapshot, secrets = opened(office, keeper, answer)
    header = snapshot.snapshot.header
    folder = office.folders.snapshots / answer["snapshot"]
    annex = open_annex(
        secrets.release_key, header.id_bytes, (folder / ANNEX_FILE).read_bytes(), header.annex.commitment
    )
    assert annex["counts"] == {"110000": {"ability": {"passed": 2}, "practice": {"absent": 2}}}
    assert annex["report"]["release"] == "rel-1"
    assert [kind.kind for kind in sentinels(secrets)] == ["document-name", "ticket-document", "ticket-document"]


def test_a_snapshot_commits_to_the_head_of_the_audit_log(office: Office, keeper: Keeper, sealed: Seal) -> None:
    report = office.report(office.book([row(1)]))

    answer = sealed(office.seal_order(report))

    snapshot, secrets = opened(office, keeper, answer)
    header = snapshot.snapshot.header
    data = (office.folders.snapshots / answer["snapshot"] / ANNEX_FILE).read_bytes()
    annex = open_annex(secrets.release_key, header.id_bytes, data, header.annex.commitment)
    assert (
        annex["report"]["audit"] == report["audit"] == {"seq": report["audit"]["seq"], "hash": report["audit"]["hash"]}
    )
    other = {**annex, "report": {**annex["report"], "audit": {"seq": 7, "hash": "f" * 64}}}
    assert seal_annex(secrets.release_key, header.id_bytes, other)[1] != header.annex.commitment


def test_counts_respect_the_scope(office: Office) -> None:
    book = office.book([row(1), row(2, province="310000"), row(3, province="310000")])
    books = Books(office.folders.books, office.store._keys, KINDS, Scope(provinces=("310000",)))

    assert counts(books, book) == {"310000": {"ability": {"passed": 2}, "practice": {"absent": 2}}}


@pytest.mark.parametrize(
    ("text", "plain"),
    [("85.500", "85.5"), ("60.000", "60"), ("0.000", "0"), ("100", "100"), ("7.125", "7.125"), (None, None)],
)
def test_marks_are_decimal_strings_without_trailing_zeros(text: str | None, plain: str | None) -> None:
    assert plain_mark(text) == plain


@given(st.decimals(0, 999, places=3))
def test_a_mark_never_changes_its_value(mark: Decimal) -> None:
    assert Decimal(plain_mark(f"{mark:.3f}") or "x") == mark


def test_secrets_and_jobs_show_no_key_when_printed(office: Office, keeper: Keeper) -> None:
    job = keeper.begin_seal(office.seal_order(office.report(office.book([row(1)]))))
    assert not isinstance(job, dict)
    secrets = Secrets(bytes.fromhex(job.release_key), bytes(16), bytes.fromhex(job.pepper), SITTING)

    text = repr(job) + repr(secrets) + repr(dataclasses.replace(secrets))

    assert job.release_key not in text
    assert repr(secrets.release_key) not in text
    assert repr(secrets.pepper) not in text
