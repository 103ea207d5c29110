"""Runs a command under callgrind and reads the parts that it writes: instructions by object and function.

A part ends wherever the command calls `mark`. Valgrind's processor has no SHA extension: a SHA-256 costs more there
than on a machine that has one.
"""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

VALGRIND = "valgrind"
_MARK = "getppid"
"""A function of libc that nothing else here calls."""


class MissingError(Exception):
    """Callgrind cannot be had on this machine."""


class Place(NamedTuple):
    """A function in a program or library, both as callgrind names them."""

    object: str
    function: str


def mark() -> None:
    """End a part, where callgrind watches."""
    os.getppid()


def counted(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> tuple[str, list[Counter[Place]]]:
    """What the command wrote to standard output, and the instructions of each part in turn: the first is what came
    before the first mark.

    Raises MissingError without valgrind, RuntimeError with the end of what was said when the command fails.
    """
    if shutil.which(VALGRIND) is None:
        raise MissingError("callgrind is missing: apt-get install --no-install-recommends valgrind")
    watch = ["--tool=callgrind", f"--dump-before={_MARK}", f"--callgrind-out-file={folder / 'part'}"]
    plain = ["--compress-strings=no", "--compress-pos=no"]
    ran = subprocess.run(
        [VALGRIND, "-q", *watch, *plain, *command], capture_output=True, text=True, env={**os.environ, **environ}
    )
    if ran.returncode:
        raise RuntimeError(f"not counted:\n{ran.stderr[-3000:]}")
    parts = sorted(folder.glob("part.*"), key=lambda path: int(path.suffix[1:]))
    return ran.stdout, [read(path.read_text(errors="replace").splitlines()) for path in parts]


def read(lines: Iterable[str]) -> Counter[Place]:
    """Instructions of each function itself, without those that it calls: one part in callgrind's format, written
    without compression."""
    found: Counter[Place] = Counter()
    place, called = Place("?", "?"), False
    for line in lines:
        if line.startswith("ob="):
            place = Place(Path(line[3:]).name, place.function)
        elif line.startswith("fn="):
            place = Place(place.object, line[3:])
        elif line.startswith("calls="):
            called = True
        elif line[:1].isdigit():
            # The line after a call is what was called.
            if not called:
                found[place] += int(line.split()[1])
            called = False
    return found


def by_object(part: Counter[Place]) -> Counter[str]:
    """The same, by program and library."""
    found: Counter[str] = Counter()
    for place, instructions in part.items():
        found[place.object] += instructions
    return found
