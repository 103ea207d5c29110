"""The public pages of a worker: rendered once per board, language and format, then served as bytes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from fangbang.core.clock import AUTHORITY_ZONE
from fangbang.lookup.answers import STATUS, State, plain
from fangbang.lookup.bundles import Bundles
from fangbang.lookup.cards import Sittings, preselected
from fangbang.lookup.replies import FOREVER, PAGE, PERSONAL, PUBLIC_JSON, SECURITY, Reply, lasting
from fangbang.lookup.requests import Wish
from fangbang.lookup.standing import StatusPage, board_reply, describe, health
from fangbang.lookup.watcher import Watcher
from fangbang.pages.assets import Asset, assets
from fangbang.pages.contacts import overlaid
from fangbang.pages.site import Card, Form, Site
from fangbang.pages.texts import LANGUAGES, texts
from fangbang.pages.wording import sitting_words

HOME = ("/", "/examfront/score/initializeCX.htm")
"""The second address is the old portal's, which candidates have bookmarked."""
_SCORE = "/score/"
_WORDS = "/words/"
_FORGOT = "/help/ticket"
_COUNTS = "/counts/"
_LONGEST = 160


class PublicPages:
    """Everything that is the same for everybody. `refresh` after the board or the open sittings changed."""

    def __init__(self, site: Site, sittings: Sittings, watcher: Watcher, bundles: Bundles) -> None:
        self.site = site
        self._contacts = site.contacts
        self.cards: dict[str, Card] = {}
        self._sittings = sittings
        self._watcher = watcher
        self._bundles = bundles
        self._status = StatusPage(site, watcher)
        self._made: dict[tuple[str, ...], Reply | None] = {}
        self._words: dict[tuple[str, str], dict[str, Any]] = {}
        self._static = {asset.url: _static(asset) for asset in assets().values()}
        self.overload = {language: lasting(503, PERSONAL, site.message(language, "overload")) for language in LANGUAGES}
        self.overload_json = plain(State.OVERLOAD)

    def refresh(self) -> None:
        """Forget every rendered page: the next request renders it anew."""
        self.site.contacts = overlaid(self._contacts, self._bundles.bundle)
        opened = self._watcher.open if self._watcher.answering else {}
        cards = self._sittings.cards(self._watcher.board, opened, self._watcher.force, self._watcher.clock.now())
        self.cards = {card.id: card for card in cards}
        self._made.clear()
        self._status.forget()
        self._words.clear()

    def static(self, path: str) -> Reply | None:
        """A static file by its exact address."""
        return self._static.get(path)

    def get(self, path: str, wish: Wish) -> Reply:
        """The page at an address; an unknown address is a 404 page."""
        if len(path) > _LONGEST:
            return self.missing(wish)
        # The home page shows another sitting first when a day ends.
        day = f"{self._watcher.clock.now().astimezone(AUTHORITY_ZONE):%j}" if path in HOME else ""
        # Only what makes another page makes another key: whoever asks must not be able to fill the memory.
        kind = wish.query.get("by", "") if path.startswith(_SCORE) and not wish.json else ""
        key = (path, wish.language, "json" if wish.json else "", kind, day)
        if key not in self._made:
            reply = self._render(path, wish)
            if reply is None:
                return self.missing(wish)
            self._made[key] = reply
        made = self._made[key]
        return made if made is not None else self.missing(wish)

    def missing(self, wish: Wish) -> Reply:
        """404, never cached by anybody."""
        key = ("missing", wish.language)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = lasting(404, PERSONAL, self.site.message(wish.language, "missing"))
        return made

    def _render(self, path: str, wish: Wish) -> Reply | None:
        language = wish.language
        plain_pages: dict[str, Callable[[], bytes]] = {
            "/notices": lambda: self.site.notices(language, list(self.cards.values()), self._bundles.due),
            "/help": lambda: self.site.help(language, self._bundles.bundle.help),
            _FORGOT: lambda: self.site.forgot(language),
            "/verify": lambda: self.site.verify(language),
        }
        if path in HOME:
            return lasting(200, PAGE, self._home(language))
        if path in plain_pages:
            return lasting(200, PAGE, plain_pages[path]())
        if path.startswith(_SCORE):
            return self._score(path.removeprefix(_SCORE), wish)
        if path.startswith(f"{_FORGOT}/") and path.removeprefix(f"{_FORGOT}/") in self.cards:
            card = self.cards[path.removeprefix(f"{_FORGOT}/")]
            return lasting(200, PAGE, self.site.forgot(language, card))
        if path.startswith(_COUNTS):
            return self._counts(path.removeprefix(_COUNTS), wish)
        if path.startswith(_WORDS):
            return self._words_reply(path.removeprefix(_WORDS))
        return None

    def _home(self, language: str) -> bytes:
        bundles, fresh = self._bundles, self._watcher.answering
        cards = list(self.cards.values())
        first = preselected(cards, self._watcher.clock.now())
        return self.site.home(language, cards, first, fresh=fresh, lead=bundles.bundle.home, notices=bundles.due)

    def _score(self, sitting: str, wish: Wish) -> Reply | None:
        card = self.cards.get(sitting)
        if card is None:
            return None
        if wish.json:
            return lasting(200, PUBLIC_JSON, msgspec.json.encode(describe(card)))
        default = next(iter(card.kinds), "")
        kind = wish.query.get("by", default)
        if kind not in card.kinds:
            return None
        return lasting(200, PAGE, self.site.sitting(wish.language, card, Form(kind)))

    def _counts(self, sitting: str, wish: Wish) -> Reply | None:
        """Counts by province, while the sitting can be asked; before that there is no such page."""
        card = self.cards.get(sitting)
        if card is None or card.state != "published" or not card.counts:
            return None
        if wish.json:
            return lasting(200, PUBLIC_JSON, msgspec.json.encode({"sitting": sitting, "releases": card.counts}))
        return lasting(200, PAGE, self.site.counts(wish.language, card))

    def words(self, sitting: str, language: str) -> dict[str, Any]:
        """The words of a sitting on the board."""
        key = (sitting, language)
        if key not in self._words:
            card = self.cards[sitting]
            board = self._watcher.board
            entry = board.sittings[sitting] if board else None
            rules = self._sittings.rules(entry.exam_id, entry.year) if entry else None
            releases = [ref.published_at for ref in entry.snapshots if ref.published_at] if entry else []
            title, contacts = card.title(language), self.site.contacts
            self._words[key] = sitting_words(
                texts(language), title, rules, contacts, releases, ended=card.state == "ended"
            )
        return self._words[key]

    def _words_reply(self, name: str) -> Reply | None:
        sitting, _, rest = name.rpartition(".json")[0].rpartition(".")
        if sitting not in self.cards or rest not in LANGUAGES or name != f"{sitting}.{rest}.json":
            return None
        return lasting(200, PUBLIC_JSON, msgspec.json.encode(self.words(sitting, rest)))

    def standing(self, path: str, wish: Wish, now: datetime) -> Reply:
        """How this node stands: for the countdown (`/board`), for whoever balances the load (`/healthz`), for all."""
        if path == "/status":
            return self._status.get(wish, list(self.cards.values()), self._bundles.due, now)
        if path == "/healthz":
            return health(self._watcher.answering)
        return board_reply(self._watcher, list(self.cards.values()), now)

    def lying_ready(self, path: str, packed: bool) -> Reply | None:
        """What a worker that turns people away still serves: static files, and whether it lives."""
        found = self._static.get(path)
        if found is None:
            return health(self._watcher.answering) if path == "/healthz" else None
        return Reply(found.status, found.packed_headers, found.packed) if packed else found

    def state_page(self, state: State, sitting: str, language: str) -> Reply:
        """The page for an answer without a record."""
        card = self.cards.get(sitting)
        kind = {State.NOT_FOUND: "notfound"}.get(state, state.word)
        return Reply(STATUS[state], PERSONAL, self.site.message(language, kind, card))


def _static(asset: Asset) -> Reply:
    headers = [("content-type", asset.media_type), FOREVER, *SECURITY]
    return Reply(200, headers, asset.body, asset.compressed)
