"""What is wrong with a command line, in the user's language: click's own words are English only.

A value that was typed is never repeated: it may be somebody's document or ticket number.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NoReturn

import click

from fangbang.cli.edge import LANGUAGES, Session, told
from fangbang.cli.localise import LAST, language_of, picked
from fangbang.core.errors import FangbangError, Kind, Phrase, Problem

EXIT_CODE = 2
"""Of every failure of this file, as click and most command lines have it."""

NO_COMMAND = Problem(
    "cli.usage.no-command",
    Kind.INPUT,
    zh="没有这个命令{what}；用法见 {help}",
    en="There is no such command{what}; see {help}",
)
NO_OPTION = Problem(
    "cli.usage.no-option", Kind.INPUT, zh="没有选项 {what}；用法见 {help}", en="There is no option {what}; see {help}"
)
MISSING = Problem("cli.usage.missing", Kind.INPUT, zh="缺少 {what}；用法见 {help}", en="Missing: {what}; see {help}")
BAD_VALUE = Problem(
    "cli.usage.bad-value",
    Kind.INPUT,
    zh="{what} 的值不对：须为{expected}；用法见 {help}",
    en="The value of {what} is wrong: it has to be {expected}; see {help}",
)
NO_VALUE = Problem(
    "cli.usage.no-value",
    Kind.INPUT,
    zh="选项 {what} 须带值，或不得带值；用法见 {help}",
    en="Option {what} takes a value, or takes none; see {help}",
)
TOO_MANY = Problem(
    "cli.usage.too-many",
    Kind.INPUT,
    zh="命令 {what} 后多出了参数；用法见 {help}",
    en="There are more arguments than {what} takes; see {help}",
)
TOGETHER = Problem(
    "cli.usage.together",
    Kind.INPUT,
    zh="选项的搭配不对：{reason}；用法见 {help}",
    en="These options do not go together: {reason}; see {help}",
)

_PLAIN = re.compile(r"-{0,2}[a-z][a-z-]{0,30}")
"""A word that can be told again: no number is in it."""


def fail_usage(error: click.UsageError, ctx: click.Context, session: Session) -> NoReturn:
    """Tell what is wrong with the command line that `ctx` heads, and leave with 2."""
    told(_failure(error, ctx.meta[LAST]), session)
    raise click.exceptions.Exit(EXIT_CODE)


def session_of(ctx: click.Context, args: Sequence[str]) -> Session:
    """What is known of the user's wishes when the command line itself could not be read."""
    session = ctx.ensure_object(Session)
    named = [after for before, after in pairwise(args) if before == "--lang"]
    session.language = named[0] if named and named[0] in LANGUAGES else language_of(ctx)
    session.json = "--json" in args
    return session


def _failure(error: click.UsageError, path: str) -> FangbangError:
    help_ = f"{path} --help"
    match error:
        case click.exceptions.NoSuchCommand():
            return FangbangError(NO_COMMAND, what=_plain(error.command_name), help=help_)
        case click.NoSuchOption():
            return FangbangError(NO_OPTION, what=_plain(error.option_name).strip() or "?", help=help_)
        case click.MissingParameter():
            return FangbangError(MISSING, what=_hint(error), help=help_)
        case click.BadOptionUsage():
            return FangbangError(NO_VALUE, what=error.option_name, help=help_)
        case click.BadParameter():
            return FangbangError(BAD_VALUE, what=_hint(error), expected=_expected(error), help=help_)
    if " / " in error.message:
        chinese, english = picked(error.message, "zh"), picked(error.message, "en")
        return FangbangError(TOGETHER, reason=Phrase(english, chinese), help=help_)
    return FangbangError(TOO_MANY, what=path, help=help_)


def _plain(word: str) -> str:
    return f" {word}" if _PLAIN.fullmatch(word) else ""


def _hint(error: click.BadParameter) -> str:
    if error.param is None or error.ctx is None:
        return "?"
    return error.param.get_error_hint(error.ctx).replace("'", "")


def _expected(error: click.BadParameter) -> Phrase:
    """What the parameter would have taken."""
    kind = error.param.type if error.param else click.STRING
    match kind:
        case click.Choice():
            known = ", ".join(str(choice) for choice in kind.choices)
            return Phrase(f"one of {known}", f" {known} 之一")
        case click.IntRange():
            most = "∞" if kind.max is None else kind.max
            return Phrase(f"a whole number of {kind.min} … {most}", f" {kind.min} … {most} 的整数")
        case click.DateTime():
            forms = ", ".join(kind.formats)
            return Phrase(f"a moment written {forms}", f"时刻，写法 {forms}")
        case click.Path() | click.File():
            return Phrase("a file or folder that is there and can be used", "存在且可用的文件或文件夹")
        case _ if kind in (click.INT, click.FLOAT):
            return Phrase("a number", "数字")
        case _:
            return Phrase(f"as the help of the option says ({kind.name})", f"其说明所写的形式（{kind.name}）")
