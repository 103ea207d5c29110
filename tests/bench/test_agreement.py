"""`bench agreement` in small: the two calculators agree, and the bench itself finds a bug planted in either one."""

import json

import pytest

from bench.agreement import PLANTED, agree, controls, main, planted
from bench.crowd import WITHHELD_EACH
from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.vocabulary import Outcome

CATALOGUE = load_catalogue()
RULES = CATALOGUE.sitting("social-worker", 2025)
EXAMS = [exam.id for exam in CATALOGUE.exams() if exam.selectable]


@pytest.mark.parametrize("exam", EXAMS)
def test_both_calculators_agree_over_a_crowd_with_history(exam: str) -> None:
    told = agree(CATALOGUE.sitting(exam, 2025), WITHHELD_EACH + 200, seed=7)

    assert (told["candidates"], told["disagreements"]) == (WITHHELD_EACH + 200, 0)
    assert told["history"] > told["candidates"] // 10


def test_the_crowd_meets_every_outcome() -> None:
    met = set()
    for exam in EXAMS:
        met |= set(agree(CATALOGUE.sitting(exam, 2025), 2_000, seed=3)["outcomes"])

    assert met == set(Outcome)


def test_a_bug_in_either_calculator_is_found() -> None:
    found = controls(RULES, seed=1)

    assert set(found) == set(PLANTED)
    assert all(count > 0 for count in found.values())
    assert agree(RULES, 2_000, seed=1)["disagreements"] == 0


def test_a_disagreement_fails_the_bench(capsys: pytest.CaptureFixture[str]) -> None:
    with planted("rules"):
        failed = main(["--candidates", "2600", "--json"])
    sound = main(["--candidates", "1300", "--json"])

    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (failed, sound) == (1, 0)
    assert first["disagreements"] > 0
    assert (second["candidates"], second["disagreements"], second["exams"]) == (1300, 0, len(EXAMS))


def test_the_same_seed_is_the_same_crowd() -> None:
    one, again, other = (agree(RULES, 500, seed)["outcomes"] for seed in (5, 5, 6))

    assert one == again
    assert one != other
