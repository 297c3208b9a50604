"""A figure: what is stated, where, by which filing, what was stated before and after, and what it feeds."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from collegium.sdk.asker import Asker
from collegium.sdk.errors import NotFound
from collegium.sdk.sources import SourcePlace, source_known
from verticals.finance.facts.filings import StoredFiling
from verticals.finance.facts.history import fact_filing, figure_history
from verticals.finance.facts.selectors import StoredFact
from verticals.finance.metrics.fiscal_calendar import calendar_read
from verticals.finance.metrics.metric import Metric
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.stored_facts import filing_of
from verticals.finance.pages.addresses import address, fact_address, value_address
from verticals.finance.pages.amounts import exact_text, page_language, unit_caption
from verticals.finance.pages.company_found import company_filings, company_of_filing
from verticals.finance.pages.concept_names import concept_name, dims_words, metrics_fed
from verticals.finance.pages.filings import period_text

FED_MOST = 12


def fact(request: HttpRequest, asker: Asker, fact: int) -> HttpResponse:
    """The source opened where the figure stands, with all that is known of it above."""
    entity = company_of_filing(asker, fact_filing(asker, fact))
    statements = figure_history(asker, entity, fact)
    stated = next((one for one in statements if one.id == fact), None)
    filings = {one.id: one for one in company_filings(asker, entity)}
    if stated is None or any(one.filing not in filings for one in statements):  # it is being read anew
        raise NotFound(_("There is no such figure, or its document is not shared with you."))
    language = page_language()
    named = calendar_read(filing_of(one) for one in filings.values()).period_of(stated.fact.period)
    direct, computed = metrics_fed(stated.fact.concept)
    context = source_known(request, asker, place_of(stated), url=fact_address(fact)) | {
        "details": "finance/_fact.html",
        "stated": stated,
        "entity": entity,
        "company_href": address("company", entity.key),
        "statements_href": address("statements", entity.key, filing=stated.filing),
        "filing": filings[stated.filing],
        "filing_period": period_text(filings[stated.filing], language),
        "name": concept_name(stated.fact.concept, language),
        "value": _value(stated),
        "unit": unit_caption(stated.fact.unit, 0, language),
        "accuracy": accuracy_text(stated.fact.decimals),
        "period_name": named.label(language) if named and not stated.fact.period.is_instant else "",
        "dims": dims_words(stated.fact.dims),
        "others": [_other(one, stated, filings[one.filing]) for one in statements if one.id != fact],
        "hidden": bool(stated.fact.locator.get("hidden")),
        "placed": is_placed(stated),
        "fed": [] if stated.fact.dims else _fed(direct, entity.key, named, language),
        "fed_computed": [] if stated.fact.dims else _fed(computed[:FED_MOST], entity.key, named, language),
        "fed_more": max(0, len(computed) - FED_MOST),
        "section": "finance",
    }
    partial = getattr(request, "htmx", False)
    return render(request, "dashboard/_viewer.html" if partial else "finance/fact.html", context)


def place_of(stated: StoredFact) -> SourcePlace:
    """Where a fact stands in its document."""
    locator = stated.fact.locator
    return SourcePlace(
        document=stated.document,
        version=stated.version,
        page=locator.get("page"),
        boxes=tuple((box[0], box[1], box[2], box[3]) for box in locator.get("boxes", ()) if len(box) == 4),
        start=locator.get("start"),
        end=locator.get("end"),
    )


def is_placed(stated: StoredFact) -> bool:
    return bool(stated.fact.locator.get("boxes")) or "start" in stated.fact.locator


def _value(stated: StoredFact) -> str:
    return _("none (stated as nil)") if stated.fact.value is None else exact_text(stated.fact.value)


def accuracy_text(decimals: int | None) -> str:
    """To which place a value is accurate."""
    if decimals is None:
        return _("exact")
    if decimals > 0:
        return ngettext("%(n)s decimal place", "%(n)s decimal places", decimals) % {"n": decimals}
    if decimals == 0:
        return _("to the unit")
    named = {-3: _("to thousands"), -6: _("to millions"), -9: _("to billions")}
    return named.get(decimals) or _("to multiples of %(unit)s") % {"unit": f"{10**-decimals:,}"}


def _other(one: StoredFact, shown: StoredFact, filing: StoredFiling) -> dict[str, Any]:
    """Another statement of the same figure."""
    later = (one.known_on, one.id) > (shown.known_on, shown.id)
    return {
        "value": _value(one),
        "differs": one.fact.value != shown.fact.value,
        "later": later,
        "same_filing": one.filing == shown.filing,
        "filing": filing,
        "accuracy": accuracy_text(one.fact.decimals),
        "href": fact_address(one.id),
    }


def _fed(
    metrics: tuple[Metric, ...], entity: str, period: FiscalPeriod | None, language: str
) -> list[dict[str, str]]:
    """Metrics with the page of their value in the figure's period, where it has a name."""
    return [
        {
            "name": metric.name(language),
            "href": value_address(entity, metric.code, period) if period else "",
        }
        for metric in metrics
        if not metric.of
    ]
