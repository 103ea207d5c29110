"""Counts by key in memory that the workers of a node share.

Plain stores without locks: two workers that count at the same instant may lose one step. At a window's end, while
workers still differ about which window it is, one of the old window may take a place of the new one: what lies
behind it then reads as nothing until it is counted again. A limit can bear both.
"""

import mmap
from pathlib import Path

WINDOW_SECONDS = 600
_WAYS = 4
_COUNT_BITS = 20
_WINDOW_MASK = 0xFFF
_COUNT_MASK = (1 << _COUNT_BITS) - 1
_TOLD_BYTES = 8


class CountTable:
    """Counts by 64-bit key in a shared mapping: 8 bytes a slot = tag 32 | window 12 | count 20, four ways a key. A key
    takes the first that nobody took in this window, else that of the least count.

    Behind the slots lies one byte a slot: the marks. A key whose byte is not `mark` was not marked in this window; a
    key whose byte is may have been, or shares its byte with another. So one look settles the ordinary case.
    """

    __slots__ = ("_map", "_told", "mark", "marks", "mask", "slots", "window")

    def __init__(self, path: Path, slots: int) -> None:
        """Map `path`, which `create` made with the same number of slots (a power of two)."""
        with path.open("r+b") as stream:
            self._map = mmap.mmap(stream.fileno(), slots * 9 + _TOLD_BYTES)
        self.slots = memoryview(self._map)[: slots * 8].cast("Q")
        self.marks = memoryview(self._map)[slots * 8 : slots * 9]
        self._told = memoryview(self._map)[slots * 9 :]
        self.mask = slots - 1
        self.window = 0
        self.mark = 1

    @staticmethod
    def create(path: Path, slots: int) -> None:
        """Make an empty table; sparse until used."""
        if slots & (slots - 1) or slots < _WAYS:
            raise ValueError("the number of slots must be a power of two")
        with path.open("wb") as stream:
            stream.truncate(slots * 9 + _TOLD_BYTES)

    def at(self, now: int) -> None:
        """Move to the window of `now` (Unix seconds); counts of other windows read as nothing."""
        self.window = (now // WINDOW_SECONDS) & _WINDOW_MASK
        self.mark = now // WINDOW_SECONDS % 255 + 1

    def count(self, key: int) -> int:
        """How often `key` was added in this window."""
        slots, window, base = self.slots, self.window, key & self.mask
        want = (key >> 32) << 12 | window
        for way in range(_WAYS):
            value = slots[base ^ way]
            if value >> _COUNT_BITS == want:
                return value & _COUNT_MASK
            if value >> _COUNT_BITS & _WINDOW_MASK != window:
                break  # nobody of this window took the place: a key that was counted would lie there, not behind it
        return 0

    @property
    def surcharge(self) -> int:
        """Bits on every price, as the supervisor last said."""
        return self._told[0]

    def set_surcharge(self, bits: int) -> None:
        """Say how many bits everybody pays on top (0 to 255)."""
        self._told[0] = bits

    @property
    def divisor(self) -> int:
        """By what all budgets are divided, as the supervisor last said; at least 1."""
        return self._told[1] or 1

    def set_divisor(self, nodes: int) -> None:
        """Say by what all budgets are divided (1 to 255)."""
        self._told[1] = min(nodes, 255)

    def add(self, key: int) -> int:
        """Count one more; returns the new count."""
        slots, window, base = self.slots, self.window, key & self.mask
        want, victim, least = (key >> 32) << 12 | window, base, _COUNT_MASK + 1
        for way in range(_WAYS):
            place = base ^ way
            value = slots[place]
            if value >> _COUNT_BITS == want:
                if value & _COUNT_MASK != _COUNT_MASK:
                    slots[place] = value + 1
                return (value & _COUNT_MASK) + 1
            if value >> _COUNT_BITS & _WINDOW_MASK != window:
                victim = place
                break  # as in `count`
            if value & _COUNT_MASK < least:
                victim, least = place, value & _COUNT_MASK
        slots[victim] = want << _COUNT_BITS | 1
        return 1

    def put(self, key: int, count: int) -> None:
        """Set a count: for the table of what other nodes counted, which one process writes."""
        if self.add(key):
            want, base = (key >> 32) << 12 | self.window, key & self.mask
            place = next(base ^ way for way in range(_WAYS) if self.slots[base ^ way] >> _COUNT_BITS == want)
            self.slots[place] = want << _COUNT_BITS | min(count, _COUNT_MASK)
