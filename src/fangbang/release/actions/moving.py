"""What all verbs of this stage share: fetch, compare-and-set, keep a signature."""

from collections.abc import Mapping
from typing import Any

from fangbang.audit.actions import in_turn
from fangbang.audit.rules import Actor
from fangbang.core.canonical import canonical_json, content_hash
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError, Phrase
from fangbang.release.models import Purpose, Release, Signature
from fangbang.release.problems import CHANGED_MEANWHILE, NOT_YOURS, UNKNOWN_RELEASE, WRONG_STATE
from fangbang.release.rules import Approval, ReleaseState
from fangbang.release.rules.states import STATE_TEXTS

_VERBS: Mapping[ReleaseState, tuple[str, str]] = {
    ReleaseState.DRAFT: ("退回草稿", "sent back to draft"),
    ReleaseState.ADJUDICATED: ("冻结", "frozen"),
    ReleaseState.APPROVED: ("批准", "approved"),
    ReleaseState.SEALED: ("封存", "sealed"),
    ReleaseState.COMMITTED: ("公示封存值", "committed"),
    ReleaseState.DISTRIBUTED: ("分发", "distributed"),
    ReleaseState.SCHEDULED: ("定时", "scheduled"),
    ReleaseState.PUBLISHED: ("公布", "published"),
    ReleaseState.SUPERSEDED: ("取代", "superseded"),
    ReleaseState.WITHDRAWN: ("撤回", "withdrawn"),
}


def fetch(release_id: str) -> Release:
    """The release, locked until the transaction ends; INPUT if there is none.

    The audit log's turn comes first: who enters an act that voids what is frozen has it when they lock releases, and
    otherwise the two would wait for each other.
    """
    in_turn()
    row = Release.objects.select_for_update().filter(pk=release_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_RELEASE, release=release_id)
    return row


def require(row: Release, to: ReleaseState) -> None:
    """STATE unless the release may become `to` now."""
    if not ReleaseState(row.state).may_become(to):
        zh, en = _VERBS[to]
        state = Phrase(row.state, STATE_TEXTS[ReleaseState(row.state)][0])
        raise FangbangError(WRONG_STATE, release=row.pk, state=state, verb_zh=zh, verb_en=en)


def move(row: Release, to: ReleaseState, **changes: Any) -> None:
    """Put the release into the state `to` with other columns changed, if nobody moved it since `row` was read."""
    require(row, to)
    change(row, state=to.value, **changes)


def change(row: Release, **changes: Any) -> None:
    """Change columns by compare-and-set: STATE unless exactly one row had this state and revision."""
    found = Release.objects.filter(pk=row.pk, state=row.state, revision=row.revision)
    if found.update(revision=row.revision + 1, **changes) != 1:
        raise FangbangError(CHANGED_MEANWHILE, release=row.pk)
    row.refresh_from_db()


def keep_signature(
    row: Release, purpose: Purpose, document: Mapping[str, Any], approval: Approval, actor: Actor, clock: Clock
) -> bool:
    """Keep a checked signature; False if this person's stands under this document already."""
    if approval.operator != actor.id:
        raise FangbangError(NOT_YOURS, signer=approval.operator, actor=actor.id)
    _, added = Signature.objects.get_or_create(
        release=row,
        purpose=purpose,
        document_hash=content_hash(dict(document)),
        operator=approval.operator,
        voided_at=None,
        defaults={
            "document": canonical_json(dict(document)).decode(),
            "operator_name": actor.name,
            "key_id": approval.key_id,
            "signature": approval.signature,
            "at": clock.now(),
        },
    )
    return added


def void_signatures(row: Release, purpose: Purpose, cause: str, clock: Clock) -> list[str]:
    """Void the standing signatures of one purpose; returns whose they were."""
    standing = Signature.objects.filter(release=row, purpose=purpose, voided_at=None)
    people = sorted(standing.values_list("operator", flat=True))
    standing.update(voided_at=clock.now(), voided_by=cause)
    return people
