"""The public counts of a release: results of one person in one subject, by province and kind of status."""

import msgspec


class Row(msgspec.Struct, frozen=True):
    """Results passed, not passed, without a mark (absent, void, withheld …), and all. None: kept back."""

    passed: int | None
    not_passed: int | None
    without_mark: int | None
    all: int | None


class Counts(msgspec.Struct, frozen=True):
    """As the keeper sealed them. `least`: people of whom a number tells at least; `subjects`: how many there are."""

    least: int
    subjects: int
    provinces: dict[str, Row]
    total: Row


class Scope(msgspec.Struct, frozen=True):
    """Part of a sitting; empty = all of it."""

    provinces: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()


class ReleaseCounts(msgspec.Struct, frozen=True):
    """The newest counts of one scope. `published_at` as `core.clock.to_wire`."""

    scope: Scope
    published_at: str
    counts: Counts
