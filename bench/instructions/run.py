"""The bench: seal a crowd, have callgrind watch how it is answered, compare."""

import argparse
import json
import secrets
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import machine
from bench.instructions.asked import KEYS
from bench.instructions.callgrind import MissingError, Place, by_object, counted
from bench.results import record_instructions
from bench.timing.people import Crowd, sealed

PAIRS = {"a wrong ticket": "nobody, with a ticket", "ambiguous": "nobody, by name"}
"""Causes, and what they must be alike to."""
ALIKE = 0.002
"""Largest difference, as a share of the whole: with a thousand queries places alone make up to half of that."""
_DEAREST = 25
_MISSING = 69


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="bench instructions", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one line instead of an indented object")
    parser.add_argument("--record", action="store_true", help="append a row to bench/RESULTS.md")
    parser.add_argument("--asked", type=int, default=1000, help="queries of each sort")
    parser.add_argument("--people", type=int, default=2000, help="people of each sort")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Run the bench; the last line of standard output is one JSON object."""
    options = parse(arguments)
    try:
        parts = watched(options.asked, options.people)
    except MissingError as error:
        print(error, file=sys.stderr)
        return _MISSING
    outcome = {**said(parts, options.asked), "asked": options.asked, "machine": machine.describe()}
    if options.record:
        record_instructions(outcome)
    print(json.dumps(outcome) if options.json else json.dumps(outcome, indent=2))
    return 0 if outcome["alike"] else 1


def watched(asked: int, people: int) -> dict[str, Counter[Place]]:
    """Name of a part → instructions of all its queries."""
    root = Path(__file__).parents[2]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        made = sealed(folder, Crowd.draw(people), 0)
        keys = {"folder": str(made.folder), "salts": secrets.token_hex(32)}
        keys |= {"release_key": made.letter.release_key, "pepper": made.letter.pepper}
        (folder / KEYS).write_text(json.dumps(keys))
        command = [sys.executable, "-m", "bench.instructions.asked", str(folder), str(asked), str(people)]
        environ = {"PYTHONPATH": f"{root}:{root / 'src'}", "PYTHONHASHSEED": "0"}
        told, parts = counted(command, folder, environ)
    names = json.loads(told)
    # Before, between and behind the parts other work is done.
    return dict(zip(names, parts[1::2], strict=True))


def said(parts: Mapping[str, Counter[Place]], asked: int) -> dict[str, Any]:
    """Figures for one answer."""
    found = parts["found"]
    differences, shares = {}, {}
    for cause, other in PAIRS.items():
        mine, theirs = (outside_of_hashing(parts[name]) for name in (cause, other))
        differences[cause] = round((mine - theirs) / asked)
        shares[cause] = round((mine - theirs) / theirs, 5)
    return {
        "instructions": {name: round(part.total() / asked) for name, part in parts.items()},
        "objects": {name: round(count / asked) for name, count in by_object(found).most_common(9)},
        "dearest": [
            {"object": place.object, "function": place.function, "instructions": round(count / asked)}
            for place, count in found.most_common(_DEAREST)
        ],
        "not_found_differences": differences,
        "not_found_shares": shares,
        "alike": all(abs(share) <= ALIKE for share in shares.values()),
    }


def outside_of_hashing(part: Counter[Place]) -> int:
    """All but OpenSSL's own: how many blocks of a file a miss hashes, one or two, depends on its place alone."""
    return sum(count for place, count in part.items() if not place.object.startswith("libcrypto"))
