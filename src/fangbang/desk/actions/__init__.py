"""What the desk does: searches, views, previews. Whatever is read is noted first, so that nothing is read unnoted."""

from fangbang.desk.actions.enquiries import enquire, give_numbers, note_result
from fangbang.desk.actions.previews import ask_preview, decide_preview, note_preview

__all__ = ["ask_preview", "decide_preview", "enquire", "give_numbers", "note_preview", "note_result"]
