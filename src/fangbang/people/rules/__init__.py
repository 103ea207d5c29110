"""Pure decisions about persons: is this number possible, is this name possible, how are they shown."""

import re
import unicodedata
from datetime import date

from fangbang.core.errors import Problem
from fangbang.core.fold import PRIVATE_USE
from fangbang.people.problems import (
    DOCUMENT_BIRTH,
    DOCUMENT_BLANK,
    DOCUMENT_CHARACTERS,
    DOCUMENT_CHECK,
    DOCUMENT_FORMAT,
    DOCUMENT_LENGTH,
    DOCUMENT_OLD,
    DOCUMENT_REGION,
    DOCUMENT_SPREADSHEET,
    NAME_BLANK,
    NAME_CHARACTERS,
    NAME_LENGTH,
)
from fangbang.people.rules.documents import (
    CHECK_CHARACTERS,
    CITIZEN_FIRST,
    CITIZEN_TYPES,
    FORMATS,
    REGIONS,
    TYPE_NAMES,
    WEIGHTS,
    DocumentType,
    document_type,
)

__all__ = [
    "REGIONS",
    "TYPE_NAMES",
    "DocumentType",
    "birth_date",
    "check_document",
    "check_name",
    "document_type",
    "mask_document",
    "mask_name",
    "normalise_name",
    "region_is_known",
    "resident_id_check_digit",
]

FIRST_YEAR = 1900
LONGEST_NAME = 60
_SPREADSHEET = re.compile(r"\d(\.\d+)?E\+?\d+")
_FORMATS = {
    kind: re.compile(text.replace(r"\p{Han}", r"\u2e80-\u9fff\U00020000-\U0003ffff")) for kind, text in FORMATS.items()
}
_DOTS = str.maketrans(dict.fromkeys("\u2022\u2027\u22c5\u30fb\uff0e\uff65", "\u00b7"))
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_SPACES = re.compile("[\\s\u3000]+")
_INNER_SPACE = re.compile(
    "(?<=[\u2e80-\u9fff\U00020000-\U0003ffff\u00b7]) | (?=[\u2e80-\u9fff\U00020000-\U0003ffff\u00b7])"
)
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\ufe00-\ufe0f\U000e0100-\U000e01ef·.'’\- ()])*")


def resident_id_check_digit(first: str) -> str:
    """The check character after 17 digits: ISO 7064 MOD 11-2, as GB 11643 says."""
    total = sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True))
    return CHECK_CHARACTERS[total % 11]


def check_document(kind: DocumentType, number: str, last_year: int = 2100) -> Problem | None:
    """What is wrong with a folded document number, or None. `last_year`: the latest possible year of birth."""
    if not number:
        return DOCUMENT_BLANK
    if _SPREADSHEET.fullmatch(number):
        return DOCUMENT_SPREADSHEET
    if kind in CITIZEN_TYPES:
        return _check_citizen(kind, number, last_year)
    if not _FORMATS[kind].fullmatch(number):
        return DOCUMENT_FORMAT
    if kind is DocumentType.FOREIGNER_RESIDENCE and number.startswith("9"):
        return _check_numbers(number, last_year)
    return None


def _check_citizen(kind: DocumentType, number: str, last_year: int) -> Problem | None:
    if re.fullmatch(r"[0-9]{15}", number):
        return DOCUMENT_OLD
    if len(number) != 18:
        return DOCUMENT_LENGTH
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return DOCUMENT_CHARACTERS
    if not re.match(CITIZEN_FIRST[kind], number):
        return DOCUMENT_REGION
    return _check_numbers(number, last_year)


def _check_numbers(number: str, last_year: int) -> Problem | None:
    year, month, day = int(number[6:10]), int(number[10:12]), int(number[12:14])
    if not FIRST_YEAR <= year <= last_year or not _is_date(year, month, day):
        return DOCUMENT_BIRTH
    if resident_id_check_digit(number[:17]) != number[17]:
        return DOCUMENT_CHECK
    return None


def birth_date(kind: str, number: str) -> str:
    """The birth date that a citizen number holds, as eight digits; "" for every other document or an impossible one."""
    if kind not in CITIZEN_TYPES or not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return ""
    return number[6:14] if _is_date(int(number[6:10]), int(number[10:12]), int(number[12:14])) else ""


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def region_is_known(number: str) -> bool:
    """Whether a citizen number begins with a region in use; False is a warning, never a refusal."""
    return number[:2] in REGIONS


def normalise_name(text: str) -> str:
    """The stored spelling of a name: NFC (never NFKC), GB18030-2022 characters, one kind of middle dot, no
    invisible characters, no space beside a Chinese character, single spaces between Latin words."""
    name = unicodedata.normalize("NFC", text.translate(PRIVATE_USE).translate(_DOTS))
    name = _SPACES.sub(" ", _INVISIBLE.sub("", name)).strip()
    return _INNER_SPACE.sub("", name)


def check_name(name: str) -> Problem | None:
    """What is wrong with a normalised name, or None."""
    if not name:
        return NAME_BLANK
    if len(name) > LONGEST_NAME:
        return NAME_LENGTH
    return None if _NAME.fullmatch(name) else NAME_CHARACTERS


def mask_document(number: str) -> str:
    """Show who knows the number that it is theirs, and nobody else anything: `1101************34`."""
    shown = 4 if len(number) >= 15 else 1
    if len(number) <= shown + 2:
        return "*" * len(number)
    return f"{number[:shown]}{'*' * (len(number) - shown - 2)}{number[-2:]}"


def mask_name(name: str) -> str:
    """The first character, and for three or more the last one: 张*, 欧**娜."""
    if len(name) <= 2:
        return name[:1] + "*" * (len(name) - 1)
    return f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"
