"""The one write that is no act: a piece of a file that somebody began to bring in. An audit event a piece would bury
the log; beginning and end have theirs."""

import hashlib
from pathlib import Path

from django.db import transaction

from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.intake import queries
from fangbang.intake.models import Upload, UploadState
from fangbang.intake.problems import PIECE_DAMAGED, PIECE_PLACE, PIECE_SIZE
from fangbang.intake.yard import PIECE, Yard


def add_piece(
    *, actor: Actor, upload_id: str, offset: int, sha256: str, data: bytes, folder: Path, clock: Clock
) -> int:
    """Keep a piece; returns how many bytes are here now. First the bytes are durable, then the row says so: a process
    that ends in between is sent the same piece again, and writes it over.

    PIECE_PLACE unless it begins where the last one ended (the last one again is a no-op), PIECE_SIZE for any but the
    last that is not whole, PIECE_DAMAGED when it does not match its SHA-256.
    """
    view = queries.upload(upload_id)
    queries.check_own(view, actor, UploadState.ARRIVING)
    if offset + len(data) == view.received and view.pieces[-1:] == [sha256]:
        return view.received
    if offset != view.received:
        raise FangbangError(PIECE_PLACE, offset=offset, received=view.received)
    wanted = min(PIECE, view.size - offset)
    if len(data) != wanted:
        raise FangbangError(PIECE_SIZE, size=len(data), wanted=wanted)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise FangbangError(PIECE_DAMAGED)
    Yard(folder).put(upload_id, view.name, offset, data)
    with transaction.atomic():
        row = Upload.objects.select_for_update().get(pk=upload_id)
        if row.received != offset or row.state != UploadState.ARRIVING:
            raise FangbangError(PIECE_PLACE, offset=offset, received=row.received)
        row.received, row.pieces, row.touched_at = offset + len(data), [*row.pieces, sha256], clock.now()
        row.save(update_fields=["received", "pieces", "touched_at"])
    return row.received
