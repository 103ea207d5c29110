"""Which acts of others undo what was frozen or signed. Pure: an audit entry in, a decision out."""

from typing import Any

from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Entry, decode_details
from fangbang.release.rules.states import INPUT_EVENTS
from fangbang.release.rules.trust import APPROVER

_CHANGES_PERSONS = frozenset({"link", "merge", "namechange", "undo"})
EDITING = frozenset({*INPUT_EVENTS, AuditEvent.CATALOGUE_PUT_IN_FORCE, AuditEvent.PERSON_APPROVED})
"""The events among which `edits` and `may_edit` find all that they answer yes to; not every entry of them is one."""


def may_edit(entry: Entry) -> bool:
    """Whether this act may change the results of any sitting."""
    return entry.event in {*INPUT_EVENTS, AuditEvent.CATALOGUE_PUT_IN_FORCE} or _decides_people(entry)


def edits(entry: Entry, sitting: str) -> bool:
    """Whether this act may change the results of this sitting.

    Passes of before this system that came with one sitting count for every later one of its exam. What was decided of
    people counts for the sittings that its entry names, of which a run can notice it (an entry of before they were
    named: for every one). A changed catalogue counts for all: a report names its version, which the keeper compares.
    """
    details = decode_details(entry.details)
    if _decides_people(entry):
        return "sittings" not in details or sitting in details["sittings"]
    if entry.event in INPUT_EVENTS:
        return reaches(str(details.get("sitting") or entry.subject), str(details.get("kind", "")), sitting)
    return entry.event == AuditEvent.CATALOGUE_PUT_IN_FORCE


def _decides_people(entry: Entry) -> bool:
    return entry.event == AuditEvent.PERSON_APPROVED and decode_details(entry.details).get("kind") in _CHANGES_PERSONS


def reaches(edited: str, kind: str, sitting: str) -> bool:
    """Whether new data of a kind ("" = anything else, a line for instance) of one sitting may change another's
    results."""
    (exam, _, year), (other, _, later) = edited.rpartition("-"), sitting.rpartition("-")
    return edited == sitting or (kind == "prior-passes" and exam == other and year < later)


def disowned(entry: Entry) -> dict[str, Any] | None:
    """Whose signatures count no longer after this act, as columns of a signature; None if it is no such act."""
    details = decode_details(entry.details)
    if entry.event == AuditEvent.KEY_RETIRED:
        return {"operator": entry.subject, "key_id": str(details["key_id"])}
    if entry.event == AuditEvent.OPERATOR_RETIRED:
        return {"operator": entry.subject}
    if entry.event == AuditEvent.OPERATOR_ROLES_CHANGED and APPROVER not in details["after"]:
        return {"operator": entry.subject}
    return None
