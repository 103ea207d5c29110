import json
import pickle
from collections.abc import Iterator

import pytest

from fangbang.core.errors import FangbangError, Kind, Phrase, Problem, heard_params, told_params


@pytest.fixture(autouse=True)
def registry() -> Iterator[dict[str, Problem]]:
    """Problems declared here are forgotten afterwards: the guards read the registry of the real ones."""
    before = dict(Problem.registry)
    yield Problem.registry
    Problem.registry.clear()
    Problem.registry.update(before)


def declare() -> Problem:
    return Problem("test.late", Kind.STATE, zh="第 {row} 行太晚", en="Row {row} is too late")


@pytest.mark.parametrize(
    ("language", "text"), [("zh", "第 12 行太晚"), ("en", "Row 12 is too late"), ("en-GB", "Row 12 is too late")]
)
def test_an_error_speaks_the_users_language(language: str, text: str) -> None:
    assert FangbangError(declare(), row=12).text(language) == text


def test_an_error_keeps_its_parameters_for_machines() -> None:
    error = FangbangError(declare(), row=12)

    assert (error.code, error.params, str(error)) == ("test.late", {"row": 12}, "test.late: Row 12 is too late")


def test_a_value_in_braces_is_shown_as_it_is() -> None:
    assert FangbangError(declare(), row="{row.__class__}").text("en") == "Row {row.__class__} is too late"


def test_a_missing_parameter_is_a_mistake_of_ours_and_crashes() -> None:
    with pytest.raises(KeyError):
        FangbangError(declare())


def test_the_same_declaration_twice_is_one_problem() -> None:
    assert declare() == declare()


def test_two_problems_cannot_share_a_code() -> None:
    declare()

    with pytest.raises(ValueError, match="declared twice"):
        Problem("test.late", Kind.INPUT, zh="别的", en="Something else")


def test_every_kind_has_an_exit_code_of_its_own_beyond_those_of_crashes_and_usage() -> None:
    codes = [kind.exit_code for kind in Kind]

    assert sorted(codes) == [3, 4, 5, 6, 7]


def test_a_phrase_speaks_the_users_language_and_is_one_string_to_machines() -> None:
    reason = Phrase("bad signature", "签名不正确")
    problem = Problem("test.why", Kind.INPUT, zh="不行:{reason}", en="No: {reason}")

    error = FangbangError(problem, reason=reason)

    assert (error.text("zh"), error.text("en")) == ("不行:签名不正确", "No: bad signature")
    assert error.params == {"reason": "bad signature"}


def test_a_phrase_keeps_both_languages_between_processes() -> None:
    params = {"reason": Phrase("bad signature", "签名不正确"), "row": 12, "file": "a.csv"}

    through_json = heard_params(json.loads(json.dumps(told_params(params))))
    through_pickle = pickle.loads(pickle.dumps(params))

    for heard in (through_json, through_pickle):
        assert heard == params
        assert isinstance(heard["reason"], Phrase)
        assert heard["reason"].zh == "签名不正确"
