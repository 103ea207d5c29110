"""The files of statistics: one table of figures, one of how the marks lie."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fangbang.pages.texts import texts
from fangbang.project.naming import Names
from fangbang.project.spreadsheets import Row, as_csv, as_xlsx
from fangbang.release.rules.figures import figures, of_place
from fangbang.release.rules.pictures import distribution

_FIGURES = ("exam", "year", "level", "subject", "code", "province", "registered", "sat", "passed", "rate")
_MARKS = ("exam", "year", "level", "subject", "code", "province", "low", "high", "people")


@dataclass(frozen=True)
class Sheets:
    """The figures of a release, or ("" = all of it) of one province. An empty cell: kept back."""

    report: Mapping[str, Any]
    names: Names
    place: str
    least: int

    def csv(self) -> bytes:
        return as_csv(self.figures())

    def marks_csv(self) -> bytes:
        return as_csv(self.marks())

    def xlsx(self) -> bytes:
        t = texts(self.names.language, "fangbang.office")
        return as_xlsx([(t("figures.sheet"), self.figures()), (t("figures.marks"), self.marks())])

    def figures(self) -> Iterator[Row]:
        """The whole first, then each province; of one province that alone."""
        yield self._head(_FIGURES)
        found = figures(self.report, self.least)
        for one in of_place(found, self.place) if self.place else found:
            rate = None if one.rate is None else round(one.rate, 4)
            yield (*self._about(one.level, one.subject, one.place), one.registered, one.sat, one.passed, rate)

    def marks(self) -> Iterator[Row]:
        """People from mark to mark, each row as many marks as there must be for enough people."""
        yield self._head(_MARKS)
        wanted = [self.place] if self.place else self.report["scope"]["provinces"]
        for one in of_place(figures(self.report, self.least), self.place):
            for bar in distribution(self.report, f"{one.level}/{one.subject}", wanted, self.least):
                about = self._about(one.level, one.subject, self.place)
                yield (*about, bar.low / 1000, bar.high / 1000, bar.people)

    def _head(self, columns: tuple[str, ...]) -> Row:
        t = texts(self.names.language, "fangbang.office")
        return [t(f"figures.{column}") for column in columns]

    def _about(self, level: str, subject: str, place: str) -> tuple[str | int, ...]:
        names = self.names
        where = names.place(place) if place else texts(names.language, "fangbang.office")("figures.all")
        return (names.exam, names.year, names.level(level), names.subject_alone(level, subject), place, where)
