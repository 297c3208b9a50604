"""The balances next to a day on which there is none."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from verticals.finance.answering.computed import Alternative, Cell
from verticals.finance.metrics.evaluator import Evaluator
from verticals.finance.metrics.periods import FiscalPeriod, day_alone
from verticals.finance.metrics.value import MetricValue, NotReported, Reason

YEARS_NEAR = 1  # balances further off than a year's closing are no answer


def balances_near(cell: Cell, evaluator: Evaluator) -> Iterator[Alternative]:
    """The last balance before the day and the first after it, of those that the reports state."""
    missing = cell.outcome
    asked = cell.period.dates
    if not isinstance(missing, NotReported) or missing.reason is not Reason.NO_BALANCE or asked is None:
        return
    ends = sorted(_quarter_ends(evaluator, asked.end.year))
    before = (one for one in reversed(ends) if one[0] < asked.end)
    after = (one for one in ends if one[0] > asked.end)
    for side in (before, after):
        for day, named in side:
            outcome = evaluator.value(cell.metric, named, cell.dims)
            if isinstance(outcome, MetricValue):
                yield Alternative("balance", replace(cell, period=day_alone(day), outcome=outcome))
                break


def _quarter_ends(evaluator: Evaluator, year: int) -> Iterator[tuple[date, FiscalPeriod]]:
    for fiscal_year in range(year - YEARS_NEAR, year + YEARS_NEAR + 1):
        for quarter in (1, 2, 3, 4):
            named = FiscalPeriod(fiscal_year, f"Q{quarter}").to_date
            yield evaluator.calendar.span(named).end, named
