"""What ties the rows of the database to a key that the database does not hold. No Django, no IO.

Every row that the application writes gets a seal: HMAC-SHA-256 over its table, its key and its columns as the database
spells them. The tally says of each table how many rows it has and the sum (modulo 2^256) of their seals, grows by one
with every commit that wrote, and carries a seal of its own: a row that goes together with its seal is missing from the
sum, and an old state of one table does not fit the tally of the others.
"""

import hmac
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Self

from fangbang.core.canonical import canonical_json

_ROW = b"fangbang-row/1"
_TALLY = "fangbang-tally/1"
_MODULUS = 1 << 256


@dataclass(frozen=True)
class Sum:
    """Of one table: how many rows, and the sum of their seals."""

    rows: int = 0
    total: int = 0

    def changed(self, before: str | None, after: str | None) -> "Sum":
        """The sum once the row with the seal `before` (None: there was none) has the seal `after` (None: is gone)."""
        rows = self.rows + (after is not None) - (before is not None)
        total = self.total + int(after or "0", 16) - int(before or "0", 16)
        return Sum(rows, total % _MODULUS)


@dataclass(frozen=True)
class Tally:
    """All tables at one commit. `upgrading`: a newer version's tables are being made, and nothing is sealed."""

    revision: int
    tables: dict[str, Sum] = field(default_factory=dict)
    upgrading: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "format": _TALLY,
            "revision": self.revision,
            "upgrading": self.upgrading,
            "tables": {name: [item.rows, f"{item.total:064x}"] for name, item in sorted(self.tables.items())},
        }

    def encoded(self) -> str:
        return canonical_json(self.to_json()).decode()

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Inverse of `to_json`; KeyError, TypeError or ValueError for anything else."""
        tables = {str(name): Sum(int(rows), int(total, 16)) for name, (rows, total) in value["tables"].items()}
        return cls(int(value["revision"]), tables, bool(value["upgrading"]))

    def mac(self, key: bytes) -> str:
        return hmac.new(key, self.encoded().encode(), sha256).hexdigest()

    def next(self, tables: dict[str, Sum]) -> "Tally":
        """The tally of the next commit."""
        return replace(self, revision=self.revision + 1, tables=tables)


def row_mac(key: bytes, table: str, row: str, text: str) -> str:
    """A row's seal (hex). Each part is preceded by its length, so that no two rows spell the same bytes."""
    parts = [_ROW, table.encode(), row.encode(), text.encode()]
    return hmac.new(key, b"".join(len(part).to_bytes(8, "big") + part for part in parts), sha256).hexdigest()
