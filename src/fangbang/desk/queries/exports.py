"""Reads of exports: who passed within a region as published now, and what stands of a list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from fangbang.accounts.rules import covers
from fangbang.adjudication import queries as adjudication
from fangbang.adjudication.queries import parts_of
from fangbang.books.store import BookStore
from fangbang.core.errors import FangbangError
from fangbang.desk.models import Export
from fangbang.desk.problems import NOT_PUBLISHED, UNKNOWN_EXPORT
from fangbang.desk.queries import published_in
from fangbang.desk.rules.exports import KEPT_FOR, PASSED, Content, FileFormat, Mark
from fangbang.exams.cities import region_code
from fangbang.release import queries as releases

_COLUMNS = (
    "ticket", "archive", "name", "doc_type", "doc_number", "level", "category", "specialty", "province", "city",
    "outcome",
)  # fmt: skip


@dataclass(frozen=True)
class ExportView:
    """One list."""

    id: str
    sitting: str
    region: str
    content: Content
    format: FileFormat
    purpose: str
    asked_by: str
    asked_name: str
    asked_at: datetime
    rows: int | None
    sha256: str
    made_at: datetime | None
    fetched: int

    @property
    def mark(self) -> Mark:
        return Mark(self.id, self.asked_by, self.asked_name, self.asked_at, self.purpose)

    def stands(self, now: datetime) -> bool:
        """Whether the file can be fetched."""
        return self.made_at is not None and now < self.made_at + KEPT_FOR


def passers(
    store: BookStore, sitting_id: str, region: str, progress: Callable[[int], None] = lambda _: None
) -> tuple[list[dict[str, Any]], list[str]]:
    """Who passed within a region as published now, overlays included, and the releases that say so. Whoever is held
    back is left out, also before a correction is published. STATE when nothing there is published."""
    if not published_in(sitting_id, region):
        raise FangbangError(NOT_PUBLISHED, sitting=sitting_id)
    books = releases.counting_of(sitting_id)
    held, found = adjudication.withheld_tickets(sitting_id), []
    for part in parts_of(books):
        for batch in store.batches(part.book, _COLUMNS):
            frame = pl.DataFrame(pl.from_arrow(batch)).filter(part.counts, pl.col("outcome").is_in(PASSED))
            found += [
                row
                for row in frame.iter_rows(named=True)
                if row["ticket"] not in held and covers(region, region_code(row["province"], row["city"]))
            ]
            progress(len(found))
    return found, [book.version for book in books]


def export(export_id: str) -> ExportView:
    """One list, or INPUT."""
    row = Export.objects.filter(pk=export_id).first()
    if row is None:
        raise FangbangError(UNKNOWN_EXPORT)
    return _view(row)


def exports() -> list[ExportView]:
    """All lists, the newest first."""
    return [_view(row) for row in Export.objects.order_by("-asked_at", "-id")]


def _view(row: Export) -> ExportView:
    return ExportView(
        id=row.pk,
        sitting=row.sitting_id,
        region=row.region,
        content=Content(row.content),
        format=FileFormat(row.format),
        purpose=row.purpose,
        asked_by=row.asked_by,
        asked_name=row.asked_name,
        asked_at=row.asked_at,
        rows=row.rows,
        sha256=row.sha256,
        made_at=row.made_at,
        fetched=row.fetched,
    )
