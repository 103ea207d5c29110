"""The query without JavaScript: an ordinary form, the fields first, then a riddle (an image, or spoken digits).

A malformed field is named before any riddle is shown or spent. What was typed comes back in the form of the answer,
never in an address. A solved riddle becomes a pass for that very query, so that its page can be loaded again.
"""

from typing import Any, NamedTuple

import msgspec

from fangbang.lookup import passes
from fangbang.lookup.answers import State
from fangbang.lookup.challenges import way_back
from fangbang.lookup.counters import Counter
from fangbang.lookup.formats import MAX_TYPED, folded
from fangbang.lookup.hotpath import Query
from fangbang.lookup.public import PublicPages
from fangbang.lookup.replies import PERSONAL, Headers, Reply
from fangbang.lookup.requests import cookie_of
from fangbang.lookup.riddles import Riddles, Verdict
from fangbang.pages.result import result_view
from fangbang.pages.site import Form


class Asker(NamedTuple):
    """Who sends a form: address, language, the request's cookies."""

    client: str
    language: str
    cookies: str = ""


class FormQueries:
    """Answers form posts of one worker."""

    def __init__(self, pages: PublicPages, riddles: Riddles, key: bytes, counts: Any, node: str) -> None:
        """`key` (32 bytes) binds passes; `counts` is the worker's row of counters."""
        self._pages = pages
        self._riddles = riddles
        self._key = key
        self._counts = counts
        self._route: Headers = [way_back(node)]
        self.riddles_off = False
        """Whether the authority has turned off riddles and their passes."""

    def answer(self, query: Query, typed: dict[str, str], asker: Asker) -> tuple[State, Reply]:
        """The page for one post: the form again (malformed, or a riddle still to come), or the answer."""
        sitting = query.open.sitting
        card = self._pages.cards[sitting]
        if self.riddles_off:
            page = self._pages.site.message(asker.language, "scriptless", card)
            return State.CLOSED, Reply(200, PERSONAL, page)
        kind, token = typed.get("kind", ""), typed.get("token", "")
        if kind not in card.kinds:
            form = Form(next(iter(card.kinds)), malformed="kind")
            return State.MALFORMED, self._form(form, sitting, asker, 400)
        values = {name: typed.get(name, "")[:MAX_TYPED] for name in card.kinds[kind]}
        fields, malformed = folded(kind, list(values.values()))
        if malformed:
            kept = self._riddles.still(token, query.now)
            form = Form(kind, values, malformed, kept.token, kept.seen)
            return State.MALFORMED, self._form(form, sitting, asker, 400)
        bound = passes.Query(self._key, sitting, kind, fields)
        level, expiry = bound.read(cookie_of(asker.cookies, bound.cookie), query.now)
        verdict = None
        if token and level != passes.SUFFICED:
            verdict = self._spend(token, typed.get("image", ""), query.now)
            level += verdict == Verdict.RIGHT
        expiry = expiry or query.now + passes.LIFETIME
        if level < query.riddles(kind, fields, asker.client):
            again = passes.cookie(bound, f"/score/{sitting}", bound.grant(level, expiry), expiry - query.now)
            return State.CHALLENGE, self._ask(Form(kind, values), sitting, asker, verdict, again, query.now)
        state, reply = self._answer(query, kind, fields, asker)
        pass_ = passes.cookie(bound, f"/score/{sitting}", bound.grant(passes.SUFFICED, expiry), expiry - query.now)
        return state, Reply(reply.status, [*reply.headers, pass_], reply.body)

    def _spend(self, token: str, typed: str, now: int) -> Verdict:
        verdict = self._riddles.spend(token, digits(typed), now)
        self._counts[Counter.RIDDLES_RIGHT if verdict == Verdict.RIGHT else Counter.RIDDLES_WRONG] += 1
        return verdict

    def _ask(
        self, form: Form, sitting: str, asker: Asker, verdict: Verdict | None, again: tuple[str, str], now: int
    ) -> Reply:
        """The form with a fresh riddle. `verdict`: what became of the one before."""
        riddle = self._riddles.issue(now)
        self._counts[Counter.IMAGES] += 1
        said = "" if verdict is None else {Verdict.WRONG: "wrong", Verdict.LAPSED: "lapsed"}.get(verdict, "more")
        asked = Form(form.kind, form.values, token=riddle.token, seen=riddle.seen, told=said)
        reply = self._form(asked, sitting, asker, 403 if said in ("wrong", "lapsed") else 200)
        progress = [again] if said == "more" else []
        return Reply(reply.status, [*reply.headers, *self._route, *progress], reply.body)

    def _answer(self, query: Query, kind: str, fields: list[str], asker: Asker) -> tuple[State, Reply]:
        sitting, language = query.open.sitting, asker.language
        state, body = query.direct(kind, fields, asker.client)
        if state != State.FOUND:
            return state, self._pages.state_page(state, sitting, language)
        read: dict[str, Any] = msgspec.json.decode(body)
        view = result_view(read["record"], self._pages.words(sitting, language), read["published_at"])
        return state, Reply(200, PERSONAL, self._pages.site.result(language, self._pages.cards[sitting], view))

    def _form(self, form: Form, sitting: str, asker: Asker, status: int) -> Reply:
        page = self._pages.site.sitting(asker.language, self._pages.cards[sitting], form)
        return Reply(status, PERSONAL, page)


def digits(typed: str) -> str:
    """What was typed as the riddle's answer: full-width digits and spaces are forgiven."""
    return "".join(str(int(letter)) for letter in typed[:MAX_TYPED] if letter.isdecimal())
