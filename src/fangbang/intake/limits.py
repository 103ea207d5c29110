"""How much a file may be, and how much may be spent on reading it: decided by the operator, not by the file."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from fangbang.core.errors import FangbangError
from fangbang.core.settings import BAD_SETTING

SETTING = "INTAKE_"
"""Each limit is the setting `FANGBANG_INTAKE_<NAME>`, described in docs/reference/settings.md."""


@dataclass(frozen=True)
class Limits:
    """The caps of one installation. Sizes in bytes."""

    size: int = 8 << 30
    """Of a file as it comes."""
    rows: int = 50_000_000
    columns: int = 256
    unpacked: int = 2 << 30
    """Of an XLSX file's parts together."""
    memory: int = 4 << 30
    """Address space of the process that reads an XLSX or DBF file."""
    seconds: int = 300
    """CPU time of that process."""
    upload: int = 4 << 30
    """Of a file that is brought in through the office's pages."""
    quota: int = 16 << 30
    """Of all files together that wait in the office to be taken in."""

    @classmethod
    def from_settings(cls, values: Mapping[str, str]) -> Self:
        """The limits that the settings give; BAD_SETTING for anything but a whole number above 0."""
        chosen = {}
        for field in fields(cls):
            name = f"{SETTING}{field.name.upper()}"
            text = values.get(name, "")
            if not text:
                continue
            if not (text.isascii() and text.isdigit() and int(text) > 0):
                raise FangbangError(BAD_SETTING, name=f"FANGBANG_{name}", choices="1, 2, 3 …")
            chosen[field.name] = int(text)
        return cls(**chosen)
