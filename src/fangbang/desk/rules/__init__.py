"""Pure decisions of the desk: limits, what a search asks, previews, lists. No Django, no IO."""

from fangbang.desk.rules.limits import WINDOW, limit_of, within_limit
from fangbang.desk.rules.previews import AGREED_FOR, ASKED_FOR, PreviewState, may_view
from fangbang.desk.rules.terms import ByDocument, ByName, ByTicket, Row, Terms, masked, terms_of

__all__ = [
    "AGREED_FOR",
    "ASKED_FOR",
    "WINDOW",
    "ByDocument",
    "ByName",
    "ByTicket",
    "PreviewState",
    "Row",
    "Terms",
    "limit_of",
    "masked",
    "may_view",
    "terms_of",
    "within_limit",
]
