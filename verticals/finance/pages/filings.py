"""A company's filings, and the figures that later ones restated."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from collegium.sdk.asker import Asker
from verticals.finance.facts.filings import StoredFiling
from verticals.finance.facts.history import Restatement, Stated, restatements_list
from verticals.finance.metrics.fiscal_calendar import calendar_read
from verticals.finance.metrics.periods import PARTS, FiscalPeriod
from verticals.finance.metrics.stored_facts import filing_of
from verticals.finance.pages.addresses import address, fact_address
from verticals.finance.pages.amounts import exact_text, page_language, unit_caption
from verticals.finance.pages.company_found import company_filings, company_get, company_known
from verticals.finance.pages.concept_names import concept_name, dims_text


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingRow:
    filing: StoredFiling
    period: str
    statements_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """One statement of a restated figure; `change`: against the statement before it."""

    value: str
    change: str
    href: str
    filing: StoredFiling


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatedFigure:
    name: str
    concept: str
    dims: str
    period: str
    unit: str
    rows: tuple[StatementRow, ...]


def filings(request: HttpRequest, asker: Asker, key: str) -> HttpResponse:
    entity = company_get(asker, key)
    language = page_language()
    rows = [
        FilingRow(
            filing=one,
            period=period_text(one, language),
            statements_href=address("statements", key, filing=one.id),
        )
        for one in company_filings(asker, entity)
    ]
    context = company_known(entity, "filings") | {"rows": rows}
    return render(request, "finance/filings.html", context)


def period_text(filing: StoredFiling, language: str) -> str:
    """The period that a filing is about, in words; empty where it does not say."""
    if not filing.fiscal_year or filing.fiscal_period not in PARTS:
        return ""
    return FiscalPeriod(filing.fiscal_year, filing.fiscal_period).label(language)


def restatements(request: HttpRequest, asker: Asker, key: str) -> HttpResponse:
    """`?dims=all`: figures of segments, products and the like too."""
    entity = company_get(asker, key)
    language = page_language()
    every = request.GET.get("dims") == "all"
    found = company_filings(asker, entity)
    by_id = {one.id: one for one in found}
    calendar = calendar_read(filing_of(one) for one in found)

    def period_of(one: Restatement) -> str:
        named = calendar.period_of(one.period)
        if named and not one.period.is_instant:
            return named.label(language)
        return f"{one.period.start} – {one.period.end}" if one.period.start else f"{one.period.end}"

    restated = [
        RestatedFigure(
            name=concept_name(one.concept, language),
            concept=one.concept,
            dims=dims_text(one.dims),
            period=period_of(one),
            unit=unit_caption(one.unit, 0, language),
            rows=_rows(one),
        )
        for one in restatements_list(asker, by_id, every_dimension=every)
    ]
    context = company_known(entity, "restatements") | {
        "restated": restated,
        "every": every,
        "whole_href": address("restatements", key),
        "every_href": address("restatements", key, dims="all"),
        "filing_count": len(found),
    }
    return render(request, "finance/restatements.html", context)


def _rows(one: Restatement) -> tuple[StatementRow, ...]:
    before: list[Stated | None] = [*one.earlier, None]
    return tuple(
        StatementRow(
            value=exact_text(stated.fact.value) if stated.fact.value is not None else "–",
            change=_change(stated, earlier),
            href=fact_address(stated.id),
            filing=stated.filing,
        )
        for stated, earlier in zip(one.statements, before, strict=True)
    )


def _change(stated: Stated, earlier: Stated | None) -> str:
    if earlier is None or earlier.fact.value is None or stated.fact.value is None:
        return ""
    difference = stated.fact.value - earlier.fact.value
    return f"{'+' if difference > 0 else ''}{exact_text(difference)}"
