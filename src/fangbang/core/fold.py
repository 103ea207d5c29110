"""Fold 1: how a candidate's typing and a file's spelling become the same canonical bytes.

Part of the snapshot's normative text (docs/reference/snapshot-v1.md): a change here is a new fold version beside
this one, never an edit. Input is forgiven (full-width digits, spaces, lower-case x, dashes, the many middle dots);
nothing is guessed.
"""

import unicodedata

FOLD_VERSION = 1

# Every code point seen as the dot in a name (·): U+2022 2027 22C5 30FB FF0E FF65 become U+00B7.
_DOTS = dict.fromkeys(map(ord, "\u2022\u2027\u22c5\u30fb\uff0e\uff65"), "\u00b7")
# Full-width ASCII (U+FF01–FF5E) becomes ASCII; all kinds of spaces and invisible joiners go.
_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_INVISIBLE = dict.fromkeys(
    [0x20, 0x09, 0x0A, 0x0D, 0xA0, 0x3000, 0x00AD, 0xFEFF, *range(0x2000, 0x2010), *range(0x2028, 0x2030), 0x2060]
)
_NUMBER = {**_WIDE, **_INVISIBLE, ord("-"): None, 0x2010: None, 0x2011: None, 0x2012: None, 0x2013: None, 0x2014: None}
_NAME = {**_WIDE, **_INVISIBLE, **_DOTS}


def fold_number(text: str) -> str:
    """Fold a ticket, archive or identity number: ASCII, upper case, without spaces and dashes."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return text.translate(_NUMBER).upper()


def fold_name(text: str) -> str:
    """Fold a name: NFC (never NFKC), one middle dot, no spaces, Latin letters in upper case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).translate(_NAME)).upper()
