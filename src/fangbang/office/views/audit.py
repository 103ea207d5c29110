"""The audit log: searched, paged, exported. An auditor sees all; others what is about releases and sittings that lie
within their reach as a whole, and their own acts."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec
from django.http import HttpResponse, StreamingHttpResponse

from fangbang.accounts.rules import Permission, Staff, Subject, has, may
from fangbang.audit import actions, queries
from fangbang.audit.events import AuditEvent
from fangbang.audit.queries import Reach
from fangbang.audit.rules import Entry, Search, export_head, export_line
from fangbang.core.clock import AUTHORITY_ZONE, to_wire
from fangbang.core.errors import FangbangError
from fangbang.intake.rules import safe_cell
from fangbang.office.forms import read
from fangbang.office.problems import BAD_DAY
from fangbang.office.routes import route
from fangbang.office.views.releases import subject_of
from fangbang.office.web import OfficeRequest, page
from fangbang.release import queries as release_queries

_READ = Permission.REGION_AUDIT_READ
PAGE = 50
"""Entries on one page."""
_COLUMNS = ("seq", "at", "actor", "name", "event", "subject", "details", "previous", "hash")


class Asked(msgspec.Struct):
    """The form's fields. Days are YYYY-MM-DD in the authority's zone; `until` is the last one that counts."""

    event: str = ""
    actor: str = ""
    text: str = ""
    release: str = ""
    since: str = ""
    until: str = ""
    before: str = ""
    kind: str = ""


@route("audit", "audit", _READ, listing=True)
def audit(request: OfficeRequest) -> HttpResponse:
    """One page of what was found, the newest first."""
    asked = Asked(**{name: request.GET.get(name, "").strip() for name in Asked.__struct_fields__})
    reach, error, found = reach_of(request.staff_visit.staff), None, []
    try:
        before = int(asked.before) if asked.before.isascii() and asked.before.isdigit() else None
        found = queries.search(search_of(asked), reach, before=before, limit=PAGE + 1)
    except FangbangError as failure:
        error = failure
    shown = found[:PAGE]
    kept = {name: value for name, value in msgspec.to_builtins(asked).items() if value and name != "before"}
    return page(
        request,
        "audit.html",
        here="audit",
        status=200 if error is None else 400,
        error=error,
        entries=shown,
        asked=asked,
        events=sorted(AuditEvent),
        releases=[view for view in release_queries.releases() if _sees(request.staff_visit.staff, subject_of(view))],
        everything=reach.subjects is None,
        older={**kept, "before": str(shown[-1].seq)} if len(found) > PAGE else None,
        newest=kept if asked.before else None,
    )


@route("export-audit", "audit/export", _READ, methods=("POST",), listing=True)
def export_audit(request: OfficeRequest) -> HttpResponse:
    """What was found, as a file: CSV for spreadsheets, or JSON lines that `fangbang verify audit` checks. Entered in
    the log itself."""
    asked = read(request, Asked)
    wanted, reach = search_of(asked), reach_of(request.staff_visit.staff)
    kind = "csv" if asked.kind == "csv" else "jsonl"
    actions.enter_export(actor=request.actor, kind=kind, wanted=wanted, clock=request.clock)
    found = queries.export(wanted, reach)
    lines = as_csv(found) if kind == "csv" else as_lines(found, whole=wanted.whole and reach.subjects is None)
    response = StreamingHttpResponse(lines, content_type="text/csv" if kind == "csv" else "application/jsonl")
    response.headers["Content-Disposition"] = f'attachment; filename="audit-{request.clock.now():%Y%m%d-%H%M%S}.{kind}"'
    return response  # type: ignore[return-value]  # Django's streaming response shares all that is used of the other


def reach_of(staff: Staff) -> Reach:
    """What of the log somebody may see."""
    if has(staff, Permission.NATION_AUDIT_READ) and not staff.exams:
        return Reach()
    views = release_queries.releases()
    subjects = {view.id for view in views if _sees(staff, subject_of(view))}
    sittings = {view.sitting: Subject(view.sitting.rpartition("-")[0]) for view in views}
    subjects |= {sitting for sitting, subject in sittings.items() if _sees(staff, subject)}
    return Reach(frozenset(subjects), staff.id)


def search_of(asked: Asked) -> Search:
    """What the form asks for; INPUT for a day that is none."""
    release = asked.release
    subjects = (release, release_queries.release(release).sitting) if release else ()
    until = _day(asked.until)
    return Search(
        event=asked.event,
        actor=asked.actor,
        text=asked.text,
        subjects=subjects,
        since=_day(asked.since),
        until=None if until is None else until + timedelta(days=1),
    )


def as_csv(entries: Iterable[Entry]) -> Iterator[str]:
    """Rows that no spreadsheet takes for formulas."""
    yield "\ufeff" + _row(_COLUMNS)
    for entry in entries:
        whole = (str(entry.seq), to_wire(entry.at), entry.actor.id, entry.actor.name, entry.event, entry.subject)
        yield _row([safe_cell(cell) for cell in (*whole, entry.details, entry.previous, entry.hash)])


def as_lines(entries: Iterable[Entry], *, whole: bool) -> Iterator[str]:
    """The log with its chain."""
    head = queries.head()
    yield export_head(head, whole=whole)
    yield from (export_line(entry) for entry in entries if entry.seq <= head.seq)


def _row(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _sees(staff: Staff, subject: Subject) -> bool:
    return may(staff, _READ, subject)


def _day(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=AUTHORITY_ZONE)
    except ValueError as error:
        raise FangbangError(BAD_DAY, day=text[:20]) from error
