"""A sentence of an answer with the values that it tells."""

from dataclasses import dataclass

from verticals.finance.answering.computed import Cell
from verticals.finance.metrics.fact_source import KnownFact
from verticals.finance.metrics.value import MetricValue

LISTED_MOST = 12  # cells told in a sentence; more stand in the table


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence with the values that it tells."""

    text: str
    values: tuple[MetricValue, ...] = ()

    @property
    def facts(self) -> tuple[KnownFact, ...]:
        """The facts behind the sentence, each once."""
        return tuple({known.id: known for value in self.values for known in value.facts}.values())


def line_of(text: str, *cells: Cell | None) -> Line:
    """A sentence that tells the values of cells."""
    return Line(text, tuple(cell.value for cell in cells if cell is not None and cell.value is not None))
