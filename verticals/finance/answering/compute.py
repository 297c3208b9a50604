"""Computes what a typed query asks for, from facts alone."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from verticals.finance.answering.bridge import margin_bridges
from verticals.finance.answering.combined import (
    average,
    compound_growth,
    difference,
    earliest_and_latest,
    growth,
    quotient,
    total,
)
from verticals.finance.answering.companies import BREAKDOWNS, Company, companies_read
from verticals.finance.answering.computed import Alternative, Cell, Computed, Remark
from verticals.finance.answering.periods_resolved import periods_resolved
from verticals.finance.answering.segments import breakdown_cells
from verticals.finance.metrics.catalogue import Catalogue, catalogue
from verticals.finance.metrics.fact_source import FactSource
from verticals.finance.metrics.growth import movement_code
from verticals.finance.metrics.metric import MetricKind
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.value import MetricValue, NotReported, Reason
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
    if query.missing or query.op in {Op.TEXT, Op.LIST} or not query.metrics:
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
        if op is Op.RANK:
            order = self._ranked()
        return Computed(
            query=self.query,
            op=op,
            cells=tuple(self.cells),
            alternatives=tuple(self._alternatives()),
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
                by = self.query.compare_by
                cells = breakdown_cells(self.known, company.evaluator, code, periods, by)
                if not any(cell.dims for cell in cells):
                    self.remarks.append(Remark("no_breakdown", {"entity": company.key, "by": by}))
                self.cells += cells
            elif op in {Op.YOY, Op.QOQ}:
                self._movements(company, code, periods, quarter=op is Op.QOQ)
            elif op in {Op.GROWTH, Op.CHANGE}:
                self._between(company, code, periods)
            else:
                self._values(company, code, periods)

    def _values(self, company: Company, code: str, periods: list[FiscalPeriod]) -> None:
        if self.query.growth:
            code = movement_code(self.known.get(code))
        kind = self.known.get(code).kind
        if self.query.aggregate == "average" and kind is MetricKind.INSTANT and len(periods) == 1:
            periods = [periods[0].prior(), *periods]
        cells = [self._cell(company, code, period) for period in periods]
        summed = self.query.aggregate == "sum"
        if summed and not (kind is MetricKind.DURATION and self.known.get(code).additive):
            self.remarks.append(Remark("not_summed", {"metric": code}))
        elif self.query.aggregate and len(cells) > 1:
            combine = average if self.query.aggregate == "average" else total
            outcome = combine([cell.outcome for cell in cells])
            cells.append(Cell(company.key, code, periods[-1], outcome, self.query.aggregate))
        elif self.query.op is Op.TREND and not self.query.growth and len(cells) > 1:
            first, last = cells[0], cells[-1]
            outcome = growth(self.known, last.outcome, first.outcome)
            cells.append(Cell(company.key, code, last.period, outcome, "movement"))
        self.cells += cells

    def _cell(self, company: Company, code: str, period: FiscalPeriod, role: str = "asked") -> Cell:
        return Cell(company.key, code, period, company.evaluator.value(code, period), role)

    def _movements(self, company: Company, code: str, periods: list[FiscalPeriod], *, quarter: bool) -> None:
        for period in periods:
            now = self._cell(company, code, period)
            before = period.previous() if quarter else period.prior()
            self.cells.append(now)
            if before is not None:
                self.cells.append(self._cell(company, code, before, "base"))
            movement = movement_code(self.known.get(code), quarter=quarter)
            outcome = company.evaluator.value(movement, period)
            self.cells.append(Cell(company.key, code, period, outcome, "movement"))

    def _between(self, company: Company, code: str, periods: list[FiscalPeriod]) -> None:
        """The change from the first period to the last; of one period, on the year before."""
        first, last = earliest_and_latest(periods)
        if first == last:
            first = last.prior()
        now, base = self._cell(company, code, last), self._cell(company, code, first, "base")
        rate = compound_growth if self.query.compound else growth
        self.cells += [now, base]
        if self.query.op is Op.CHANGE:
            outcome = difference(self.known, now.outcome, base.outcome)
            self.cells.append(Cell(company.key, code, last, outcome, "change"))
        ratio = self.known.get(code).kind is MetricKind.RATIO
        if self.query.op is Op.GROWTH or not ratio:
            outcome = rate(self.known, now.outcome, base.outcome)
            self.cells.append(Cell(company.key, code, last, outcome, "movement"))

    def _ratios(self, company: Company, periods: list[FiscalPeriod]) -> None:
        above, below = self.query.metrics
        cells = []
        for period in periods:
            first, second = (
                self._cell(company, above, period, "base"),
                self._cell(company, below, period, "base"),
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

    def _ranked(self) -> tuple[str, ...]:
        """The companies in order of the figure; those in another unit than most are left out and named."""
        valued = [
            (cell, cell.value)
            for cell in self.cells
            if cell.role == "asked"
            and cell.value is not None
            and not any(note.code == "negative_base" for note in cell.value.notes)
        ]
        units = [value.unit for _cell, value in valued]
        unit = max(set(units), key=units.count) if units else ""
        rank = self.query.rank
        assert rank is not None
        left_out = tuple(cell.entity for cell, value in valued if value.unit != unit)
        if left_out:
            self.remarks.append(Remark("other_units", {"entities": left_out, "unit": unit}))
        counted = [(value.value, cell.entity) for cell, value in valued if value.unit == unit]
        without = len([cell for cell in self.cells if cell.value is None])
        self.remarks.append(Remark("ranked_of", {"count": len(counted), "without": without}))
        ordered = sorted(counted, key=lambda one: (-one[0] if rank.highest else one[0], one[1]))
        picked = ordered[rank.first - 1 :][: rank.count or len(ordered)]
        chosen = tuple(entity for _value, entity in picked)
        places = {entity: at for at, entity in enumerate(chosen)}
        self.cells = sorted(
            (cell for cell in self.cells if cell.entity in places), key=lambda cell: places[cell.entity]
        )
        return chosen

    def _alternatives(self) -> Iterable[Alternative]:
        """What the other readings come to, where they come to something else."""
        if self.query.op in {Op.RANK, Op.TREND, Op.WHY} or len(self.companies) > 3:
            return
        by_key = {company.key: company for company in self.companies}
        for cell in [one for one in self.cells if one.role in {"asked", "movement"} and not one.dims]:
            evaluator = by_key[cell.entity].evaluator
            for about, code, period in self._other_readings(cell):
                if cell.role == "movement":
                    quarter = self.query.op is Op.QOQ
                    moved = movement_code(self.known.get(code), quarter=quarter)
                    outcome = evaluator.value(moved, period)
                else:
                    outcome = evaluator.value(code, period)
                same = (
                    cell.value is not None
                    and isinstance(outcome, MetricValue)
                    and outcome.value == cell.value.value
                )
                if isinstance(outcome, MetricValue) and not same:
                    yield Alternative(about, replace(cell, metric=code, period=period, outcome=outcome))

    def _other_readings(self, cell: Cell) -> Iterable[tuple[str, str, FiscalPeriod]]:
        for reading in self.query.readings:
            if reading.about == "metric" and reading.taken == cell.metric:
                for code in reading.offered:
                    yield "metric", code, cell.period
            elif reading.about == "period" and reading.taken == cell.period.code:
                yield "period", cell.metric, cell.period.to_date


def reason_of(computed: Computed) -> NotReported | None:
    """The reason that tells most of why nothing was computed."""
    order = list(Reason)
    return min(computed.refused, key=lambda one: order.index(one.reason), default=None)
