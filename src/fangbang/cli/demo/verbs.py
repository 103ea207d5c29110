"""Calls the verbs of the command line as an operator would type them, and reads their JSON answers.

In this process (the demonstration), or in another one (tests).
"""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, TextIO

import click

from fangbang.cli import main
from fangbang.cli.demo.problems import VERB_FAILED
from fangbang.cli.edge import Session
from fangbang.core.clock import Clock, SystemClock
from fangbang.core.errors import FangbangError


class Verbs(Protocol):
    """`verbs("sitting", "open", "social-worker", "2026")` → the verb's JSON answer; VERB_FAILED when it is refused."""

    def __call__(self, *words: str) -> dict[str, Any]: ...


class VerbsHere:
    """Every verb in this process. HOME is put into the environment: one process has one office."""

    def __init__(self, home: Path, language: str = "zh", clock: Clock | None = None) -> None:
        os.environ["FANGBANG_HOME"] = str(home)
        self._language = language
        self._clock = clock or SystemClock()

    def __call__(self, *words: str) -> dict[str, Any]:
        out, err = io.StringIO(), io.StringIO()
        session = Session(clock=self._clock)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                arguments = ["--json", "--lang", self._language, *words]
                code = main.main(arguments, prog_name="fangbang", standalone_mode=False, obj=session)
            except click.Abort as error:
                raise KeyboardInterrupt from error
            except click.ClickException as error:
                raise FangbangError(VERB_FAILED, verb=" ".join(words), text=error.format_message()) from error
        return _answer(words, int(code or 0), out.getvalue(), err.getvalue())


class VerbsApart:
    """Every verb in one other process, which starts Django once; `close` it. For tests, whose Django is another one."""

    def __init__(self, home: Path, environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fangbang.cli.demo.verbs", str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            text=True,
        )

    def __call__(self, *words: str) -> dict[str, Any]:
        if self._process.stdin is None or self._process.stdout is None:
            raise FangbangError(VERB_FAILED, verb=" ".join(words), text="closed")
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"refused": "the process has ended"}')
        if "refused" in told:
            raise FangbangError(VERB_FAILED, verb=" ".join(words), text=told["refused"])
        answer: dict[str, Any] = told["answer"]
        return answer

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()


def serve(home: Path, requests: TextIO, answers: TextIO) -> None:
    """Lines of JSON arrays in, lines of JSON objects out, until the input ends."""
    verbs = VerbsHere(home)
    for request in requests:
        try:
            told: dict[str, Any] = {"answer": verbs(*json.loads(request))}
        except FangbangError as error:
            told = {"refused": str(error.params["text"]) if error.problem is VERB_FAILED else error.text("en")}
        answers.write(json.dumps(told, ensure_ascii=False, default=str) + "\n")
        answers.flush()


def _answer(words: tuple[str, ...], code: int, out: str, err: str) -> dict[str, Any]:
    if code:
        raise FangbangError(VERB_FAILED, verb=" ".join(words), text=err.strip()[-1000:])
    lines = [line for line in out.splitlines() if line.startswith("{")]
    answer: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return answer


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.stdin, sys.stdout)
