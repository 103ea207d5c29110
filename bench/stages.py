"""`python -m bench.stages STAGE JOB`: one stage of the pipeline in a process of its own. JOB: `Job.argument()`.

Each stage calls the very verbs that the command line calls. It prints one JSON object: how many rows it went through.
"""

import json
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.job import EXAM, SITTING, WORKERS, YEAR, Job
from bench.sent import marks_profile, source, write_files

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from fangbang.cli.edge import Session
    from fangbang.keeper.sealing import BaseSource, Secrets


def files(job: Job) -> int:
    """Write what the centre sends. Rows: registrations and marks."""
    return write_files(job)


def office(job: Job) -> int:
    """Make the installation and open the sitting (not part of the total)."""
    from fangbang.cli.init import prepare
    from fangbang.cli.staff import catalogue

    session = _session()
    prepare(session)
    from fangbang.audit.rules import SYSTEM
    from fangbang.intake import actions

    actions.open_sitting(actor=SYSTEM, exam_id=EXAM, year=YEAR, catalogue=catalogue(session), clock=session.clock)
    return 0


def registrations(job: Job) -> int:
    """Take in the registrations file. Rows: registrations."""
    return _intake(job, "registrations")


def marks(job: Job) -> int:
    """Take in the marks file. Rows: marks."""
    from fangbang.exams.catalogue import load_catalogue

    return _intake(job, "marks", profile=marks_profile(job, load_catalogue().sitting(EXAM, YEAR)))


def _intake(job: Job, kind: str, **options: Any) -> int:
    session = _session()
    from fangbang.cli.staff import catalogue, office
    from fangbang.project.stores import book_store

    layout = office(session)
    from fangbang.audit.rules import SYSTEM
    from fangbang.intake import actions

    taken = actions.accept_file(
        kind=kind,
        actor=SYSTEM,
        sitting_id=SITTING,
        path=source(job.home, kind),
        store=book_store(layout),
        catalogue=catalogue(session),
        clock=session.clock,
        **options,
    )
    if taken.quarantined:
        raise SystemExit(f"{taken.quarantined} rows in quarantine: the simulated files should have no mistakes")
    return int(taken.batch.book_rows)


def adjudicate(job: Job) -> int:
    """Decide everybody by both calculators. Rows: candidates."""
    session = _session()
    from fangbang.cli.staff import catalogue, office
    from fangbang.project.stores import book_store

    layout = office(session)
    from fangbang.adjudication import actions
    from fangbang.audit.rules import SYSTEM

    view = actions.run(
        actor=SYSTEM,
        sitting_id=SITTING,
        store=book_store(layout),
        catalogue=catalogue(session),
        clock=session.clock,
        workers=WORKERS,
    )
    (job.home / "outcomes").write_text(view.outcomes)
    return int(view.candidates)


def seal(job: Job) -> int:
    """Check the outcome book and seal it. Rows: entries (records and pointers)."""
    from fangbang.exams.catalogue import load_catalogue
    from fangbang.keeper.sealing import checked_counts
    from fangbang.snapshot import writer
    from fangbang.snapshot.header import Text

    source, keys = _source(job)
    catalogue = load_catalogue()
    rules = catalogue.sitting(EXAM, YEAR)
    subject = writer.Subject(
        sitting=SITTING,
        exam_id=EXAM,
        exam=Text(rules.exam_name.zh, rules.exam_name.en),
        year=YEAR,
        scope={"provinces": [], "levels": []},
        catalogue_version=catalogue.version,
    )
    (job.home / "snapshots").mkdir(exist_ok=True)
    sealed = writer.seal(
        parent=job.home / "snapshots",
        subject=subject,
        release_key=keys.release_key,
        snapshot_id=keys.snapshot_id,
        annex={"counts": checked_counts(source.books, source.outcomes)},
        source=source,
        signer=_signer(job.home),
        workers=WORKERS,
    )
    return sealed.records + sealed.pointers


def verify(job: Job) -> int:
    """Open every entry of the sealed folder and compare, then verify the folder as a stranger would. Rows: entries."""
    from fangbang.snapshot.header import key_id
    from fangbang.snapshot.verifier import verify_folder
    from fangbang.snapshot.writer import open_every_entry

    source, keys = _source(job)
    folder = job.home / "snapshots" / keys.snapshot_id.hex()
    opened = open_every_entry(folder=folder, release_key=keys.release_key, source=source, workers=WORKERS)
    public = _signer(job.home).public_key()
    report = verify_folder(folder, {key_id(public): public})
    if report.outcome != "valid":
        raise SystemExit(f"the sealed folder does not verify: {report}")
    return opened.records + opened.pointers


def polars(job: Job) -> int:
    """The yardstick: Polars rewrites the same two CSV files as Parquet. Rows: registrations and marks.

    A file in UTF-8 is streamed; one in GB18030, which Polars cannot stream, is read whole.
    """
    import polars as pl

    rows = 0
    for kind in ("registrations", "marks"):
        path, target = source(job.home, kind), job.home / f"{kind}.parquet"
        if _is_utf8(path):
            pl.scan_csv(path, infer_schema=False).sink_parquet(target)
        else:
            pl.read_csv(path, encoding="gb18030", infer_schema=False).write_parquet(target)
        rows += pl.scan_parquet(target).select(pl.len()).collect().item()
    return rows


def _is_utf8(path: Path) -> bool:
    """Judged by the header line."""
    with path.open("rb") as stream:
        try:
            stream.readline().decode("utf-8")
        except UnicodeDecodeError:
            return False
    return True


def _session() -> "Session":
    from fangbang.cli.edge import Session

    return Session()


def _drawn(home: Path) -> list[bytes]:
    """Release key, snapshot id, pepper and signing key of this HOME, drawn at first use."""
    path = home / "bench-keys.json"
    if not path.exists():
        path.write_text(json.dumps([secrets.token_hex(size) for size in (32, 16, 32, 32)]))
    return [bytes.fromhex(item) for item in json.loads(path.read_text())]


def _signer(home: Path) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(_drawn(home)[3])


def _source(job: Job) -> "tuple[BaseSource, Secrets]":
    """The outcome book as snapshot items, under keys that this HOME draws once."""
    from fangbang.books.keys import BookKeys
    from fangbang.cli.layout import Layout
    from fangbang.exams.vocabulary import CredentialKind
    from fangbang.keeper.sealing import BaseSource, Books, Scope, Secrets

    layout = Layout(job.home)
    release_key, snapshot_id, pepper, _ = _drawn(job.home)
    kinds = (CredentialKind.TICKET_DOCUMENT, CredentialKind.DOCUMENT_NAME, CredentialKind.ARCHIVE_DOCUMENT)
    books = Books(layout.books, BookKeys.load(layout.book_keys), {"": kinds[: min(job.entries, 3)]}, Scope())
    keys = Secrets(release_key, snapshot_id, pepper, SITTING)
    return BaseSource(books, (job.home / "outcomes").read_text(), keys), keys


STAGES: dict[str, Callable[[Job], int]] = {
    "files": files,
    "office": office,
    "registrations": registrations,
    "marks": marks,
    "adjudicate": adjudicate,
    "seal": seal,
    "verify": verify,
    "polars": polars,
}


def main(arguments: list[str]) -> int:
    """Run one stage."""
    stage, job = arguments
    rows: Any = STAGES[stage](Job.from_argument(job))
    print(json.dumps({"rows": rows}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
