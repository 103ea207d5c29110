"""Rows on the disk for a while, as ciphertext: AES-256-GCM under a key that only this object's memory ever holds.

The file has no name (it is unlinked at once): a crash leaves nothing to find, and blocks of the disk that it used
hold nothing to read.
"""

import os
import secrets
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = struct.Struct("<4xQ")


class Spill:
    """One sorted run. Written once, read any number of times, in order."""

    def __init__(self, folder: Path, run: pl.DataFrame, batch_rows: int) -> None:
        self._aead = AESGCM(secrets.token_bytes(32))  # a key of its own, so that counting is a safe nonce
        self._pieces: list[tuple[int, int]] = []
        self._descriptor, name = tempfile.mkstemp(dir=folder)
        Path(name).unlink()
        table = run.to_arrow(compat_level=pl.CompatLevel.oldest())
        self._schema = table.schema
        for batch in table.to_batches(max_chunksize=batch_rows):
            self._write(batch)

    def close(self) -> None:
        """Give the file back."""
        os.close(self._descriptor)

    def frames(self) -> Iterator[pl.DataFrame]:
        """The run, piece by piece."""
        for number, (place, size) in enumerate(self._pieces):
            sealed = os.pread(self._descriptor, size, place)
            data = pa.py_buffer(self._aead.decrypt(_NONCE.pack(number), sealed, None))
            batch = pa.ipc.read_record_batch(data, self._schema)
            yield pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch])))

    def _write(self, batch: pa.RecordBatch) -> None:
        sealed = self._aead.encrypt(_NONCE.pack(len(self._pieces)), memoryview(batch.serialize()).cast("B"), None)
        place = self._pieces[-1][0] + self._pieces[-1][1] if self._pieces else 0
        self._pieces.append((place, len(sealed)))
        view = memoryview(sealed)
        while view:
            view = view[os.write(self._descriptor, view) :]
