"""Which acts of others undo what was frozen or signed. Pure: an audit entry in, a decision out."""

from typing import Any

from fangbang.audit.events import AuditEvent
from fangbang.audit.rules import Entry, decode_details
from fangbang.release.rules.states import INPUT_EVENTS
from fangbang.release.rules.trust import APPROVER

EVERY_SITTING = "*"
_CHANGES_PERSONS = frozenset({"link", "merge", "namechange", "undo"})


def edited_sitting(entry: Entry) -> str | None:
    """The sitting whose results this act may change: an id, `EVERY_SITTING`, or None for an act that changes none.

    Two documents that became one person's, or a name that was changed, count for every sitting, as they do in the gate:
    a run reads all links and names. So does a changed catalogue: a report names its version, which the keeper compares.
    """
    if entry.event in INPUT_EVENTS:
        return str(decode_details(entry.details).get("sitting") or entry.subject)
    if entry.event == AuditEvent.PERSON_APPROVED and decode_details(entry.details).get("kind") in _CHANGES_PERSONS:
        return EVERY_SITTING
    return EVERY_SITTING if entry.event == AuditEvent.CATALOGUE_PUT_IN_FORCE else None


def edits(entry: Entry, sitting: str) -> bool:
    """Whether this act may change the results of this sitting. Passes of before this system that came with one sitting
    count for every later one of its exam."""
    edited = edited_sitting(entry)
    if edited in (None, EVERY_SITTING):
        return edited is not None
    return reaches(str(edited), str(decode_details(entry.details).get("kind", "")), sitting)


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
