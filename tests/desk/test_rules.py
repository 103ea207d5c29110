"""What the desk decides without looking at anything: reasons, limits, terms, previews, places."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.errors import FangbangError, Problem
from fangbang.desk.problems import BAD_BIRTH, BAD_HANDLE, TERMS_MISSING
from fangbang.desk.rules import (
    ByDocument,
    ByName,
    ByTicket,
    PreviewState,
    limit_of,
    may_view,
    terms_of,
    within_limit,
)
from fangbang.desk.rules.handles import Handle, opened
from fangbang.exams.cities import cities, region_code, region_name
from fangbang.exams.provinces import PROVINCES
from fangbang.people.problems import PERSONAL_REASON, REASON_NEEDED
from fangbang.people.rules.reasons import checked_reason
from fangbang.people.rules.vault import DocumentVault

NOW = datetime(2026, 8, 20, 2, 0, tzinfo=UTC)
VAULT = DocumentVault.of(b"a secret")


@pytest.mark.parametrize("reason", ["受理 2026-0012 号", "窗口来访,本人持证件", "complaint 2026/114"])
def test_a_reason_about_the_matter_is_kept(reason: str) -> None:
    assert checked_reason(f"  {reason} ", ["110626000101", "王小明"]) == reason


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        ("", REASON_NEEDED),
        ("查", REASON_NEEDED),
        ("事" * 201, REASON_NEEDED),
        ("核对 110626000101", PERSONAL_REASON),
        ("核对 1106 2600 0999", PERSONAL_REASON),
        ("核对１１０６２６０００１０１", PERSONAL_REASON),
        ("王小明本人来访", PERSONAL_REASON),
        ("王 小 明本人来访", PERSONAL_REASON),
    ],
)
def test_no_reason_and_a_reason_that_names_somebody_are_refused(reason: str, problem: Problem) -> None:
    with pytest.raises(FangbangError) as caught:
        checked_reason(reason, ["110626000101", "王小明"])

    assert caught.value.problem is problem


@given(st.text(alphabet="0123456789", min_size=10, max_size=20), st.text(max_size=20))
def test_no_number_as_long_as_a_ticket_gets_through(number: str, around: str) -> None:
    with pytest.raises(FangbangError):
        checked_reason(f"核对{around}{number}")


@given(st.lists(st.integers(0, 90), max_size=40), st.integers(1, 20))
def test_the_limit_counts_the_searches_of_the_last_hour(minutes: list[int], limit: int) -> None:
    searches = [NOW - timedelta(minutes=ago) for ago in minutes]

    assert within_limit(searches, NOW, limit) == (sum(ago < 60 for ago in minutes) < limit)


@pytest.mark.parametrize("value", ["0", "-1", "ten", "", "１０"])
def test_a_limit_that_is_no_number_is_refused_loudly(value: str) -> None:
    with pytest.raises(FangbangError) as caught:
        limit_of({"OFFICE_SEARCHES_HOUR": value})

    assert caught.value.code == "core.bad-setting"


def test_terms_are_folded_as_a_candidate_s_typing_is() -> None:
    assert terms_of("ticket", number=" 1106-2600 ０１０１") == ByTicket("110626000101")
    assert terms_of("document", number="11010119900131010x") == ByDocument("11010119900131010X")
    assert terms_of("document-name", number="1", name="买买提•艾力") == ByDocument("1", "买买提·艾力")
    assert terms_of("name-birth", name=" 王 小明", birth="1990-01-31") == ByName("王小明", "19900131")


@pytest.mark.parametrize(
    ("kind", "typed", "problem"),
    [
        ("ticket", {"name": "王小明"}, TERMS_MISSING),
        ("document-name", {"number": "1"}, TERMS_MISSING),
        ("name-birth", {"name": "王小明"}, TERMS_MISSING),
        ("name-birth", {"name": "王小明", "birth": "1990"}, BAD_BIRTH),
        ("name", {"name": "王小明"}, TERMS_MISSING),
    ],
)
def test_half_a_search_is_none(kind: str, typed: dict[str, str], problem: Problem) -> None:
    with pytest.raises(FangbangError) as caught:
        terms_of(kind, **typed)

    assert caught.value.problem is problem


@given(
    state=st.sampled_from(PreviewState),
    asked_by=st.sampled_from(["wang", "zhao"]),
    decided_by=st.sampled_from(["", "wang", "zhao"]),
    viewer=st.sampled_from(["wang", "zhao", "qian"]),
    minutes=st.integers(-5, 5),
)
def test_a_preview_opens_for_who_asked_after_another_agreed_until_it_lapses(
    state: PreviewState, asked_by: str, decided_by: str, viewer: str, minutes: int
) -> None:
    found = may_view(
        state, asked_by=asked_by, decided_by=decided_by, expires_at=NOW + timedelta(minutes=minutes), viewer=viewer,
        now=NOW,
    )  # fmt: skip

    agreed = state is PreviewState.AGREED and {asked_by, decided_by} == {"wang", "zhao"}
    assert found == (agreed and viewer == asked_by and minutes > 0)


def test_a_handle_opens_for_its_owner_and_for_a_quarter_of_an_hour() -> None:
    handle = Handle("social-worker-2026", "110626000101", "受理 12 号", "li")
    sealed = handle.sealed(VAULT, NOW)

    assert opened(sealed, VAULT, "li", NOW + timedelta(minutes=14)) == handle
    assert "110626000101" not in sealed


@pytest.mark.parametrize(
    ("change", "vault", "operator", "minutes"),
    [
        ("", VAULT, "wang", 0),
        ("", VAULT, "li", 15),
        ("AAA=", VAULT, "li", 0),
        ("!", VAULT, "li", 0),
        ("", DocumentVault.of(b"another"), "li", 0),
    ],
)
def test_any_other_handle_is_refused(change: str, vault: DocumentVault, operator: str, minutes: int) -> None:
    sealed = Handle("social-worker-2026", "110626000101", "受理 12 号", "li").sealed(VAULT, NOW)

    with pytest.raises(FangbangError) as caught:
        opened(sealed[: -len(change) or None] + change, vault, operator, NOW + timedelta(minutes=minutes))

    assert caught.value.problem is BAD_HANDLE


@pytest.mark.parametrize(
    ("province", "city", "region"),
    [
        ("510000", "成都市", "510100"),
        ("510000", "成都", "510100"),
        ("510000", "510100", "510100"),
        ("510000", "510104", "510100"),
        ("510000", "阿坝藏族羌族自治州", "513200"),
        ("510000", "", "510000"),
        ("510000", "石家庄市", "510000"),
        ("510000", "成", "510000"),
        ("110000", "海淀区", "110100"),
        ("500000", "", "500100"),
        ("A1", "成都", "A1"),
    ],
)
def test_a_row_lies_in_the_narrowest_region_that_is_known(province: str, city: str, region: str) -> None:
    assert region_code(province, city) == region


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [("460100", "海南省海口市", "Hainan 海口市"), ("460000", "海南省", "Hainan"), ("469999", "469999", "469999")],
)
def test_a_region_is_called_by_its_name(code: str, zh: str, en: str) -> None:
    assert (region_name(code, "zh"), region_name(code, "en")) == (zh, en)


@given(st.sampled_from(sorted(cities())))
def test_every_city_is_known_by_its_name_and_code(code: str) -> None:
    province = f"{code[:2]}0000"
    expected = f"{code[:2]}0100" if code[:2] in ("11", "12", "31", "50") else code

    assert region_code(province, cities()[code]) == expected
    assert region_code(province, code) == expected
    assert province in PROVINCES
