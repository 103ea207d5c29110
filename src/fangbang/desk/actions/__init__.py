"""What the desk does: searches, views, previews. Whatever is read is noted first, so that nothing is read unnoted."""

from fangbang.desk.actions.enquiries import enquire, give_numbers, note_result
from fangbang.desk.actions.exports import ask_export, fetch_export, keep_export
from fangbang.desk.actions.previews import ask_preview, decide_preview, note_preview
from fangbang.desk.actions.retaining import forget_records

__all__ = [
    "ask_export",
    "ask_preview",
    "decide_preview",
    "enquire",
    "fetch_export",
    "forget_records",
    "give_numbers",
    "keep_export",
    "note_preview",
    "note_result",
]
