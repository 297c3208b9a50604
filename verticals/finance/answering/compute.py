"""Computes what a typed query asks for, from facts alone."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from verticals.finance.answering.alternatives import alternatives
from verticals.finance.answering.bridge import margin_bridges
from verticals.finance.answering.combined import (
    average,
    compound_growth,
    difference,
    earliest_and_latest,
    flows_in,
    growth,
    quotient,
    total,
)
from verticals.finance.answering.companies import BREAKDOWNS, PARENT_ONLY, Company, companies_read
from verticals.finance.answering.computed import Alternative, Cell, Computed, Remark
from verticals.finance.answering.periods_resolved import periods_resolved
from verticals.finance.answering.ranking import moved_code, other_movement, ranked
from verticals.finance.answering.segments import breakdown_cells, member_name, parts_nested
from verticals.finance.metrics.catalogue import Catalogue, catalogue
from verticals.finance.metrics.fact_source import FactSource
from verticals.finance.metrics.growth import movement_code
from verticals.finance.metrics.metric import MetricKind
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.value import Dims, NotReported, Reason
from verticals.finance.questions.query import Grain, Latest, Op, TypedQuery

TREND_YEARS = 5
CALENDAR_YEAR_DAYS = 7  # a fiscal year of 52 weeks ends so near to the calendar year's end


def compute(
    query: TypedQuery,
    source: FactSource,
    entities: Iterable[str],
    *,
    metrics: Catalogue | None = None,
    as_of: datetime | None = None,
) -> Computed:
    """The figures that a query asks for.

    `entities` are all companies in reach, for questions about all of them. `as_of` leaves out what was not
    yet public at that time.
    """
    known = metrics or catalogue()
    if query.missing or query.op in {Op.TEXT, Op.LIST} or not query.metrics or _beyond_the_parent(query):
        return Computed(query=query, op=query.op)
    if query.places:
        return Computed(
            query=query, op=query.op, remarks=(Remark("place_unknown", {"places": query.places}),)
        )
    keys = tuple(query.entities) or (tuple(entities) if query.everyone else ())
    companies = companies_read(keys, query, source, known, as_of=as_of)
    return _Answer(query, known, companies).run()


class _Answer:
    """Computes one query over the companies it is about."""

    def __init__(self, query: TypedQuery, known: Catalogue, companies: list[Company]) -> None:
        self.query = query
        self.known = known
        self.companies = companies
        self.remarks: list[Remark] = []
        self.cells: list[Cell] = []
        self.others: list[Alternative] = []
        self.dims = PARENT_ONLY if query.scope == "parent" else ()

    def run(self) -> Computed:
        op = self.query.op
        order: tuple[str, ...] = ()
        bridges: tuple[object, ...] = ()
        for company in self.companies:
            periods = self._periods(company)
            if not periods:
                self._no_reports(company)
                continue
            if op is Op.WHY:
                bridges += self._why(company, periods)
            else:
                self._company_cells(company, periods, op)
            self._fiscal_remark(company)
        query = self.query
        evaluators = {company.key: company.evaluator for company in self.companies}
        if op is Op.RANK:
            order, query = self._ranked()
        return Computed(
            query=query,
            op=op,
            cells=tuple(self.cells),
            alternatives=(*self.others, *alternatives(query, self.known, evaluators, self.cells)),
            remarks=tuple(self.remarks),
            bridges=bridges,
            order=order,
        )

    def _periods(self, company: Company) -> list[FiscalPeriod]:
        default = Latest(Grain.YEAR, TREND_YEARS if self.query.op is Op.TREND else 1)
        found = periods_resolved(
            self.query.periods, company.evaluator.calendar, company.reported, default=default
        )
        if not self.query.periods and found:
            self.remarks.append(Remark("latest_taken", {"entity": company.key, "periods": tuple(found)}))
        elif any(one.latest or one.dates for one in self.query.periods) and found:
            self.remarks.append(Remark("periods_taken", {"entity": company.key, "periods": tuple(found)}))
        return found

    def _fiscal_remark(self, company: Company) -> None:
        """Say when a fiscal year is not the calendar year that its number suggests."""
        for cell in self.cells:
            period, value = cell.period, cell.value
            if cell.entity != company.key or value is None or not value.span.start or period.calendar:
                continue
            end = company.evaluator.calendar.span(FiscalPeriod(period.year)).end
            if abs((end - date(period.year, 12, 31)).days) > CALENDAR_YEAR_DAYS:
                data = {"entity": company.key, "period": period, "span": value.span}
                self.remarks.append(Remark("fiscal_year", data))
            return

    def _no_reports(self, company: Company) -> None:
        self.remarks.append(Remark("no_reports", {"entity": company.key}))

    def _company_cells(self, company: Company, periods: list[FiscalPeriod], op: Op) -> None:
        if op is Op.RATIO and len(self.query.metrics) == 2:
            self._ratios(company, periods)
            return
        metrics = self.query.metrics
        if op is Op.RANK:  # one order is of one metric in one period
            metrics, periods = metrics[:1], periods[-1:]
        for code in metrics:
            if self.query.compare_by in BREAKDOWNS:
                self._parts(company, code, periods, op)
            else:
                self._figures(company, code, periods, op, self.dims)

    def _figures(
        self, company: Company, code: str, periods: list[FiscalPeriod], op: Op, dims: Dims = ()
    ) -> None:
        if op in {Op.YOY, Op.QOQ}:
            self._movements(company, code, periods, dims, quarter=op is Op.QOQ)
        elif op in {Op.GROWTH, Op.CHANGE}:
            self._between(company, code, periods, dims)
        else:
            self._values(company, code, periods, dims)

    def _parts(self, company: Company, code: str, periods: list[FiscalPeriod], op: Op) -> None:
        """The metric, or how it moved, in each segment, product or region, and in the whole company."""
        by = self.query.compare_by
        moves = op in {Op.YOY, Op.QOQ, Op.GROWTH, Op.CHANGE}
        shown = code if moves else moved_code(self.known, self.query, code)
        cells = breakdown_cells(self.known, company.evaluator, shown, periods, by)
        parts = list(dict.fromkeys(cell.dims for cell in cells if cell.dims))
        if not parts:
            self.remarks.append(Remark("no_breakdown", {"entity": company.key, "by": by}))
        if moves:
            for dims in [*parts, ()]:
                self._figures(company, code, periods, op, dims)
            return
        if op is Op.RANK and parts:
            nested = parts_nested(company.evaluator, code, periods[-1], parts)
            cells = [cell for cell in cells if cell.dims and cell.dims not in nested]
        self.cells += cells

    def _values(self, company: Company, code: str, periods: list[FiscalPeriod], dims: Dims) -> None:
        code = moved_code(self.known, self.query, code)
        kind = self.known.get(code).kind
        if self.query.aggregate == "average" and kind is MetricKind.INSTANT and len(periods) == 1:
            periods = [periods[0].prior(), *periods]
        cells = [self._cell(company, code, period, dims=dims) for period in periods]
        summed = self.query.aggregate == "sum"
        if summed and not (kind is MetricKind.DURATION and self.known.get(code).additive):
            self.remarks.append(Remark("not_summed", {"metric": code}))
        elif self.query.aggregate and len(cells) > 1:
            combine = average if self.query.aggregate == "average" else total
            outcome = combine([cell.outcome for cell in cells])
            cells.append(Cell(company.key, code, periods[-1], outcome, self.query.aggregate))
        elif self.query.op is Op.TREND and not self.query.growth and len(cells) > 1:
            first, last = cells[0], cells[-1]
            if self._unlike(company, last, first):
                self.cells += cells
                return
            outcome = growth(self.known, last.outcome, first.outcome)
            cells.append(replace(last, outcome=outcome, role="movement"))
        self.cells += cells

    def _cell(
        self, company: Company, code: str, period: FiscalPeriod, role: str = "asked", dims: Dims = ()
    ) -> Cell:
        outcome = company.evaluator.value(code, period, dims)
        return Cell(company.key, code, period, outcome, role, dims, member_name(dims) if dims else "")

    def _movements(
        self, company: Company, code: str, periods: list[FiscalPeriod], dims: Dims, *, quarter: bool
    ) -> None:
        movement = movement_code(self.known.get(code), quarter=quarter)
        for period in periods:
            now = self._cell(company, code, period, dims=dims)
            before = period.previous() if quarter else period.prior()
            self.cells.append(now)
            if before is not None:
                self.cells.append(self._cell(company, code, before, "base", dims))
            moved = self._cell(company, movement, period, "movement", dims)
            self.cells.append(replace(moved, metric=code))

    def _between(self, company: Company, code: str, periods: list[FiscalPeriod], dims: Dims) -> None:
        """The change from the first period to the last; of one period, on the year before."""
        first, last = earliest_and_latest(periods)
        if first == last:
            first = last.prior()
        now = self._cell(company, code, last, dims=dims)
        base = self._cell(company, code, first, "base", dims)
        rate = compound_growth if self.query.compound else growth
        self.cells += [now, base]
        if self._unlike(company, now, base):
            return
        if self.query.op is Op.CHANGE:
            outcome = difference(self.known, now.outcome, base.outcome)
            self.cells.append(replace(now, outcome=outcome, role="change"))
        ratio = self.known.get(code).kind is MetricKind.RATIO
        if self.query.op is Op.GROWTH or not ratio:
            outcome = rate(self.known, now.outcome, base.outcome)
            self.cells.append(replace(now, outcome=outcome, role="movement"))

    def _unlike(self, company: Company, now: Cell, base: Cell) -> bool:
        """Whether the periods of two figures are of unlike length: no change leads from one to the other."""
        if now.period.length == base.period.length or not flows_in(self.known, now):
            return False
        data = {"entity": company.key, "first": base.period, "last": now.period}
        self.remarks.append(Remark("unlike_periods", data))
        return True

    def _ratios(self, company: Company, periods: list[FiscalPeriod]) -> None:
        above, below = self.query.metrics
        cells = []
        for period in periods:
            first, second = (
                self._cell(company, above, period, "base", self.dims),
                self._cell(company, below, period, "base", self.dims),
            )
            self.cells += [first, second]
            cells.append(Cell(company.key, above, period, quotient(first.outcome, second.outcome), "ratio"))
        self.cells += cells
        if self.query.aggregate == "average" and len(cells) > 1:  # a sum of ratios means nothing
            outcome = average([cell.outcome for cell in cells])
            self.cells.append(Cell(company.key, above, periods[-1], outcome, "average"))

    def _why(self, company: Company, periods: list[FiscalPeriod]) -> tuple[object, ...]:
        """The margin's change taken apart, and the figures on both sides of it."""
        first, last = earliest_and_latest(periods)
        if first == last:
            first = last.prior()
        for code in self.query.metrics:
            self.cells += [self._cell(company, code, last), self._cell(company, code, first, "base")]
            now, base = self.cells[-2].outcome, self.cells[-1].outcome
            outcome = growth(self.known, now, base)
            self.cells.append(Cell(company.key, code, last, outcome, "movement"))
        return tuple(
            bridge
            for code in self.query.metrics
            if (bridge := margin_bridges(self.known, company.evaluator, code, first, last))
        )

    def _ranked(self) -> tuple[tuple[str, ...], TypedQuery]:
        """Put the cells in order, with the first place by the other measure of movements beside."""
        rank, by = self.query.rank, self.query.compare_by
        assert rank is not None
        cells = [cell for cell in self.cells if cell.role == "asked" and (cell.dims or by not in BREAKDOWNS)]
        if not cells:
            return (), self.query
        found = ranked(cells, rank, by=by)
        self.remarks += found.remarks
        self.cells = list(found.cells)
        code = self.query.metrics[0]
        other = other_movement(self.known, self.query, code)
        if other and found.rank == rank:
            by_key = {company.key: company for company in self.companies}
            moved = [self._cell(by_key[one.entity], other, one.period, dims=one.dims) for one in cells]
            first = ranked(moved, replace(rank, first=1, count=1)).cells
            self.others = [Alternative("movement", one) for one in first]
        return tuple(cell.subject for cell in self.cells), replace(self.query, rank=found.rank)


def _beyond_the_parent(query: TypedQuery) -> bool:
    """Whether more is asked of a parent company alone than its statements give."""
    more = query.op in {Op.RANK, Op.WHY} or query.compare_by in BREAKDOWNS or query.aggregate or query.growth
    return bool(query.scope and more)


def reason_of(computed: Computed) -> NotReported | None:
    """The reason that tells most of why nothing was computed."""
    order = list(Reason)
    return min(computed.refused, key=lambda one: order.index(one.reason), default=None)
