"""Fold 1: how a candidate's typing and a file's spelling become the same canonical bytes.

Part of the snapshot's normative text (docs/reference/snapshot-v1.md): a change here is a new fold version beside
this one, never an edit. Input is forgiven (full-width digits, spaces, lower-case x, dashes, the many middle dots);
nothing is guessed.
"""

import re
import unicodedata

FOLD_VERSION = 1

# Every code point seen as the dot in a name (·): U+2022 2027 22C5 30FB FF0E FF65 become U+00B7.
_DOTS = dict.fromkeys(map(ord, "\u2022\u2027\u22c5\u30fb\uff0e\uff65"), "\u00b7")
# Full-width ASCII (U+FF01–FF5E) becomes ASCII; all kinds of spaces and invisible joiners go.
_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_INVISIBLE = dict.fromkeys(
    [0x20, 0x09, 0x0A, 0x0D, 0xA0, 0x3000, 0x00AD, 0xFEFF, *range(0x2000, 0x2010), *range(0x2028, 0x2030), 0x2060]
)
# GB18030-2022 gave code points of their own to 18 two-byte characters that older mappings (Python's codec among them)
# decode to the private use area; older files hold private-use forms of all of FE50–FEA0 (U+E863 for 䶮).
_EXTENSION = (
    "\u2e81\U00020087\U00020089\U000200cc\u2e84\u3473\u3447\u2e88\u2e8b\u9fb4\u359e\u361a\u360e\u2e8c"
    "\u2e97\u396e\u3918\u9fb5\u39cf\u39df\u3a73\u39d0\u9fb6\u9fb7\u3b4e\u3c6e\u3ce0\u2ea7"
    "\U000215d7\u9fb8\u2eaa\u4056\u415f\u2eae\u4337\u2eb3\u2eb6\u2eb7\U0002298f\u43b1\u43ac\u2ebb"
    "\u43dd\u44d6\u4661\u464c\u9fb9\u4723\u4729\u477c\u478d\u2eca\u4947\u497a\u497d\u4982"
    "\u4983\u4985\u4986\u499f\u499b\u49b7\u49b6\u9fba\U000241fe\u4ca3\u4c9f\u4ca0\u4ca1\u4c77"
    "\u4ca2\u4d13\u4d14\u4d15\u4d16\u4d17\u4d18\u4d19\u4dae\u9fbb"
)
_VERTICAL = "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19"
PRIVATE_USE = {
    **{0xE815 + place: character for place, character in enumerate(_EXTENSION)},
    **{0xE78D + place: character for place, character in enumerate(_VERTICAL)},
    0xE7C7: "\u1e3f",
    0xE7C8: "\u01f9",
}
"""Private-use code points of old GBK and GB18030 files → the characters of GB18030-2022."""

_PLAIN_NAME = re.compile("[\u4e00-\u9fff]+").fullmatch
# Unified ideographs alone: every step of the fold leaves them as they are, and nearly every name is of them.
_DASHES = dict.fromkeys([0x2D, *range(0x2010, 0x2015), 0xFF0D])
_NUMBER = {**_WIDE, **_INVISIBLE, **_DASHES}
_NAME = {**_WIDE, **_INVISIBLE, **_DOTS, **PRIVATE_USE}


def fold_number(text: str) -> str:
    """Fold a ticket, archive or identity number: ASCII, upper case, without spaces and dashes."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return text.translate(_NUMBER).upper()


def fold_name(text: str) -> str:
    """Fold a name: NFC (never NFKC), GB18030-2022 for private-use forms, one middle dot, no spaces, upper case."""
    if _PLAIN_NAME(text):
        return text
    upper = unicodedata.normalize("NFC", text).translate(_NAME).upper()
    return unicodedata.normalize("NFC", upper)  # upper case can decompose what was composed: U+0390
