"""The spoken digits: each is there, each differs, and every mix is another."""

import io
import wave

import pytest

from fangbang.lookup import speech
from fangbang.lookup.drawing import LETTERS
from fangbang.lookup.speech import RATE, make, spoken, voices
from tests.lookup.ears import digit_at, heard, likeness, words

SAMPLES = [sample - speech.SILENCE for sample in spoken("2", b"seed")[44:]]


def test_a_recording_is_a_wav_that_others_read() -> None:
    with wave.open(io.BytesIO(spoken("23456", b"seed"))) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (RATE, 1, 1)
        assert 3 * RATE < sound.getnframes() < 8 * RATE


@pytest.mark.parametrize("digit", [int(letter) for letter in LETTERS])
def test_every_voice_says_every_digit_of_riddles_and_no_two_alike(digit: int) -> None:
    for voice in voices():
        samples = [0] * 800 + [(sample - speech.SILENCE) * 3 // 4 for sample in voice[digit]]

        assert digit_at(samples + [0] * RATE, words(samples)[0]) == digit


def test_no_clip_is_empty_and_none_is_another() -> None:
    clips = [clip for voice in voices() for clip in voice]

    assert len(set(clips)) == 4 * 10
    assert min(map(len, clips)) > RATE // 5


def test_a_digit_is_heard_through_the_noise_and_another_is_not() -> None:
    start = words(SAMPLES)[0]

    said = max(likeness(SAMPLES, start, voice[2]) for voice in voices())
    others = max(likeness(SAMPLES, start, voice[digit]) for voice in voices() for digit in (3, 4, 5, 6, 7, 8))

    assert said > 0.7 > others


def test_all_digits_in_one_recording() -> None:
    assert heard(spoken(LETTERS, b"all")) == LETTERS


def test_silence_has_no_digits() -> None:
    assert heard(spoken("", b"none")) == ""


def test_the_same_seed_makes_the_same_sound_and_another_seed_another() -> None:
    assert spoken("22222", b"1") == spoken("22222", b"1")
    assert spoken("22222", b"1") != spoken("22222", b"2")


def test_no_sample_overflows_at_full_loudness_and_noise() -> None:
    extremes = bytes(range(256)).translate(speech._louder(max(speech._LOUDNESS)))

    assert list(extremes) == sorted(extremes), "nothing wraps around"
    assert max(extremes) + max(speech._QUIETER) <= 255


def test_making_voices_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")

    assert make.main() == 69
    assert "espeak-ng is missing" in capsys.readouterr().err


def test_clips_are_brought_to_rate_loudness_and_length() -> None:
    assert make.slower([0, 10, 20, 30], 16_000) == [5, 25]
    assert make.normal([-300, 0, 150]) == bytes([1, 128, 191])
    assert make.trimmed(bytes([128, 130, 200, 128, 40, 127])) == bytes([200, 128, 40])
