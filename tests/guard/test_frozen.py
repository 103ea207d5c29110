"""What others build upon does not change: the vectors of frozen formats, by their SHA-256.

A frozen file that has to change is a new version of the format. It gets a text (`docs/reference/snapshot-v2.md`), a
maker and a file of vectors of its own (`tests/vectors/snapshot-v2.json`), and a line below; the old ones stay, and so
do the readers that take them (docs/reference/snapshot-v1.md, section 10).
"""

import hashlib

import pytest

from tests.guard.source import ROOT

FROZEN = {
    "tests/vectors/snapshot-v1.json": "c9c557ab7aa566f4d6fd3a71fc0804bd7e1a9f260eabfa88a946ba9367b6e218",
}


@pytest.mark.parametrize("name", FROZEN)
def test_a_frozen_file_is_as_it_was(name: str) -> None:
    digest = hashlib.sha256((ROOT / name).read_bytes()).hexdigest()

    assert digest == FROZEN[name], "frozen: make a new version beside it, never a new digest here"


@pytest.mark.parametrize("name", FROZEN)
def test_a_format_says_that_it_is_frozen(name: str) -> None:
    text = ROOT / "docs/reference" / name.rpartition("/")[2].replace(".json", ".md")

    assert "is frozen** since" in text.read_text(encoding="utf-8")
