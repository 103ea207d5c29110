"""What a keeper could open, for tests that look into a sealed folder."""

from typing import Any

from fangbang.exams.catalogue import load_catalogue
from fangbang.keeper.rows import RowReader, to_item
from fangbang.keeper.sealing import Secrets
from fangbang.keeper.service import Keeper
from fangbang.snapshot.buckets import Item
from fangbang.snapshot.reader import OpenSnapshot, Snapshot
from tests.keeper.office import SITTING, Office

KINDS = dict(load_catalogue().sitting("social-worker", 2026).credential_rules)


def opened(office: Office, keeper: Keeper, sealed: dict[str, Any]) -> tuple[OpenSnapshot, Secrets]:
    """The snapshot as its keeper could open it."""
    key = keeper._custody.get(f"release-{sealed['snapshot']}")
    pepper = keeper._custody.get(f"pepper-{SITTING}")
    snapshot = Snapshot.open(office.folders.snapshots / sealed["snapshot"])
    return snapshot.unlock(key), Secrets(key, bytes.fromhex(sealed["snapshot"]), pepper, SITTING)


def items(office: Office, book: str, secrets: Secrets) -> list[Item]:
    """All rows of a book as items."""
    reader, pepperer = RowReader(KINDS), secrets.pepperer()
    return [to_item(found, pepperer) for batch in office.store.batches(book) for found in reader.rows(batch)]
