"""What a search asks for, as it was typed and folded. No Django, no IO.

Three ways: by any ticket of the sitting; by identity document; by name and birth date. What is found is whole: no
beginnings, no wild cards, so that nobody leafs through a region.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fangbang.core.errors import FangbangError
from fangbang.core.fold import fold_name, fold_number
from fangbang.desk.problems import BAD_BIRTH, TERMS_MISSING
from fangbang.people.rules import mask_document, mask_name

Row = Mapping[str, Any]
"""One row of a book."""
_BIRTH = re.compile(r"[0-9]{8}")


@dataclass(frozen=True)
class ByTicket:
    """A ticket of the sitting, of a candidate or of one subject."""

    ticket: str

    @property
    def kind(self) -> str:
        return "ticket"

    @property
    def typed(self) -> tuple[str, ...]:
        return (self.ticket,)


@dataclass(frozen=True)
class ByDocument:
    """An identity document's number; `name`, if given, must be its holder's."""

    number: str
    name: str = ""

    @property
    def kind(self) -> str:
        return "document-name" if self.name else "document"

    @property
    def typed(self) -> tuple[str, ...]:
        return tuple(part for part in (self.number, self.name) if part)


@dataclass(frozen=True)
class ByName:
    """A name with the birth date (eight digits) that a resident's number holds."""

    name: str
    birth: str

    @property
    def kind(self) -> str:
        return "name-birth"

    @property
    def typed(self) -> tuple[str, ...]:
        return (self.name, self.birth)


Terms = ByTicket | ByDocument | ByName


def terms_of(kind: str, *, number: str = "", name: str = "", birth: str = "") -> Terms:
    """The folded terms of one way of searching ("ticket", "document", "document-name", "name-birth"). INPUT if a part
    is missing."""
    number, name, birth = fold_number(number), fold_name(name), fold_number(birth)
    needed = {"ticket": [number], "document": [number], "document-name": [number, name], "name-birth": [name, birth]}
    if kind not in needed or not all(needed[kind]):
        raise FangbangError(TERMS_MISSING)
    if kind == "ticket":
        return ByTicket(number)
    if kind == "name-birth":
        if not _BIRTH.fullmatch(birth):
            raise FangbangError(BAD_BIRTH)
        return ByName(name, birth)
    return ByDocument(number, name if kind == "document-name" else "")


def masked(row: Row) -> dict[str, str]:
    """Of a row what a list of hits shows: masked name, document and ticket; place and level as they are."""
    return {
        "name": mask_name(row["name"]),
        "document": mask_document(row["doc_number"]),
        "ticket": mask_document(row["ticket"]),
        "province": row["province"],
        "city": row["city"],
        "level": row["level"],
    }
