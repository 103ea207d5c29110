"""Two stages of a stream at once: native code (Arrow, Polars, ciphers, hashes) leaves the interpreter to others."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def ahead(pieces: Iterable[T]) -> Iterator[T]:
    """The same pieces in order; a thread makes the next one while the caller uses this one.

    At most one piece waits. What the making of a piece raises is raised in its turn. `pieces` is used on that thread
    alone: nothing that belongs to the caller's (a database connection) may be touched in it.
    """
    source = iter(pieces)
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(_some, source)
        while piece := coming.result():
            coming = maker.submit(_some, source)
            yield piece[0]


def behind(use: Callable[[T], object], pieces: Iterable[T]) -> None:
    """Use every piece in order on a thread, while the caller's thread makes the next one.

    At most two pieces wait or are in use. What using a piece raises is raised here, and no further piece is used.
    """
    with ThreadPoolExecutor(1) as user:
        used: Future[object] | None = None
        try:
            for piece in pieces:
                if used is not None:
                    used.result()
                used = user.submit(use, piece)
        finally:
            if used is not None:
                used.result()


def _some(source: Iterator[T]) -> list[T]:
    return list(islice(source, 1))
