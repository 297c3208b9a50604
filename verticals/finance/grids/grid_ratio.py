"""Ratios of the catalogue from the lines of one table, such as a current ratio from a balance sheet."""

from collections.abc import Sequence
from decimal import Decimal

from verticals.finance.grids.grid import GridCell, Line
from verticals.finance.metrics.catalogue import catalogue, name_key
from verticals.finance.metrics.formula import Binary, Call, Name, Negative, Node, Number
from verticals.finance.metrics.labels import label_clean
from verticals.finance.metrics.metric import MetricKind
from verticals.finance.questions.metric_words import metric_words
from verticals.finance.questions.normalise import spaced

Worked = tuple[Decimal, str, tuple[GridCell, ...]]  # the value, how it was worked out, and from which cells


def ratio_named(question: str) -> str | None:
    """The ratio of the catalogue that a question names, if it names one."""
    for code in metric_words().find(question, spaced(question)).codes:
        metric = catalogue().get(code)
        if metric.kind is MetricKind.RATIO and metric.formulas:
            return code
    return None


def ratio_worked(code: str, year: int | None, lines: Sequence[Line]) -> Worked | None:
    """The ratio in a year, or None where the table lacks a line of its formula."""
    by_name = {name_key(label_clean(line.label)): line for line in reversed(lines)}
    for formula in catalogue().get(code).formulas:
        if (found := _worked(formula, year, by_name)) is not None:
            return found
    return None


def _worked(node: Node, year: int | None, by_name: dict[str, Line]) -> Worked | None:
    match node:
        case Number(value):
            return value, str(value), ()
        case Name(code):
            return _line(code, year, by_name)
        case Negative(operand):
            inner = _worked(operand, year, by_name)
            return (-inner[0], f"-{inner[1]}", inner[2]) if inner else None
        case Call("optional", operand):
            return _worked(operand, year, by_name) or (Decimal(0), "0", ())
        case Binary(operator, left, right):
            return _combined(operator, _worked(left, year, by_name), _worked(right, year, by_name))
    return None


def _line(code: str, year: int | None, by_name: dict[str, Line]) -> Worked | None:
    metric = catalogue().get(code)
    for name in metric.names["en"]:
        line = by_name.get(name_key(name))
        if line is not None:
            cell = line.by_year.get(year) if year is not None and line.by_year else None
            cell = cell or (line.undated if not line.by_year else None)
            if cell is not None:
                return cell.value, cell.text, (cell,)
    return None


def _combined(operator: str, left: Worked | None, right: Worked | None) -> Worked | None:
    if left is None or right is None or (operator == "/" and not right[0]):
        return None
    values = {
        "+": lambda: left[0] + right[0],
        "-": lambda: left[0] - right[0],
        "*": lambda: left[0] * right[0],
        "/": lambda: left[0] / right[0],
    }
    return values[operator](), f"({left[1]} {operator} {right[1]})", (*left[2], *right[2])
