"""`python -m fangbang.lookup.speech.make`: speaks the digits with Debian's espeak-ng and writes `voice-N.wav`.

Only for whoever wants other voices: the clips are part of the project, and nothing that runs needs espeak-ng. It says
what is missing where espeak-ng is not installed. A recording of people in the same form does as well.
"""

import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

from fangbang.lookup.speech import RATE, SILENCE

WORDS = "零一二三四五六七八九"
VOICES = (("cmn+m3", 125, 45), ("cmn+f2", 120, 55), ("cmn+m7", 135, 35), ("cmn+f4", 130, 65))
"""(voice of espeak-ng, words a minute, pitch)"""
_LOUD = 5
"""Distance from the middle below which a sample at either end is silence."""
HERE = Path(__file__).parent


def main() -> int:
    """Write every voice; exit code 69 where espeak-ng is missing."""
    if shutil.which("espeak-ng") is None:
        sys.stderr.write("espeak-ng is missing:  sudo apt-get install -y --no-install-recommends espeak-ng\n")
        return 69
    for number, voice in enumerate(VOICES, start=1):
        write(HERE / f"voice-{number}.wav", [clip(word, *voice) for word in WORDS])
    return 0


def clip(word: str, voice: str, speed: int, pitch: int) -> bytes:
    """One word as 8-bit samples at 8,000 a second, without the silence around it, at full loudness."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "word.wav"
        command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "-w", str(path), word]
        subprocess.run(command, check=True, capture_output=True)
        with wave.open(str(path)) as sound:
            rate, raw = sound.getframerate(), sound.readframes(sound.getnframes())
    samples = [int.from_bytes(raw[at : at + 2], "little", signed=True) for at in range(0, len(raw), 2)]
    return trimmed(normal(slower(samples, rate)))


def slower(samples: list[int], rate: int) -> list[int]:
    """The samples at 8,000 a second: each the mean of the span it stands for."""
    count = len(samples) * RATE // rate
    spans = [(at * rate // RATE, max(at * rate // RATE + 1, (at + 1) * rate // RATE)) for at in range(count)]
    return [sum(samples[start:stop]) // (stop - start) for start, stop in spans]


def normal(samples: list[int]) -> bytes:
    """8-bit samples whose loudest is at the end of the scale."""
    peak = max(map(abs, samples)) or 1
    return bytes(SILENCE + sample * 127 // peak for sample in samples)


def trimmed(samples: bytes) -> bytes:
    """Without the silence before and after."""
    loud = [place for place, sample in enumerate(samples) if abs(sample - SILENCE) > _LOUD]
    return samples[loud[0] : loud[-1] + 1]


def write(path: Path, clips: list[bytes]) -> None:
    """One file a voice: ten parts of equal length, padded with silence."""
    part = max(map(len, clips)) + 1
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(RATE)
        sound.writeframes(b"".join(samples.ljust(part, bytes([SILENCE])) for samples in clips))


if __name__ == "__main__":
    sys.exit(main())
