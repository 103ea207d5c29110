"""How a node stands, said to everybody: the board for the countdown, the health check, and the status page.

The status page needs nothing but this worker's memory: it answers while office, database and keeper are away, and says
what that means for whoever asks. It is rendered once a minute and language.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from fangbang.core.clock import from_wire, to_wire
from fangbang.lookup.replies import PERSONAL, PLAIN, PUBLIC_JSON, Reply, lasting
from fangbang.lookup.requests import Wish
from fangbang.lookup.watcher import Watcher
from fangbang.pages.bundle import Notice
from fangbang.pages.site import Card, Site


class StatusPage:
    """`/status` of one worker."""

    def __init__(self, site: Site, watcher: Watcher) -> None:
        self._site = site
        self._watcher = watcher
        self._made: dict[str, tuple[int, Reply]] = {}

    def forget(self) -> None:
        """The board or the texts changed."""
        self._made.clear()

    def get(self, wish: Wish, cards: Sequence[Card], notices: Sequence[Notice], now: datetime) -> Reply:
        """The page, or the same as JSON."""
        board = self._watcher.board
        if wish.json:
            return Reply(200, PUBLIC_JSON, msgspec.json.encode(self._described(cards, now)))
        minute = int(now.timestamp()) // 60
        known = self._made.get(wish.language)
        if known is None or known[0] != minute:
            said = word(self._watcher, cards)
            issued = from_wire(board.issued_at) if board else None
            page = self._site.status(wish.language, said, cards, notices, now=now, issued=issued)
            known = self._made[wish.language] = minute, lasting(200, PERSONAL, page)
        return known[1]

    def _described(self, cards: Sequence[Card], now: datetime) -> dict[str, Any]:
        board = self._watcher.board
        return {
            "now": to_wire(now),
            "state": word(self._watcher, cards),
            "counter": board.counter if board else 0,
            "issued_at": board.issued_at if board else None,
            "sittings": {card.id: describe(card)["state"] for card in cards},
        }


def word(watcher: Watcher, cards: Sequence[Card]) -> str:
    """How the query stands, in one word: `unsure` (nothing is answered until a fresh board is seen), `closed`, `partly`
    (something is turned off), `open` (a sitting can be asked), else `waiting`."""
    if not watcher.answering:
        return "unsure"
    force = watcher.force
    states = {card.state for card in cards}
    if force.static or (states & {"closed"} and not states & {"published"}):
        return "closed"
    if force.closed or force.kinds or force.riddles_off or "closed" in states:
        return "partly"
    return "open" if states & {"published"} else "waiting"


def health(answering: bool) -> Reply:
    """200 once this worker may answer, 503 before."""
    return Reply(200 if answering else 503, PLAIN, b"ok\n" if answering else b"no fresh board\n")


def board_reply(watcher: Watcher, cards: Sequence[Card], now: datetime) -> Reply:
    """What the countdown asks: the server's time (Unix seconds), states and hours."""
    body = msgspec.json.encode(
        {
            "now": int(now.timestamp() * 1000) / 1000,
            "fresh": watcher.answering,
            "counter": watcher.board.counter if watcher.board else 0,
            "sittings": {card.id: describe(card) for card in cards},
        }
    )
    return Reply(200, PUBLIC_JSON, body)


def describe(card: Card) -> dict[str, Any]:
    """A sitting as JSON."""
    words = {"scheduled": "not-released", "preparing": "not-released", "opening": "not-released", "ended": "closed"}
    state = words.get(card.state, card.state)
    return {
        "state": state,
        "t": to_wire(card.t) if card.t else None,
        "exam": dict(card.exam),
        "year": card.year,
        "kinds": {kind: list(fields) for kind, fields in card.kinds.items()},
        "areas": {kind: list(regions) for kind, regions in card.areas.items()},
    }
