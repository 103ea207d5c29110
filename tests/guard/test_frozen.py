"""What others build upon does not change: the vectors of frozen formats, by their SHA-256.

A frozen file that has to change is a new version of the format. It gets a text (`docs/reference/snapshot-v2.md`), a
maker and a file of vectors of its own (`tests/vectors/snapshot-v2.json`), and a line below; the old ones stay, and so
do the readers that take them (docs/reference/snapshot-v1.md, section 10). Of the answers' schema the vocabularies may
grow, and nothing else.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.guard.source import ROOT

FROZEN = {
    "tests/vectors/answers-v1.json": "b8be83268792af04a93b2517ccdc68066edc3ee299aff3f6ab2ed089a4946fd6",
    "tests/vectors/snapshot-v1.json": "c9c557ab7aa566f4d6fd3a71fc0804bd7e1a9f260eabfa88a946ba9367b6e218",
}
TEXTS = {"tests/vectors/answers-v1.json": "docs/integrate.md"}
"""Where the text of a format is not called as its vectors are."""
SCHEMA = ROOT / "docs/reference/answers.schema.json"
SHAPE = "d5d4f4de02f2195441fe20f5fc40f57132c55b6501335626477cc2114d1ad782"
"""Of the answers' schema without the words of its vocabularies."""


@pytest.mark.parametrize("name", FROZEN)
def test_a_frozen_file_is_as_it_was(name: str) -> None:
    digest = hashlib.sha256((ROOT / name).read_bytes()).hexdigest()

    assert digest == FROZEN[name], "frozen: make a new version beside it, never a new digest here"


@pytest.mark.parametrize("name", FROZEN)
def test_a_format_says_that_it_is_frozen(name: str) -> None:
    text = ROOT / TEXTS.get(name, "docs/reference/" + name.rpartition("/")[2].replace(".json", ".md"))

    assert "is frozen** since" in text.read_text(encoding="utf-8")


def schema() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(SCHEMA.read_bytes())
    return read


def vocabularies(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Where the words stand that may become more: each beside “any other word”."""
    parts = found["definitions"]
    return [parts["outcome"]["anyOf"][0], parts["status"]["anyOf"][0], parts["statement"]["items"][0]["anyOf"][0]]


def shape(found: dict[str, Any]) -> str:
    """SHA-256 of a schema without its vocabularies, however it is set out in its file."""
    for words in vocabularies(found):
        del words["enum"]
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def test_the_answers_schema_has_the_shape_it_had() -> None:
    assert shape(schema()) == SHAPE, "frozen: urn:fangbang:answers:2 beside it, never a new digest here"


def test_a_vocabulary_may_grow() -> None:
    grown = schema()
    for words in vocabularies(grown):
        words["enum"].append("newer")

    assert shape(grown) == SHAPE


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts["found"]["properties"].update(more={"type": "string"}),
        lambda parts: parts["record"]["required"].remove("reason"),
        lambda parts: parts["answer"]["oneOf"].pop(),
        lambda parts: parts["outcome"]["anyOf"].pop(),
    ],
)
def test_any_other_change_of_the_schema_is_noticed(change: Callable[[dict[str, Any]], Any]) -> None:
    """Positive control."""
    changed = schema()
    change(changed["definitions"])

    assert shape(changed) != SHAPE
