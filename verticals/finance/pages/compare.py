"""Several companies side by side: metrics over periods, as tables and charts, and as CSV."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from verticals.finance.answering.companies import Company
from verticals.finance.answering.reach import companies_visible
from verticals.finance.answering.shown import Words
from verticals.finance.facts.filings import Entity
from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.metrics.metric import Metric
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.pages.addresses import address
from verticals.finance.pages.amounts import page_language
from verticals.finance.pages.companies import companies_matching
from verticals.finance.pages.company_found import companies_computed, keys_asked
from verticals.finance.pages.comparison_csv import comparison_csv
from verticals.finance.pages.metric_groups import GROUPS, group_names
from verticals.finance.pages.metric_table import Line, MetricTable, table_of
from verticals.finance.pages.periods_shown import grain_asked, periods_shown
from verticals.finance.questions.asked_by_name import metric_code, metrics_near
from verticals.finance.questions.metric_words import metric_words

COMPANIES_MOST = 12
METRICS_MOST = 12
PERIODS = (1, 3, 5, 8, 12)
METRICS_FIRST = ("revenue", "net_margin")
SUGGESTED_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is compared, as the address says it; `problems` are sentences about what could not be taken."""

    entities: dict[str, Entity]
    metrics: tuple[Metric, ...]
    grain: str
    count: int
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A metric of several companies; `id` names its chart's data."""

    id: str
    name: str
    table: MetricTable


def compare(request: HttpRequest, asker: Asker) -> HttpResponse:
    known = companies_visible(asker).by_key
    asked = _asked(request, known)
    language = page_language()
    periods, lines = _lines(asker, asked, language) if asked.entities else ([], {})
    words = Words(catalogue(), language, {key: one.name for key, one in asked.entities.items()})
    comparisons = [
        Comparison(
            id=f"compare-{metric.code}",
            name=metric.name(language),
            table=table_of(lines[metric.code], periods, words),
        )
        for metric in asked.metrics
        if lines
    ]
    context = _choices(asked, known, language) | {
        "comparisons": comparisons,
        "units_differ": _units_differ(lines.values()),
        "calendars": sorted({one.fiscal_year_end.strip("-") for one in asked.entities.values()} - {""}),
    }
    return render(request, "finance/compare.html", context)


def compare_csv(request: HttpRequest, asker: Asker) -> HttpResponse:
    """The same as one row for each company, metric and period, with formula and ids of facts."""
    asked = _asked(request, companies_visible(asker).by_key)
    language = page_language()
    _periods, lines = _lines(asker, asked, language) if asked.entities else ([], {})
    words = Words(catalogue(), language, {key: one.name for key, one in asked.entities.items()})
    response = HttpResponse(
        comparison_csv([line for rows in lines.values() for line in rows], asked.entities, words),
        content_type="text/csv; charset=utf-8",
    )
    response["Content-Disposition"] = 'attachment; filename="comparison.csv"'
    return response


def _asked(request: HttpRequest, known: Mapping[str, Entity]) -> Asked:
    given = request.GET
    problems: list[str] = []
    keys = keys_asked(given.getlist("company"), known, COMPANIES_MOST)
    if added := given.get("add_company", "").strip():
        keys = _company_added(added, keys, known, problems)
    codes = [code for code in dict.fromkeys(given.getlist("metric")) if code in catalogue()][:METRICS_MOST]
    if added := given.get("add_metric", "").strip():
        codes = _metric_added(added, codes, problems)
    count = given.get("last", "")
    return Asked(
        entities={key: known[key] for key in keys},
        metrics=tuple(catalogue().get(code) for code in codes or METRICS_FIRST),
        grain=grain_asked(given.get("by")),
        count=int(count) if count in {str(one) for one in PERIODS} else 5,
        problems=tuple(problems),
    )


def _company_added(text: str, keys: list[str], known: Mapping[str, Entity], problems: list[str]) -> list[str]:
    """The companies with the one that a text means; what it may mean is said where that is not clear."""
    found = [known[text]] if text in known else companies_matching(list(known.values()), text)
    exact = [one for one in found if text.casefold() in {one.name.casefold(), one.ticker.casefold(), one.key}]
    meant = exact if len(exact) == 1 else found
    if len(meant) != 1:
        problems.append(
            _("No company is called “%(text)s”.") % {"text": text}
            if not meant
            else _("“%(text)s” may be %(names)s. Write the name in full, or its identifier.")
            % {"text": text, "names": ", ".join(f"{one.name} ({one.key})" for one in meant[:5])}
        )
        return keys
    if len(keys) >= COMPANIES_MOST:
        problems.append(_("At most %(most)s companies are compared.") % {"most": COMPANIES_MOST})
        return keys
    return list(dict.fromkeys([*keys, meant[0].key]))


def _metric_added(text: str, codes: list[str], problems: list[str]) -> list[str]:
    code = metric_code(text, catalogue(), metric_words())
    if not code:
        near = [catalogue().get(one).name(page_language()) for one in metrics_near(text, catalogue())]
        hint = " " + _("Did you mean %(names)s?") % {"names": ", ".join(near)} if near else ""
        problems.append(_("There is no metric “%(text)s”.") % {"text": text} + hint)
        return codes
    if len(codes) >= METRICS_MOST:
        problems.append(_("At most %(most)s metrics are compared.") % {"most": METRICS_MOST})
        return codes
    return list(dict.fromkeys([*codes, code]))


def _lines(asker: Asker, asked: Asked, language: str) -> tuple[list[FiscalPeriod], dict[str, list[Line]]]:
    """The periods, the latest first, and for each metric a line of each company."""
    read = companies_computed(asker, asked.entities, [one.code for one in asked.metrics], language)
    shown = {period for one in read for period in periods_shown(one.reported, asked.grain)}
    periods = sorted(shown, key=lambda one: (one.year, one.last_quarter), reverse=True)
    periods = _with_values(periods, asked, read)[: asked.count]
    return periods, {
        metric.code: [_line(metric, one, asked.entities[one.key], periods) for one in read]
        for metric in asked.metrics
    }


def _with_values(
    periods: Sequence[FiscalPeriod], asked: Asked, read: Sequence[Company]
) -> list[FiscalPeriod]:
    """The periods in which any metric of any company has a value."""
    return [
        period
        for period in periods
        if any(
            hasattr(one.evaluator.value(metric.code, period), "value")
            for one in read
            for metric in asked.metrics
        )
    ]


def _line(metric: Metric, one: Company, entity: Entity, periods: Sequence[FiscalPeriod]) -> Line:
    return Line(
        metric=metric,
        entity=one.key,
        label=entity.name,
        outcomes=tuple(one.evaluator.value(metric.code, period) for period in periods),
        drawn=True,
        href=address("company", one.key),
        note=entity.ticker,
    )


def _units_differ(lines: Any) -> bool:
    """Whether amounts of one metric are in several currencies, which are not converted."""
    return any(len({value.unit for line in rows for value in line.values}) > 1 for rows in lines)


def _choices(asked: Asked, known: Mapping[str, Entity], language: str) -> dict[str, Any]:
    """What the form offers and holds."""
    state = {
        "company": list(asked.entities),
        "metric": [one.code for one in asked.metrics],
        "by": asked.grain,
        "last": asked.count,
    }
    chosen = set(state["metric"])  # type: ignore[call-overload]
    return {
        "asked": asked,
        "known_count": len(known),
        "companies": [
            {
                "entity": one,
                "without": address("compare", **(state | {"company": _without(state["company"], key)})),
            }
            for key, one in asked.entities.items()
        ],
        "suggested": _suggested(known, asked.entities),
        "groups": [
            {
                "label": label,
                "metrics": [
                    {"code": code, "name": catalogue().get(code).name(language), "chosen": code in chosen}
                    for code in GROUPS[group]
                ],
            }
            for group, label in group_names().items()
        ],
        "further": [
            {"code": one.code, "name": one.name(language)}
            for one in asked.metrics
            if not any(one.code in codes for codes in GROUPS.values())
        ],
        "metric_names": sorted({one.name(language) for one in catalogue() if not one.of}),
        "counts": PERIODS,
        "csv_href": address("compare_csv", **state),
        "section": "finance",
    }


def _without(keys: Any, key: str) -> list[str]:
    return [one for one in keys if one != key]


def _suggested(known: Mapping[str, Entity], chosen: Mapping[str, Entity]) -> Iterator[Entity]:
    """Companies that may be added, by name."""
    rest = sorted(
        (one for key, one in known.items() if key not in chosen), key=lambda one: one.name.casefold()
    )
    yield from rest[:SUGGESTED_MOST]
