"""Computes metrics of one company: what is stated, else by the formulas of the catalogue, else why not."""

from dataclasses import dataclass, replace
from decimal import Context, localcontext
from functools import cache
from typing import Any

from verticals.finance.facts.fact import Period
from verticals.finance.metrics.arithmetic import Arithmetic, Missing, Quantity, When, most_telling
from verticals.finance.metrics.book import Dims, FactBook
from verticals.finance.metrics.catalogue import Catalogue
from verticals.finance.metrics.coverage import cost_gap
from verticals.finance.metrics.fiscal_calendar import FiscalCalendar
from verticals.finance.metrics.formula import Node, formula_text
from verticals.finance.metrics.metric import Metric, MetricKind, UnitKind
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.reported import Asked, reported_value
from verticals.finance.metrics.value import Basis, MetricValue, Note, NotReported, Outcome, Reason

DIGITS = Context(prec=40)


@dataclass(frozen=True, slots=True)
class _Key:
    code: str
    period: FiscalPeriod
    dims: Dims
    opening: bool


class Evaluator:
    """Values of one company, each computed once."""

    def __init__(self, metrics: Catalogue, book: FactBook, calendar: FiscalCalendar) -> None:
        self.metrics = metrics
        self.book = book
        self.calendar = calendar
        self._done: dict[_Key, Outcome] = {}
        self._open: set[_Key] = set()
        self._turned_back = 0
        self._is_quarter_end = cache(calendar.is_quarter_end)

    def value(self, code: str, period: FiscalPeriod, dims: Dims = (), *, opening: bool = False) -> Outcome:
        """The metric in the period; `opening`: the balance at its start. Raises UnknownMetric."""
        key = _Key(code, period, dims, opening)
        if key in self._done:
            return self._done[key]
        if key in self._open:  # a formula that comes back to where it started says nothing
            self._turned_back += 1
            return self._none(key, Reason.NOT_STATED, needs=(code,))
        turns = self._turned_back
        self._open.add(key)
        try:
            with localcontext(DIGITS):
                outcome = self._compute(key)
        finally:
            self._open.discard(key)
        # what failed for want of a value that is being computed may succeed once that value is there
        if isinstance(outcome, MetricValue) or turns == self._turned_back or not self._open:
            self._done[key] = outcome
        return outcome

    @property
    def industry(self) -> str:
        """bank or insurer where the statements are those of one, else empty."""
        if any(True for _ in self.book.stated(self.metrics.get("cost_of_revenue").concept_names)):
            return ""
        kinds = self.metrics.industries.values()
        return next((one.code for one in kinds if one.concepts & self.book.concepts), "")

    def _compute(self, key: _Key) -> Outcome:
        metric = self.metrics.get(key.code)
        if metric.of and not metric.concepts:
            return replace(self.value(metric.of, key.period, key.dims, opening=key.opening), metric=key.code)
        asked = Asked(metric, key.period, self.calendar.span(key.period), key.dims, key.opening)
        stated = reported_value(self.book, self.calendar, asked, self._is_quarter_end)
        if isinstance(stated, MetricValue) and not _another_day(stated, key.period):
            return stated
        if key.period.month and (metric.concepts or metric.kind is MetricKind.INSTANT):
            return self._dated(metric, key)
        industry = self.industry
        if industry in metric.not_for or (metric.only_for and industry not in metric.only_for):
            return self._none(key, Reason.NOT_APPLICABLE, data={"industry": industry})
        tried: list[NotReported] = []
        for formula in metric.formulas:
            outcome = self._by_formula(metric, formula, key)
            if isinstance(outcome, MetricValue):
                return outcome
            tried.append(outcome)
        if metric.concepts or not tried:
            # figures of other periods tell more than what a formula lacks; no figures at all tell less
            tried.insert(len(tried) if stated.reason is Reason.NOT_STATED else 0, stated)
        return _combined(tried)

    def _dated(self, metric: Metric, key: _Key) -> Outcome:
        """A balance on the last day of months that end a quarter; of anything else, why there is none."""
        if metric.kind is not MetricKind.INSTANT:
            return self._none(key, Reason.NOT_BY_MONTH, needs=(key.code,))
        named = self.calendar.quarter_ending(self.calendar.span(key.period).end)
        if named is None:
            return self._none(key, Reason.NO_BALANCE, needs=(key.code,))
        return replace(self.value(key.code, named, key.dims, opening=key.opening), period=key.period)

    def _by_formula(self, metric: Metric, formula: Node, key: _Key) -> Outcome:
        arithmetic = Arithmetic(
            metric.code,
            self.book.entity,
            lambda code, when: self.value(code, when.period, key.dims, opening=when.opening),
            self._days,
        )
        try:
            found = arithmetic.evaluate(formula, When(key.period, key.opening))
        except Missing as missing:
            return replace(missing.outcome, metric=metric.code, period=key.period, dims=key.dims)
        if metric.guard and (gap := self._cost_gap(found, key)):
            return self._none(key, Reason.SCOPE, needs=("cost_of_revenue",), data={"gap": gap})
        return MetricValue(
            metric=metric.code,
            entity=self.book.entity,
            period=key.period,
            span=self._span(found, key.period),
            value=found.value,
            unit=found.unit,
            basis=Basis.DERIVED,
            formula=formula_text(formula),
            facts=tuple(known for one in found.operands for known in one.facts),
            operands=found.operands,
            notes=found.notes + self._cautions(metric, found, key),
            dims=key.dims,
            opening=key.opening,
        )

    def _span(self, found: Quantity, period: FiscalPeriod) -> Period:
        """The dates of a computed value: those of the flows in it, where all are the same."""
        own = {one.span for one in found.operands if one.period == period and one.span.start}
        return own.pop() if len(own) == 1 else self.calendar.span(period)

    def _days(self, period: FiscalPeriod) -> int:
        span = self.calendar.span(period)
        assert span.start
        return (span.end - span.start).days + 1

    def _cost_gap(self, found: Quantity, key: _Key) -> str:
        revenue, cost = found.operands[:2]
        return cost_gap(revenue, cost, lambda code: self.value(code, key.period, key.dims))

    def _cautions(self, metric: Metric, found: Quantity, key: _Key) -> tuple[Note, ...]:
        """What a reader of a ratio has to know: it is of less than a year, or grows from a negative base."""
        notes = []
        kinds = {self.metrics.get(one.metric).kind for one in found.operands}
        shown = {UnitKind.PERCENT, UnitKind.TIMES}
        if (
            metric.unit in shown
            and {MetricKind.INSTANT, MetricKind.DURATION} <= kinds
            and key.period.quarters < 4
        ):
            notes.append(Note("not_annual", {"quarters": key.period.quarters}))
        if metric.code.endswith(("_growth", "_growth_qoq")) and found.operands[-1].value < 0:
            notes.append(Note("negative_base", {"metric": found.operands[-1].metric}))
        return tuple(notes)

    def _none(
        self, key: _Key, reason: Reason, *, needs: tuple[str, ...] = (), data: dict[str, Any] | None = None
    ) -> NotReported:
        return NotReported(
            metric=key.code,
            entity=self.book.entity,
            period=key.period,
            reason=reason,
            needs=needs,
            data=data or {},
            dims=key.dims,
        )


def _another_day(stated: MetricValue, period: FiscalPeriod) -> bool:
    """Whether a balance is of a day near the one asked about, which one day alone does not mean."""
    return period.day != 0 and period.dates is not None and stated.span.end != period.dates.end


def _combined(tried: list[NotReported]) -> NotReported:
    """One reason of several attempts: the most telling; of equal ones that which says what it would take."""
    telling = most_telling(tried).reason
    return max((one for one in tried if one.reason is telling), key=lambda one: bool(one.periods))
