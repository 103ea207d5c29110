"""Welch's t of two samples, and the measuring of pairs."""

import gc
import math
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

THRESHOLD = 4.5
"""Of |t|: by chance it is passed once in 150,000 comparisons."""

Ask = Callable[[bytes], bytes]
"""Sends one prepared request, returns the answer."""


@dataclass(frozen=True)
class Verdict:
    """What one comparison says. Times in nanoseconds."""

    where: str
    what: str
    pairs: int
    t: float
    first_mean: float
    second_mean: float
    first_median: float
    second_median: float
    same_bytes: bool
    t_trimmed: float
    """Without the slowest tenth of both together, where the machine speaks: a sharper eye, printed beside."""

    @property
    def told_apart(self) -> bool:
        """Whether time, or what is said, tells the two sorts apart."""
        return abs(self.t) >= THRESHOLD or not self.same_bytes

    @property
    def seen(self) -> bool:
        """Whether a planted difference was noticed, by either eye."""
        return self.told_apart or abs(self.t_trimmed) >= THRESHOLD

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "told_apart": self.told_apart}


def welch(first: Sequence[int], second: Sequence[int]) -> float:
    """Welch's t statistic; infinite where neither sample varies and their means differ."""
    difference = statistics.fmean(first) - statistics.fmean(second)
    spread = statistics.variance(first) / len(first) + statistics.variance(second) / len(second)
    if spread:
        return difference / math.sqrt(spread)
    return float("inf") if difference else 0.0


def trimmed(first: Sequence[int], second: Sequence[int]) -> tuple[list[int], list[int]]:
    """Both samples without what is slower than nine tenths of both together."""
    limit = sorted([*first, *second])[(len(first) + len(second)) * 9 // 10 - 1]
    return [each for each in first if each <= limit], [each for each in second if each <= limit]


def compare(
    where: str,
    what: str,
    ask: Ask,
    pairs: Sequence[tuple[bytes, bytes]],
    bare: Callable[[bytes], bytes],
    clock: Callable[[], int] = time.perf_counter_ns,
) -> Verdict:
    """Ask each pair in random order, after a tenth of them to warm up. `bare`: what of an answer must be the same."""
    coin = random.Random(7)
    times: tuple[list[int], list[int]] = ([], [])
    said: tuple[set[bytes], set[bytes]] = (set(), set())
    for pair in pairs[: len(pairs) // 10]:
        for request in pair:
            ask(request)
    gc.collect()
    gc.disable()
    try:
        for pair in pairs:
            start = coin.getrandbits(1)
            for which in (start, 1 - start):
                began = clock()
                answer = ask(pair[which])
                times[which].append(clock() - began)
                said[which].add(bare(answer))
    finally:
        gc.enable()
    first, second = times
    return Verdict(
        where=where,
        what=what,
        pairs=len(pairs),
        t=round(welch(first, second), 2),
        first_mean=round(statistics.fmean(first), 1),
        second_mean=round(statistics.fmean(second), 1),
        first_median=statistics.median(first),
        second_median=statistics.median(second),
        same_bytes=said[0] == said[1] and len(said[0]) == 1,
        t_trimmed=round(welch(*trimmed(first, second)), 2),
    )
