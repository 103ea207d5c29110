"""Help in the user's language: texts carry both, "中文 / English", and a copy of the command shows one."""

import copy
import inspect

import click

_SEPARATOR = " / "


def picked(text: str, language: str) -> str:
    """The language's side of each paragraph; a paragraph without both sides, or with its own layout, stays."""
    return "\n\n".join(_side(paragraph, language) for paragraph in inspect.cleandoc(text).split("\n\n"))


def localised(command: click.Command, language: str) -> click.Command:
    """A copy of a command, its options and everything below it, with help in one language."""
    twin = copy.copy(command)
    for name in ("help", "short_help", "epilog"):
        text = getattr(command, name)
        setattr(twin, name, picked(text, language) if text else text)
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
    chinese, separator, english = paragraph.partition(_SEPARATOR)
    if not separator:
        return paragraph
    return english.strip() if language == "en" else chinese.strip()
