"""Publishing a page bundle: what stands, the order that follows it, and handing a signed one to the keeper."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.project import keeping
from fangbang.project.layout import Layout

if TYPE_CHECKING:
    from fangbang.audit.rules import Actor
    from fangbang.notices.queries import ProposalView
    from fangbang.pages.bundle import Bundle
    from fangbang.release.rules import Approval, TrustedKey


PROPOSED_FOR = timedelta(days=7)
"""How long a bundle that one person proposed may be signed by another."""


def standing_bundle(layout: Layout) -> "Bundle":
    """The bundle that the public folder's signed pointer names; an empty one before the first."""
    from fangbang.pages.bundle import Bundle, decode_bundle
    from fangbang.snapshot.board import load_anchor
    from fangbang.snapshot.pointer import POINTER_FILE, parse_pointer, read_bundle

    path = layout.public / POINTER_FILE
    if not path.exists():
        return Bundle()
    return decode_bundle(read_bundle(layout.public, parse_pointer(path.read_bytes(), load_anchor(layout.anchor))))


def order_for(layout: Layout, data: bytes) -> dict[str, Any]:
    """The order that shows this bundle next: under the standing counter if it stands already, else the next one."""
    return _order_and_standing(layout, data)[0]


def _order_and_standing(layout: Layout, data: bytes) -> tuple[dict[str, Any], str]:
    from fangbang.release.rules import pages_order

    digest, known = hashlib.sha256(data).hexdigest(), keeping.ask(layout, {"command": "status"})["pages"]
    return pages_order(bundle=digest, counter=int(known["counter"]) + (known["bundle"] != digest)), known["bundle"]


def propose_bundle(layout: Layout, *, actor: "Actor", data: bytes, clock: Clock) -> None:
    """Enter that somebody proposes a bundle of a file in place of the one that stands."""
    from fangbang.release import actions

    order, standing = _order_and_standing(layout, data)
    actions.propose_pages(actor=actor, order=order, replaces=standing, clock=clock)


def publish(
    layout: Layout,
    *,
    actor: "Actor",
    order: Mapping[str, Any],
    approval: "Approval",
    data: bytes,
    trusted_keys: "Mapping[str, TrustedKey]",
    clock: Clock,
) -> None:
    """Enter who signed, have the keeper name the bundle, enter that it did. The same again finishes after a crash."""
    from fangbang.release import actions

    actions.sign_pages(actor=actor, order=order, approval=approval, trusted_keys=trusted_keys, clock=clock)
    command = {"command": "pages", "order": order, "approvals": [approval.to_json()], "bundle": data.decode()}
    keeping.ask(layout, command)
    actions.mark_pages_published(actor=actor, order=order, clock=clock)


def check_proposed(layout: Layout, actor: "Actor", data: bytes, clock: Clock) -> dict[str, Any]:
    """The order that shows this bundle next. REFUSED unless somebody else proposed within a week that it be shown in
    place of the one that stands, and no other was published since."""
    from fangbang.release.problems import PAGES_NOT_PROPOSED
    from fangbang.release.queries import pages_proposers

    order, standing = _order_and_standing(layout, data)
    if standing != order["bundle"] and not pages_proposers(order, standing, clock.now() - PROPOSED_FOR) - {actor.id}:
        raise FangbangError(PAGES_NOT_PROPOSED)
    return order


def publish_bundle(
    layout: Layout,
    *,
    actor: "Actor",
    order: Mapping[str, Any],
    approval: "Approval",
    data: bytes,
    trusted_keys: "Mapping[str, TrustedKey]",
    clock: Clock,
) -> None:
    """As `publish`, for a bundle that came as a file: REFUSED unless somebody else proposed it; STATE if the order is
    not for what would be shown now."""
    from fangbang.notices.problems import OTHER_BUNDLE

    if dict(order) != check_proposed(layout, actor, data, clock):
        raise FangbangError(OTHER_BUNDLE)
    publish(layout, actor=actor, order=order, approval=approval, data=data, trusted_keys=trusted_keys, clock=clock)


def bundle_with(layout: Layout, proposal: "ProposalView") -> "Bundle":
    """What stands, with this proposal applied."""
    from fangbang.notices.rules import applied

    return applied(standing_bundle(layout), proposal.kind, proposal.key, proposal.content)


def publish_proposal(
    layout: Layout,
    *,
    actor: "Actor",
    proposal_id: str,
    order: Mapping[str, Any],
    approval: "Approval",
    trusted_keys: "Mapping[str, TrustedKey]",
    clock: Clock,
) -> None:
    """A second person's signature publishes a proposal. STATE if the order is not for what would be shown now."""
    from fangbang.notices import actions, queries
    from fangbang.notices.problems import NOT_WAITING, OTHER_BUNDLE
    from fangbang.notices.rules import ProposalState, check_second_person
    from fangbang.pages.bundle import encode_bundle

    proposal = queries.proposal(proposal_id)
    check_second_person(proposal.author, actor.id)
    if proposal.state is not ProposalState.WAITING:
        raise FangbangError(NOT_WAITING, proposal=proposal_id)
    data = encode_bundle(bundle_with(layout, proposal))
    if dict(order) != order_for(layout, data):
        raise FangbangError(OTHER_BUNDLE)
    publish(layout, actor=actor, order=order, approval=approval, data=data, trusted_keys=trusted_keys, clock=clock)
    actions.mark_published(actor=actor, proposal_id=proposal_id, counter=int(order["counter"]), clock=clock)
