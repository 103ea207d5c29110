"""Somebody with many addresses and true identity numbers, who solves every challenge, against a real node."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from urllib.parse import urlsplit

import httpx
import pytest

from bench.attacker import Attacker, addresses
from tests.lookup.scene import SITTING, Node, Person, Scene, document, node, record, wait
from tests.lookup.test_node import settle

PERSONS, FAILURES = 10, 8
PREFIXES, EACH = 6, 10


def crowd(count: int) -> list[Person]:
    tickets = [f"20260100{serial:04}" for serial in range(count)]
    return [
        Person(f"人{serial}", ticket, document(serial), record(f"人{serial}", ticket))
        for serial, ticket in enumerate(tickets)
    ]


PEOPLE = crowd(200)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    settings = {
        "FANGBANG_LIMIT_BITS": "2",
        "FANGBANG_LIMIT_TOP_BITS": "6",
        "FANGBANG_LIMIT_PERSONS": str(PERSONS),
        "FANGBANG_LIMIT_FAILURES": str(FAILURES),
        "FANGBANG_LIMIT_PERSON_FAILURES": "3",
        "FANGBANG_ALARM_FAILURES": "20",
        "FANGBANG_ALARM_FAILURE_PERCENT": "20",
    }
    scene = Scene(tmp_path_factory.mktemp("attacked"))
    scene.seal(PEOPLE)
    scene.post("published")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        with node(scene, workers=2) as started:
            with started.client() as client:
                settle(scene, client, "published")
            yield started


@pytest.fixture
def attacker(running: Node) -> Attacker:
    return Attacker(urlsplit(running.url).port or 0, SITTING)


def standing(running: Node) -> set[str]:
    text = httpx.get(running.metrics).text
    return set(re.findall(r'^fangbang_lookup_alarm\{kind="(\w+)"\} 1.0$', text, re.MULTILINE))


def test_whoever_has_whole_credentials_gets_no_more_than_the_budget_of_persons(attacker: Attacker) -> None:
    sources = cycle(addresses(PREFIXES, EACH, network=10))

    states = Counter(attacker.ask(next(sources), "ticket-document", who.ticket, who.document) for who in PEOPLE)

    assert states == {"found": PREFIXES * PERSONS, "limited": len(PEOPLE) - PREFIXES * PERSONS}


def test_whoever_guesses_tickets_is_stopped_and_an_alarm_stands(running: Node, attacker: Attacker) -> None:
    sources = cycle(addresses(PREFIXES, EACH, network=60))
    guesses = [(PEOPLE[number % 20], f"2026010{number:05}") for number in range(PREFIXES * FAILURES * 3)]

    states = Counter(attacker.ask(next(sources), "ticket-document", guess, who.document) for who, guess in guesses)

    assert states["not-found"] <= PREFIXES * FAILURES * 2, "each worker hears of the other's counts within a tick"
    assert states["limited"] >= len(guesses) - PREFIXES * FAILURES * 2
    wait(lambda: {"failures", "persons", "prefix"} <= standing(running), "the alarms", 60)
    said = [json.loads(line) for line in running.log.read_text().splitlines() if '"alarm"' in line]
    assert {"failures", "persons", "prefix"} <= {item["alarm"] for item in said}
    assert not re.search(r"\d{17}[\dX]|2026010\d{5}", running.log.read_text()), "no number is in the log"


def test_those_who_were_attacked_are_found_from_elsewhere(attacker: Attacker) -> None:
    for number, source in zip(range(40), addresses(4, 10, network=90), strict=False):
        attacker.ask(source, "ticket-document", f"9999{number:05}", PEOPLE[0].document)

    who = PEOPLE[0]

    assert attacker.ask("127.120.1.1", "ticket-document", who.ticket, who.document) == "found"
