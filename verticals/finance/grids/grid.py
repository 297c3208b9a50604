"""One table of a report as a grid of numbers, each with the texts of its row and column and its years."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class GridCell:
    """One number: `row` and `column` count from 0 in the table as it was given."""

    row: int
    column: int
    text: str
    value: Decimal
    percent: bool
    label: str  # of its row
    section: str  # the heading above its row
    header: str  # of its column
    years: frozenset[int] = frozenset()
    scale: str = ""  # thousand, million, billion or "", by its row or column where they say
    passage: str = (
        ""  # the sentence it stands in, where it is none of the table's: then `row` counts sentences
    )


@dataclass(frozen=True, slots=True)
class Grid:
    """The numbers of a table; `scale` is what it says of all its amounts, `title` the text around it."""

    cells: tuple[GridCell, ...]
    scale: str = ""
    title: str = ""
    labels: tuple[str, ...] = ()  # of the rows, headings included


@dataclass(frozen=True, slots=True)
class Line:
    """Numbers that differ in their year alone: one row across years, or one column down them."""

    label: str
    section: str
    header: str
    by_year: dict[int, GridCell] = field(default_factory=dict)
    undated: GridCell | None = None

    @property
    def cells(self) -> list[GridCell]:
        found = [self.by_year[year] for year in sorted(self.by_year)]
        return found or ([self.undated] if self.undated else [])


@dataclass(frozen=True, slots=True)
class GridAnswer:
    """A number computed from a grid: `formula` in the figures as written, `cells` where they stand."""

    value: Decimal
    scale: str  # percent, thousand, million, billion or ""
    formula: str
    cells: tuple[GridCell, ...]
    operation: str
