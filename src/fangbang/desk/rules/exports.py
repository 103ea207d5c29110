"""A list of passers that leaves the office: its columns, its marks, its order. No Django, no IO.

Every row says which export it belongs to, who asked for it, when and for what. Apart from that the order of the rows
within a level and city is a keyed one of the export's own: a copy without the marks still shows, by the order of a few
dozen people, which export it was taken from.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from fangbang.core.clock import AUTHORITY_ZONE
from fangbang.exams.vocabulary import Outcome
from fangbang.people.rules import mask_document

KEPT_FOR = timedelta(hours=24)
"""How long a finished file can be fetched."""
PASSED = (Outcome.QUALIFIED.value, Outcome.QUALIFIED_REGIONALLY.value)
HEADER = (
    "姓名",
    "证件类型",
    "证件号码",
    "准考证号",
    "档案号",
    "级别",
    "报考级别",
    "专业",
    "省份",
    "地市",
    "结果",
    "导出标记",
)
_SAID = {Outcome.QUALIFIED.value: "合格", Outcome.QUALIFIED_REGIONALLY.value: "单独划线合格"}


class Content(StrEnum):
    """What a list is for."""

    CHECK = "check"
    """The post-exam check: numbers in full."""
    NOTICE = "notice"
    """The public notice: names with masked document numbers, nothing else that identifies."""


class FileFormat(StrEnum):
    """How it is written."""

    XLSX = "xlsx"
    CSV = "csv"


@dataclass(frozen=True)
class Mark:
    """Whose list it is."""

    export: str
    operator: str
    name: str
    at: datetime
    purpose: str

    @property
    def text(self) -> str:
        """What stands in every row."""
        at = self.at.astimezone(AUTHORITY_ZONE)
        return f"{self.export} · {self.name}({self.operator}) · {at:%Y-%m-%d %H:%M} · {self.purpose}"


def table(rows: Iterable[Mapping[str, Any]], content: Content, mark: Mark, key: bytes) -> list[tuple[str, ...]]:
    """The header and the rows, in the export's own order."""
    ordered = sorted(rows, key=lambda row: (row["level"], row["city"], _place(key, mark.export, row["ticket"])))
    return [HEADER, *(_cells(row, content, mark.text) for row in ordered)]


def agreement(tickets: Sequence[str], export: str, key: bytes) -> float:
    """How well the order of people of one level and city fits an export: 1.0 for its own, about 0.5 for any other.
    The value is a share of neighbours, no mark of anybody."""
    places = [_place(key, export, ticket) for ticket in tickets]
    pairs = list(pairwise(places))
    return sum(one < other for one, other in pairs) / len(pairs) if pairs else 0.0


def _place(key: bytes, export: str, ticket: str) -> bytes:
    return hmac.digest(key, f"{export}\0{ticket}".encode(), "sha256")


def _cells(row: Mapping[str, Any], content: Content, mark: str) -> tuple[str, ...]:
    masked = content is Content.NOTICE
    return (
        row["name"],
        row["doc_type"],
        mask_document(row["doc_number"]) if masked else row["doc_number"],
        "" if masked else row["ticket"],
        "" if masked else row["archive"],
        row["level"],
        row["category"],
        row["specialty"],
        row["province"],
        row["city"],
        _SAID[row["outcome"]],
        mark,
    )
