"""Which keeper the office's orders go to, where there are two."""

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from fangbang.core.errors import FangbangError
from fangbang.project.keeping import ask
from fangbang.project.layout import Layout

Answer = dict[str, Any]
STANDBY = {"ok": False, "code": "keeper.standby", "params": {"primary": "b"}}
DISARMED = {"ok": False, "code": "keeper.disarmed", "params": {}}
OTHER = {"ok": False, "code": "keeper.after-t", "params": {}}
DONE = {"ok": True, "release": "rel-1"}


@contextmanager
def answering(path: Path, answer: Answer) -> Iterator[list[Answer]]:
    """A socket that gives one answer to everything; what it was asked."""
    asked: list[Answer] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked.append(json.loads(self.rfile.readline()))
            self.wfile.write(json.dumps(answer).encode() + b"\n")

    with socketserver.ThreadingUnixStreamServer(str(path), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield asked
        finally:
            server.shutdown()


@pytest.fixture
def order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[str, list[int]]]]:
    """Give an order where the keepers would answer so (None: no such socket); what came of it, and who was asked."""
    with ExitStack() as stack:

        def given(*answers: Answer | None) -> tuple[str, list[int]]:
            paths = [tmp_path / f"{place}.sock" for place in range(len(answers))]
            monkeypatch.setenv("FANGBANG_KEEPER_SOCKETS", ",".join(str(path) for path in paths))
            logs = [
                stack.enter_context(answering(path, answer)) if answer is not None else []
                for path, answer in zip(paths, answers, strict=True)
            ]
            try:
                outcome = str(ask(Layout(tmp_path), {"command": "seal"})["release"])
            except FangbangError as error:
                outcome = error.code
            return outcome, [len(log) for log in logs]

        yield given


@pytest.mark.parametrize("first", [None, STANDBY, DISARMED])
def test_an_order_goes_on_to_the_keeper_that_takes_orders(
    order: Callable[..., tuple[str, list[int]]], first: Answer | None
) -> None:
    outcome, asked = order(first, DONE)

    assert (outcome, asked[1]) == ("rel-1", 1)


def test_a_refusal_is_the_answer_and_nobody_else_is_asked(order: Callable[..., tuple[str, list[int]]]) -> None:
    assert order(OTHER, DONE) == ("keeper.after-t", [1, 0])


def test_an_order_that_was_taken_is_given_once(order: Callable[..., tuple[str, list[int]]]) -> None:
    assert order(DONE, DONE) == ("rel-1", [1, 0])


def test_the_last_keeper_s_refusal_is_told(order: Callable[..., tuple[str, list[int]]]) -> None:
    assert order(None, STANDBY) == ("keeper.standby", [0, 1])


def test_no_keeper_at_all_is_told(order: Callable[..., tuple[str, list[int]]]) -> None:
    assert order(None, None)[0] == "snapshot.keeper-unreachable"
