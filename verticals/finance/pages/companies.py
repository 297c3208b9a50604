"""The list of companies, with search by name, ticker or identifier."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from collegium.sdk.asker import Asker
from verticals.finance.answering.reach import companies_visible
from verticals.finance.facts.entity import entity_key
from verticals.finance.facts.filings import Entity
from verticals.finance.pages.addresses import address

PER_PAGE = 50
QUERY_CHARS = 200


def companies(request: HttpRequest, asker: Asker) -> HttpResponse:
    """The companies whose filings the asker may see, those that match first where something is looked for."""
    query = request.GET.get("q", "").strip()[:QUERY_CHARS]
    known = companies_visible(asker).by_key.values()
    found = companies_matching(list(known), query)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page", 1))
    rows = [{"entity": one, "href": address("company", one.key)} for one in page.object_list]
    context = {
        "query": query, "page": page, "rows": rows, "total": len(known), "section": "finance",
        "previous_href": address("companies", q=query, page=page.number - 1),
        "next_href": address("companies", q=query, page=page.number + 1),
    }  # fmt: skip
    return render(request, "finance/companies.html", context)


def companies_matching(known: list[Entity], query: str) -> list[Entity]:
    """The companies that a query means: whole names, tickers and identifiers, then beginnings, then parts."""
    plain, low = entity_key(query), query.casefold()
    ranked = []
    for one in known:
        exact = {one.ticker.casefold(), one.identifier.casefold(), one.identifier.lstrip("0").casefold()}
        names = [*(entity_key(name) for name in one.names), *(name.casefold() for name in one.names)]
        if not query or low in exact or plain in names:
            rank = 0
        elif any(name.startswith((plain, low)) for name in names) or one.ticker.casefold().startswith(low):
            rank = 1
        elif any(plain in name or low in name for name in names) or low in one.identifier.casefold():
            rank = 2
        else:
            continue
        ranked.append((rank, one.name.casefold(), one.key, one))
    return [one for _rank, _name, _key, one in sorted(ranked, key=lambda row: row[:3])]
