"""Help in the user's language: texts carry both, "中文 / English", and a copy of the command shows one. Click's own
words are English only; here they have their Chinese ones."""

import copy
import inspect
import os
import re
from collections.abc import Iterable
from typing import Any

import click

from fangbang.cli.edge import LANGUAGES

_SEPARATOR = re.compile(r" /\s+")
"""Between both languages; a line may end with it."""
LAST = "fangbang.cli.last"
"""Where a context keeps the path of the command that was read last."""
_WORDS = {
    "Usage:": "用法：",
    "Options": "选项",
    "Commands": "命令",
    "Show this message and exit.": "显示本说明。",
    "Show the version and exit.": "显示版本。",
    "[required]": "[必填]",
    "; required]": "；必填]",
    "[default: ": "[缺省：",
}
"""Click's own words on a help page, in Chinese."""


def language_of(ctx: click.Context) -> str:
    """The language of this run: `--lang`, else FANGBANG_LANG, else Chinese."""
    chosen = ctx.find_root().params.get("lang") or os.environ.get("FANGBANG_LANG")
    return chosen if chosen in LANGUAGES else "zh"


def picked(text: str, language: str) -> str:
    """The language's side of each paragraph; a paragraph without both sides, or with its own layout, stays."""
    return "\n\n".join(_side(paragraph, language) for paragraph in inspect.cleandoc(text).split("\n\n"))


def localised(command: click.Command, language: str) -> click.Command:
    """A copy of a command, its options and everything below it, with help in one language."""
    twin = copy.copy(command)
    for name in ("help", "short_help", "epilog"):
        text = getattr(command, name)
        setattr(twin, name, picked(text, language) if text else text)
    twin.context_class = SpokenContext
    twin.params = [_option(param, language) for param in command.params]
    if isinstance(twin, click.Group) and isinstance(command, click.Group):
        twin.commands = {name: localised(child, language) for name, child in command.commands.items()}
    return twin


def _option(param: click.Parameter, language: str) -> click.Parameter:
    if not isinstance(param, click.Option) or not param.help:
        return param
    twin = copy.copy(param)
    twin.help = picked(param.help, language)
    return twin


def _side(paragraph: str, language: str) -> str:
    if paragraph.lstrip().startswith("\b"):
        return paragraph
    chinese, *english = _SEPARATOR.split(paragraph, maxsplit=1)
    if not english:
        return paragraph
    return english[0].strip() if language == "en" else chinese.strip()


class SpokenFormatter(click.HelpFormatter):
    """Writes click's own words in Chinese."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or _WORDS["Usage:"])

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{_WORDS.get(heading, heading)}：\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(term, _chinese(text)) for term, text in rows], col_max, col_spacing)


class SpokenContext(click.Context):
    """Help in the user's language; and the whole line knows which command was the last that was read."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.meta[LAST] = self.command_path

    def make_formatter(self) -> click.HelpFormatter:
        kind = click.HelpFormatter if language_of(self) == "en" else SpokenFormatter
        return kind(width=self.terminal_width, max_width=self.max_content_width)


def _chinese(text: str) -> str:
    for english, chinese in _WORDS.items():
        text = text.replace(english, chinese)
    return text
