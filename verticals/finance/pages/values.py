"""A metric's value in a period: how it was computed, from which figures, and what to know about it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.errors import NotFound
from verticals.finance.answering.figures import exact
from verticals.finance.answering.interpretation import note_text
from verticals.finance.answering.reasons import reason_text
from verticals.finance.answering.shown import Words
from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.metrics.fact_source import KnownFact
from verticals.finance.metrics.metric import Metric, UnitKind
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.value import Basis, MetricValue
from verticals.finance.pages.addresses import address, fact_address, value_address
from verticals.finance.pages.amounts import exact_text, page_language, unit_caption
from verticals.finance.pages.company_found import companies_computed, company_get
from verticals.finance.pages.concept_names import concept_name
from verticals.finance.questions.asked_by_name import period_asked


def value(request: HttpRequest, asker: Asker) -> HttpResponse:
    """`?entity=&metric=&period=`, by key and codes."""
    entity = company_get(asker, request.GET.get("entity", ""))
    metric, period = _metric(request.GET.get("metric", "")), _period(request.GET.get("period", ""))
    language = page_language()
    (read,) = companies_computed(asker, {entity.key: entity}, (metric.code,), language)
    outcome = read.evaluator.value(metric.code, period)
    words = Words(catalogue(), language, {entity.key: entity.name})
    context = {
        "entity": entity,
        "company_href": address("company", entity.key),
        "metric_name": metric.name(language),
        "metric_code": metric.code,
        "period_name": period.label(language),
        "span": read.evaluator.calendar.span(period),
        "section": "finance",
    }
    if isinstance(outcome, MetricValue):
        context |= _computed(outcome, metric, words)
    else:
        context["reason"] = reason_text(outcome, words)
    partial = getattr(request, "htmx", False)
    return render(request, "finance/_value.html" if partial else "finance/value.html", context)


def _metric(code: str) -> Metric:
    if code not in catalogue():
        raise NotFound(_("There is no metric of this code."))
    return catalogue().get(code)


def _period(text: str) -> FiscalPeriod:
    asked = period_asked(text)
    if asked is None or asked.named is None:
        raise NotFound(_("There is no such period; write FY2023 or 2023Q3."))
    return asked.named


def _computed(outcome: MetricValue, metric: Metric, words: Words) -> dict[str, Any]:
    shown = words.value(outcome)
    full = "" if metric.unit is not UnitKind.MONEY else exact(outcome.value, outcome.unit, words.language)
    return {
        "shown": shown,
        "full": "" if full == shown else full,
        "span": outcome.span,
        "derived": outcome.basis is Basis.DERIVED,
        "working": words.working(outcome),
        "notes": [text for note in outcome.notes_all() if (text := note_text(note, words))],
        "operands": [_operand(one, words) for one in outcome.operands],
        "facts": [_fact(one, words.language) for one in _own_facts(outcome)],
    }


def _own_facts(outcome: MetricValue) -> list[KnownFact]:
    """The figures behind the value, each once."""
    return list({known.id: known for known in outcome.facts}.values())


def _operand(one: MetricValue, words: Words) -> dict[str, str]:
    stated = one.facts[0].id if one.basis is Basis.REPORTED and len(one.facts) == 1 else ""
    name = words.metric(one.metric, sentence=False)
    return {
        "name": _("%(name)s, opening balance") % {"name": name} if one.opening else name,
        "period": one.period.label(words.language),
        "text": words.value(one),
        "href": fact_address(stated) if stated else value_address(one.entity, one.metric, one.period),
    }


def _fact(known: KnownFact, language: str) -> dict[str, Any]:
    fact = known.fact
    return {
        "name": concept_name(fact.concept, language),
        "concept": fact.concept,
        "period": fact.period,
        "text": exact_text(fact.value) if fact.value is not None else "–",
        "unit": unit_caption(fact.unit, 0, language),
        "form": known.filing.form,
        "filed": known.filing.accepted_at,
        "href": fact_address(known.id),
    }
