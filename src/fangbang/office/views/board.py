"""The result-day board: big enough for a wall, small enough for a telephone."""

import msgspec
from django.http import HttpResponse

from fangbang.accounts.rules import Permission, has
from fangbang.lookup.answers import State
from fangbang.office.queries import watching, watching_keepers
from fangbang.office.routes import route
from fangbang.office.standing import public_board, sittings_standing
from fangbang.office.watch.judging import Lamp, Sample, grown, slowest, view_of
from fangbang.office.watch.keepers import missing_keeper
from fangbang.office.watch.plots import sparkline
from fangbang.office.web import OfficeRequest, page
from fangbang.pages.texts import texts

_GOOD = (State.FOUND.word, State.NOT_FOUND.word)
MINUTE = 30
"""Samples of a minute."""
PACKAGE = "fangbang.office"


class Figure(msgspec.Struct, frozen=True):
    """One curve: its key (`board.figure.<key>`), now, the highest of the last minutes, the picture."""

    key: str
    now: float
    top: float
    plot: str


@route("board", "board", Permission.NATION_SERVICE_WATCH)
def board(request: OfficeRequest) -> HttpResponse:
    """Answers, waits, refusals, nodes: with `?hold=1` the page does not load itself anew."""
    standing, collector, t = public_board(), watching(), texts(request.language, PACKAGE)
    samples, now = collector.samples(), request.clock.now()
    keepers = watching_keepers().views()
    nodes = [view_of(name, samples, standing) for name in collector.nodes]
    curves = {
        "answers": grown(samples, _GOOD),
        "wait": [1000 * seconds for seconds in slowest(samples, "0.99")],
        "limited": grown(samples, (State.LIMITED.word,)),
        "failures": grown(samples, (State.UNAVAILABLE.word, State.OVERLOAD.word)),
    }
    figures = [
        Figure(key, curve[-1] if curve else 0.0, max(curve, default=0.0), sparkline(curve, t(f"board.figure.{key}")))
        for key, curve in curves.items()
    ]
    lately = samples[-MINUTE:]
    totals = {state.word: _total(samples, state.word) for state in State}
    rates = {state.word: _mean(grown(lately, (state.word,))) for state in State}
    return page(
        request,
        "board.html",
        here="board",
        nodes=nodes,
        worst=max((node.lamp for node in nodes), default=Lamp.AMBER),
        bad=sum(node.lamp > Lamp.GREEN for node in nodes),
        keepers=[(view, ()) for view in keepers],
        lacking=missing_keeper(keepers),
        release=None,
        figures=figures,
        states=[(state.word, totals[state.word], rates[state.word]) for state in State],
        standing=standing,
        sittings=sittings_standing(standing, now),
        standing_age=None if standing is None else int(standing.age(now).total_seconds()),
        now=now,
        hold=request.GET.get("hold", "") == "1",
        moves=has(request.staff_visit.staff, Permission.NATION_SERVICE_SWITCH),
    )


def _mean(rates: list[float]) -> float:
    return sum(rates) / len(rates) if rates else 0.0


def _total(samples: list[Sample], state: str) -> int:
    said = samples[-1].readings.values() if samples else ()
    return sum(item.answers.get(state, 0) for item in said if item is not None)
