"""Speaks digits in Mandarin: recorded digits of several voices, mixed anew for every riddle.

Sound is unsigned 8-bit PCM, mono, 8,000 samples a second. Each file `voice-N.wav` holds the digits 0 to 9 one after
another in parts of equal length, padded with silence; `make.py` made them. What differs from riddle to riddle: the
voice and loudness of each digit, the pauses, and noise over all.
"""

import struct
from functools import cache
from importlib.resources import files
from io import BytesIO
from random import Random
from wave import open as open_wave

RATE = 8000
SILENCE = 0x80
_DIGITS = 10
_NOISE = 16
"""Values of noise, around the middle: 24 dB below full loudness."""
_LOUDNESS = (60, 66, 72, 78, 84, 90)
"""Per cent. Together with the noise it stays within one byte, which the addition below relies on."""


@cache
def voices() -> tuple[tuple[bytes, ...], ...]:
    """The clips: voice → digit → samples without the padding."""
    found = sorted(
        (entry for entry in files(__package__).iterdir() if entry.name.endswith(".wav")), key=lambda entry: entry.name
    )
    return tuple(_digits(entry.read_bytes()) for entry in found)


def _digits(content: bytes) -> tuple[bytes, ...]:
    with open_wave(BytesIO(content)) as sound:
        samples = sound.readframes(sound.getnframes())
    part = len(samples) // _DIGITS
    return tuple(samples[at : at + part].rstrip(bytes([SILENCE])) for at in range(0, part * _DIGITS, part))


@cache
def _louder(per_cent: int) -> bytes:
    """A table that scales samples around the middle, and leaves room for the noise above."""
    return bytes(128 - _NOISE // 2 + (sample - 128) * per_cent // 100 for sample in range(256))


_QUIETER = bytes(value % _NOISE for value in range(256))


def spoken(digits: str, seed: bytes) -> bytes:
    """A WAV that says `digits`; the same seed makes the same sound."""
    chance = Random(seed)
    quiet = bytes([SILENCE - _NOISE // 2])
    parts = [quiet * chance.randrange(RATE // 5, RATE // 2)]
    for digit in digits:
        clip = chance.choice(voices())[int(digit)]
        parts += [clip.translate(_louder(chance.choice(_LOUDNESS))), quiet * chance.randrange(RATE // 3, RATE * 2 // 3)]
    clean = b"".join(parts)
    noise = chance.randbytes(len(clean)).translate(_QUIETER)
    # Both added as one long number: no byte of the sum exceeds 255, so none carries into its neighbour.
    mixed = (int.from_bytes(clean, "big") + int.from_bytes(noise, "big")).to_bytes(len(clean), "big")
    return _wav(mixed)


def _wav(samples: bytes) -> bytes:
    data = samples + b"\x80" * (len(samples) % 2)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE, 1, 8)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(samples)) + data
    return struct.pack("<4sI", b"RIFF", len(body)) + body
