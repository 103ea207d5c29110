"""Hears the digits in a riddle's recording: compares it with the clean clips, sample by sample.

No back door: it listens to what any client gets. It knows the clips, as any attacker does.
"""

from heapq import nlargest
from itertools import product
from math import sqrt
from operator import mul

from fangbang.lookup.drawing import LETTERS
from fangbang.lookup.speech import RATE, SILENCE, voices

SPAN = 1200
"""Samples compared, of which every fourth: the loudest stretch of a clip."""
_EACH = 4
_STEP = RATE // 50
_LOUD = 20
"""Beyond the noise."""
_PAUSE = RATE // 5
_AROUND = 3 * _STEP
_PLACES = 6
_SURE = 0.9
"""Only the clip itself is so like, noise and all; a word of another digit never is."""


def heard(wav: bytes) -> str:
    """The digits of a recording."""
    samples = [sample - SILENCE for sample in wav[44:]]
    return "".join(str(digit_at(samples, start)) for start in words(samples))


def words(samples: list[int]) -> list[int]:
    """Where each word begins: the first loud step after a pause."""
    starts, last = [], -RATE
    for at in range(0, len(samples), _STEP):
        if max(map(abs, samples[at : at + _STEP])) > _LOUD:
            if at - last > _PAUSE:
                starts.append(at)
            last = at
    return starts


def digit_at(samples: list[int], start: int) -> int:
    """The digit of riddles (2 to 8) whose clip, of any voice, is most like what begins near `start`."""
    found: dict[int, float] = {}
    for digit, voice in product(map(int, LETTERS), voices()):
        found[digit] = max(found.get(digit, 0.0), likeness(samples, start, voice[digit]))
        if found[digit] > _SURE:
            return digit
    return max(found, key=lambda digit: found[digit])


def likeness(samples: list[int], start: int, clip: bytes) -> float:
    """Greatest correlation of the whole clip with the samples, at the places where its loudest stretch fits best."""
    whole = [sample - SILENCE for sample in clip]
    place = max(range(0, len(whole) - SPAN, 64), key=lambda at: sum(map(abs, whole[at : at + SPAN])))
    wanted = whole[place : place + SPAN : _EACH]
    # A quiet beginning is lost in the noise: the word seems to begin where the clip is first loud.
    onset = next(at for at, sample in enumerate(whole) if abs(sample) > _LOUD)
    expected = start + place - onset
    rough = range(max(place, expected - _AROUND), min(expected + _AROUND, len(samples) - SPAN), 2)
    # A vowel repeats itself: one stretch fits nearly as well a period early or late, the whole clip does not.
    fitting = nlargest(_PLACES, rough, key=lambda at: correlation(wanted, samples[at : at + SPAN : _EACH]))
    begins = {at - place + shift for at in fitting for shift in (-1, 0, 1) if at - place + shift >= 0}
    part = whole[:: _EACH - 1]
    return max((correlation(part, samples[at : at + len(whole) : _EACH - 1]) for at in begins), default=0.0)


def correlation(one: list[int], other: list[int]) -> float:
    """Cosine of the angle between two stretches; what one lacks at its end counts as silence."""
    product_of_lengths = sum(map(mul, one, one)) * sum(map(mul, other, other))
    return float(sum(map(mul, one, other)) / sqrt(product_of_lengths or 1))
