"""Numbers about few people: which cells of a table are kept back, and how a histogram is merged. Pure.

A cell is small if it is about at least one and fewer than `least` people. Nothing is small about nobody. Whoever holds
the sums of a table must not get a small cell by taking away, so that further cells are kept back with it. What several
tables together might tell is not searched for: all tables of one subject are cut from one protected one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Table = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Cell:
    """Neighbouring bins `first` … `last` of a histogram, and the people of each of the histograms merged."""

    first: int
    last: int
    people: tuple[int, ...]

    @property
    def width(self) -> int:
        """How many bins it is made of."""
        return self.last - self.first + 1


def protected(table: Table, least: int) -> list[list[int | None]]:
    """The table with a last row and a last column of sums, None for every cell that is kept back.

    In each row and column, sums included, either nothing is kept back or at least two cells are, and what is kept back
    of the parts adds up to `least` or more wherever that is possible.
    """
    whole = _with_sums(table)
    hidden = [[0 < count < least for count in row] for row in whole]
    lines = _lines(len(whole), len(whole[0]))
    while any(_cover(whole, hidden, line, least) for line in lines):
        pass
    return [
        [None if kept else count for count, kept in zip(row, marks, strict=True)]
        for row, marks in zip(whole, hidden, strict=True)
    ]


def protected_row(counts: Sequence[int], least: int) -> list[int | None]:
    """The same for parts of one sum: the parts alone."""
    return protected([counts], least)[0][:-1]


def merged(histograms: Sequence[Sequence[int]], least: int) -> list[Cell]:
    """Histograms over the same bins, in cells of which none is small in any of them: neighbouring bins are put together
    until each histogram has `least` people there. A histogram of fewer people than that is given as nobody."""
    enough = [at for at, one in enumerate(histograms) if sum(one) >= least]
    cells: list[Cell] = []
    if not enough:
        return cells
    first, people = 0, [0] * len(histograms)
    for place in range(len(histograms[0])):
        for at in enough:
            people[at] += histograms[at][place]
        if all(people[at] >= least for at in enough):
            cells.append(Cell(first, place, tuple(people)))
            first, people = place + 1, [0] * len(histograms)
    if first < len(histograms[0]):
        left = cells.pop()
        together = tuple(one + rest for one, rest in zip(left.people, people, strict=True))
        cells.append(Cell(left.first, len(histograms[0]) - 1, together))
    return cells


Line = tuple[tuple[int, int], ...]


def _with_sums(table: Table) -> list[list[int]]:
    rows = [[*row, sum(row)] for row in table]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]]


def _lines(rows: int, columns: int) -> list[Line]:
    across = [tuple((row, column) for column in range(columns)) for row in range(rows)]
    return [*across, *(tuple((row, column) for row in range(rows)) for column in range(columns))]


def _cover(whole: Table, hidden: list[list[bool]], line: Line, least: int) -> bool:
    """Keep back one cell more of a line that would tell what is kept back; whether there was need."""
    kept = [(row, column) for row, column in line if hidden[row][column]]
    if not kept:
        return False
    parts = sum(whole[row][column] for row, column in kept if (row, column) != line[-1])
    told = len(kept) == 1 or (not hidden[line[-1][0]][line[-1][1]] and 0 < parts < least)
    shown = [place for place in line if place not in kept]
    if not told or not shown:
        return False
    row, column = min(shown, key=lambda at: (at == line[-1], _alone(hidden, line, at), _worth(whole, at)))
    hidden[row][column] = True
    return True


def _alone(hidden: Sequence[Sequence[bool]], line: Line, at: tuple[int, int]) -> bool:
    """Whether the line that crosses here has nothing kept back: then one more would have to be kept back there, too."""
    across = line[0][0] == line[-1][0]
    return not (any(row[at[1]] for row in hidden) if across else any(hidden[at[0]]))


def _worth(whole: Table, at: tuple[int, int]) -> tuple[bool, int]:
    """What is lost by keeping a cell back; nobody last, since that hides nothing well."""
    count = whole[at[0]][at[1]]
    return count == 0, count
