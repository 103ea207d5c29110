"""The proofs of a restored backup, each over the real parts: whoever fails one raises INTEGRITY."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from django.conf import settings

from fangbang.adjudication import queries as adjudication
from fangbang.audit import queries as audit
from fangbang.audit.rules import Anchor
from fangbang.books.keys import BookKeys
from fangbang.books.store import BookStore
from fangbang.core.errors import FangbangError
from fangbang.core.files import write_durably
from fangbang.intake import queries as intake
from fangbang.keeper.link import CARD_FILE, Card
from fangbang.keeper.state import KeeperState, load_state, save_state, state_unproven
from fangbang.keeper.wrapped import wrapped_files
from fangbang.project.backup.problems import NOT_PROVEN, OLDER
from fangbang.project.layout import Layout
from fangbang.release.queries import audit_anchors
from fangbang.snapshot.board import BOARD_FILES, Board, load_anchor, parse_board, signer_of
from fangbang.snapshot.header import key_id
from fangbang.snapshot.layout import RECORDS_FILE
from fangbang.snapshot.verdict import Verdict
from fangbang.snapshot.verifier import verify_folder

if TYPE_CHECKING:
    from fangbang.project.backup.restoring import Proof, Say


def database(proof: "Proof", manifest: Mapping[str, Any], anchors: Sequence[tuple[int, str]], say: "Say") -> None:
    """Every row, the chain, the head that the backup names, and the anchors from elsewhere."""
    say("rows", 0, 1)
    _, edits = audit.edits(settings.SEAL_KEY, int(manifest["revision"]))
    if edits:
        first = edits[0]
        raise FangbangError(NOT_PROVEN, what=f"{first.table} {first.row}: {first.what}")
    say("chain", 0, 1)
    outside = [Anchor(seq, digest) for seq, digest in anchors]
    newest = max((anchor.seq for anchor in outside), default=0)
    if newest > audit.head().seq:
        raise FangbangError(OLDER, anchor=f"audit:{newest}", what=f"audit:{audit.head().seq}")
    made = Anchor(int(manifest["audit"]["seq"]), str(manifest["audit"]["hash"]))
    head = audit.verify_chain([*audit_anchors(), *outside, made])
    proof.entries, proof.anchors = head.seq, len(outside)


def books(proof: "Proof", layout: Layout, say: "Say") -> None:
    """Every book's name from its rows; and every book that is named is there."""
    store = BookStore(layout.books, BookKeys.load(layout.book_keys))
    names = sorted(path.stem for path in layout.books.glob("*.parquet"))
    for number, name in enumerate(names):
        say("books", number, len(names))
        store.check(name)
    for name in _named_books():
        if name not in store:
            raise FangbangError(NOT_PROVEN, what=name)
    proof.books = len(names)


def snapshots(proof: "Proof", layout: Layout, say: "Say") -> None:
    """Every snapshot by full verification, under the keeper's own key."""
    folders = sorted(path for path in layout.snapshots.iterdir() if path.is_dir())
    trusted = load_anchor(layout.public / "trust.json") if folders else {}
    for number, folder in enumerate(folders):
        say("snapshots", number, len(folders))
        # Of a closed release only the header is public; the keeper has the whole.
        whole = folder if (folder / RECORDS_FILE).exists() else layout.closed / folder.name
        report = verify_folder(whole, trusted)
        if report.outcome is not Verdict.VALID:
            raise FangbangError(NOT_PROVEN, what=f"{folder.name}: {report.outcome.value}")
    proof.snapshots = len(folders)
    known = {
        item.snapshot_id for item in state_unproven(layout.keeper / "state.json").releases.values() if item.state.shown
    }
    if missing := known - {folder.name for folder in folders}:
        raise FangbangError(NOT_PROVEN, what=sorted(missing)[0])


def board(proof: "Proof", layout: Layout, public: Path | None) -> None:
    """The keeper's counter: never below a board that anybody has seen. With a board that is public now, the backup must
    know all that it shows, and goes on counting after it.

    The state of production custody carries an HMAC that only its armed keeper can make: it stays as it was, and the
    public board is laid beside it, after which the keeper counts on.
    """
    path, armed_only = layout.keeper / "state.json", bool(wrapped_files(layout.keeper))
    state = state_unproven(path) if armed_only else load_state(path)
    boards = [layout.public / name for name in BOARD_FILES.values()] + ([public] if public else [])
    for item in filter(Path.is_file, boards):
        seen = parse_board(item.read_bytes(), load_anchor(layout.anchor))
        _knows(seen, {sealed.snapshot_id: sealed.state for sealed in state.releases.values()})
        if not armed_only:
            state.counter = max(state.counter, seen.counter)
        elif item == public and (own := _own_board(layout, item)) is not None:
            write_durably(own, item.read_bytes())
            state.counter = max(state.counter, seen.counter)
    if not armed_only:
        save_state(path, state)
    proof.counter, proof.board = state.counter, public is not None


def _own_board(layout: Layout, board: Path) -> Path | None:
    """Where a board of this keeper lies in public; None for a board of the other one, or an older one."""
    card = msgspec.json.decode((layout.keeper / CARD_FILE).read_bytes(), type=Card)
    data, path = board.read_bytes(), layout.public / BOARD_FILES[card.keeper]
    if signer_of(data) != key_id(card.public):
        return None
    known = {key_id(card.public): card.public}
    older = path.exists() and parse_board(path.read_bytes(), known).counter >= parse_board(data, known).counter
    return None if older else path


def _knows(seen: Board, known: Mapping[str, KeeperState]) -> None:
    for sitting in seen.sittings.values():
        for reference in sitting.snapshots:
            if reference.id not in known:
                raise FangbangError(OLDER, anchor=f"board {seen.counter}", what=reference.id)
            if sitting.state == "withdrawn" and known[reference.id] is not KeeperState.WITHDRAWN:
                raise FangbangError(OLDER, anchor=f"board {seen.counter}", what=f"{reference.id}: withdrawn")


def _named_books() -> Iterator[str]:
    for sitting in intake.sittings():
        yield from (batch.book for batch in intake.batches(sitting.id) if batch.book)
        run = adjudication.latest_run(sitting.id)
        if run is not None and run.outcomes:
            yield run.outcomes
