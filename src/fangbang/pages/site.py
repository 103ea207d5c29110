"""Renders the public pages: one method a page, bytes out. Nothing here is personal except `result` and `retry`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from fangbang import __version__
from fangbang.core.clock import from_wire, to_wire
from fangbang.exams.model import Text
from fangbang.exams.provinces import PROVINCES
from fangbang.pages.assets import assets
from fangbang.pages.bundle import Notice, Topic
from fangbang.pages.contacts import Contacts, load_contacts
from fangbang.pages.counts import ReleaseCounts
from fangbang.pages.demo import Demo
from fangbang.pages.texts import LANGUAGES, Texts, texts

NEWEST = 3
"""Notices that the home page names."""


@dataclass(frozen=True)
class Card:
    """A sitting as the pages see it. `kinds` maps a credential kind to its fields."""

    id: str
    exam: Mapping[str, str]
    """Language → the exam's name."""
    year: int
    state: str
    """preparing, scheduled, opening, published, closed (for a while), withdrawn or ended (for good)."""
    t: datetime | None = None
    published_at: datetime | None = None
    kinds: Mapping[str, Sequence[str]] = field(default_factory=dict)
    areas: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Kind → the regions whose candidates may use it; a kind that is not named is everybody's."""
    notice: Mapping[str, str] = field(default_factory=dict)
    until: datetime | None = None
    """When a closed query opens again by itself, if it does."""
    counts: Sequence[ReleaseCounts] = ()
    """By province, of each release that is out."""
    closes_at: datetime | None = None
    """When it can no longer be asked for; None if that is not so, or not known."""
    script_only: bool = False
    """Whether the query without JavaScript is turned off."""

    def title(self, language: str) -> str:
        """“2026年度社会工作者…”."""
        return texts(language)("sitting.title", exam=self.exam[language], year=self.year)


@dataclass(frozen=True)
class Form:
    """What a form shows: typed values, the malformed field, the riddle's token and whether it has an image."""

    kind: str
    values: Mapping[str, str] = field(default_factory=dict)
    malformed: str = ""
    token: str = ""
    seen: bool = False
    told: str = ""
    """What became of the riddle before: wrong, lapsed, or more (it was right, and another one is asked for)."""


def enlarged(page: bytes) -> bytes:
    """The same page in large text: one class, which the style sheet knows."""
    return page.replace(b"<html lang=", b'<html class="large" lang=', 1)


class Site:
    """The pages of one node. `demo` adds a banner and a strip of people; production has none. `contacts`: whom a
    candidate can ask, the shipped table unless the authority gives its own."""

    def __init__(self, demo: Demo | None = None, contacts: Contacts | None = None) -> None:
        self.demo = demo
        self.contacts = contacts or load_contacts()
        self._jinja = Environment(
            loader=PackageLoader("fangbang.pages", "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        self._jinja.filters |= {"wire": to_wire, "instant": from_wire}

    def _render(self, template: str, language: str, *, here: str, path: str, **context: Any) -> bytes:
        other = LANGUAGES[1 - LANGUAGES.index(language)]
        t: Texts = texts(language)
        again = f"{path or '/'}{'&' if '?' in path else '?'}"
        page = self._jinja.get_template(template).render(
            t=t,
            language=language,
            other=other,
            other_url=f"{again}lang={other}",
            larger_url=f"{again}size=large",
            normal_url=f"{again}size=normal",
            here=here,
            assets=assets(),
            demo=self.demo,
            program=__version__,
            **context,
        )
        return page.encode()

    def home(
        self,
        language: str,
        cards: Sequence[Card],
        first: Card | None = None,
        *,
        fresh: bool = True,
        lead: Sequence[Text] = (),
        notices: Sequence[Notice] = (),
    ) -> bytes:
        """The first screen: one sitting (`first`, or the first of all), ready to be queried or counting down, the list
        of all, the newest notices. `lead` and `notices`: from the page bundle."""
        shown = first or next(iter(cards), None)
        form = Form(next(iter(shown.kinds), "")) if shown else None
        return self._render(
            "home.html", language, here="query", path="/", card=shown, cards=cards, form=form, fresh=fresh, lead=lead,
            notices=notices[:NEWEST],
        )  # fmt: skip

    def sitting(self, language: str, card: Card, form: Form) -> bytes:
        """A sitting's own page: query form, countdown, or why there is none. Personal if the form has values."""
        default = next(iter(card.kinds), "")
        path = f"/score/{card.id}" + (f"?by={form.kind}" if form.kind not in ("", default) else "")
        return self._render("sitting.html", language, here="query", path=path, card=card, form=form)

    def result(self, language: str, card: Card, view: Mapping[str, Any]) -> bytes:
        """One person's result."""
        return self._render("result.html", language, here="query", path="", card=card, view=view)

    def counts(self, language: str, card: Card) -> bytes:
        """How many passed, by province, of each release of a sitting that is out."""
        path = f"/counts/{card.id}"
        return self._render("counts.html", language, here="query", path=path, card=card, releases=card.counts)

    def message(self, language: str, kind: str, card: Card | None = None) -> bytes:
        """A page that says one thing: notfound, limited, challenge, withdrawn, unavailable, overload, missing,
        scriptless."""
        return self._render("message.html", language, here="query", path="", card=card, kind=kind)

    def notices(self, language: str, cards: Sequence[Card], notices: Sequence[Notice] = ()) -> bytes:
        """What was announced, from the page bundle, and how each sitting stands, from the board."""
        titles = {card.id: card.title(language) for card in cards}
        return self._render(
            "notices.html", language, here="notices", path="/notices", cards=cards, notices=notices, titles=titles
        )

    def status(
        self,
        language: str,
        word: str,
        cards: Sequence[Card],
        notices: Sequence[Notice] = (),
        *,
        now: datetime,
        issued: datetime | None = None,
    ) -> bytes:
        """How the service stands. `word`: open, waiting, partly, closed or unsure; `issued`: of the newest board."""
        return self._render(
            "status.html", language, here="status", path="/status", word=word, cards=cards, notices=notices[:NEWEST],
            now=now, issued=issued,
        )  # fmt: skip

    def help(self, language: str, topics: Sequence[Topic] = ()) -> bytes:
        """Questions and answers: those of the page bundle, or the program's own."""
        return self._render("help.html", language, here="help", path="/help", topics=topics)

    def forgot(self, language: str, card: Card | None = None) -> bytes:
        """What to do without the ticket number, for one sitting or for any; ends with the centres to ask."""
        names = {code: province.en if language == "en" else province.zh for code, province in PROVINCES.items()}
        missing = [name for code, name in names.items() if code not in self.contacts.centres and code < "710000"]
        return self._render(
            "forgot.html", language, here="help", path=f"/help/ticket/{card.id}" if card else "/help/ticket",
            card=card, contacts=self.contacts, provinces=names, others_regions=missing,
        )  # fmt: skip

    def verify(self, language: str) -> bytes:
        """Says honestly that certificates cannot be verified here yet."""
        return self._render("verify.html", language, here="verify", path="/verify")
