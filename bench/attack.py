"""`python -m bench attack`: 10,000 loopback addresses, true identity numbers, every challenge solved, a real node.

Two attackers, one after the other, each with addresses of their own in many /24 networks: one guesses tickets of people
whose identity numbers are true, one holds whole credentials and collects records. Then people of the attacked list ask
from elsewhere. The count is closed: it ends by itself. Exit code 1 if more records were given than the settings allow,
if no alarm stood within 60 seconds, or if one of those people was not answered.

Prices are low (2^4 to 2^8) since the attacker pays every one: what is measured is what holds when price does not.
"""

import argparse
import json
import random
import re
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from bench import cohort, machine
from bench.attacker import Attacker, addresses
from bench.ours import fetch_salts, node, published, request_for, wait_until_open
from bench.processes import free_port
from bench.results import record_attack
from fangbang.core.clock import SystemClock
from fangbang.lookup.counting import WINDOW_SECONDS

PREFIXES, EACH = 40, 125
"""Of each attacker: 5,000 addresses."""
PERSONS, FAILURES = 50, 40
SETTINGS = {
    "FANGBANG_LIMIT_BITS": "4",
    "FANGBANG_LIMIT_TOP_BITS": "8",
    "FANGBANG_LIMIT_PERSONS": str(PERSONS),
    "FANGBANG_LIMIT_FAILURES": str(FAILURES),
}
WORKERS = 2


def main(arguments: Sequence[str]) -> int:
    """Run the bench; the last line of standard output is one JSON object."""
    parser = argparse.ArgumentParser(prog="bench attack", description=__doc__)
    parser.add_argument("--queries", type=int, default=10_000, help="of each attacker; 5,000 give every address one")
    parser.add_argument("--json", action="store_true", help="one line instead of an indented object")
    parser.add_argument("--record", action="store_true", help="append a row to bench/RESULTS.md")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        outcome = run(Path(name), options.queries)
    print(json.dumps(outcome) if options.json else json.dumps(outcome, indent=2))
    if options.record:
        record_attack(outcome)
    return 0 if outcome["held"] else 1


def run(folder: Path, queries: int) -> dict[str, Any]:
    """Attack, then ask as those who were attacked."""
    people = list(cohort.cohort(20_000))
    listed = people[:2000]
    metrics = free_port()
    options = {"--images": "24", "--metrics-port": str(metrics)}
    with (
        published(folder, people),
        node(folder, "attacked", workers=WORKERS, more=options, settings=SETTINGS) as (_, port),
    ):
        wait_until_open(port, lambda: request_for(people[0], fetch_salts(port, 1)[0]))
        attacker, started = Attacker(port, cohort.SITTING), SystemClock().now().timestamp()
        alarm = Alarm(metrics)
        guesser = attack(attacker, 10, guesses(listed), queries, alarm)
        collector = attack(attacker, 60, ((who, who.ticket) for who in people), queries, alarm)
        windows = int(SystemClock().now().timestamp()) // WINDOW_SECONDS - int(started) // WINDOW_SECONDS + 1
        alarm.look(60.0)
        honest = Counter(
            attacker.ask(f"127.200.{number}.1", "ticket-document", who.ticket, who.document)
            for number, who in enumerate(listed[:100])
        )
    outcome = told(guesser, collector, honest, windows, alarm)
    return {"addresses": 2 * min(queries, PREFIXES * EACH), **outcome}


def told(
    guesser: Counter[str], collector: Counter[str], honest: Counter[str], windows: int, alarm: "Alarm"
) -> dict[str, Any]:
    """The outcome, against what the settings allow."""
    tries, records = guesser["not-found"] + guesser["found"], collector["found"]
    most_tries, most_records = PREFIXES * FAILURES * windows, PREFIXES * PERSONS * windows
    within = alarm.after is not None and alarm.after <= 60
    return {
        "guesser": dict(guesser),
        "tries": tries,
        "tries_allowed": most_tries,
        "collector": dict(collector),
        "records": records,
        "records_allowed": most_records,
        "windows": windows,
        "alarm_seconds": alarm.after,
        "alarms": sorted(alarm.kinds),
        "honest": dict(honest),
        "held": tries <= most_tries and records <= most_records and within and honest == {"found": 100},
        "settings": SETTINGS,
        "workers": WORKERS,
        "machine": machine.describe(),
    }


def guesses(listed: Sequence[cohort.Candidate]) -> Iterable[tuple[cohort.Candidate, str]]:
    """True identity numbers with tickets that stand near the right one: those of the people beside them."""
    chance = random.Random(5)
    while True:
        place = chance.randrange(len(listed))
        yield listed[place], listed[(place + chance.randrange(1, 50)) % len(listed)].ticket


def attack(
    attacker: Attacker, network: int, queries: Iterable[tuple[cohort.Candidate, str]], count: int, alarm: "Alarm"
) -> Counter[str]:
    """So many queries, each from the next address. Looks for an alarm meanwhile."""
    states: Counter[str] = Counter()
    sources = cycle(addresses(PREFIXES, EACH, network))
    for number, (who, ticket) in enumerate(islice(queries, count)):
        states[attacker.ask(next(sources), "ticket-document", ticket, who.document)] += 1
        if number % 200 == 0:
            alarm.look()
            print(f"{number} {dict(states)} {sorted(alarm.kinds)}", file=sys.stderr, flush=True)
    return states


class Alarm:
    """When an alarm first stood, by the node's metrics."""

    def __init__(self, port: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._url, self._clock, self._start = f"http://127.0.0.1:{port}/metrics", clock, clock()
        self.after: float | None = None
        self.kinds: set[str] = set()

    def look(self, patience: float = 0.0) -> None:
        """Look once, or until one stands."""
        until = self._clock() + patience
        while True:
            with urllib.request.urlopen(self._url, timeout=10) as answer:
                text = answer.read().decode()
            self.kinds |= set(re.findall(r'^fangbang_lookup_alarm\{kind="(\w+)"\} 1\.0$', text, re.MULTILINE))
            if self.kinds and self.after is None:
                self.after = round(self._clock() - self._start, 1)
            if self.kinds or self._clock() > until:
                return
            time.sleep(0.5)
