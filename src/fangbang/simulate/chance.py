"""Chance that is a function of (seed, stream, index): any part of a cohort can be made alone, and comes out the same.

SplitMix64 over Polars columns of unsigned 64-bit integers: multiplication wraps, division by a power of two shifts.
Not for secrets.
"""

import hashlib

import polars as pl

_GOLDEN = 0x9E3779B97F4A7C15
_FIRST = 0xBF58476D1CE4E5B9
_SECOND = 0x94D049BB133111EB
_MASK = (1 << 64) - 1


def _word(value: int) -> pl.Expr:
    return pl.lit(value & _MASK, dtype=pl.UInt64)


def _shifted(value: pl.Expr, bits: int) -> pl.Expr:
    return value ^ (value // _word(1 << bits))


def stream_key(seed: int, stream: str) -> int:
    """The 64-bit starting point of a stream."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{stream}".encode()).digest()[:8], "big")


def random_word(index: pl.Expr, seed: int, stream: str) -> pl.Expr:
    """64 random bits for each index (an unsigned 64-bit column)."""
    start = (index + _word(1)) * _word(_GOLDEN) + _word(stream_key(seed, stream))
    first = _shifted(start, 30) * _word(_FIRST)
    second = _shifted(first, 27) * _word(_SECOND)
    return _shifted(second, 31)


def uniform(index: pl.Expr, seed: int, stream: str) -> pl.Expr:
    """A number in [0, 1) with 53 random bits for each index."""
    return (random_word(index, seed, stream) // _word(1 << 11)).cast(pl.Float64) / float(1 << 53)


def below(index: pl.Expr, seed: int, stream: str, bound: int) -> pl.Expr:
    """A whole number in [0, bound) for each index; `bound` far below 2^64, so the bias does not matter here."""
    return random_word(index, seed, stream) % _word(bound)


def linked(shared: pl.Expr, own: pl.Expr) -> pl.Expr:
    """Two independent uniforms → one uniform that leans on the shared one (a candidate's ability).

    The mean of two uniforms has a triangular distribution; its distribution function makes it uniform again, so that
    marks keep their exact curve while a candidate's subjects correlate (rank correlation about one half).
    """
    mean = (shared + own) / 2
    return pl.when(mean < 0.5).then(2 * mean * mean).otherwise(1 - 2 * (1 - mean) * (1 - mean))
