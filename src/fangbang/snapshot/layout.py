"""Paths and arithmetic of a snapshot folder. Normative: docs/reference/snapshot-v1.md, section 3."""

from dataclasses import dataclass

FORMAT = "fangbang-snapshot/1"
SUITE = "hmac-sha-512+aes-256-gcm"
BLOCK = 4096
ADDRESS = 16
TAG = 16
RECORD_ENTRY_SIZES = (512, 1024, 2048, 4096)
POINTER_ENTRY = 96
POINTER_TEXT = 64

HEADER_FILE = "header.json"
RECORDS_FILE = "records.bin"
RECORDS_HASHES = "records.hashes"
POINTERS_FILE = "pointers.bin"
POINTERS_HASHES = "pointers.hashes"
ANNEX_FILE = "annex.bin"
FILES = (HEADER_FILE, RECORDS_FILE, RECORDS_HASHES, POINTERS_FILE, POINTERS_HASHES, ANNEX_FILE)

BASE_MULTIPLE = 1024
OVERLAY_LEAST = 64
ANNEX_MULTIPLE = 16384

TARGET = b"\x00\x00\x00\x01"
"""Last four bytes of a pointer's plaintext: the first 60 are address, key and nonce of a record."""
AMBIGUOUS = bytes(60) + b"\x00\x00\x00\x02"
"""Plaintext of a pointer that more than one record claims."""


@dataclass(frozen=True)
class EntryLayout:
    """Entries of one size in blocks of 4 KiB; none straddles a block, the rest of a block is zero."""

    entry_size: int

    @property
    def per_block(self) -> int:
        return BLOCK // self.entry_size

    @property
    def value_size(self) -> int:
        return self.entry_size - ADDRESS

    @property
    def text_size(self) -> int:
        """Bytes of padded plaintext in an entry."""
        return self.entry_size - ADDRESS - TAG

    def offset(self, index: int) -> int:
        block, slot = divmod(index, self.per_block)
        return block * BLOCK + slot * self.entry_size

    def blocks(self, entries: int) -> int:
        return -(-entries // self.per_block)

    def file_size(self, entries: int) -> int:
        return self.blocks(entries) * BLOCK


POINTERS = EntryLayout(POINTER_ENTRY)


def padded_total(entries: int, kind: str) -> int:
    """How many entries, dummies included, a file of `entries` real ones has."""
    if kind == "overlay":
        return max(OVERLAY_LEAST, 1 << max(entries - 1, 0).bit_length())
    return max(1, -(-entries // BASE_MULTIPLE)) * BASE_MULTIPLE
