"""Reads of changes."""

from dataclasses import dataclass
from datetime import datetime

from fangbang.catalogue.models import Change
from fangbang.catalogue.problems import UNKNOWN_CHANGE
from fangbang.catalogue.rules import ChangeState
from fangbang.core.errors import FangbangError


@dataclass(frozen=True)
class ChangeView:
    """A proposed file with what was decided. `replaced`: the file that was in force then; b"" if there was none."""

    id: str
    key: str
    data: bytes
    sha256: str
    replaces: str
    replaced: bytes
    version: str
    reason: str
    state: ChangeState
    author: str
    author_name: str
    at: datetime
    decided_by: str
    decided_name: str
    decided_at: datetime | None
    answer: str


def change(change_id: str) -> ChangeView:
    """One change, or INPUT."""
    row = Change.objects.filter(pk=change_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_CHANGE, change=change_id[:40])
    return _view(row)


def changes(key: str = "", limit: int = 100) -> list[ChangeView]:
    """The last changes, of one file or of all, the newest first."""
    rows = Change.objects.filter(key=key) if key else Change.objects.all()
    return [_view(row) for row in rows.order_by("-at", "-id")[:limit]]


def last_in_force() -> dict[str, ChangeView]:
    """Key → the last change of that file that was put in force."""
    rows = Change.objects.filter(state=ChangeState.IN_FORCE).order_by("decided_at", "id")
    return {row.key: _view(row) for row in rows}


def _view(row: Change) -> ChangeView:
    return ChangeView(
        id=row.pk,
        key=row.key,
        data=row.content.encode(),
        sha256=row.sha256,
        replaces=row.replaces,
        replaced=row.replaced.encode(),
        version=row.version,
        reason=row.reason,
        state=ChangeState(row.state),
        author=row.author,
        author_name=row.author_name,
        at=row.at,
        decided_by=row.decided_by,
        decided_name=row.decided_name,
        decided_at=row.decided_at,
        answer=row.answer,
    )
