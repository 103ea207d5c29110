"""The short-lived process that seals: it gets its keys over a pipe, ends when the folder is verified.

Started by the keeper as `python -m fangbang.keeper.sealer`; one JSON object on standard input, one on standard output.
"""

import json
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.books.keys import BookKeys
from fangbang.core.errors import FangbangError, Phrase, told_params
from fangbang.core.files import durable_folder, sync_folder
from fangbang.exams.catalogue import load_catalogue
from fangbang.keeper.hardening import harden
from fangbang.keeper.problems import BAD_ORDER, OTHER_CATALOGUE
from fangbang.keeper.sealing import BaseSource, Books, OverlaySource, Scope, Secrets, annex_content, checked_counts
from fangbang.keeper.sizes import entry_size
from fangbang.snapshot.header import Text, key_id
from fangbang.snapshot.layout import HEADER_FILE
from fangbang.snapshot.verdict import REASON_TEXTS, FolderReport, Verdict
from fangbang.snapshot.verifier import verify_folder
from fangbang.snapshot.writer import SealResult, Subject, open_every_entry, seal

_ROWS_WORTH_A_PROCESS = 50_000


class SealJob(msgspec.Struct, frozen=True):
    """Everything one seal needs; secrets in hex. `below` is the outcome book that an overlay is compared with,
    `least` as in `terms.Terms`."""

    report: dict[str, Any]
    approvals: list[dict[str, Any]]
    books_folder: str
    book_keys: str
    exams_folder: str
    target: str
    snapshot_id: str
    release_key: str
    pepper: str
    signing_key: str
    base_snapshot: str | None = None
    below: str = ""
    workers: int = 2
    least: int = 10

    def __repr__(self) -> str:
        return f"SealJob(snapshot_id={self.snapshot_id!r})"


def run_seal(job: SealJob) -> dict[str, Any]:
    """Check the book, seal, open every entry, verify the folder; returns what the keeper enters and its timing."""
    report = job.report
    secrets = Secrets(
        bytes.fromhex(job.release_key), bytes.fromhex(job.snapshot_id), bytes.fromhex(job.pepper), report["sitting"]
    )
    subject, books = _prepare(job)
    outcomes = report["books"]["outcomes"]
    # Starting a process costs about as much as sealing this many rows.
    workers = min(job.workers, 1 + books.store().rows(outcomes) // _ROWS_WORTH_A_PROCESS)
    signer = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(job.signing_key))
    started = time.perf_counter()
    annex = annex_content(report, job.approvals, checked_counts(books, outcomes), job.least)
    checked = time.perf_counter()
    source = _source(job, books, outcomes, secrets)
    # Nothing stands under its public name before every entry was opened.
    staging = durable_folder(Path(job.target) / ".sealing", mode=0o700)
    result = seal(
        parent=staging,
        subject=subject,
        release_key=secrets.release_key,
        snapshot_id=secrets.snapshot_id,
        annex=annex,
        source=source,
        signer=signer,
        workers=workers,
    )
    sealed = time.perf_counter()
    opened = open_every_entry(folder=result.folder, release_key=secrets.release_key, source=source, workers=workers)
    if (opened.records, opened.pointers) != (result.records, result.pointers):
        raise FangbangError(
            BAD_ORDER, reason=Phrase("entries sealed and opened differ in number", "封存与复核的条目数不同")
        )
    verdict = verify_folder(result.folder, {key_id(signer.public_key()): signer.public_key()})
    if verdict.outcome is not Verdict.VALID:
        raise FangbangError(BAD_ORDER, reason=_findings(verdict))
    _publish(result.folder, Path(job.target) / job.snapshot_id)
    with suppress(OSError):  # a seal that was cut short lies there: the same seal again begins with it
        staging.rmdir()
    seconds = {"check": checked - started, "seal": sealed - checked, "verify": time.perf_counter() - sealed}
    return {**_summary(result, verdict.header_sha256, seconds), "exam": msgspec.to_builtins(subject.exam)}


def _findings(report: FolderReport) -> Phrase:
    """Why the folder that was just sealed does not verify."""
    texts = [REASON_TEXTS[finding.reason] for finding in report.findings]
    return Phrase(", ".join(en for _, en in texts), "、".join(zh for zh, _ in texts))


def _source(job: SealJob, books: Books, outcomes: str, secrets: Secrets) -> BaseSource | OverlaySource:
    return OverlaySource(books, job.below, outcomes, secrets) if job.below else BaseSource(books, outcomes, secrets)


def _publish(staged: Path, folder: Path) -> None:
    """Give the verified folder its public name. One that is there already, from a seal cut short, must be the same."""
    if not folder.exists():
        staged.rename(folder)
        sync_folder(folder.parent)
    elif (folder / HEADER_FILE).read_bytes() != (staged / HEADER_FILE).read_bytes():
        raise FangbangError(
            BAD_ORDER, reason=Phrase("the snapshot exists with other content", "该快照已存在，内容不同")
        )
    else:
        shutil.rmtree(staged)


def _prepare(job: SealJob) -> tuple[Subject, Books]:
    """The header's subject and the books, from the report and the catalogue that it names."""
    report = job.report
    catalogue = load_catalogue(Path(job.exams_folder) if job.exams_folder else None)
    if catalogue.version != report["catalogue"]:
        raise FangbangError(OTHER_CATALOGUE)
    exam_id, _, year = report["sitting"].rpartition("-")
    if exam_id != report["exam"] or not year.isdigit():
        raise FangbangError(BAD_ORDER, reason=Phrase("sitting and exam differ", "场次与考试不符"))
    rules = catalogue.sitting(exam_id, int(year))
    subject = Subject(
        sitting=report["sitting"],
        exam_id=exam_id,
        exam=Text(rules.exam_name.zh, rules.exam_name.en),
        year=int(year),
        scope=report["scope"],
        catalogue_version=catalogue.version,
        kind=report["kind"],
        base=job.base_snapshot,
        entry_size=entry_size(rules),
    )
    scope = Scope(tuple(report["scope"]["provinces"]), tuple(report["scope"]["levels"]))
    kinds = {province: tuple(kinds) for province, kinds in rules.credential_rules.items()}
    return subject, Books(Path(job.books_folder), BookKeys.load(Path(job.book_keys)), kinds, scope)


def _summary(result: SealResult, header_sha256: str, seconds: dict[str, float]) -> dict[str, Any]:
    return {
        "snapshot": result.header.snapshot_id,
        "header": header_sha256,
        "root": result.header.merkle_root,
        "records": result.records,
        "pointers": result.pointers,
        "ambiguous": result.ambiguous,
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "phases": result.seconds,
    }


def main() -> int:
    """Read the job, do it, tell the outcome. A problem goes back as its code and parameters, never as a traceback."""
    harden(lock_memory=False)
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=SealJob)
    try:
        answer: dict[str, Any] = {"ok": True, **run_seal(job)}
    except FangbangError as error:
        answer = {"ok": False, "code": error.code, "params": told_params(error.params)}
    sys.stdout.write(json.dumps(answer, default=str) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
