"""What must never enter the repository: this or that machine's paths, a registry's host, a real-looking secret."""

import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.guard.source import ROOT

FORBIDDEN = {
    "a package registry's host": r"\b(files\.pythonhosted\.org|pypi\.org|registry\.npmjs\.org|mirrors?\.[\w.]+/pypi)",
    "an index option": r"^\s*--(index-url|extra-index-url|find-links)",
    "a path of one machine": r"(?<![\w.])/(home|Users|root|work|opt)/[a-z]\w+",
    "a private key": r"-----BEGIN (ENCRYPTED |EC |RSA )?PRIVATE KEY-----\n[A-Za-z0-9+/]{20}",
}
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".html",
    ".css",
    ".js",
    ".po",
    ".json",
    ".yml",
    ".yaml",
    ".sh",
    ".cfg",
    ".conf",
    "",
}
HERE = Path(__file__).resolve()


def tracked() -> list[Path]:
    """Files under version control and those that could be added next; without git, all but what is made on the spot."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
        paths = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
        made = [".git", *(line.strip("/") for line in ignored)]
        paths = [
            path for path in ROOT.rglob("*") if not any(_is_made(part, made) for part in path.relative_to(ROOT).parts)
        ]
    return [path for path in paths if path.is_file() and path.suffix in TEXT and path != HERE]


def _is_made(name: str, made: list[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in made)


def found(text: str) -> list[str]:
    return [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text, re.MULTILINE)]


def test_this_project_is_looked_at() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in tracked()}

    assert {"dev", "README.md", "src/fangbang/core/clock.py", "requirements/run.txt"} <= names


def test_no_tracked_file_holds_what_must_not_be_there() -> None:
    faults = {
        str(path.relative_to(ROOT)): found(path.read_text(encoding="utf-8", errors="replace")) for path in tracked()
    }

    assert {name: told for name, told in faults.items() if told} == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("see https://pypi.org/simple/x", ["a package registry's host"]),
        ("click==8\n  --index-url http://x", ["an index option"]),
        ("open('/home/somebody/data.csv')", ["a path of one machine"]),
        ("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA", ["a private key"]),
        ("/usr/bin/chromium, ./work/x, https://example.org/home/", []),
    ],
)
def test_the_detector_sees_each(text: str, told: list[str]) -> None:
    assert found(text) == told
