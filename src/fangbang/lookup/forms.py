"""The query without JavaScript: an ordinary form in two steps, the fields first, then a picture.

A malformed field is named before any picture is shown or spent. What was typed comes back in the form of the answer,
never in an address.
"""

from typing import Any

import msgspec

from fangbang.lookup.answers import State
from fangbang.lookup.formats import MAX_TYPED, folded
from fangbang.lookup.hotpath import Query
from fangbang.lookup.images import ImagePool
from fangbang.lookup.public import PublicPages
from fangbang.lookup.replies import PERSONAL, Reply
from fangbang.pages.result import result_view
from fangbang.pages.site import Form


class FormQueries:
    """Answers form posts of one worker."""

    def __init__(self, pages: PublicPages, images: ImagePool) -> None:
        self._pages = pages
        self._images = images

    def answer(self, query: Query, typed: dict[str, str], client: str, language: str) -> tuple[State, Reply]:
        """The page for one post: the form again (malformed, or the picture still to come), or the answer."""
        sitting = query.open.sitting
        card = self._pages.cards[sitting]
        kind = typed.get("kind", "")
        if kind not in card.kinds:
            form = Form(next(iter(card.kinds)), malformed="kind")
            return State.MALFORMED, self._form(form, sitting, language, 400)
        values = {name: typed.get(name, "")[:MAX_TYPED] for name in card.kinds[kind]}
        fields, malformed = folded(kind, list(values.values()))
        token = typed.get("token", "")
        if malformed:
            return State.MALFORMED, self._form(Form(kind, values, malformed, token), sitting, language, 400)
        if not token or not self._images.spend(token, typed.get("image", "").strip(), query.now):
            fresh = self._images.issue(query.now)
            form = Form(kind, values, token=fresh, wrong_image=bool(token))
            return State.CHALLENGE, self._form(form, sitting, language, 403 if token else 200)
        state, body = query.direct(kind, fields, client)
        if state != State.FOUND:
            return state, self._pages.state_page(state, sitting, language)
        read: dict[str, Any] = msgspec.json.decode(body)
        view = result_view(read["record"], self._pages.words(sitting, language), read["published_at"])
        return state, Reply(200, PERSONAL, self._pages.site.result(language, card, view))

    def _form(self, form: Form, sitting: str, language: str, status: int) -> Reply:
        page = self._pages.site.sitting(language, self._pages.cards[sitting], form)
        return Reply(status, PERSONAL, page)
