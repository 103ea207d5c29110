"""Django's handle of this stage, and its ear on what earlier stages do."""

from datetime import datetime
from typing import Any

from django.apps import AppConfig


class AdjudicationConfig(AppConfig):
    """The adjudication stage."""

    name = "fangbang.adjudication"
    label = "adjudication"

    def ready(self) -> None:
        """People who are taken apart ask for new runs of the sittings that counted on them, in the same transaction."""
        from fangbang.audit.actions import recorded

        recorded.connect(_on_recorded, dispatch_uid="adjudication.undoing")


def _on_recorded(entry: Any, **_: object) -> None:
    from fangbang.adjudication.actions import open_after_undoing
    from fangbang.audit.events import AuditEvent
    from fangbang.audit.rules import decode_details

    if entry.event == AuditEvent.PERSON_APPROVED:
        persons = decode_details(entry.details).get("persons")
        if persons:
            open_after_undoing(persons=persons, cause=entry.subject, clock=_At(entry.at))


class _At:
    """The clock of a reaction: the moment of the act that it follows."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at
