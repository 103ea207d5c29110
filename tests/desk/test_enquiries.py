"""Searches are noted before they are done, by a keyed hash, and there are only so many in an hour."""

from datetime import timedelta

import pytest

from fangbang.audit import queries as audit
from fangbang.audit.rules import Actor, decode_details
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.desk import actions
from fangbang.desk.models import Enquiry
from fangbang.desk.problems import TOO_MANY
from fangbang.desk.rules import ByDocument, ByTicket, Terms
from fangbang.people.problems import PERSONAL_REASON
from fangbang.people.rules.vault import DocumentVault
from tests.desk.scene import SITTING, WANG

LI, CHEN = Actor("li", "李娜"), Actor("chen", "陈静")
VAULT = DocumentVault.of(b"a secret")
TERMS = ByDocument(WANG["doc_number"], WANG["name"])

pytestmark = pytest.mark.django_db


def enquire(
    clock: ManualClock, actor: Actor = LI, terms: Terms = TERMS, reason: str = "窗口来访", limit: int = 3
) -> None:
    actions.enquire(
        actor=actor, sitting_id=SITTING, terms=terms, purpose="result", reason=reason, limit=limit, vault=VAULT,
        clock=clock,
    )  # fmt: skip


def events() -> list[str]:
    return [entry.event for entry in audit.entries()]


def test_the_log_has_who_why_and_a_hash_that_only_the_key_s_holder_can_make(clock: ManualClock) -> None:
    enquire(clock)

    entry = audit.latest(1)[0]
    digest = VAULT.digest("desk/document-name", f"{WANG['doc_number']}\0{WANG['name']}")
    assert (entry.actor, entry.subject) == (LI, SITTING)
    assert decode_details(entry.details) == {
        "kind": "document-name", "purpose": "result", "reason": "窗口来访", "digest": digest,
    }  # fmt: skip
    assert digest != DocumentVault.of(b"another").digest("desk/document-name", f"{WANG['doc_number']}\0{WANG['name']}")


def test_one_search_too_many_is_refused_and_sounds_one_alarm_an_hour(clock: ManualClock) -> None:
    for _ in range(3):
        enquire(clock)
    for _ in range(2):
        with pytest.raises(FangbangError) as caught:
            enquire(clock)
        assert caught.value.problem is TOO_MANY

    enquire(clock, CHEN)
    clock.advance(timedelta(hours=1))
    enquire(clock)

    assert events() == [*["desk.candidate-searched"] * 3, "desk.search-limit-reached", *["desk.candidate-searched"] * 2]
    assert Enquiry.objects.filter(refused=True).count() == 2


def test_a_bad_reason_is_no_search(clock: ManualClock) -> None:
    with pytest.raises(FangbangError) as caught:
        enquire(clock, reason=f"查 {WANG['doc_number']}")

    assert caught.value.problem is PERSONAL_REASON
    assert (events(), Enquiry.objects.count()) == ([], 0)


@pytest.mark.parametrize("terms", [TERMS, ByTicket(WANG["ticket"])])
def test_nothing_that_was_typed_is_kept(clock: ManualClock, terms: Terms) -> None:
    enquire(clock, terms=terms)

    kept = str(list(Enquiry.objects.values())) + "".join(entry.details for entry in audit.entries())

    assert [part for part in terms.typed if part in kept] == []
