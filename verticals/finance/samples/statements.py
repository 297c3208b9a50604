"""Statement tables of the samples: which lines they have, and which fact each figure states."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from verticals.finance.facts.fact import Dims, Period
from verticals.finance.samples.report import Figure, Table, TableRow
from verticals.finance.samples.table import FigureTable, Span


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a statement. `sign` -1: shown as a deduction. `opening`: the balance at the period's start.

    `whole_period`: a balance that the statement states of the period as a whole.
    """

    label: str
    name: str = ""
    sign: int = 1
    strong: bool = False
    opening: bool = False
    whole_period: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a company shows its figures.

    `concepts`: name in the table -> concept of the taxonomy; for names without one, `concept_of` the label.
    """

    table: FigureTable
    concepts: dict[str, str]
    axis: str
    members: dict[str, str]
    shown_scale: int
    shown_places: int
    brackets: bool
    concept_of: Callable[[str], str] = lambda label: ""

    def figure(
        self,
        name: str,
        span: Span,
        *,
        label: str = "",
        sign: int = 1,
        opening: bool = False,
        whole_period: bool = False,
    ) -> Figure:
        """The figure of a name, `revenue` or `revenue.laboratory`, in a period."""
        base, _, segment = name.partition(".")
        table = self.table
        flow = table.is_flow(name)
        at = span.year_end_before if opening else span
        period = Period(start=span.start, end=span.end) if flow or whole_period else Period(end=at.end)
        value = table.value(name, at)
        unit, scale, places = table.currency, self.shown_scale, self.shown_places
        if name in table.per_share:
            unit, scale, places = f"{table.currency}/shares", 0, 2
        elif name in table.averages:
            unit = "shares"
        exact = value if name in table.per_share else value.scaleb(table.scale)
        dims: Dims = ((self.axis, self.members[segment]),) if segment else ()
        return Figure(
            name=name,
            concept=self.concepts.get(base, "") or self.concept_of(label),
            period=period,
            value=exact,
            unit=unit,
            scale=scale,
            places=places,
            sign=sign,
            dims=dims,
            brackets=self.brackets,
        )

    def rows(self, lines: Sequence[Line], spans: Sequence[Span]) -> tuple[TableRow, ...]:
        return tuple(self._row(line, spans) for line in lines)

    def _row(self, line: Line, spans: Sequence[Span]) -> TableRow:
        if not line.name:
            return TableRow(line.label, ("",) * len(spans), line.strong)
        cells = tuple(
            self.figure(
                line.name,
                span,
                label=line.label,
                sign=line.sign,
                opening=line.opening,
                whole_period=line.whole_period,
            )
            for span in spans
        )
        return TableRow(line.label, cells, line.strong)

    def segment_rows(self, name: str, spans: Sequence[Span], total: str) -> tuple[TableRow, ...]:
        """A row for each segment, and their total."""
        rows = [
            TableRow(label, tuple(self.figure(f"{name}.{segment}", span) for span in spans))
            for segment, label in self.table.segments.items()
        ]
        return (*rows, TableRow(total, tuple(self.figure(name, span) for span in spans), strong=True))


def headed(caption: str, columns: Sequence[str]) -> tuple[tuple[tuple[str, int], ...], ...]:
    return (((caption, 1), *((column, 1) for column in columns)),)


Maker = Callable[[], Table]
