"""Every command that a document or a help page prints can be typed: its verb is there, and takes these arguments."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.core import ParameterSource

from fangbang import cli
from fangbang.cli import main
from tests.guard.source import ROOT

DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "docs/office/*.md", "docs/reference/*.md", "deploy/systemd/*.service")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"  # tells what was, too
)
CALL = re.compile(r"^\s*(?:[A-Z_]+=\S+ )*(?:\./dev run|fangbang) (?!ARGS|\[OPTIONS|COMMAND)(.+)", re.MULTILINE)
LEFT_OUT = {"…", "..."}
"""A word that says: the rest is not printed."""


def told(text: str) -> Iterator[tuple[str, bool]]:
    """(command, whether it is said to be whole): lines of blocks and units are whole, what prose quotes need not be."""
    for block in re.findall(r"^```(?:sh|text)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in CALL.findall(block.replace("\\\n", " ")):
            yield line, True
    for line in re.findall(r"^ExecStart=\S*/fangbang (.*)$", text, re.MULTILINE):
        yield line, True
    if text.startswith("# Problems"):  # texts of failures have no backquotes
        yield from ((line, False) for line in re.findall(r"(?<!`)fangbang ([a-z]+(?: [a-z-]+)?)", text))
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for quoted in re.findall(r"`(?:\./dev run|fangbang) ([^`]+)`", prose):
        verb, *others = " ".join(quoted.split()).split(" | ")
        yield verb, False
        for other in others:
            yield f"{verb.split()[0]} {other}", False


def wrong(line: str, *, whole: bool = True) -> str:
    """Why a printed command cannot be typed; empty if it can."""
    words = shlex.split(line, comments=True)
    command: click.Command = main
    with click.Context(main, info_name="fangbang") as context:
        while isinstance(command, click.Group) and words:
            if words[0].startswith("-") and command is not main:
                return _unknown_option(command, words)
            if words[0].startswith("-"):
                words = words[2 if words[0] == "--lang" else 1 :]
                continue
            child = command.get_command(context, words[0])
            if child is None:
                return "" if words[0] in LEFT_OUT else f"no verb {words[0]}"
            command, words = child, words[1:]
        if isinstance(command, click.Group) or not whole or LEFT_OUT & {*words}:
            return _unknown_option(command, words)
        return _wrong_arguments(command, words)


def _unknown_option(command: click.Command, words: list[str]) -> str:
    known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    unknown = [word for word in (word.strip("[]") for word in words) if word.startswith("--") and word not in known]
    return f"no option {', '.join(unknown)}" if unknown else ""


def _wrong_arguments(command: click.Command, words: list[str]) -> str:
    context = click.Context(command)
    try:
        values, more, _ = command.make_parser(context).parse_args(list(words))
    except click.UsageError as error:
        return error.format_message()
    required = [param for param in command.params if param.required]
    missing = [
        param.human_readable_name
        for param in required
        if param.consume_value(context, values)[1] is ParameterSource.DEFAULT
    ]
    return f"{len(more)} too many" if more else f"missing: {', '.join(missing)}" if missing else ""


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_of_a_document_can_be_typed(path: Path) -> None:
    found = {line: wrong(line, whole=whole) for line, whole in told(path.read_text(encoding="utf-8"))}

    assert {line: why for line, why in found.items() if why} == {}


def examples(command: click.Command) -> Iterator[str]:
    """The calls that help pages show, of a command and everything below it."""
    yield from CALL.findall((command.help or "").replace("\\\n", " "))
    if isinstance(command, click.Group):
        with click.Context(main, info_name="fangbang") as context:
            for name in command.list_commands(context):
                if (child := command.get_command(context, name)) is not None:
                    yield from examples(child)


def test_every_example_of_a_help_page_can_be_typed() -> None:
    found = {line: wrong(line) for line in examples(main)}

    assert len(found) > len(cli.FAMILIES)
    assert {line: why for line, why in found.items() if why} == {}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("sitting open pharmacist 2026 --as liu", ""),
        ("sitting open pharmacist-2026 --as liu", "missing: YEAR"),
        ("sitting open pharmacist 2026 again", "1 too many"),
        ("sitting open pharmacist 2026 --as", "Option '--as' requires an argument."),
        ("sitting shut pharmacist 2026", "no verb shut"),
        ("sitting open pharmacist 2026 --for liu", "No such option '--for'."),
        ("sitting open … --for liu", "no option --for"),
        ("sitting open … --as liu", ""),
        ("--json --lang en sitting list", ""),
        ("demo --shout", "no option --shout"),
        ("sitting …", ""),
    ],
)
def test_the_detector_sees_what_cannot_be_typed(line: str, why: str) -> None:
    assert wrong(line) == why


def test_the_detector_finds_what_is_printed() -> None:
    page = """`fangbang one a | b`
```sh
ls
A=b fangbang two \\
  --three
./dev run four  # why
```
ExecStart=/x/fangbang five
"""

    assert list(told(page)) == [
        ("two    --three", True),
        ("four  # why", True),
        ("five", True),
        ("one a", False),
        ("one b", False),
    ]
