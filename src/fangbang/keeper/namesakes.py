"""Who may be found by name and birth date: only people whom no second row of the whole sitting could be taken for.

A pointer from such a credential is sealed only if its province allows the kind and nobody else in the book, wherever
registered and inside or outside the release's scope, has the same name and birth date. A document that holds no birth
date might hide any: whoever shares a name with its holder is refused as well. The refused ones get no entry, so that
asking for them is an ordinary miss.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

import polars as pl
import pyarrow as pa

from fangbang.books.store import BookStore
from fangbang.core.fold import fold_name
from fangbang.exams.vocabulary import CredentialKind
from fangbang.people.rules import birth_date

COLUMNS = ("name", "doc_type", "doc_number", "province", "level")
Kinds = Mapping[str, tuple[CredentialKind, ...]]


def offered(kinds: Kinds) -> bool:
    """Whether any province lets people be found by name and birth date."""
    return any(CredentialKind.NAME_BIRTH in allowed for allowed in kinds.values())


@dataclass(frozen=True)
class Namesakes:
    """The names with birth dates that lead to exactly one row of a whole book, and to one that a release holds, as
    sorted 64-bit hashes: 8 bytes a person.

    Two that collide are refused both, which is harmless and rarer than one in a hundred thousand sittings.
    """

    unique: "array[int]"

    @staticmethod
    def of(store: BookStore, book: str, kinds: Kinds, holds: Callable[[str, str], bool]) -> "Namesakes | None":
        """One pass over five columns of the book; None, without a pass, where no province offers the kind.

        `holds`: whether (province, level) is in the release's scope.
        """
        if not offered(kinds):
            return None
        columns = {"key": pl.UInt64, "name": pl.UInt64, "dated": pl.Boolean, "allowed": pl.Boolean}
        frames = [
            pl.DataFrame(list(_keys(batch, kinds, holds)), schema=columns, orient="row")
            for batch in store.batches(book, COLUMNS)
        ]
        rows = pl.concat(frames) if frames else pl.DataFrame(schema=columns)
        undated = rows.filter(~pl.col("dated"))["name"].unique()
        single = rows.filter(pl.col("dated")).group_by("key").agg(pl.len(), pl.col("name", "allowed").first())
        kept = single.filter((pl.col("len") == 1) & pl.col("allowed") & ~pl.col("name").is_in(undated.implode()))
        return Namesakes(array("Q", kept["key"].sort().to_list()))

    def finds(self, name: str, birth: str) -> bool:
        """Whether name and birth date lead to exactly one row, of this release, whose province allows it."""
        key = _hash(fold_name(name), birth)
        place = bisect_left(self.unique, key)
        return place < len(self.unique) and self.unique[place] == key


def _keys(
    batch: pa.RecordBatch, kinds: Kinds, holds: Callable[[str, str], bool]
) -> Iterator[tuple[int, int, bool, bool]]:
    """For each row: hash of name and birth date, hash of the name, whether a date is known, whether it is allowed."""
    columns = [batch.column(column).to_pylist() for column in COLUMNS]
    for name, kind, number, province, level in zip(*columns, strict=True):
        folded, birth = fold_name(name), birth_date(kind, number)
        allowed = CredentialKind.NAME_BIRTH in (kinds.get(province) or kinds[""]) and holds(province, level)
        yield _hash(folded, birth), _hash(folded, ""), bool(birth), allowed


def _hash(name: str, birth: str) -> int:
    return int.from_bytes(blake2b(f"{name}\0{birth}".encode(), digest_size=8).digest(), "big")
