"""The edge of the command line: what a verb gets (`Session`), and how an expected failure leaves (text, exit code)."""

import json
import sys
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn

import click

from fangbang.core.clock import Clock, SystemClock
from fangbang.core.errors import FangbangError
from fangbang.core.settings import Settings, load_settings

LANGUAGES = ("zh", "en")


@dataclass
class Session:
    """One run of the command line. Verbs take it by `@click.pass_obj`; tests may pass their own clock by `obj=`."""

    language: str = "zh"
    json: bool = False
    clock: Clock = field(default_factory=SystemClock)

    @cached_property
    def settings(self) -> Settings:
        """The settings, read at first use: verbs without need of them run without."""
        return load_settings()

    def say(self, *, zh: str, en: str) -> None:
        """A line for a human, in the user's language; to stderr under `--json`, so that stdout stays one object."""
        click.echo(en if self.language == "en" else zh, err=self.json)

    def result(self, value: dict[str, Any], *, zh: str, en: str) -> None:
        """What the verb found: one JSON object under `--json`, the text otherwise."""
        if self.json:
            click.echo(json.dumps(value, ensure_ascii=False, default=str))
        else:
            self.say(zh=zh, en=en)


def database_problem(error: Exception) -> FangbangError | None:
    """What to tell if it is the office's database that failed; verbs that use none have not loaded Django."""
    if "django.db" not in sys.modules:
        return None
    from fangbang.project.databases import as_problem

    return as_problem(error)


def fail(error: FangbangError, session: Session) -> NoReturn:
    """Tell the user and leave with the exit code of the problem's kind."""
    told(error, session)
    raise click.exceptions.Exit(error.problem.kind.exit_code)


def told(error: FangbangError, session: Session) -> None:
    """Write a failure to stderr: one JSON object under `--json`, a line in the user's language otherwise."""
    text = error.text(session.language)
    if session.json:
        value = {"code": error.code, "text": text, "params": error.params}
        click.echo(json.dumps(value, ensure_ascii=False, default=str), err=True)
    else:
        label = "Error" if session.language == "en" else "错误"
        click.echo(f"{label} [{error.code}] {text}", err=True)
