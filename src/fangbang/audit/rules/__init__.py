"""The audit log's pure part: the chain, what a search asks for, and files that a stranger can check."""

from fangbang.audit.rules.chain import (
    EMPTY,
    FORMAT,
    NO_HASH,
    SYSTEM,
    Actor,
    Anchor,
    Entry,
    Finding,
    check,
    decode_details,
    encode_details,
)
from fangbang.audit.rules.exporting import EXPORT_FORMAT, ExportReport, check_export, export_head, export_line
from fangbang.audit.rules.search import Search

__all__ = [
    "EMPTY",
    "EXPORT_FORMAT",
    "FORMAT",
    "NO_HASH",
    "SYSTEM",
    "Actor",
    "Anchor",
    "Entry",
    "ExportReport",
    "Finding",
    "Search",
    "check",
    "check_export",
    "decode_details",
    "encode_details",
    "export_head",
    "export_line",
]
