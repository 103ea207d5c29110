"""From a file to a book, without any database: what `actions.py` wraps in a transaction.

open → resolve columns → read rows → join and settle → write the book → quarantine → compare with the manifest. The
book is durable and nameless to everyone until the action's transaction names it; a crash before that leaves at most
an unreferenced book, which the same command run again finds and uses.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import polars as pl
import pyarrow as pa

from fangbang.books.schemas import MARKS, PRIOR_PASSES, REGISTRATIONS
from fangbang.books.store import Book, BookStore
from fangbang.core.errors import FangbangError, Phrase
from fangbang.core.files import durable_folder
from fangbang.exams.model import SittingRules
from fangbang.intake import joining, marks, prior, registrations
from fangbang.intake import manifest as manifests
from fangbang.intake.findings import FIELD, Findings
from fangbang.intake.problems import EMPTY_FILE, LAST_YEARS_FILE, LAST_YEARS_MARKS, MOSTLY_BAD, NOTHING_NEW, SUSPECT
from fangbang.intake.profiles import Profile
from fangbang.intake.quarantine import write_quarantine
from fangbang.intake.renaming import Renamings
from fangbang.intake.rules import MOST_OF_A_FILE, NUMBER_FIELDS, ROW_PROBLEMS
from fangbang.intake.source import CODE, ROW, Source
from fangbang.intake.suspicions import Suspicion, suspicions
from fangbang.intake.totals import Totals, normalised

Progress = Callable[[str, int, int], None]
"""Told (stage, done, of): stage "read" in bytes, "settle" in rows."""
Counted = Callable[[Mapping[str, Any], Mapping[str, int]], None]
"""Told the control totals and the findings of the whole file, before anything is refused for them."""
_REPEATED = "intake.row-repeated"


@dataclass(frozen=True)
class Order:
    """What to take in, and with what."""

    kind: str
    source: Source
    profile: Profile
    rules: SittingRules
    store: BookStore
    base: str | None
    """The book that already holds accepted rows of this kind."""
    registrations: str | None
    """The sitting's registrations, which marks are joined with."""
    last_year: str | None
    """The book of this kind of the exam's sitting before this one, to know its file again."""
    quarantine: Path
    """Folder of quarantine files."""
    manifest: Mapping[str, Any] | None = None
    trusted: Collection[str] = ()
    bad_share: Decimal = MOST_OF_A_FILE
    progress: Progress | None = None
    looked_at: bool = False
    """A person has looked at what is suspect, and says that it is right."""
    corrects: str = ""
    """The notice by which this marks file corrects marks accepted before; "" = it may only add."""
    corrected_names: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """(document type, number, former name) → the name that counts: a file may have either."""
    rehearsal: bool = False
    """Write no book: only find out what its name would be."""
    counted: Counted | None = None


@dataclass(frozen=True)
class Taken:
    """What became of the file."""

    book: Book
    file_rows: int
    accepted: int
    quarantined: int
    quarantine: Path | None
    totals: Mapping[str, Any]
    signed_totals: Mapping[str, Any] | None
    findings: Mapping[str, int]
    unread: tuple[str, ...] = ()
    missing: Mapping[str, int] = field(default_factory=dict)
    suspicions: tuple[Suspicion, ...] = ()
    warnings: Mapping[str, int] = field(default_factory=dict)


def take_in(order: Order) -> Taken:
    """Do all of it, or raise and leave neither batch nor book. A refused file's quarantine is kept: it says why."""
    source = order.source
    columns = order.profile.resolve(source.name, source.header)
    if order.manifest is not None:
        manifests.check_signature(order.manifest, order.trusted)
        manifests.check_identity(order.manifest, sitting=order.rules.id, kind=order.kind, sha256=source.sha256)
    work = _Work(order, columns, Findings(), Totals(), dict(source.warnings))
    book, accepted, missing = _WORK[order.kind](work)
    return Taken(
        book=book,
        file_rows=work.totals.rows,
        accepted=accepted,
        quarantined=work.findings.bad_rows(),
        quarantine=work.quarantine(),
        totals=work.totals.as_json(),
        signed_totals=normalised(order.manifest) if order.manifest else None,
        findings=work.findings.counts(),
        unread=tuple(order.profile.unread(columns, source.header)),
        missing=missing,
        suspicions=tuple(suspicions(work.totals, order.rules)),
        warnings=work.warnings,
    )


@dataclass(frozen=True)
class _Work:
    order: Order
    columns: dict[str, str]
    findings: Findings
    totals: Totals
    warnings: dict[str, int]

    def settled(self) -> Callable[[int], None]:
        """Progress of the second half, in rows."""
        done = 0

        def step(rows: int) -> None:
            nonlocal done
            done += rows
            if self.order.progress is not None:
                self.order.progress("settle", done, self.totals.rows)

        return step

    def write(self, kind: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Book:
        """The book of these rows; in a rehearsal, what it would be."""
        store = self.order.store
        return (store.unwritten if self.order.rehearsal else store.write)(kind, schema, batches)

    def before(self) -> Iterator[pa.RecordBatch]:
        """Rows that earlier batches brought."""
        return self.order.store.batches(self.order.base) if self.order.base else iter(())

    def judged(self, batches: Iterator[pa.RecordBatch], rows: "_Rows") -> Iterator[pa.RecordBatch]:
        """The book's rows; after the last one the file as a whole is judged, while its book has no name yet."""
        yield from batches
        order = self.order
        order.source.check_unchanged()
        if order.counted is not None:
            order.counted(self.totals.as_json(), self.findings.counts())
        if order.manifest is not None:
            found = self.totals.as_json()
            manifests.check_totals(order.manifest, rows=found["rows"], subjects=found["subjects"])
        path = self.quarantine()
        if isinstance(rows, joining.Marks) and rows.of_last_year * 2 > self.totals.rows:
            raise FangbangError(LAST_YEARS_MARKS, file=order.source.name, same=rows.of_last_year, rows=self.totals.rows)
        if path is not None:
            write_quarantine(path, order.source, self.findings, self.columns)
            self._refuse_mostly_bad(path)
        suspect = suspicions(self.totals, order.rules)
        if suspect and not order.looked_at:
            raise FangbangError(SUSPECT, file=order.source.name, what=_told(suspect))
        if isinstance(rows, registrations.Registrations) and rows.of_last_year * 2 > rows.accepted:
            raise FangbangError(LAST_YEARS_FILE, file=order.source.name, same=rows.of_last_year, rows=rows.accepted)
        if rows.accepted == 0:
            raise FangbangError(NOTHING_NEW, file=order.source.name)

    def quarantine(self) -> Path | None:
        """Where the bad rows are, if there are any."""
        if not self.findings.counts():
            return None
        order = self.order
        folder = durable_folder(order.quarantine, mode=0o700)
        return folder / f"{order.rules.id}-{order.kind}-{order.source.sha256[:12]}.csv"

    def _refuse_mostly_bad(self, path: Path) -> None:
        """Rows that are there already do not speak against the file: a whole file sent anew brings what was missing."""
        rows, bad = self.totals.rows, self.findings.bad_rows(beside=_REPEATED)
        if Decimal(bad) / rows <= self.order.bad_share:
            return
        raise FangbangError(MOSTLY_BAD, rows=rows, bad=bad, worst=_worst(self.findings.counts()), quarantine=path)


def _worst(counts: Mapping[str, int]) -> Phrase:
    """The three most frequent mistakes of rows."""
    wrong = ((code, count) for code, count in counts.items() if code != _REPEATED)
    found = [(ROW_PROBLEMS[code], count) for code, count in islice(wrong, 3)]
    en = "; ".join(f"{problem.en} ({problem.code}, {count} rows)" for problem, count in found)
    zh = "；".join(f"{problem.zh}（{problem.code}，{count} 行）" for problem, count in found)
    return Phrase(en, zh)


def _told(suspect: Sequence[Suspicion]) -> Phrase:
    """What is suspect, subject by subject."""
    en = "; ".join(f"{found.subject}: {found.en} ({found.code})" for found in suspect)
    zh = "；".join(f"{found.subject}：{found.zh}（{found.code}）" for found in suspect)
    return Phrase(en, zh)


class _Rows(Protocol):
    """What the three kinds of rows have in common here."""

    accepted: int


def _registrations(work: _Work) -> tuple[Book, int, dict[str, int]]:
    order = work.order
    reader = registrations.RegistrationReader(order.rules, order.profile, work.columns)
    last_year = order.store.batches(order.last_year, ("doc_number", "ticket")) if order.last_year else iter(())
    with registrations.Registrations(order.store.folder, work.findings, last_year) as rows:
        rows.renamings = Renamings(order.corrected_names)
        for batch in work.before():
            rows.add(registrations.from_book(batch))
        _feed(work, reader, rows, count=True)
        book = work.write("registrations", REGISTRATIONS, work.judged(rows.batches(work.settled()), rows))
        return book, rows.accepted, {}


def _marks(work: _Work) -> tuple[Book, int, dict[str, int]]:
    order = work.order
    reader = marks.MarkReader(order.rules, order.profile, work.columns, work.totals)
    registered = order.store.batches(order.registrations or "", joining.REGISTRATION_COLUMNS)
    last_year = order.store.batches(order.last_year) if order.last_year else iter(())
    with joining.Marks(order.rules, order.store.folder, work.findings, last_year, reader.fields) as rows:
        rows.corrects = bool(order.corrects)
        rows.know_names(order.corrected_names)
        for batch in work.before():
            rows.add(joining.from_book(batch))
        _feed(work, reader, rows, count=False)
        rows.beside_neighbour = reader.beside_neighbour
        book = work.write("marks", MARKS, work.judged(rows.batches(registered, work.settled()), rows))
        return book, rows.accepted, dict(sorted(rows.missing.items()))


def _prior_passes(work: _Work) -> tuple[Book, int, dict[str, int]]:
    order = work.order
    reader = prior.PriorPassReader(order.rules, order.profile, work.columns)
    with prior.PriorPasses(order.store.folder, work.findings) as rows:
        rows.renamings = Renamings(order.corrected_names)
        for batch in work.before():
            rows.add(prior.from_book(batch))
        _feed(work, reader, rows, count=True)
        book = work.write("prior-passes", PRIOR_PASSES, work.judged(rows.batches(work.settled()), rows))
        return book, rows.accepted, {}


_WORK: dict[str, Callable[[_Work], tuple[Book, int, dict[str, int]]]] = {
    "registrations": _registrations,
    "marks": _marks,
    "prior-passes": _prior_passes,
}


def _feed(work: _Work, reader: Any, rows: Any, *, count: bool) -> None:
    """Every row of the file through its reader; `count` for readers that do not add up totals themselves."""
    source = work.order.source
    flaws = _flaws(work)
    for frame in source.frames(list(dict.fromkeys(work.columns.values()))):
        read = reader.read(frame, work.findings)
        if len(flaws):
            read = read.join(flaws, on=ROW, how="anti", maintain_order="left")
        if len(read):
            rows.add(read)
    if count:
        work.totals.add_rows(reader.seen)
    ragged = [row for row, text in source.ragged if text.strip()]
    work.findings.add_rows(ragged, "", "intake.row-columns")
    work.totals.add_rows(len(ragged))
    if work.totals.rows == 0:
        raise FangbangError(EMPTY_FILE, file=source.name)
    for code, found in getattr(reader, "warnings", {}).items():
        work.warnings[code] = work.warnings.get(code, 0) + found


def _flaws(work: _Work) -> pl.DataFrame:
    """Rows with a cell that the file's own format shows to be wrong. A number is wrong only where a name of
    something stands."""
    bad = [pl.DataFrame(schema={ROW: pl.UInt32})]
    for name, column in work.columns.items():
        found = work.order.source.flaws(column)
        if name not in NUMBER_FIELDS:
            found = found.filter(pl.col(CODE) != "intake.cell-number")
        work.findings.add_frame(found.with_columns(pl.lit(name).alias(FIELD)))
        bad.append(found.select(ROW))
    return pl.concat(bad).unique()
