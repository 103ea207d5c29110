"""Access records: when which credential was asked for, as a keyed hash; appended in batches, off the hot path.

One file per worker: entries of 20 bytes, Unix seconds (4, big-endian) and the first 16 bytes of HMAC-SHA-512(pepper,
credential). Without the pepper nothing links an entry to a person.
"""

import os
from pathlib import Path

from fangbang.core.files import durable_folder

ENTRY = 20


class AccessRecords:
    """A buffer that the hot path fills and a timer empties."""

    def __init__(self, folder: Path, name: str) -> None:
        """Append to `folder/name.bin`, readable by the owner alone."""
        durable_folder(folder, 0o700)
        self.buffer = bytearray()
        self._handle = os.open(folder / f"{name}.bin", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def take(self) -> bytes:
        """What came in since the last call; the hot path goes on filling the same buffer."""
        batch = bytes(self.buffer)
        del self.buffer[: len(batch)]
        return batch

    def append(self, batch: bytes) -> int:
        """Write a batch (may wait for the disk: call it outside the event loop); returns the number of entries."""
        view = memoryview(batch)
        while view:
            view = view[os.write(self._handle, view) :]
        return len(batch) // ENTRY

    def close(self) -> None:
        self.append(self.take())
        os.close(self._handle)


def read_records(path: Path) -> list[tuple[int, bytes]]:
    """(Unix seconds, keyed hash) of every whole entry in a file."""
    data = path.read_bytes()
    whole = len(data) - len(data) % ENTRY
    return [(int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + ENTRY]) for at in range(0, whole, ENTRY)]
