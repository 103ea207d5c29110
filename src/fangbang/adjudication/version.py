"""Which code came to a result: part of a run's identity."""

import hashlib
from functools import cache
from importlib import resources

from fangbang import __version__

_PACKAGES = ("fangbang.adjudication", "fangbang.exams")


@cache
def code_version() -> str:
    """The package's version and 16 hex digits of SHA-256 over the sources that decide results."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for path in sorted(resources.files(package).iterdir(), key=lambda item: item.name):
            if path.name.endswith(".py"):
                digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return f"{__version__}+{digest.hexdigest()[:16]}"
