"""A command line that cannot be read: a stable code, the user's language, exit code 2, and nothing typed told again."""

import json
from collections.abc import Sequence

import pytest
from click.testing import CliRunner, Result

from fangbang.cli import main

NUMBER = "110101199003074514"


def run(*arguments: str) -> Result:
    return CliRunner(env={"FANGBANG_LANG": None}).invoke(main, arguments, prog_name="fangbang")


def said(result: Result) -> tuple[int, str, str]:
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "zh", "en"),
    [
        (
            ["release", "approve"],
            "missing",
            "缺少 RELEASE；用法见 fangbang release approve --help",
            "Missing: RELEASE; see fangbang release approve --help",
        ),
        (
            ["nosuch"],
            "no-command",
            "没有这个命令 nosuch；用法见 fangbang --help",
            "There is no such command nosuch; see fangbang --help",
        ),
        (
            [NUMBER],
            "no-command",
            "没有这个命令；用法见 fangbang --help",
            "There is no such command; see fangbang --help",
        ),
        (
            ["init", "--nope"],
            "no-option",
            "没有选项 --nope；用法见 fangbang init --help",
            "There is no option --nope; see fangbang init --help",
        ),
        (
            ["--nope"],
            "no-option",
            "没有选项 --nope；用法见 fangbang --help",
            "There is no option --nope; see fangbang --help",
        ),
        (
            ["sitting", "open", "social-worker", NUMBER + "x"],
            "bad-value",
            "YEAR 的值不对：须为数字；用法见 fangbang sitting open --help",
            "The value of YEAR is wrong: it has to be a number; see fangbang sitting open --help",
        ),
        (
            ["simulate", "cohort", "--candidates", "-1"],
            "bad-value",
            "--candidates 的值不对：须为 1 … ∞ 的整数；用法见 fangbang simulate cohort --help",
            (
                "The value of --candidates is wrong: it has to be a whole number of 1 … ∞; "
                "see fangbang simulate cohort --help"
            ),
        ),
        (
            ["people", "link", "/nowhere"],
            "bad-value",
            "DOCUMENTS 的值不对：须为存在且可用的文件或文件夹；用法见 fangbang people link --help",
            (
                "The value of DOCUMENTS is wrong: it has to be a file or folder that is there and can be used; "
                "see fangbang people link --help"
            ),
        ),
        (
            ["release", "approve", "--as"],
            "no-value",
            "选项 --as 须带值，或不得带值；用法见 fangbang release approve --help",
            "Option --as takes a value, or takes none; see fangbang release approve --help",
        ),
        (
            ["init", NUMBER],
            "too-many",
            "命令 fangbang init 后多出了参数；用法见 fangbang init --help",
            "There are more arguments than fangbang init takes; see fangbang init --help",
        ),
        (
            ["lookup", "serve", "--tls-cert", __file__],
            "together",
            "选项的搭配不对：--tls-cert 与 --tls-key 须同时给出；用法见 fangbang lookup serve --help",
            "These options do not go together: --tls-cert and --tls-key go together; see fangbang lookup serve --help",
        ),
    ],
)
def test_each_mistake_is_told_in_the_users_language(arguments: Sequence[str], code: str, zh: str, en: str) -> None:
    assert said(run(*arguments)) == (2, "", f"错误 [cli.usage.{code}] {zh}\n")
    assert said(run("--lang", "en", *arguments)) == (2, "", f"Error [cli.usage.{code}] {en}\n")


@pytest.mark.parametrize("arguments", [["--nope"], ["init", "--nope"]])
def test_a_machine_gets_one_object(arguments: Sequence[str]) -> None:
    result = run("--json", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert json.loads(result.stderr)["code"] == "cli.usage.no-option"


def test_a_choice_is_told_with_what_there_is() -> None:
    assert run("--lang", "fr", "init").stderr == (
        "错误 [cli.usage.bad-value] --lang 的值不对：须为 zh, en 之一；用法见 fangbang --help\n"
    )


def test_a_family_without_a_verb_shows_its_help() -> None:
    result = run("release")

    assert (result.exit_code, result.stderr.startswith("用法：fangbang release")) == (2, True)


def test_a_help_page_has_no_english_words_of_its_own() -> None:
    page = run("simulate", "cohort", "--help").stdout

    assert [word for word in ("用法：", "选项：", "显示本说明。") if word not in page] == []
    assert [word for word in ("Usage", "Options", "Show this", "required", "default:") if word in page] == []


def test_english_keeps_them() -> None:
    page = run("--lang", "en", "simulate", "cohort", "--help").stdout

    assert [word for word in ("Usage: ", "Options:", "Show this message and exit.") if word not in page] == []
