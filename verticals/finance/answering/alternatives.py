"""What the other readings of a question come to, where they come to something else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from verticals.finance.answering.balances import balances_near
from verticals.finance.answering.computed import Alternative, Cell
from verticals.finance.metrics.catalogue import Catalogue
from verticals.finance.metrics.evaluator import Evaluator
from verticals.finance.metrics.growth import movement_code
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.value import MetricValue
from verticals.finance.questions.query import Op, TypedQuery

COMPANIES_MOST = 3


def alternatives(
    query: TypedQuery, known: Catalogue, evaluators: Mapping[str, Evaluator], cells: Sequence[Cell]
) -> Iterator[Alternative]:
    """Figures by the readings that were not taken, and the balances next to days without one."""
    if query.op in {Op.RANK, Op.TREND, Op.WHY} or len(evaluators) > COMPANIES_MOST:
        return
    for cell in [one for one in cells if one.role in {"asked", "movement"} and not one.dims]:
        evaluator = evaluators[cell.entity]
        for about, code, period in _other_readings(query, cell):
            if cell.role == "movement":
                code_read = movement_code(known.get(code), quarter=query.op is Op.QOQ)
            else:
                code_read = code
            outcome = evaluator.value(code_read, period)
            same = (
                cell.value is not None
                and isinstance(outcome, MetricValue)
                and outcome.value == cell.value.value
            )
            if isinstance(outcome, MetricValue) and not same:
                yield Alternative(about, replace(cell, metric=code, period=period, outcome=outcome))
        yield from balances_near(cell, evaluator)


def _other_readings(query: TypedQuery, cell: Cell) -> Iterator[tuple[str, str, FiscalPeriod]]:
    for reading in query.readings:
        if reading.about == "metric" and reading.taken == cell.metric:
            for code in reading.offered:
                yield "metric", code, cell.period
        elif reading.about == "period" and reading.taken == cell.period.code:
            yield "period", cell.metric, cell.period.to_date
