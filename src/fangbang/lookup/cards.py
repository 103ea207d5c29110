"""From the board and the catalogue to what pages show: cards, credential kinds, words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from fangbang.core.clock import AUTHORITY_ZONE, from_wire
from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import Catalogue
from fangbang.exams.model import SittingRules
from fangbang.exams.vocabulary import CredentialKind
from fangbang.lookup.formats import FIELDS
from fangbang.lookup.hotpath import OpenSitting
from fangbang.lookup.switches import Closing, InForce
from fangbang.lookup.tallies import newest
from fangbang.lookup.watcher import published_moment
from fangbang.pages.site import Card
from fangbang.snapshot.board import Board, SittingBoard


class Sittings:
    """Reads the board through the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.rules = lru_cache(maxsize=256)(self._rules)

    def _rules(self, exam_id: str, year: int) -> SittingRules | None:
        """The rules of a sitting; None if this node has no file for the exam or the year."""
        try:
            return self._catalogue.sitting(exam_id, year)
        except FangbangError:
            return None

    def kinds(self, entry: SittingBoard) -> tuple[str, ...]:
        """What may open a result anonymously, the usual way first. A kind that only some provinces offer is offered
        to all: elsewhere no entry exists for it."""
        rules = self.rules(entry.exam_id, entry.year)
        if rules is None:
            return (CredentialKind.TICKET_DOCUMENT.value,)
        ordered = [*rules.credentials(""), *(kind for kinds in rules.credential_rules.values() for kind in kinds)]
        return tuple(dict.fromkeys(kind.value for kind in ordered if kind in FIELDS))

    def areas(self, entry: SittingBoard) -> dict[str, tuple[str, ...]]:
        """For each kind that not everybody may use: the provinces whose candidates may, in the catalogue's order."""
        rules = self.rules(entry.exam_id, entry.year)
        if rules is None:
            return {}
        narrow = set(self.kinds(entry)) - {kind.value for kind in rules.credentials("")}
        return {
            kind: tuple(province for province, kinds in rules.credential_rules.items() if CredentialKind(kind) in kinds)
            for kind in self.kinds(entry)
            if kind in narrow
        }

    def card(self, sitting: str, entry: SittingBoard, opened: bool, force: InForce, now: datetime) -> Card:
        """A sitting for the pages; `opened` says whether this worker has it open, `force` what is switched off."""
        ended = entry.ended(now)
        kinds = {kind: FIELDS[CredentialKind(kind)] for kind in self.kinds(entry) if kind not in force.kinds}
        closing = force.closing(sitting) or (None if kinds else Closing())
        if entry.state != "published" or ended:
            closing = None  # before T, after a withdrawal and after the end a page says nothing of switches
        notice = closing.notice if closing else entry.notice
        return Card(
            id=sitting,
            exam={"zh": entry.exam.zh, "en": entry.exam.en},
            year=entry.year,
            state="ended" if ended else "closed" if closing else _state(entry, opened),
            t=from_wire(entry.t) if entry.t else None,
            published_at=published_moment(entry),
            kinds=kinds,
            areas={kind: regions for kind, regions in self.areas(entry).items() if kind in kinds},
            notice={"zh": notice.zh, "en": notice.en} if notice else {},
            until=closing.until if closing else None,
            closes_at=from_wire(entry.closes_at) if entry.closes_at else None,
            script_only=force.riddles_off,
        )

    def cards(
        self, board: Board | None, opened: Mapping[str, OpenSitting], force: InForce, now: datetime
    ) -> list[Card]:
        """Every sitting on the board, the newest hour first."""
        if board is None:
            return []
        made = [
            replace(
                self.card(sitting, entry, sitting in opened, force, now),
                counts=newest(opened[sitting].layers) if sitting in opened else (),
            )
            for sitting, entry in board.sittings.items()
        ]
        return sorted(made, key=lambda card: (card.t.timestamp() if card.t else 0.0, card.id), reverse=True)


def _state(entry: SittingBoard, opened: bool) -> str:
    if entry.state == "published":
        return "published" if opened else "opening"
    if entry.state == "withdrawn":
        return "withdrawn"
    return "scheduled" if entry.state == "scheduled" or entry.t else "preparing"


def preselected(cards: Sequence[Card], now: datetime) -> Card | None:
    """The sitting that the home page opens with: today's release (the latest one out, else the next one), else the
    newest that is out, else the next to come, else any."""
    today = now.astimezone(AUTHORITY_ZONE).date()
    out = [card for card in cards if card.state in ("published", "opening", "closed")]
    coming = sorted((card for card in cards if card.state == "scheduled" and card.t), key=_hour)
    of_today = [card for card in (*out, *coming) if card.t and card.t.astimezone(AUTHORITY_ZONE).date() == today]
    return next(iter((*of_today, *out, *coming, *cards)), None)


def _hour(card: Card) -> datetime:
    return card.t or datetime.max.replace(tzinfo=AUTHORITY_ZONE)
