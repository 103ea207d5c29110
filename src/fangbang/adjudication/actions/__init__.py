"""The only writers of lines, runs, withholdings and recomputation tasks."""

from fangbang.adjudication.actions.following import follow_decision
from fangbang.adjudication.actions.lines import announce_line
from fangbang.adjudication.actions.proposing import approve_line, preview_line, propose_line, refuse_line
from fangbang.adjudication.actions.retaining import forget_withholdings
from fangbang.adjudication.actions.running import run
from fangbang.adjudication.actions.tasks import open_recomputation
from fangbang.adjudication.actions.withholding import ask_lifting, ask_withholding, decide_withholding
from fangbang.adjudication.published import HistoryBook

__all__ = [
    "HistoryBook",
    "announce_line",
    "approve_line",
    "ask_lifting",
    "ask_withholding",
    "decide_withholding",
    "follow_decision",
    "forget_withholdings",
    "open_recomputation",
    "preview_line",
    "propose_line",
    "refuse_line",
    "run",
]
