"""The open-loop crowd: it keeps its schedule whatever the server does, and judges every answer in full."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from bench import results
from bench.overload import crowd as crowds
from bench.overload.crowd import CROWDED, FOUND, GAVE_UP, LOST, SHED, WRONG, Crowd, End
from bench.overload.run import crowd_before_node, measure

MINE = b'{"mine":1}'


def answer(body: bytes, status: bytes = b"200 OK", more: bytes = b"") -> bytes:
    return b"HTTP/1.1 %b\r\n%bcontent-length: %d\r\n\r\n%b" % (status, more, len(body), body)


BUSY = b"503 Service Unavailable"
OVERLOAD = answer(b'{"state":"overload"}', BUSY, b"retry-after: 7\r\n")


@contextmanager
def server(reply: Callable[[socket.socket], None]) -> Iterator[int]:
    """Calls `reply` with each connection, one after another. Yields the port."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection, suppress(OSError):
                        reply(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def says(data: bytes) -> Callable[[socket.socket], None]:
    def reply(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(data)

    return reply


@contextmanager
def crowd_at(port: int) -> Iterator[Crowd]:
    crowd = Crowd(port, [b"ask"], lambda _, body: body == MINE)
    try:
        yield crowd
    finally:
        crowd.close()


@pytest.mark.parametrize(
    ("seen", "whole", "end"),
    [
        (answer(MINE), False, End(FOUND)),
        (answer(b'{"theirs":1}'), False, End(WRONG)),
        (OVERLOAD, False, End(SHED, "7")),
        (OVERLOAD.replace(b"retry-after", b"retry-never"), False, End(WRONG)),
        (answer(MINE, BUSY), False, End(WRONG)),
        (answer(MINE, b"500 Internal Server Error"), False, End(WRONG)),
        (answer(MINE)[:-1], False, End("")),
        (answer(MINE)[:-1], True, End(LOST)),
        (b"HTTP/1.1 200 OK\r\n", False, End("")),
        (b"", True, End(LOST)),
    ],
)
def test_an_answer_is_judged(seen: bytes, whole: bool, end: End) -> None:
    with crowd_at(1) as crowd:
        assert crowd.judged(seen, 0, whole=whole) == end


def test_a_body_that_changes_is_wrong() -> None:
    with crowd_at(1) as crowd:
        ends = [crowd.judged(answer(body), 0, whole=False).what for body in (MINE, MINE + b" ", MINE)]

    assert ends == [FOUND, WRONG, FOUND]


@pytest.mark.parametrize(
    ("told", "end"), [(answer(MINE), FOUND), (OVERLOAD, SHED), (answer(b'{"theirs":1}'), WRONG), (b"", LOST)]
)
def test_everybody_comes_to_an_end(told: bytes, end: str) -> None:
    with server(says(told)) as port, crowd_at(port) as crowd:
        tally = crowd.arrive(100, 0.5)

    assert dict(tally.ends) == {end: 50}
    assert dict(tally.retries) == ({"7": 50} if end == SHED else {})
    assert bool(tally.first_wrong) == (end == WRONG)


def test_a_server_that_stops_does_not_stop_the_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowds, "PATIENCE", 0.5)

    with server(lambda _: time.sleep(20)) as port, crowd_at(port) as crowd:
        began = time.monotonic()
        tally = crowd.arrive(100, 0.5)

    assert dict(tally.ends) == {GAVE_UP: 50}
    assert time.monotonic() - began < 10


def test_there_are_never_more_connections_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowds, "PATIENCE", 5.0)
    monkeypatch.setattr(crowds, "MOST", 10)

    with server(lambda _: time.sleep(20)) as port, crowd_at(port) as crowd:
        tally = crowd.arrive(100, 0.5)

    assert dict(tally.ends) == {CROWDED: 40, GAVE_UP: 10}


def test_time_counts_from_the_schedule() -> None:
    def slow(connection: socket.socket) -> None:
        time.sleep(0.05)
        says(answer(MINE))(connection)

    with server(slow) as port, crowd_at(port) as crowd:
        tally = crowd.arrive(40, 0.5)

    # Twenty people within half a second before a server that needs fifty milliseconds for each.
    assert tally.ends[FOUND] == 20
    assert max(tally.latencies) > 0.4
    assert tally.found_in_time < 20


def test_a_saturating_crowd_is_as_fast_as_the_server() -> None:
    def slow(connection: socket.socket) -> None:
        time.sleep(0.02)
        says(answer(MINE))(connection)

    with server(slow) as port, crowd_at(port) as crowd:
        tally = crowd.saturate(4, 1.0)

    assert 0 < tally.goodput <= 50


@pytest.mark.slow
def test_a_node_is_measured(tmp_path: Path) -> None:
    with crowd_before_node(tmp_path, candidates=300, asked=100, nice=12) as crowd:
        told = measure(crowd, times=2, seconds=2)

    assert told["wrong"] == 0
    assert all(told[phase]["ends"][FOUND] > 0 for phase in ("before", "flood", "after"))


def test_a_run_is_a_row(tmp_path: Path) -> None:
    table = tmp_path / "RESULTS.md"
    table.write_text("<!-- overload -->\n")
    flood = {"people": 36000, "latency_p99": 1.5}
    told: dict[str, object] = {
        "capacity": 600.4,
        "offered_times": 9.8,
        "seconds": 60.0,
        "goodput_ratio": 0.97,
        "wrong": 0,
    }
    told |= {"turned_away": 12, "recovery_seconds": 3.1, "nice": 12, "machine": "two cores"}
    results.record_overload({**told, "flood": flood}, table)

    row = "600 | 9.8 × 60 s | 36,000 | 0.97 | 0 | 12 | 1.5 | 3.1 | 12 | two cores |"
    assert table.read_text().splitlines()[0] == f"| {results.today()} | {row}"
