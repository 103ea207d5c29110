"""The golden answers (`tests/vectors/answers-v1.json`): byte for byte as they were when the answers were frozen."""

import json
from pathlib import Path
from typing import Any

import pytest

from fangbang.lookup.answers import State, plain, record_json
from fangbang.lookup.pieces import record_bytes
from tests.contract.test_answers import ANSWER, RECORD, is_valid

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "vectors/answers-v1.json").read_text(encoding="utf-8")
)


def test_every_state_has_a_vector() -> None:
    told = {vector["state"] for vector in VECTORS["states"]}

    assert told | {State.FOUND.word} == {state.word for state in State}


@pytest.mark.parametrize("vector", VECTORS["states"], ids=lambda vector: vector["json"])
def test_an_answer_without_a_record(vector: dict[str, Any]) -> None:
    state = next(state for state in State if state.word == vector["state"])

    assert plain(state, **vector["members"]).decode() == vector["json"]
    assert is_valid(ANSWER, json.loads(vector["json"]))


@pytest.mark.parametrize("write", [record_json, record_bytes])
def test_records(write: Any) -> None:
    written = [write(bytes.fromhex(vector["wire"])).decode() for vector in VECTORS["records"]]

    assert written == [vector["json"] for vector in VECTORS["records"]]
    assert [is_valid(RECORD, json.loads(text)) for text in written] == [True] * len(written)
