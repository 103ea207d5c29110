"""What a process keeps of an HMAC-SHA-512 key once the pads are hashed ahead: the two states of SHA-512 after its first
block. Whoever finds them can compute every answer, as with the key itself, although its bytes are nowhere any more.

A search for the key's bytes alone would therefore call a worker clean that holds the key in this form. The compression
function is written here after FIPS 180-4, section 6.4.2, because no library hands out a hash's inner state; tests hold
it against hashlib. Used to look for keys, never to protect anything.
"""

import struct
from math import isqrt

_BLOCK = 128
_ROUNDS = 80
_MASK = (1 << 64) - 1


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


def _cube_root(number: int) -> int:
    """The largest integer whose cube is not above `number`."""
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= number else (low, middle - 1)
    return low


# FIPS 180-4, sections 4.2.3 and 5.3.5: the first 64 bits of the fractional parts of cube and of square roots of primes.
_CONSTANTS = [_cube_root(prime << 192) & _MASK for prime in _primes(_ROUNDS)]
_START = tuple(isqrt(prime << 128) & _MASK for prime in _primes(8))

State = tuple[int, ...]
"""Eight words of 64 bits."""


def _turn(word: int, places: int) -> int:
    return (word >> places | word << (64 - places)) & _MASK


def compress(state: State, block: bytes) -> State:
    """SHA-512's state after one more block of 128 bytes."""
    words = list(struct.unpack(">16Q", block))
    for at in range(16, _ROUNDS):
        early, late = words[at - 15], words[at - 2]
        small = _turn(early, 1) ^ _turn(early, 8) ^ early >> 7
        large = _turn(late, 19) ^ _turn(late, 61) ^ late >> 6
        words.append((words[at - 16] + small + words[at - 7] + large) & _MASK)
    a, b, c, d, e, f, g, h = state
    for constant, word in zip(_CONSTANTS, words, strict=True):
        first = h + (_turn(e, 14) ^ _turn(e, 18) ^ _turn(e, 41)) + (e & f ^ ~e & g) + constant + word
        second = (_turn(a, 28) ^ _turn(a, 34) ^ _turn(a, 39)) + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = (first + second) & _MASK, a, b, c, (d + first) & _MASK, e, f, g
    return tuple((old + new) & _MASK for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True))


def pad_states(key: bytes) -> tuple[bytes, bytes]:
    """The inner and the outer state of HMAC-SHA-512 under a key of at most 128 bytes, 64 bytes each as this machine's
    memory holds them (words in native order)."""
    block = key.ljust(_BLOCK, b"\x00")
    inner, outer = (compress(_START, bytes(byte ^ pad for byte in block)) for pad in (0x36, 0x5C))
    return struct.pack("=8Q", *inner), struct.pack("=8Q", *outer)
