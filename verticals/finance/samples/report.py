"""What a sample report is made of, whatever form it takes: headings, paragraphs and tables with figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from verticals.finance.facts.fact import Dims, Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure as it is shown and the fact that it states. `value` is the fact's, in `unit`; what is shown is
    the value divided by 10 to the power of `scale`, with `sign` -1 for a deduction, in brackets or with a
    minus where that is below zero.
    """

    name: str
    concept: str
    period: Period
    value: Decimal
    unit: str
    scale: int
    places: int
    sign: int = 1
    dims: Dims = ()
    brackets: bool = True

    @property
    def digits(self) -> str:
        return f"{abs(self.value.scaleb(-self.scale)):,.{self.places}f}"

    @property
    def shown(self) -> str:
        below = self.value * self.sign < 0
        if not below:
            return self.digits
        return f"({self.digits})" if self.brackets else f"-{self.digits}"

    @property
    def decimals(self) -> int:
        return self.places - self.scale


@dataclass(frozen=True, slots=True)
class Said:
    """Words that state a fact of the cover; `transform` turns what is shown into the fact's own form."""

    concept: str
    text: str
    transform: str = ""


Part = str | Figure | Said


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    parts: tuple[Part, ...]
    style: str = ""  # title | big | note


@dataclass(frozen=True, slots=True)
class TableRow:
    label: str
    cells: tuple[Part, ...]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`head`: rows of (text, columns that it spans); the first column holds the labels."""

    head: tuple[tuple[tuple[str, int], ...], ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    pass


Block = Heading | Paragraph | Table | PageBreak


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report of a company on a period. `cover`: dei name -> value, for what nobody is shown."""

    stem: str
    title: str
    company: str
    identifier: str
    language: str
    start: date
    end: date
    cover: Mapping[str, str]
    blocks: tuple[Block, ...]
    hidden: tuple[Figure, ...] = ()

    def figures(self) -> Iterator[Figure]:
        """All shown figures in the order of the text, those of prose among them."""
        for block in self.blocks:
            for part in parts_of(block):
                if isinstance(part, Figure):
                    yield part

    def table_figures(self) -> Iterator[Figure]:
        for block in self.blocks:
            if isinstance(block, Table):
                yield from (part for part in parts_of(block) if isinstance(part, Figure))


def parts_of(block: Block) -> Sequence[Part]:
    if isinstance(block, Paragraph):
        return block.parts
    if isinstance(block, Table):
        return [cell for row in block.rows for cell in row.cells]
    return ()


def text_of(parts: Sequence[Part]) -> str:
    return "".join(
        part if isinstance(part, str) else part.shown if isinstance(part, Figure) else part.text
        for part in parts
    )
