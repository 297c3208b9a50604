"""Figures by segment, product or region: a metric along the axis on which its filer breaks it down."""

from collections.abc import Sequence

from verticals.finance.answering.computed import Cell
from verticals.finance.metrics.catalogue import Catalogue
from verticals.finance.metrics.evaluator import Evaluator
from verticals.finance.metrics.formula import formula_names
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.value import Dims, MetricValue


def breakdown_cells(
    known: Catalogue, evaluator: Evaluator, code: str, periods: Sequence[FiscalPeriod], by: str
) -> list[Cell]:
    """A metric in each member of the first axis that has it, with the company's total beside."""
    for axis in known.axes[by]:
        members = breakdown_members(known, evaluator, (code,), axis)
        cells = [
            Cell(evaluator.book.entity, code, period, outcome, "asked", dims, member_name(dims))
            for dims in members
            for period in periods
            if isinstance(outcome := evaluator.value(code, period, dims), MetricValue)
        ]
        if len({cell.dims for cell in cells}) > 1:
            totals = [
                Cell(evaluator.book.entity, code, period, evaluator.value(code, period), "total")
                for period in periods
            ]
            return cells + totals
    return [Cell(evaluator.book.entity, code, period, evaluator.value(code, period)) for period in periods]


def breakdown_members(known: Catalogue, evaluator: Evaluator, codes: Sequence[str], axis: str) -> list[Dims]:
    """The sets of dimensions along an axis for which any concept behind the metrics is stated."""
    concepts = set(_concepts(known, codes))
    return evaluator.book.dims_along(axis, concepts)


def _concepts(known: Catalogue, codes: Sequence[str]) -> list[str]:
    found: list[str] = []
    for code in codes:
        metric = known.get(code)
        found += metric.concept_names
        for formula in metric.formulas:
            for name in formula_names(formula):
                found += known.get(name).concept_names
    return found


def member_name(dims: Dims) -> str:
    """A member's name as it can be read: "goog:GoogleCloudMember" is "Google Cloud"."""
    local = dims[0][1].split(":", 1)[-1]
    for ending in ("SegmentMember", "Member", "Domain"):
        local = local.removesuffix(ending)
    words, word = [], ""
    for at, letter in enumerate(local):
        nxt = local[at + 1] if at + 1 < len(local) else ""
        starts = letter.isupper() and word and (not word[-1].isupper() or (nxt.islower() and len(word) > 1))
        if starts and letter.isascii():
            words.append(word)
            word = ""
        word += letter
    return " ".join([*words, word]).strip()
