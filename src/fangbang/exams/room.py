"""How long a result's record may be: one size for all of a sitting, known from the exam file before any mark is.

The size must say nothing of results, so it is not measured but taken from the level with the most subjects: the
longest explanation that the exact calculator gives to three subjects fits the small record, with a ticket of its own
for each of them; that of four does not always (tests/keeper/test_sizes.py, over all exam files).
"""

from fangbang.exams.model import SittingRules

SMALL, LARGE = 478, 990
"""Bytes of a record's wire form, in entries of 512 and 1,024 bytes of the snapshot."""
_SUBJECTS_OF_A_SMALL_ONE = 3


def record_room(rules: SittingRules) -> int:
    """The most bytes that a record of this sitting may have."""
    most = max(len(level.subjects) for level in rules.levels.values())
    return SMALL if most <= _SUBJECTS_OF_A_SMALL_ONE else LARGE
