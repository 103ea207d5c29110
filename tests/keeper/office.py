"""The office's side, in memory: outcome books, reports and orders signed by people whose keys are enrolled."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.books.keys import BookKeys
from fangbang.books.schemas import OUTCOMES
from fangbang.books.store import BookStore
from fangbang.core.clock import Clock
from fangbang.exams.catalogue import load_catalogue
from fangbang.keeper.folders import KeeperFolders, initialise
from fangbang.keeper.service import Keeper
from fangbang.release.rules import (
    APPROVER,
    TrustedKey,
    pages_order,
    schedule_order,
    sign_pages,
    sign_report,
    sign_schedule,
    sign_withdrawal,
    trust_document,
    withdrawal_order,
)

SITTING = "social-worker-2026"


def row(number: int, **changes: Any) -> dict[str, Any]:
    """One outcome row of a candidate who does not exist; `number` makes ticket and document."""
    ticket = changes.pop("ticket", f"1106{number:08d}")
    mark = Decimal(changes.pop("mark", "61.5"))
    subjects = [
        {
            "subject": "ability",
            "ticket": changes.pop("subject_ticket", ticket),
            "mark": mark,
            "code": None,
            "full": Decimal(100),
            "line": Decimal(60),
            "status": "passed",
        },
        {
            "subject": "practice",
            "ticket": ticket,
            "mark": None,
            "code": -1,
            "full": Decimal(100),
            "line": Decimal(60),
            "status": "absent",
        },
    ]
    return {
        "ticket": ticket,
        "archive": f"A{number:07d}",
        "name": f"考生{number}",
        "doc_type": "resident-id",
        "doc_number": f"11010119900101{number:04d}",
        "level": "junior",
        "category": "full",
        "specialty": "",
        "province": "110000",
        "city": "110100",
        "outcome": "partly-passed",
        "subjects": subjects,
        "passes": [],
        "statements": json.dumps([["window.earned", "ability", 2026, 2027], ["window.owed", "practice"]]),
        "version": 1,
        "reason": "",
        **changes,
    }


class Office:
    """Everything outside the keeper that a keeper test needs. Operators: ling imports; chen, wu and he approve."""

    def __init__(self, folder: Path) -> None:
        self.folders = KeeperFolders(
            home=folder / "keeper",
            public=folder / "public",
            books=folder / "office" / "books",
            book_keys=folder / "keeper" / "keys" / "books.json",
        )
        initialise(self.folders)
        self.store = BookStore(self.folders.books, BookKeys.create(self.folders.book_keys))
        self.keys = {name: Ed25519PrivateKey.generate() for name in ("ling", "chen", "wu", "he")}
        trusted = [
            TrustedKey(name, name, key.public_key().public_bytes_raw(), frozenset({APPROVER}))
            for name, key in self.keys.items()
        ]
        self.folders.trust.write_bytes(trust_document(trusted))
        self.audit_seq = 0

    def keeper(self, clock: Clock) -> Keeper:
        """A keeper on this folder, as a start of the process makes it."""
        return Keeper(self.folders, clock, workers=1)

    def book(self, rows: Sequence[dict[str, Any]]) -> str:
        batch = pa.RecordBatch.from_pylist(list(rows), schema=OUTCOMES)
        return self.store.write("outcomes", OUTCOMES, [batch]).name

    def report(self, book: str, release: str = "rel-1", **changes: Any) -> dict[str, Any]:
        """A frozen report over one outcome book; each freezing stands later in the office's audit log."""
        self.audit_seq += 1
        return {
            "format": "fangbang-report/1",
            "release": release,
            "sitting": SITTING,
            "exam": "social-worker",
            "scope": {"provinces": [], "levels": []},
            "kind": "base",
            "base": "",
            "run": "run-1",
            "catalogue": load_catalogue().version,
            "books": {"outcomes": book},
            "counts": {},
            "batches": [{"id": "batch-1", "importer": "ling"}],
            "importers": ["ling"],
            "gate": [{"check": "calculators", "light": "green", "reasons": [], "overrides": []}],
            "audit": {"seq": self.audit_seq, "hash": "00" * 32},
            **changes,
        }

    def seal_order(self, report: dict[str, Any], signers: Sequence[str] = ("chen", "wu")) -> dict[str, Any]:
        approvals = [sign_report(self.keys[name], report, name).to_json() for name in signers]
        return {"report": report, "approvals": approvals, "books": report["books"]}

    def schedule_order(
        self, sealed: dict[str, Any], t: datetime, serial: int = 1, signers: Sequence[str] = ("chen", "wu")
    ) -> tuple[dict[str, Any], list[dict[str, str]]]:
        order = schedule_order(
            release=sealed["release"],
            sitting=SITTING,
            snapshot=sealed["snapshot"],
            header=sealed["header"],
            t=t,
            serial=serial,
        )
        return order, [sign_schedule(self.keys[name], order, name).to_json() for name in signers]

    def withdrawal_order(
        self, sealed: dict[str, Any], signers: Sequence[str] = ("he",)
    ) -> tuple[dict[str, Any], list[dict[str, str]]]:
        order = withdrawal_order(
            release=sealed["release"], sitting=SITTING, snapshot=sealed["snapshot"], zh="成绩复核中", en="Under review"
        )
        return order, [sign_withdrawal(self.keys[name], order, name).to_json() for name in signers]

    def pages_order(
        self, content: bytes, counter: int, signers: Sequence[str] = ("he",)
    ) -> tuple[dict[str, Any], list[dict[str, str]], bytes]:
        order = pages_order(bundle=hashlib.sha256(content).hexdigest(), counter=counter)
        return order, [sign_pages(self.keys[name], order, name).to_json() for name in signers], content
