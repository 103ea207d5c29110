"""`python -m bench ocr`: how many of our own images ddddocr reads, untrained. A price is published, not a gate.

ddddocr is installed by `./dev bench ocr` alone (requirements/ocr.txt): nothing else of the project needs it.
"""

import argparse
import json
import time
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from bench import machine
from bench.results import record_ocr
from fangbang.lookup.drawing import LENGTH, LETTERS, Drawing, drawn_answer


def main(arguments: Sequence[str]) -> int:
    """Run the bench; the last line of standard output is one JSON object."""
    parser = argparse.ArgumentParser(prog="bench ocr", description=__doc__)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--json", action="store_true", help="one line instead of an indented object")
    parser.add_argument("--record", action="store_true", help="append a row to bench/RESULTS.md")
    options = parser.parse_args(arguments)
    outcome = measured(options.images)
    print(json.dumps(outcome) if options.json else json.dumps(outcome, indent=2))
    if options.record:
        record_ocr(outcome)
    return 0


def measured(count: int) -> dict[str, Any]:
    """Draw, read, compare; times are CPU times. The reader knows which digits there can be, as any attacker does."""
    reader = import_module("ddddocr").DdddOcr(show_ad=False)
    reader.set_ranges(LETTERS)
    artist, whole, digits, size, drawing, reading = Drawing(), 0, 0, 0, 0.0, 0.0
    for _ in range(count):
        answer, start = drawn_answer(), time.process_time()
        picture = artist.draw(answer)
        drawn = time.process_time()
        said = read(reader, picture)
        reading += time.process_time() - drawn
        drawing += drawn - start
        size += len(picture)
        whole += said == answer
        digits += sum(one == other for one, other in zip(said, answer, strict=False)) if len(said) == LENGTH else 0
    return {
        "images": count,
        "read": whole,
        "read_share": round(whole / count, 4),
        "digits_share": round(digits / count / LENGTH, 4),
        "draw_ms": round(1000 * drawing / count, 2),
        "read_ms": round(1000 * reading / count, 2),
        "bytes": round(size / count),
        "versions": machine.versions("ddddocr", "captcha", "pillow"),
        "machine": machine.describe(),
    }


def read(reader: Any, picture: bytes) -> str:
    """The likeliest digits: the best letter of each step, repeats and blanks taken out."""
    told = reader.classification(picture, probability=True)
    if isinstance(told, str):
        return told
    if "text" in told:
        return str(told["text"])
    best = [told["charsets"][max(range(len(step)), key=step.__getitem__)] for step in told["probability"]]
    kept = [letter for place, letter in enumerate(best) if not place or letter != best[place - 1]]
    return "".join(kept)
