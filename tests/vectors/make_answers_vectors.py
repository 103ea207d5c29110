"""How tests/vectors/answers-v1.json was made. The answers are frozen: version 2 gets a maker and a file of its own.

python -m tests.vectors.make_answers_vectors
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from fangbang.exams.vocabulary import Outcome, StatementCode, SubjectStatus
from fangbang.lookup.answers import State, plain, record_json
from fangbang.snapshot.record import Record, SubjectLine, encode
from tests.snapshot.samples import PEOPLE, SITTING

VECTORS = Path(__file__).with_name("answers-v1.json")
AT = "2026-08-20T02:00:00.000000Z"
MEMBERS: dict[State, list[dict[str, Any]]] = {
    State.NOT_FOUND: [{"sitting": SITTING}],
    State.NOT_RELEASED: [{"sitting": SITTING, "t": AT}, {"sitting": SITTING, "t": None}],
    State.MALFORMED: [{"field": "document"}, {"field": "query"}],
    State.CHALLENGE: [{"reason": "price", "salt": "ab-_", "bits": 18}],
    State.LIMITED: [{"sitting": SITTING}],
    State.WITHDRAWN: [{"sitting": SITTING}],
    State.UNAVAILABLE: [{}, {"sitting": SITTING}],
    State.OVERLOAD: [{}],
    State.CLOSED: [{}, {"sitting": SITTING}],
}
"""Every state without a record, with the members that it comes with."""


def records() -> list[Record]:
    """Every word of the vocabularies, and one that is newer than all of them."""
    first = PEOPLE[0].record
    of_status = [SubjectLine("ability", "", None, -3, None, status) for status in (*SubjectStatus, "newer")]
    said = [(code, "ability", 2026) for code in (*StatementCode, "newer")]
    every = msgspec.structs.replace(
        first, subjects=tuple(of_status), statements=tuple(said), version=2, reason="mark line"
    )
    return [first, every, *(msgspec.structs.replace(first, outcome=outcome) for outcome in (*Outcome, "newer"))]


def main() -> None:
    """Write the file."""
    found = {
        "states": [
            {"state": state.word, "members": members, "json": plain(state, **members).decode()}
            for state, cases in MEMBERS.items()
            for members in cases
        ],
        "records": [{"wire": encode(item).hex(), "json": record_json(encode(item)).decode()} for item in records()],
    }
    VECTORS.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
