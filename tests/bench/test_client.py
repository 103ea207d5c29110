"""The generator: counts right answers, and sees every kind of wrong one."""

import os
from pathlib import Path

from bench.load.client import Client, misjudged
from bench.load.plan import Plan, Tally, read_plan, write_plan
from tests.bench.server import Answer, ok, serving

REQUESTS = [b"GET /%d HTTP/1.1\r\n\r\n" % number for number in range(200)]
MARKS = [b"<%d>" % number for number in range(200)]


def echo(asked: bytes) -> list[bytes]:
    return [ok(b"<%s>" % number_of(asked))]


def number_of(asked: bytes) -> bytes:
    return asked.split()[1][1:]


def load(answer: Answer, *, repeat: bool = True, seconds: float = 0.2) -> Tally:
    with serving(answer) as port:
        client = Client(Plan(port, REQUESTS, MARKS, repeat), connections=4)
        tally = client.run(warmup=0.05, seconds=seconds, roots=[os.getpid()])
        client.close()
    return tally


def test_right_answers_are_counted_and_sampled() -> None:
    tally = load(echo)

    assert tally.wrong == 0
    assert tally.answers > 100
    assert misjudged(tally, lambda asked, body: body == MARKS[asked]) == []
    assert len(tally.samples) > 1


def test_an_answer_to_another_request_is_wrong() -> None:
    tally = load(lambda asked: [ok(b"<7>") if number_of(asked) == b"50" else echo(asked)[0]])

    assert tally.wrong > 0
    assert tally.first_wrong == ok(b"<7>")


def test_another_status_is_wrong() -> None:
    tally = load(lambda asked: [echo(asked)[0].replace(b"200 OK", b"503 No")])

    assert tally.answers == 0
    assert tally.wrong > 0


def test_a_body_that_only_a_full_comparison_catches_is_caught() -> None:
    tally = load(lambda asked: [ok(b"<%s>, and a mark changed" % number_of(asked))])

    assert tally.wrong == 0
    assert len(misjudged(tally, lambda asked, body: body == MARKS[asked])) == len(tally.samples)


def test_an_answer_in_parts_is_put_together() -> None:
    tally = load(lambda asked: [echo(asked)[0][:9], echo(asked)[0][9:41], echo(asked)[0][41:]])

    assert tally.wrong == 0
    assert tally.answers > 10


def test_a_lost_connection_is_wrong_and_replaced() -> None:
    tally = load(lambda asked: [] if number_of(asked) == b"3" else echo(asked))

    assert tally.wrong > 0
    assert tally.first_wrong == b"connection lost"
    assert tally.answers > 100


def test_single_use_requests_are_never_sent_twice() -> None:
    seen: list[bytes] = []

    def once(asked: bytes) -> list[bytes]:
        seen.append(number_of(asked))
        return echo(asked)

    tally = load(once, repeat=False, seconds=5)

    assert tally.exhausted
    assert sorted(map(int, seen)) == list(range(200))


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    plan = Plan(80, REQUESTS, MARKS, repeat=False)

    write_plan(tmp_path / "plan", plan)

    assert read_plan(tmp_path / "plan") == plan


def test_a_tally_without_answers_has_no_figures() -> None:
    tally = Tally(0, 0, 0.0, 0.0, 0.0, False, b"", [])

    assert (tally.rate, tally.cpu_us) == (0.0, 0.0)
