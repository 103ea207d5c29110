"""What a second person at the command line says yes to: the whole of each proposal, so that a signature is evidence for
one wording of one proposal. Numbers and names go in as keyed digests alone."""

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fangbang.adjudication.queries import RequestView
    from fangbang.audit.rules import Entry
    from fangbang.catalogue.queries import ChangeView
    from fangbang.people.rules.vault import DocumentVault


def exam_file(view: "ChangeView") -> dict[str, Any]:
    """A changed exam file in force: the file itself is hashed, not what its row says of it."""
    from fangbang.accounts.rules import Matter, decision

    sha256 = hashlib.sha256(view.data).hexdigest()
    content = {"key": view.key, "sha256": sha256, "replaces": view.replaces, "author": view.author}
    return decision(Matter.EXAM_FILE, view.id, content)


def of_people(asked: Any, vault: "DocumentVault") -> dict[str, Any]:
    """A link, merge, change of name or undoing: whose, of which documents, and by which name."""
    from fangbang.accounts.rules import Matter, decision
    from fangbang.people.queries import concerned

    told = {"kind": type(asked).__name__.lower(), "basis": asked.basis, "asked_by": asked.asked_by}
    return decision(Matter.PERSON, asked.id, {**told, **concerned(asked, vault)})


def withholding(asked: "RequestView", vault: "DocumentVault") -> dict[str, Any]:
    """One person's result held back, or released again: whose, and why."""
    from fangbang.accounts.rules import Matter, decision

    content = {
        "kind": asked.kind,
        "sitting": asked.sitting,
        "ticket": vault.digest("ticket", asked.ticket),
        "reason": asked.reason,
        "basis": asked.basis,
        "asked_by": asked.asked_by,
    }
    return decision(Matter.WITHHOLDING, asked.id, content)


def retention(schedule: str, asked: "Entry") -> dict[str, Any]:
    """What is over its time ended: by which schedule, and which asking is answered. `schedule`: its hash; `asked`: the
    entry of the audit log, whose hash no other asking and no other office has."""
    from fangbang.accounts.rules import Matter, decision

    content = {"schedule": schedule, "asked_seq": asked.seq, "asked_hash": asked.hash}
    return decision(Matter.RETENTION, asked.subject, content)
