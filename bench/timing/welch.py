"""Welch's t of two samples, the sign test of their pairs, and the measuring of both."""

import gc
import math
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

THRESHOLD = 4.5
"""Of |t|: by chance it is passed once in 150,000 comparisons."""

LEAST_SHIFT = 500
"""Nanoseconds: what half of the pairs differ by, below which the signs alone tell nothing apart. Of 100,000 pairs they
notice less than any network lets through; the rule was set before the first look, at a quarter of what is planted."""

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
    signs: float
    """Sign test of the pairs, asked one right after the other: in how many of them the first was slower, as z."""
    shift: float
    """Median of first - second over the pairs."""
    odd: tuple[str, ...] = ()
    """What was said besides the most frequent answer, at most three of them, cut short."""

    @property
    def told_apart(self) -> bool:
        """Whether time, or what is said, tells the two sorts apart."""
        by_signs = abs(self.signs) >= THRESHOLD and abs(self.shift) >= LEAST_SHIFT
        return abs(self.t) >= THRESHOLD or by_signs or not self.same_bytes

    @property
    def seen(self) -> bool:
        """Whether a planted difference of time was noticed, by the eyes that judge the others."""
        return self.same_bytes and self.told_apart

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "told_apart": self.told_apart}


def welch(first: Sequence[int], second: Sequence[int]) -> float:
    """Welch's t statistic; infinite where neither sample varies and their means differ."""
    difference = statistics.fmean(first) - statistics.fmean(second)
    spread = statistics.variance(first) / len(first) + statistics.variance(second) / len(second)
    if spread:
        return difference / math.sqrt(spread)
    return float("inf") if difference else 0.0


def signed(differences: Sequence[int]) -> float:
    """The sign test's statistic: 0 on average where either sign is as likely, spread by 1. Zeros do not count."""
    above, below = sum(each > 0 for each in differences), sum(each < 0 for each in differences)
    return (above - below) / math.sqrt(above + below) if above + below else 0.0


def odd_ones(said: Sequence[Counter[bytes]]) -> tuple[str, ...]:
    """The rarer answers."""
    return tuple(
        f"{count} × {each[:200].decode(errors='replace')}" for each, count in sum(said, Counter()).most_common(4)[1:]
    )


def trimmed(first: Sequence[int], second: Sequence[int]) -> tuple[list[int], list[int]]:
    """Both samples without what is slower than nine tenths of both together."""
    limit = sorted([*first, *second])[(len(first) + len(second)) * 9 // 10 - 1]
    return [each for each in first if each <= limit], [each for each in second if each <= limit]


def _timed(
    ask: Ask, pairs: Sequence[tuple[bytes, bytes]], bare: Callable[[bytes], bytes], clock: Callable[[], int]
) -> tuple[tuple[list[int], list[int]], tuple[Counter[bytes], Counter[bytes]]]:
    """Times and answers of the first of each pair, and of the second."""
    coin = random.Random(7)
    times: tuple[list[int], list[int]] = ([], [])
    said: tuple[Counter[bytes], Counter[bytes]] = (Counter(), Counter())
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
                said[which][bare(answer)] += 1
    finally:
        gc.enable()
    return times, said


def compare(
    where: str,
    what: str,
    ask: Ask,
    pairs: Sequence[tuple[bytes, bytes]],
    bare: Callable[[bytes], bytes],
    clock: Callable[[], int] = time.perf_counter_ns,
    wanted: bytes = b"",
) -> Verdict:
    """Ask each pair in random order, after a tenth of them to warm up. `bare`: what of an answer must be the same.

    Raises RuntimeError if the usual answer has not `wanted` in it: then something else was measured.
    """
    times, said = _timed(ask, pairs, bare, clock)
    usual = sum(said, Counter()).most_common(1)[0][0]
    if wanted not in usual:
        raise RuntimeError(f"not what was to be measured: {usual[:500]!r}")
    first, second = times
    differences = [one - other for one, other in zip(first, second, strict=True)]
    return Verdict(
        where=where,
        what=what,
        pairs=len(pairs),
        t=round(welch(first, second), 2),
        first_mean=round(statistics.fmean(first), 1),
        second_mean=round(statistics.fmean(second), 1),
        first_median=statistics.median(first),
        second_median=statistics.median(second),
        same_bytes=said[0].keys() == said[1].keys() and len(said[0]) == 1,
        t_trimmed=round(welch(*trimmed(first, second)), 2),
        signs=round(signed(differences), 2),
        shift=statistics.median(differences),
        odd=odd_ones(said),
    )
