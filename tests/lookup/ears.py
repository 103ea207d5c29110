"""Hears the digits in a riddle's recording: compares it with the clean clips, sample by sample.

No back door: it listens to what any client gets. It knows the clips, as any attacker does.
"""

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
    found = {digit: max(likeness(samples, start, voice[digit]) for voice in voices()) for digit in map(int, LETTERS)}
    return max(found, key=lambda digit: found[digit])


def likeness(samples: list[int], start: int, clip: bytes) -> float:
    """Greatest normalised correlation of the clip's loudest stretch with the samples where it should be."""
    whole = [sample - SILENCE for sample in clip]
    place = max(range(0, len(whole) - SPAN, 64), key=lambda at: sum(map(abs, whole[at : at + SPAN])))
    wanted = whole[place : place + SPAN : _EACH]
    # A quiet beginning is lost in the noise: the word seems to begin where the clip is first loud.
    onset = next(at for at, sample in enumerate(whole) if abs(sample) > _LOUD)
    expected = start + place - onset
    last = len(samples) - SPAN
    rough = range(max(0, expected - _AROUND), min(expected + _AROUND, last), 2)
    near = max(rough, key=lambda at: projected(wanted, samples[at : at + SPAN : _EACH]), default=0)
    close = range(max(0, near - 1), min(near + 2, last))
    best = max((projected(wanted, samples[at : at + SPAN : _EACH]) for at in close), default=0.0)
    return best / sqrt(sum(map(mul, wanted, wanted)))


def projected(one: list[int], other: list[int]) -> float:
    """The length of `one` in the direction of `other`."""
    length = sqrt(sum(map(mul, other, other)) or 1)
    return float(sum(map(mul, one, other)) / length)
