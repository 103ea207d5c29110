"""What a candidate may type: folding, and the check that names a malformed field before anything is spent on it.

Only *shape* is judged here; existence is never told apart (one message for every miss).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

from fangbang.core.fold import fold_name, fold_number
from fangbang.exams.vocabulary import CredentialKind

FIELDS: dict[CredentialKind, tuple[str, ...]] = {
    CredentialKind.TICKET_DOCUMENT: ("ticket", "document"),
    CredentialKind.DOCUMENT_NAME: ("document", "name"),
    CredentialKind.ARCHIVE_DOCUMENT: ("archive", "document"),
    CredentialKind.NAME_BIRTH: ("name", "birth"),
}
"""The anonymous kinds and their fields, in the order of the snapshot format."""

MAX_TYPED = 64
"""Longest text of one field, in characters, before folding."""

_RESIDENT_LENGTH = 18
_CACHED = 1 << 14


def is_number(text: str) -> bool:
    """A ticket or archive number: 6 to 32 letters and digits of ASCII."""
    return 6 <= len(text) <= 32 and text.isascii() and text.isalnum()


def is_document(text: str) -> bool:
    """An identity document number; one that looks like a resident number must carry the right check digit.

    It looks like one with 18 places, 17 of them digits, and a birth date in the middle: another country's 18 digits
    are left alone. The region part is not judged: the published tables miss real numbers (81…, 82…, 83…, 9…).
    """
    if not (5 <= len(text) <= 32 and text.isascii() and text.isalnum()):
        return False
    if len(text) != _RESIDENT_LENGTH:
        # One digit short, with a birth date where a resident number has it: the commonest slip.
        return not (len(text) == _RESIDENT_LENGTH - 1 and text.isdigit() and is_birth(text[6:14]))
    region, birth, tail = residue(text[:6]), birth_residue(text[6:14]), residue(text[14:])
    if region < 0 or birth < 0 or tail < 0:
        return True
    return (region * SHIFT_12 + birth * SHIFT_4 + tail) % 11 == 1


# ISO 7064 MOD 11-2 reads the number as digits of base 2, modulo 11. Its three parts (region, birth date, serial with
# check character) repeat between people, so that their residues are remembered; no whole number ever is.
SHIFT_4 = pow(2, 4, 11)
SHIFT_12 = pow(2, 12, 11)


@lru_cache(maxsize=_CACHED)
def residue(part: str) -> int:
    """The residue of a part; −1 if it has something else than digits (a last X of the serial part stands for ten)."""
    digits = part[:-1] + "0" if len(part) == 4 and part[-1] == "X" else part
    if not digits.isdigit():
        return -1
    total = sum(int(digit) * pow(2, place, 11) for place, digit in enumerate(reversed(digits)))
    return (total + (10 if digits != part else 0)) % 11


@lru_cache(maxsize=_CACHED)
def birth_residue(part: str) -> int:
    """The residue of a birth date; −1 if it is none."""
    return residue(part) if is_birth(part) else -1


class Judged(dict[bytes, int]):
    """What a residue function says of a part's bytes; parts that came before are remembered."""

    __slots__ = ("_judge",)

    def __init__(self, judge: Callable[[str], int]) -> None:
        self._judge = judge

    def __missing__(self, part: bytes) -> int:
        if len(self) >= _CACHED:
            self.clear()
        # What is no ASCII is no digit either.
        number = self[part] = self._judge(part.decode("ascii", "replace"))
        return number


def is_name(text: str) -> bool:
    """A person's name: 1 to 64 characters, no digit, nothing that controls or formats."""
    return 1 <= len(text) <= MAX_TYPED and text.isprintable() and not any(letter.isdigit() for letter in text)


def is_birth(text: str) -> bool:
    """A birth date as eight digits, YYYYMMDD, of a plausible year, month and day."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return False
    return 1900 <= int(text[:4]) <= 2100 and 1 <= int(text[4:6]) <= 12 and 1 <= int(text[6:]) <= 31


RULES: dict[str, tuple[Callable[[str], str], Callable[[str], bool]]] = {
    "ticket": (fold_number, is_number),
    "document": (fold_number, is_document),
    "archive": (fold_number, is_number),
    "name": (fold_name, is_name),
    "birth": (fold_number, is_birth),
}
"""Field → (how it is folded, what it must look like once folded)."""


_STEPS = {kind.value: tuple((name, *RULES[name]) for name in names) for kind, names in FIELDS.items()}


def folded(kind: str, typed: Sequence[str]) -> tuple[list[str], str]:
    """Fold the fields of `kind`; the second value names the first malformed field, or is empty.

    An unknown kind or a wrong number of fields is named `kind`.
    """
    steps = _STEPS.get(kind)
    if steps is None or len(typed) != len(steps):
        return [], "kind"
    values: list[str] = []
    for (name, fold, accept), text in zip(steps, typed, strict=True):
        value = fold(text) if len(text) <= MAX_TYPED else ""
        if not accept(value):
            return values, name
        values.append(value)
    return values, ""
