"""Reads of the desk: who was published, within a region; whose ticket is whose; previews and what they show.

Every function that reads somebody takes the member of staff for whom it reads, and gives only what lies in their reach.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from django.db.models import QuerySet

from fangbang.accounts.rules import Permission, Staff, Subject, covers, may
from fangbang.adjudication import queries as adjudication
from fangbang.adjudication.queries import HistoryBook, parts_of
from fangbang.books.store import BookStore
from fangbang.core.errors import FangbangError
from fangbang.desk.finding import find
from fangbang.desk.models import Enquiry, Export, Preview
from fangbang.desk.problems import NO_OUTCOMES, NOT_FOUND, NOT_PUBLISHED, PUBLISHED_ALREADY, UNKNOWN_PREVIEW
from fangbang.desk.rules import ByTicket, PreviewState, Row, Terms
from fangbang.exams.cities import region_code
from fangbang.intake import queries as intake
from fangbang.people.rules.vault import DocumentVault
from fangbang.release import queries as releases
from fangbang.release.queries import ReleaseView
from fangbang.release.rules import ReleaseState

_SEARCH, _PREVIEW = Permission.REGION_CANDIDATE_SEARCH, Permission.REGION_RESULT_PREVIEW
_OVER = (ReleaseState.PUBLISHED, ReleaseState.SUPERSEDED, ReleaseState.WITHDRAWN)


@dataclass(frozen=True)
class PreviewView:
    """A request to see one person before the hour."""

    id: str
    release: str
    sitting: str
    region: str
    sealed: str
    digest: str
    reason: str
    state: PreviewState
    asked_by: str
    asked_name: str
    asked_at: datetime
    decided_by: str
    decided_name: str
    decided_at: datetime | None
    expires_at: datetime
    views: int


def old_records(before: datetime) -> Mapping[str, QuerySet[Any]]:
    """What the desk kept from before a moment: searches, previews that lapsed, exports that were asked for."""
    return {
        "searches": Enquiry.objects.filter(at__lt=before),
        "previews": Preview.objects.filter(expires_at__lt=before),
        "exports": Export.objects.filter(asked_at__lt=before),
    }


def desk_vault(store: BookStore) -> DocumentVault:
    """The keys under which the desk's own rows hold tickets: of whoever holds the books' keys."""
    return DocumentVault.of(store.secret("desk"))


def subject_of(sitting_id: str, region: str) -> Subject:
    """What a person of a sitting is, to the table of permissions."""
    return Subject(sitting_id.rpartition("-")[0], frozenset({region} if region else ()))


def published_in(sitting_id: str, region: str) -> bool:
    """Whether results of the sitting that count are published anywhere in a region."""
    return any(_touches(book, region) for book in releases.counting_of(sitting_id))


def published_rows(
    store: BookStore, staff: Staff, sitting_id: str, terms: Terms, permission: Permission = _SEARCH
) -> list[Row]:
    """Rows of the outcomes that candidates are shown now. STATE before anything was published where the member of staff
    may look: then no book is read."""
    books = releases.counting_of(sitting_id)
    if not published_in(sitting_id, staff.region):
        raise FangbangError(NOT_PUBLISHED, sitting=sitting_id)
    found = [
        row
        for part in parts_of(books)
        for row in pl.DataFrame(pl.from_arrow(find(store, part.book, terms))).filter(part.counts).to_dicts()
    ]
    return _reachable(staff, permission, sitting_id, found)


def registered_rows(
    store: BookStore, staff: Staff, sitting_id: str, terms: Terms, permission: Permission = _SEARCH
) -> list[Row]:
    """Rows of the sitting's registrations: numbers and places, never a result."""
    found = find(store, intake.registrations_book(sitting_id), terms).to_pylist()
    return _reachable(staff, permission, sitting_id, found)


def only(rows: Sequence[Row]) -> Row:
    """The one row; NOT_FOUND for none and for several alike."""
    if len(rows) != 1:
        raise FangbangError(NOT_FOUND)
    return rows[0]


def shown_since(store: BookStore, sitting_id: str, row: Row) -> ReleaseView:
    """The published release from whose snapshot a candidate gets this row: the oldest since which it is the same. An
    overlay holds only what it changes."""
    views = [item for item in releases.releases(sitting_id) if item.state is ReleaseState.PUBLISHED]
    covering = [view for view in views if view.published_at and _covers(view, row)]
    newest_first = sorted(covering, key=lambda view: view.published_at or view.t, reverse=True)  # type: ignore[arg-type,return-value]
    shown = newest_first[0]
    for earlier in newest_first[1:]:
        if find(store, _outcomes(earlier), ByTicket(row["ticket"])).to_pylist() != [row]:
            break
        shown = earlier
    return shown


def previewable(release_id: str) -> tuple[ReleaseView, str]:
    """A release before its hour, and the book of the outcomes that it would publish: what is frozen, else the last run.
    STATE after publication, or before any run."""
    view = releases.release(release_id)
    if view.state in _OVER:
        raise FangbangError(PUBLISHED_ALREADY)
    run = adjudication.latest_run(view.sitting)
    book = view.report["books"]["outcomes"] if view.report else run.outcomes if run else ""
    if not book:
        raise FangbangError(NO_OUTCOMES, sitting=view.sitting)
    return view, book


def candidate_of(store: BookStore, staff: Staff, release_id: str, ticket: str) -> Row:
    """The registration of whom a preview is asked for: in the release and in the reach of who asks, or NOT_FOUND."""
    view, _ = previewable(release_id)
    rows = registered_rows(store, staff, view.sitting, ByTicket(ticket), _PREVIEW)
    return only([row for row in rows if _covers(view, row)])


def previewed_row(store: BookStore, view: PreviewView, vault: DocumentVault) -> Row:
    """The outcome that a preview shows; call `actions.note_preview` before."""
    _, book = previewable(view.release)
    return only(find(store, book, ByTicket(target(view, vault)["ticket"])).to_pylist())


def target(view: PreviewView, vault: DocumentVault) -> dict[str, str]:
    """Whom a preview is about: ticket, masked name and document."""
    told: dict[str, str] = json.loads(vault.open(view.sealed))
    return told


def preview(preview_id: str) -> PreviewView:
    """One request, or INPUT."""
    row = Preview.objects.filter(pk=preview_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_PREVIEW)
    return _preview(row)


def previews() -> list[PreviewView]:
    """All requests, the newest first."""
    return [_preview(row) for row in Preview.objects.order_by("-asked_at", "-id")]


def _reachable(staff: Staff, permission: Permission, sitting_id: str, rows: Sequence[Row]) -> list[Row]:
    return [
        row for row in rows if may(staff, permission, subject_of(sitting_id, region_code(row["province"], row["city"])))
    ]


def _touches(book: HistoryBook, region: str) -> bool:
    return not book.provinces or any(covers(region, code) or covers(code, region) for code in book.provinces)


def _covers(view: ReleaseView, row: Row) -> bool:
    places, levels = view.scope.provinces, view.scope.levels
    return (not places or row["province"] in places) and (not levels or row["level"] in levels)


def _outcomes(view: ReleaseView) -> str:
    return str(view.report["books"]["outcomes"]) if view.report else ""


def _preview(row: Preview) -> PreviewView:
    return PreviewView(
        id=row.pk,
        release=row.release_id,
        sitting=row.sitting_id,
        region=row.region,
        sealed=row.sealed,
        digest=row.digest,
        reason=row.reason,
        state=PreviewState(row.state),
        asked_by=row.asked_by,
        asked_name=row.asked_name,
        asked_at=row.asked_at,
        decided_by=row.decided_by,
        decided_name=row.decided_name,
        decided_at=row.decided_at,
        expires_at=row.expires_at,
        views=row.views,
    )
