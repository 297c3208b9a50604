"""A company's figures over time: a group of metrics by fiscal years or by quarters, as table and chart."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from collegium.sdk.asker import Asker
from verticals.finance.answering.shown import Words
from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.pages.addresses import address
from verticals.finance.pages.amounts import page_language
from verticals.finance.pages.company_found import companies_computed, company_get, company_known
from verticals.finance.pages.metric_groups import DRAWN_FIRST, GROUPS, group_asked, group_names
from verticals.finance.pages.metric_table import lines_of, table_of
from verticals.finance.pages.periods_shown import grain_asked, periods_shown

DRAWN_MOST = 3


def company(request: HttpRequest, asker: Asker, key: str) -> HttpResponse:
    entity = company_get(asker, key)
    language, group = page_language(), group_asked(request.GET.get("group"))
    metrics = [catalogue().get(code) for code in GROUPS[group]]
    (read,) = companies_computed(asker, {key: entity}, GROUPS[group], language)
    grain = grain_asked(request.GET.get("by"), read.reported)
    periods = periods_shown(read.reported, grain)
    words = Words(catalogue(), language, {key: entity.name})
    lines = lines_of(read.evaluator, key, metrics, periods, language, DRAWN_FIRST[group])
    table = table_of(lines, periods, words)
    context = company_known(entity, "company") | {
        "table": table,
        "drawn_by_default": not any(row.drawn for row in table.rows),
        "groups": [
            {"label": label, "href": address("company", key, group=name, by=grain), "open": name == group}
            for name, label in group_names().items()
        ],
        "grain": grain,
        "by_year": address("company", key, group=group, by="year"),
        "by_quarter": address("company", key, group=group, by="quarter"),
    }
    return render(request, "finance/company.html", context)
