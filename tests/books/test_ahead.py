"""Two stages at once: the same pieces in the same order, and every failure comes out where the pieces are used."""

import threading
from collections.abc import Iterator

import pytest

from fangbang.books.ahead import ahead, behind


def pieces(count: int, threads: set[int]) -> Iterator[int]:
    for piece in range(count):
        threads.add(threading.get_ident())
        yield piece


def broken(after: int) -> Iterator[int]:
    yield from range(after)
    raise ValueError("the source broke")


def test_pieces_are_made_ahead_in_order_on_another_thread() -> None:
    threads: set[int] = set()

    made = list(ahead(pieces(100, threads)))

    assert made == list(range(100))
    assert len(threads) == 1
    assert threads != {threading.get_ident()}


def test_false_pieces_do_not_end_the_stream() -> None:
    assert list(ahead([0, "", None, b""])) == [0, "", None, b""]
    assert list(ahead([])) == []


def test_a_source_that_breaks_breaks_in_its_turn() -> None:
    seen = []

    with pytest.raises(ValueError, match="the source broke"):
        for piece in ahead(broken(3)):
            seen.append(piece)  # what was seen before it broke

    assert seen == [0, 1, 2]


def test_no_more_than_one_piece_waits() -> None:
    made: list[int] = []

    def counted() -> Iterator[int]:
        for piece in range(10):
            made.append(piece)
            yield piece

    stream = ahead(counted())
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator

    assert len(made) <= 2


def test_pieces_are_used_behind_in_order_and_made_on_this_thread() -> None:
    makers: set[int] = set()
    users: set[int] = set()
    used: list[int] = []

    def use(piece: int) -> None:
        users.add(threading.get_ident())
        used.append(piece)

    behind(use, pieces(100, makers))

    assert used == list(range(100))
    assert makers == {threading.get_ident()}
    assert makers.isdisjoint(users)


def test_a_use_that_fails_is_raised_and_ends_it() -> None:
    used: list[int] = []

    def use(piece: int) -> None:
        if piece == 3:
            raise OSError("the disk is full")
        used.append(piece)

    with pytest.raises(OSError, match="the disk is full"):
        behind(use, range(100))

    assert used == [0, 1, 2]


def test_a_source_that_breaks_is_raised_after_its_pieces_were_used() -> None:
    used: list[int] = []

    with pytest.raises(ValueError, match="the source broke"):
        behind(used.append, broken(3))

    assert used == [0, 1, 2]
