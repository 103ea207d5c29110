"""Changes of names that two members of staff decided, as a column: a former name and the present one are one."""

from collections.abc import Mapping

import polars as pl


class Renamings:
    """(document type, number, former name) → name."""

    def __init__(self, corrected: Mapping[tuple[str, str, str], str]) -> None:
        columns = dict.fromkeys(("doc_type", "doc_number", "name", "now"), pl.String)
        self._names = pl.DataFrame([(*key, now) for key, now in corrected.items()], schema=columns, orient="row")

    def present(self, frame: pl.DataFrame) -> pl.Series:
        """The present name of every row of a frame with `doc_type`, `doc_number` and `name`."""
        if not len(self._names):
            return frame["name"]
        named = frame.join(self._names, on=["doc_type", "doc_number", "name"], how="left", maintain_order="left")
        return named.select(pl.coalesce("now", "name").alias("name")).to_series()
