"""A sitting with its books on disk, and releases of it: what the desk looks into. Nobody here exists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from fangbang.books.keys import BookKeys
from fangbang.books.schemas import OUTCOMES, REGISTRATIONS
from fangbang.books.store import BookStore
from fangbang.core.canonical import canonical_json
from fangbang.core.clock import ManualClock
from fangbang.intake.models import Batch, Sitting
from fangbang.project.layout import Layout
from fangbang.release.models import Release
from fangbang.release.rules import ReleaseKind, ReleaseState, Scope
from tests.keeper.office import row
from tests.release.people import report

SITTING = "social-worker-2026"
BEIJING, SICHUAN, CHENGDU, MIANYANG = "110000", "510000", "510100", "510700"
WANG: dict[str, Any] = {
    "ticket": "110626000101", "archive": "DA0000101", "name": "王小明", "doc_number": "110101199001310101",
    "province": BEIJING, "city": "海淀区",
}  # fmt: skip
LI: dict[str, Any] = {
    "ticket": "510626000202", "archive": "DA0000202", "name": "李芳", "doc_number": "510104198805060202",
    "province": SICHUAN, "city": "成都市", "subject_ticket": "510626990202",
}  # fmt: skip
ZHAO: dict[str, Any] = {
    "ticket": "510626000303", "archive": "", "name": "赵·买买提", "doc_number": "510704199203040303",
    "province": SICHUAN, "city": "绵阳",
}  # fmt: skip
CANDIDATES = (WANG, LI, ZHAO)
CANARIES = tuple(item[key] for item in CANDIDATES for key in ("ticket", "name", "doc_number"))
"""What must show nowhere but on a page that was asked for."""


@dataclass
class Scene:
    """The office's books, and the clock that everything goes by."""

    layout: Layout
    store: BookStore
    clock: ManualClock

    def outcomes(self, *changes: dict[str, Any]) -> str:
        """A book of outcomes of all candidates; `changes` are laid over one each, in order."""
        laid = [*changes, *[{}] * len(CANDIDATES)]
        rows = [row(1, **{**person, **change}) for person, change in zip(CANDIDATES, laid, strict=False)]
        return self.write("outcomes", OUTCOMES, rows)

    def write(self, kind: str, schema: pa.Schema, rows: Sequence[dict[str, Any]]) -> str:
        ordered = sorted(rows, key=lambda item: item["doc_number"])
        return self.store.write(kind, schema, pa.Table.from_pylist(list(ordered), schema=schema).to_batches()).name

    def release(self, book: str, *, state: ReleaseState, at: datetime | None = None, **more: Any) -> str:
        """A release of a book, in some state, as the ceremony leaves it. `at`: its hour."""
        number = Release.objects.count() + 1
        scope = Scope(tuple(more.get("provinces", ())))
        frozen = {**report(), "books": {"outcomes": book}}
        published = state in (ReleaseState.PUBLISHED, ReleaseState.WITHDRAWN)
        base = more.get("base")
        made = Release.objects.create(
            id=f"rel-{number}",
            sitting_id=SITTING,
            scope=canonical_json(scope.to_json()).decode(),
            scope_key=scope.key,
            kind=ReleaseKind.OVERLAY if base else ReleaseKind.BASE,
            base_id=base,
            state=state,
            opened_at=self.clock.now() - timedelta(days=1),
            report=canonical_json(frozen).decode(),
            report_hash="ab" * 32,
            snapshot=f"{number:032x}",
            header="cd" * 32,
            t=at or self.clock.now(),
            published_at=(at or self.clock.now()) if published else None,
        )
        return str(made.pk)

    def publish(self, *changes: dict[str, Any], **more: Any) -> str:
        """Outcomes, published."""
        return self.release(self.outcomes(*changes), state=ReleaseState.PUBLISHED, **more)


def scene(folder: Path, clock: ManualClock) -> Scene:
    """An office below a folder, with a sitting and its registrations; no result is published."""
    layout = Layout(folder)
    layout.make()
    keys = BookKeys.load(layout.book_keys) if layout.book_keys.exists() else BookKeys.create(layout.book_keys)
    made = Scene(layout, BookStore(layout.books, keys), clock)
    sitting = Sitting.objects.create(
        id=SITTING, exam_id="social-worker", year=2026, catalogue_version="", opened_by="li", opened_at=clock.now()
    )
    book = made.write("registrations", REGISTRATIONS, [registration(person) for person in CANDIDATES])
    Batch.objects.create(
        id="batch-1", sitting=sitting, kind="registrations", number=1, file_name="r.csv", file_sha256="0" * 64,
        file_rows=len(CANDIDATES), book=book, book_rows=len(CANDIDATES), rows=len(CANDIDATES), quarantined=0, totals={},
        findings={}, importer="li", importer_name="李娜", at=clock.now(),
    )  # fmt: skip
    return made


def registration(person: dict[str, Any]) -> dict[str, Any]:
    """The candidate's row of the registrations book."""
    told = {name: value for name, value in row(1, **person).items() if name in REGISTRATIONS.names}
    own = person.get("subject_ticket", person["ticket"])
    return {**told, "subjects": ["ability", "practice"], "subject_tickets": [own, person["ticket"]]}
