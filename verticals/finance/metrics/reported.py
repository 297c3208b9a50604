"""What filings state of a metric for a period, directly or as a sum and difference of stated flows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from verticals.finance.facts.fact import Period
from verticals.finance.metrics.book import Dims, FactBook, Series, Versions, known_at
from verticals.finance.metrics.fiscal_calendar import FiscalCalendar
from verticals.finance.metrics.flows import Derivation, Term, flow_derive, flow_gaps
from verticals.finance.metrics.metric import Metric, MetricKind
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.units import PURE, is_percent
from verticals.finance.metrics.value import Basis, MetricValue, Note, NotReported, Reason

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Asked:
    """One figure to look up: a metric in a period; `opening` asks for the balance at its start."""

    metric: Metric
    period: FiscalPeriod
    span: Period
    dims: Dims = ()
    opening: bool = False


def reported_value(
    book: FactBook, calendar: FiscalCalendar, asked: Asked, is_quarter_end: Callable[[date], bool]
) -> MetricValue | NotReported:
    """The stated or derived figure; derived ones are put together at quarter ends.

    Not found, the reason tells figures of other periods from figures that no filing states.
    """
    stated = list(book.stated(asked.metric.concept_names, asked.dims))
    if asked.metric.kind is MetricKind.INSTANT:
        found = _instants(asked, stated)
    else:
        found = _flows(asked, stated)
        if not found and asked.metric.kind is not MetricKind.DURATION:
            found = _instants(asked, stated)
    if found:
        return _direct(book, asked, _best(asked, found))
    if asked.metric.additive and not asked.opening:
        for concept, series in stated:
            if found_by := flow_derive(series, asked.span, is_quarter_end):
                return _derived(book, calendar, asked, concept, found_by)
    return _absent(book, calendar, asked, [series for _concept, series in stated])


def _instants(asked: Asked, stated: Sequence[tuple[str, Series]]) -> list[tuple[int, str, Versions]]:
    day = day_before(asked.span) if asked.opening else asked.span.end
    found = [
        (place, concept, versions)
        for place, (concept, series) in enumerate(stated)
        if (versions := series.instant(day)) is not None
    ]
    # some statements give a balance the dates of the period that it closes
    return found or ([] if asked.opening else _flows(asked, stated))


def day_before(span: Period) -> date:
    """The day on which the opening balance of a period stands."""
    assert span.start
    return span.start - timedelta(days=1)


def _flows(asked: Asked, stated: Sequence[tuple[str, Series]]) -> list[tuple[int, str, Versions]]:
    return [
        (place, concept, versions)
        for place, (concept, series) in enumerate(stated)
        if not asked.opening and (versions := series.flow(asked.span)) is not None
    ]


def _best(asked: Asked, found: list[tuple[int, str, Versions]]) -> Versions:
    """Of several concepts the one that the newest filing states; in one filing, the one preferred."""
    usual = {one.name: one.usual_in(asked.period.year) for one in asked.metric.concepts}
    return max(found, key=lambda one: (usual[one[1]], known_at(one[2].latest), -one[0]))[2]


def _direct(book: FactBook, asked: Asked, versions: Versions) -> MetricValue:
    known = versions.latest
    value, unit = plain(known.fact.value, known.fact.unit)
    notes = []
    if earlier := versions.superseded:
        notes.append(
            Note(
                "restated",
                {"from": earlier.fact.value, "unit": earlier.fact.unit, "form": earlier.filing.form},
            )
        )
    return MetricValue(
        metric=asked.metric.code,
        entity=book.entity,
        period=asked.period,
        span=known.fact.period,
        value=value,
        unit=unit,
        basis=Basis.REPORTED,
        formula=known.fact.concept,
        facts=(known,),
        notes=tuple(notes),
        dims=asked.dims,
        opening=asked.opening,
    )


def _derived(
    book: FactBook, calendar: FiscalCalendar, asked: Asked, concept: str, derivation: Derivation
) -> MetricValue:
    terms = derivation.terms
    value = sum((term.sign * (term.known.fact.value or Decimal(0)) for term in terms), Decimal(0))
    value, unit = plain(value, terms[0].known.fact.unit)
    names = [span_name(calendar, Period(start=term.span[0], end=term.span[1])) for term in terms]
    ordered = sorted(zip(terms, names, strict=True), key=lambda pair: (-pair[0].sign, pair[0].span))
    formula = " ".join(f"{'+' if term.sign > 0 else '-'} {concept}[{name}]" for term, name in ordered)
    notes = [Note("derived_flow", {"terms": tuple((term.sign, name) for term, name in ordered)})]
    if any(term.restated for term in terms):
        notes.append(Note("restated_terms"))
    return MetricValue(
        metric=asked.metric.code,
        entity=book.entity,
        period=asked.period,
        span=derivation.span,
        value=value,
        unit=unit,
        basis=Basis.DERIVED,
        formula=formula.removeprefix("+ "),
        facts=tuple(term.known for term, _name in ordered),
        operands=tuple(_term_value(book, calendar, asked, term) for term, _name in ordered),
        notes=tuple(notes),
        dims=asked.dims,
    )


def _term_value(book: FactBook, calendar: FiscalCalendar, asked: Asked, term: Term) -> MetricValue:
    """One stated flow of a derivation as a value of its own."""
    span = Period(start=term.span[0], end=term.span[1])
    value, unit = plain(term.known.fact.value, term.known.fact.unit)
    return MetricValue(
        metric=asked.metric.code,
        entity=book.entity,
        period=calendar.period_of(span) or asked.period,
        span=span,
        value=value,
        unit=unit,
        basis=Basis.REPORTED,
        formula=term.known.fact.concept,
        facts=(term.known,),
        dims=asked.dims,
    )


def _absent(book: FactBook, calendar: FiscalCalendar, asked: Asked, stated: list[Series]) -> NotReported:
    reason, periods = Reason.NOT_STATED, tuple[FiscalPeriod, ...]()
    if stated:
        reason = Reason.OTHER_PERIODS
        gaps = [gap for series in stated if series.flows for gap in flow_gaps(series, asked.span)]
        if gaps and not asked.metric.additive:
            reason = Reason.NOT_ADDITIVE
        elif gaps:
            periods = tuple(dict.fromkeys(named for gap in gaps if (named := calendar.period_of(gap))))
    return NotReported(
        metric=asked.metric.code,
        entity=book.entity,
        period=asked.period,
        reason=reason,
        needs=(asked.metric.code,),
        periods=periods,
        data=_circumstances(asked, stated),
        dims=asked.dims,
    )


def _circumstances(asked: Asked, stated: list[Series]) -> dict[str, bool]:
    """What else there is to know of a figure's absence.

    `nil_then`: figures of other days or years are stated, none that overlaps the period: the line was empty.
    """
    data = {"opening": True} if asked.opening else {}
    day = day_before(asked.span) if asked.opening else asked.span.end
    start = asked.span.start or day
    overlapping = any(begin <= day and end >= start for series in stated for begin, end in series.flows)
    if stated and not asked.period.month and (asked.metric.kind is MetricKind.INSTANT or not overlapping):
        data["nil_then"] = True
    return data


def plain(value: Decimal | None, unit: str) -> tuple[Decimal, str]:
    """A stated value as it is computed with: percentages as fractions."""
    number = value if value is not None else Decimal(0)
    return (number / HUNDRED, PURE) if is_percent(unit) else (number, unit)


def span_name(calendar: FiscalCalendar, span: Period) -> str:
    """A short name of a stated period: its fiscal period, else its dates."""
    named = calendar.period_of(span)
    return named.code if named else f"{span.start}/{span.end}"
