"""The bench of instructions: what it counts, how it reads callgrind, and what it says where that is missing."""

import asyncio
import json
import secrets
from collections import Counter
from pathlib import Path

import pytest

from bench.instructions import callgrind
from bench.instructions.asked import KEYS, count_all
from bench.instructions.callgrind import MissingError, Place, by_object, counted, read
from bench.instructions.run import main, said
from bench.results import record_instructions
from bench.timing.people import Crowd, sealed

PART = """\
# callgrind format
version: 1
part: 2
positions: line
events: Ir
summary: 1160

ob=/usr/bin/python3.11
fl=???
fn=_PyEval
0 100
cob=/usr/lib/libcrypto.so.3
cfn=0x29fe80
calls=7 0
0 900
0 10

ob=/usr/lib/libcrypto.so.3
fl=???
fn=0x29fe80
0 850
+3 50

ob=/usr/bin/python3.11
fl=???
fn=_PyEval
12 250

totals: 1160
"""
INTERPRETER, HASH = Place("python3.11", "_PyEval"), Place("libcrypto.so.3", "0x29fe80")


def test_what_is_called_counts_where_it_was_executed() -> None:
    part = read(PART.replace("+3 50", "3 50").splitlines())

    assert part == {INTERPRETER: 360, HASH: 900}
    assert by_object(part) == {"python3.11": 360, "libcrypto.so.3": 900}


def test_every_part_is_of_one_answer(tmp_path: Path) -> None:
    made = sealed(tmp_path, Crowd.draw(20), 0)
    keys = {"folder": str(made.folder), "salts": secrets.token_hex(32)}
    keys |= {"release_key": made.letter.release_key, "pepper": made.letter.pepper}
    (tmp_path / KEYS).write_text(json.dumps(keys))

    names = asyncio.run(count_all(tmp_path, 10, 20))

    assert names[:2] == ["found", "found, asked again"]
    assert names[2:] == ["nobody, with a ticket", "a wrong ticket", "nobody, by name", "ambiguous"]


def parts(ambiguous: int) -> dict[str, Counter[Place]]:
    """Parts of 100 answers each, of which nobody and a wrong ticket cost the same outside of hashing."""
    return {
        "found": Counter({INTERPRETER: 10_000, HASH: 3_000}),
        "nobody, with a ticket": Counter({INTERPRETER: 20_000, HASH: 4_000}),
        "a wrong ticket": Counter({INTERPRETER: 20_000, HASH: 5_000}),
        "nobody, by name": Counter({INTERPRETER: 100_000, HASH: 4_000}),
        "ambiguous": Counter({INTERPRETER: ambiguous, HASH: 4_000}),
    }


@pytest.mark.parametrize(
    ("ambiguous", "difference", "alike"), [(100_200, 2, True), (100_300, 3, False), (99_700, -3, False)]
)
def test_more_than_two_thousandths_are_told(ambiguous: int, difference: int, alike: bool) -> None:
    outcome = said(parts(ambiguous), 100)

    assert outcome["instructions"]["found"] == 130
    assert outcome["objects"] == {"python3.11": 100, "libcrypto.so.3": 30}
    assert outcome["not_found_differences"] == {"a wrong ticket": 0, "ambiguous": difference}
    assert outcome["alike"] == alike


def test_a_run_is_recorded(tmp_path: Path) -> None:
    results = tmp_path / "RESULTS.md"
    results.write_text("<!-- instructions -->\n")
    outcome = {**said(parts(100_100), 100), "asked": 100, "machine": "a machine"}

    record_instructions(outcome, results)

    row = results.read_text().splitlines()[0].split(" | ")
    assert row[1:] == ["100", "130", "240", "250", "1,040", "1,041", "+0.000%", "+0.100%", "a machine |"]


def test_without_valgrind_it_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(callgrind, "VALGRIND", "no-such-valgrind")

    with pytest.raises(MissingError):
        counted(["true"], tmp_path, {})
    assert main(["--asked", "1", "--people", "20"]) == 69
    assert capsys.readouterr().err == "callgrind is missing: apt-get install --no-install-recommends valgrind\n"
