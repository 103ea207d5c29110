"""What was published: the outcomes that count for later sittings, and those that candidates were shown last."""

import json
from collections.abc import Iterable
from typing import Any

from fangbang.adjudication.queries import HistoryBook, standing
from fangbang.core.errors import FangbangError
from fangbang.release.models import Release
from fangbang.release.problems import NOT_PUBLISHED
from fangbang.release.queries.reading import ReleaseView, frozen_report, release
from fangbang.release.rules import ReleaseState, Scope


def counting_books(exam_id: str, before: int) -> list[HistoryBook]:
    """The published outcomes of an exam's sittings of earlier years, in the order of publication: the history of a run.

    A withdrawn or superseded release counts no longer. Provinces that release on their own each have their book.
    """
    rows = Release.objects.filter(state=ReleaseState.PUBLISHED, sitting_id__startswith=f"{exam_id}-")
    books = [_book(row) for row in _in_turn(rows)]
    return standing([book for book in books if book.sitting == f"{exam_id}-{book.year}" and book.year < before])


def counting_of(sitting_id: str) -> list[HistoryBook]:
    """The published outcomes of one sitting that count, in the order of publication."""
    return standing([_book(row) for row in _in_turn(Release.objects.filter(sitting_id=sitting_id)) if _counts(row)])


def standing_releases() -> list[ReleaseView]:
    """The published releases whose figures count: of each sitting and scope the newest, an overlay for its base."""
    rows = _in_turn(Release.objects.filter(state=ReleaseState.PUBLISHED))
    newest = {(row.sitting_id, row.scope_key): row.pk for row in rows}
    return [release(found) for found in newest.values()]


def published_report(release_id: str) -> dict[str, Any]:
    """The report that a published release was signed for; STATE if it is not published, or no longer."""
    if release(release_id).state is not ReleaseState.PUBLISHED:
        raise FangbangError(NOT_PUBLISHED, release=release_id)
    return frozen_report(release_id)


def shown_books(sitting_id: str) -> list[HistoryBook]:
    """What candidates of a sitting were shown last, whatever became of it since: versions go on from there."""
    rows = Release.objects.filter(sitting_id=sitting_id, published_at__isnull=False)
    return standing([_book(row) for row in _in_turn(rows)])


def _in_turn(rows: Iterable[Release]) -> list[Release]:
    published = [row for row in rows if row.published_at is not None]
    return sorted(published, key=lambda row: (row.published_at, row.opened_at, row.pk))


def _counts(row: Release) -> bool:
    return row.state == ReleaseState.PUBLISHED


def _book(row: Release) -> HistoryBook:
    scope = Scope.from_json(json.loads(row.scope))
    year = int(row.sitting_id.rpartition("-")[2])
    book = json.loads(row.report)["books"]["outcomes"]
    return HistoryBook(row.sitting_id, year, book, row.pk, scope.provinces, scope.levels)
