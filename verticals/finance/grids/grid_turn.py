"""What a turn of a conversation over a table comes to, and how such results are put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from verticals.finance.grids.grid import GridCell, Line


class Kind(StrEnum):
    CELL = "cell"
    CHANGE = "change"
    SUM = "sum"
    RATE = "rate"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn came to: `operands` are the figures it was made of, the first first."""

    value: Decimal
    kind: Kind
    formula: str
    operands: tuple[Decimal, ...] = ()
    line: Line | None = None
    cell: GridCell | None = None
    year: int | None = None
    text: str = ""


def applied(operation: str, left: Decimal, right: Decimal) -> Decimal | None:
    if operation in {"divided by", "over"}:
        return left / right if right else None
    if operation in {"times", "multiplied by"}:
        return left * right
    return left + right if operation == "plus" else left - right


def later_first(cells: Sequence[Turn]) -> tuple[Turn, Turn]:
    """The later of two figures and the earlier; of one year, as they were looked up."""
    first, second = cells[-2], cells[-1]
    if first.year and second.year and first.line is second.line and second.year > first.year:
        return second, first
    return first, second


def turn_difference(later: Turn, earlier: Turn) -> Turn:
    return Turn(
        later.value - earlier.value,
        Kind.CHANGE,
        f"{later.formula} - {earlier.formula}",
        (later.value, earlier.value),
        later.line,
        None,
        later.year,
    )


def turn_sum(turns: Sequence[Turn]) -> Turn:
    operands = tuple(
        value for turn in turns for value in (turn.operands if turn.kind is Kind.SUM else (turn.value,))
    )
    return Turn(
        sum(operands, Decimal(0)),
        Kind.SUM,
        " + ".join(turn.formula for turn in turns),
        operands,
        turns[-1].line,
    )


def turn_quotient(above: Turn, below: Decimal, kind: Kind) -> Turn | None:
    if not below:
        return None
    return Turn(
        above.value / below,
        kind,
        f"({above.formula}) / {below}",
        (above.value, below),
        above.line,
        None,
        above.year,
    )
