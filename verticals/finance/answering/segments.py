"""Figures by segment, product or region: a metric along the axis on which its filer breaks it down."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from verticals.finance.answering.computed import Cell
from verticals.finance.answering.same_members import members_once
from verticals.finance.metrics.catalogue import Catalogue
from verticals.finance.metrics.evaluator import Evaluator
from verticals.finance.metrics.formula import formula_names
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.value import Dims, MetricValue

PARTS_MOST = 16  # of so many every sum can be formed


def breakdown_cells(
    known: Catalogue, evaluator: Evaluator, code: str, periods: Sequence[FiscalPeriod], by: str
) -> list[Cell]:
    """A metric in each member of the first axis that has it, with the company's total beside."""
    for axis in known.axes[by]:
        cells = list(_member_cells(known, evaluator, code, periods, axis))
        if len({cell.dims for cell in cells}) > 1:
            totals = [
                Cell(evaluator.book.entity, code, period, evaluator.value(code, period), "total")
                for period in periods
            ]
            return cells + totals
    return [Cell(evaluator.book.entity, code, period, evaluator.value(code, period)) for period in periods]


def _member_cells(
    known: Catalogue, evaluator: Evaluator, code: str, periods: Sequence[FiscalPeriod], axis: str
) -> Iterator[Cell]:
    """A cell for each member and period with a value; of two names of a member, one."""
    concepts = set(_concepts(known, (code,)))
    along = evaluator.book.dims_along(axis, concepts)
    members, doubles = members_once(evaluator.book, along, concepts)
    for dims in members:
        for period in periods:
            other = doubles.get(dims)
            if other and isinstance(evaluator.value(code, period, other), MetricValue):
                continue
            outcome = evaluator.value(code, period, dims)
            if isinstance(outcome, MetricValue):
                yield Cell(evaluator.book.entity, code, period, outcome, "asked", dims, member_name(dims))


def breakdown_members(known: Catalogue, evaluator: Evaluator, codes: Sequence[str], axis: str) -> list[Dims]:
    """The sets of dimensions along an axis for which any concept behind the metrics is stated."""
    concepts = set(_concepts(known, codes))
    return members_once(evaluator.book, evaluator.book.dims_along(axis, concepts), concepts)[0]


def parts_nested(
    evaluator: Evaluator, code: str, period: FiscalPeriod, parts: Sequence[Dims]
) -> frozenset[Dims]:
    """The members that are the whole company, or a sum of others, such as products beside each of them.

    Beside its own parts such a member would come first in every ranking.
    """
    if not evaluator.metrics.get(code).additive:
        return frozenset()
    found = {
        dims: outcome.value
        for dims in parts[:PARTS_MOST]
        if isinstance(outcome := evaluator.value(code, period, dims), MetricValue)
    }
    whole = evaluator.value(code, period)
    total = whole.value if isinstance(whole, MetricValue) else None
    return frozenset(
        dims
        for dims, value in found.items()
        if len(found) > 1
        and (value == total or _is_sum(value, [one for other, one in found.items() if other != dims]))
    )


def _is_sum(value: Decimal, others: Sequence[Decimal]) -> bool:
    """Whether two or more of the others add up to a value."""
    sums: set[tuple[Decimal, bool]] = {(Decimal(0), False)}  # a sum, and whether it has an addend
    full: set[Decimal] = set()
    for one in others:
        if 0 < one < value:
            full |= {total + one for total, begun in sums if begun} | {total + one for total in full}
            sums.add((one, True))
    return value in full


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
