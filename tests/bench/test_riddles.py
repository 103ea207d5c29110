"""`bench replay`, `bench ocr` and `bench attack`: small, with a fault planted in each."""

import json
from collections import Counter
from pathlib import Path

import pytest

from bench import attack, ocr, replay
from bench.results import record_attack, record_ocr
from fangbang.lookup.images import ImagePool

TABLE = "| a |\n|---|\n<!-- attack -->\n<!-- ocr -->\n"


class Told(attack.Alarm):
    """An alarm that stood after some seconds, without a node."""

    def __init__(self, after: float | None) -> None:
        super().__init__(0)
        self.after, self.kinds = after, {"failures"}


class Reader:
    """What ddddocr answers, in each of its forms."""

    def __init__(self, told: object) -> None:
        self._told = told

    def classification(self, _: bytes, probability: bool) -> object:
        assert probability
        return self._told


def outcome(tries: int = 0, records: int = 0, found: int = 100, after: float | None = 1.0) -> dict[str, object]:
    guesser, collector = Counter({"not-found": tries}), Counter({"found": records})
    return attack.told(guesser, collector, Counter({"found": found}), 1, Told(after))


def test_no_replay_is_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    code = replay.main(["--replays", "2000", "--json"])

    said = json.loads(capsys.readouterr().out)
    assert (code, said["accepted_again"], said["replays"] >= 2000) == (0, 0, True)


def test_a_claim_that_forgets_is_found_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(ImagePool, "claim", lambda *_: True)

    assert replay.main(["--replays", "400", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["accepted_again"] > 0


def test_an_attack_that_kept_within_the_budgets_held() -> None:
    assert outcome(attack.PREFIXES * attack.FAILURES, attack.PREFIXES * attack.PERSONS)["held"] is True


@pytest.mark.parametrize(
    "changed",
    [
        {"tries": attack.PREFIXES * attack.FAILURES + 1},
        {"records": attack.PREFIXES * attack.PERSONS + 1},
        {"found": 99},
        {"after": None},
        {"after": 61.0},
    ],
)
def test_one_too_many_or_too_late_did_not_hold(changed: dict[str, int]) -> None:
    assert outcome(**changed)["held"] is False


@pytest.mark.parametrize(
    "told",
    ["22345", {"text": "22345"}, {"charsets": ["", "2", "3", "4", "5"], "probability": [[0, 9, 0, 0, 0]] * 2
     + [[9, 0, 0, 0, 0], [0, 9, 0, 0, 0], [0, 0, 9, 0, 0], [0, 0, 0, 9, 0], [0, 0, 0, 0, 9]]}],
)  # fmt: skip
def test_each_form_of_the_recognisers_answer_is_understood(told: object) -> None:
    assert ocr.read(Reader(told), b"") == "22345"


def test_rows_are_appended_where_they_belong(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    path.write_text(TABLE)
    measured = {
        "images": 2000, "read_share": 0.355, "digits_share": 0.4, "draw_ms": 13.1, "read_ms": 40, "bytes": 1454,
        "versions": {"ddddocr": "1.6.1"}, "machine": "m",
    }  # fmt: skip

    record_attack({"addresses": 10_000, **outcome(7, 9), "machine": "m"}, path)
    record_ocr(measured, path)

    rows = path.read_text().splitlines()
    assert rows[2].split(" | ")[1:7] == ["10,000", "7", "1,600", "9", "2,000", "1"]
    assert rows[4].split(" | ")[1:] == ["2,000", "35.5%", "40.0%", "13.1", "40", "1,454", "1.6.1", "m |"]
