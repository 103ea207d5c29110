"""From the room that a sitting's records need to the size of their entries."""

from fangbang.exams.model import SittingRules
from fangbang.exams.room import record_room
from fangbang.snapshot.layout import RECORD_ENTRY_SIZES, EntryLayout
from fangbang.snapshot.record import LENGTH_BYTES


def entry_size(rules: SittingRules) -> int:
    """Bytes of a record's entry in snapshots of this sitting: the smallest that has the room."""
    needed = record_room(rules) + LENGTH_BYTES
    return next(size for size in RECORD_ENTRY_SIZES if EntryLayout(size).text_size >= needed)
