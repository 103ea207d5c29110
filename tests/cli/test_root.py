"""The top of the command line, with families of its own: nothing here depends on what the product's verbs do."""

import json
import sys
from types import ModuleType

import click
import pytest
from click.testing import CliRunner, Result

from fangbang import __version__, cli
from fangbang.cli.edge import Session
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError, Kind, Problem

LATE = Problem("test.probe", Kind.STATE, zh="第 {row} 行太晚", en="Row {row} is too late")


@click.group()
def probe() -> None:
    """试一试。 / Try it.

    \b
      fangbang probe now
    """


@probe.command()
@click.option("--row", type=int, default=0, help="行号 / Row number.")
@click.pass_obj
def late(session: Session, row: int) -> None:
    """总是太晚。 / Is always too late."""
    raise FangbangError(LATE, row=row)


@probe.command()
@click.pass_obj
def now(session: Session) -> None:
    """现在几点。 / Tell the time."""
    session.say(zh="看钟", en="looking")
    session.result({"now": session.clock.now()}, zh="十点", en="ten")


@probe.command()
def crash() -> None:
    """坏了。 / Break."""
    raise ZeroDivisionError


@pytest.fixture(autouse=True)
def family(monkeypatch: pytest.MonkeyPatch) -> None:
    """The family `probe`, beside the real ones, as a module of the package."""
    module = ModuleType("fangbang.cli.probe")
    module.__spec__ = cli.__spec__
    module.__dict__["probe"] = probe
    monkeypatch.setitem(sys.modules, "fangbang.cli.probe", module)
    monkeypatch.setitem(cli.FAMILIES, "probe", "试 / Try")
    monkeypatch.setitem(cli.FAMILIES, "unbuilt", "尚无 / Not there")
    monkeypatch.delenv("FANGBANG_LANG", raising=False)


def run(*args: str, session: Session | None = None) -> Result:
    return CliRunner().invoke(cli.main, args, obj=session)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ((), "错误 [test.probe] 第 7 行太晚\n"),
        (("--lang", "en"), "Error [test.probe] Row 7 is too late\n"),
        (("--json",), '{"code": "test.probe", "text": "第 7 行太晚", "params": {"row": 7}}\n'),
    ],
)
def test_an_expected_failure_is_told_on_stderr_with_the_exit_code_of_its_kind(args: tuple[str, ...], told: str) -> None:
    result = run(*args, "probe", "late", "--row", "7")

    assert (result.exit_code, result.stdout, result.stderr) == (4, "", told)


def test_the_language_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FANGBANG_LANG", "en")

    assert run("probe", "late").stderr == "Error [test.probe] Row 0 is too late\n"
    assert run("--lang", "zh", "probe", "late").stderr == "错误 [test.probe] 第 0 行太晚\n"


def test_a_crash_is_not_dressed_up_as_an_expected_failure() -> None:
    result = run("probe", "crash")

    assert result.exit_code == 1
    assert isinstance(result.exception, ZeroDivisionError)


def test_a_result_is_text_for_people(clock: ManualClock) -> None:
    assert run("--lang", "en", "probe", "now", session=Session(clock=clock)).stdout == "looking\nten\n"


def test_under_json_stdout_is_one_object_and_nothing_else(clock: ManualClock) -> None:
    result = run("--json", "probe", "now", session=Session(clock=clock))

    assert json.loads(result.stdout) == {"now": str(clock.now())}
    assert result.stderr == "看钟\n"


def test_help_shows_one_language_of_every_text() -> None:
    chinese, english = run("probe", "late", "--help").stdout, run("--lang", "en", "probe", "late", "--help").stdout

    assert ("总是太晚。" in chinese, "行号" in chinese, "always" in chinese) == (True, True, False)
    assert ("总是太晚。" in english, "Row number." in english, "always" in english) == (False, True, True)


def test_examples_are_shown_in_both_languages() -> None:
    assert "\n    fangbang probe now\n" in run("probe", "--help").stdout
    assert "\n    fangbang probe now\n" in run("--lang", "en", "probe", "--help").stdout


def test_help_lists_what_is_there_without_importing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sys.modules["fangbang.cli.probe"], "probe")

    listed = run("--lang", "en", "--help").stdout

    assert "probe" in listed
    assert "unbuilt" not in listed


def test_a_family_that_is_not_installed_says_so() -> None:
    result = run("--lang", "en", "unbuilt")

    assert (result.exit_code, result.stderr) == (
        7,
        "Error [cli.not-installed] The command unbuilt is not part of this installation\n",
    )


def test_an_unknown_family_is_a_usage_error() -> None:
    assert run("nonsense").exit_code == 2


def test_a_family_that_is_not_installed_does_not_break_the_others() -> None:
    assert run("probe", "--help").exit_code == 0


def test_the_version_is_the_packages() -> None:
    assert run("--version").stdout == f"fangbang {__version__}\n"


@pytest.mark.parametrize("family", list(cli.FAMILIES))
def test_every_family_says_what_it_is_for_in_both_languages(family: str) -> None:
    chinese, separator, english = cli.FAMILIES[family].partition(" / ")

    assert (bool(chinese), separator, bool(english)) == (True, " / ", True)
