"""Pure decisions of the desk: reasons, limits, what a search asks, previews, lists. No Django, no IO."""

from fangbang.desk.rules.limits import WINDOW, limit_of, within_limit
from fangbang.desk.rules.previews import AGREED_FOR, ASKED_FOR, PreviewState, may_view
from fangbang.desk.rules.reasons import checked_reason
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
    "checked_reason",
    "limit_of",
    "masked",
    "may_view",
    "terms_of",
    "within_limit",
]
