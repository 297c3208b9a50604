"""What a turn of a conversation over a table comes to, and how such results are put together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from verticals.finance.grids.grid import GridCell, Line

SCALES = {"thousand": Decimal(10) ** 3, "million": Decimal(10) ** 6, "billion": Decimal(10) ** 9}


class Kind(StrEnum):
    CELL = "cell"
    CHANGE = "change"
    SUM = "sum"
    RATE = "rate"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn came to: `operands` are the figures it was made of, the first first, `cells` where they
    stand; `years` those it spans, and `text` the question as it would stand alone.
    """

    value: Decimal
    kind: Kind
    formula: str
    operands: tuple[Decimal, ...] = ()
    line: Line | None = None
    cell: GridCell | None = None
    year: int | None = None
    text: str = ""
    years: tuple[int, ...] = ()
    scale: str = ""
    cells: tuple[GridCell, ...] = ()


def applied(operation: str, left: Decimal, right: Decimal) -> Decimal | None:
    if operation in {"divided by", "over"}:
        return left / right if right else None
    if operation in {"times", "multiplied by"}:
        return left * right
    return left + right if operation == "plus" else left - right


def in_scale(turn: Turn, scale: str) -> Turn:
    """A turn in another scale, where its own is known: "2.2 billion" in millions is 2,200."""
    if turn.scale == scale or turn.scale not in SCALES or scale not in SCALES:
        return turn
    factor = SCALES[turn.scale] / SCALES[scale]
    told = f"{turn.formula} * {factor}" if factor >= 1 else f"{turn.formula} / {1 / factor}"
    operands = tuple(one * factor for one in turn.operands)
    return replace(turn, value=turn.value * factor, formula=told, operands=operands, scale=scale)


def later_first(cells: Sequence[Turn]) -> tuple[Turn, Turn]:
    """The later of two figures and the earlier; of one year, as they were looked up."""
    first, second = cells[-2], cells[-1]
    if first.year and second.year and second.year > first.year:
        return second, first
    return first, second


def turn_difference(later: Turn, earlier: Turn) -> Turn:
    earlier = in_scale(earlier, later.scale)
    return Turn(
        later.value - earlier.value,
        Kind.CHANGE,
        f"{_bracketed(later)} - {_bracketed(earlier)}",
        (later.value, earlier.value),
        later.line,
        None,
        later.year,
        "",
        tuple(year for year in (earlier.year, later.year) if year),
        later.scale,
        (*later.cells, *earlier.cells),
    )


def turn_sum(turns: Sequence[Turn]) -> Turn:
    alike = [in_scale(turn, turns[0].scale) for turn in turns]
    operands = tuple(
        value for turn in alike for value in (turn.operands if turn.kind is Kind.SUM else (turn.value,))
    )
    return Turn(
        sum(operands, Decimal(0)),
        Kind.SUM,
        " + ".join(turn.formula for turn in alike),
        operands,
        turns[-1].line,
        years=tuple(sorted({year for turn in alike for year in (turn.years or (turn.year,)) if year})),
        scale=turns[0].scale,
        cells=tuple(cell for turn in alike for cell in turn.cells),
    )


def turn_quotient(above: Turn, below: Turn, kind: Kind = Kind.RATE) -> Turn | None:
    below = in_scale(below, above.scale)
    if not below.value:
        return None
    return Turn(
        above.value / below.value,
        kind,
        f"{_bracketed(above)} / {_bracketed(below)}",
        (above.value, below.value),
        above.line,
        None,
        above.year,
        "",
        above.years,
        "",
        (*above.cells, *below.cells),
    )


def turn_product(one: Turn, other: Turn) -> Turn:
    return Turn(
        one.value * other.value,
        Kind.OTHER,
        f"{_bracketed(one)} * {_bracketed(other)}",
        (one.value, other.value),
        one.line,
        None,
        one.year,
        scale=one.scale,
        cells=(*one.cells, *other.cells),
    )


def number_turn(value: Decimal) -> Turn:
    """A number that the question itself gives."""
    return Turn(value, Kind.OTHER, str(value))


def _bracketed(turn: Turn) -> str:
    return (
        f"({turn.formula})"
        if any(sign in turn.formula for sign in (" + ", " - ", " / ", " * "))
        else turn.formula
    )
