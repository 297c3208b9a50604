"""The statements of a filing as it presents them: its labels, its order, its depth, its signs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from verticals.finance.facts.fact import Statement
from verticals.finance.facts.filings import StoredFiling
from verticals.finance.facts.history import filing_statements
from verticals.finance.facts.query import FactQuery
from verticals.finance.facts.selectors import StoredFact, facts_find
from verticals.finance.pages.addresses import address
from verticals.finance.pages.amounts import page_language
from verticals.finance.pages.company_found import company_filings, company_get, company_known
from verticals.finance.pages.statement_table import figures_statements, statement_table

FIGURES_MOST = 5000


def statements(request: HttpRequest, asker: Asker, key: str) -> HttpResponse:
    """`?filing=` the filing, the latest with statements by default; `?statement=` which of its statements."""
    entity = company_get(asker, key)
    filings = company_filings(asker, entity)
    chosen = _chosen(filings, request.GET.get("filing", ""))
    presented, facts, as_filed = _presented(asker, chosen)
    number = _number(request.GET.get("statement", ""), len(presented))
    table = statement_table(presented[number], facts, page_language()) if presented else None
    context = company_known(entity, "statements") | {
        "filings": filings,
        "chosen": chosen,
        "as_filed": as_filed,
        "table": table,
        "titles": [
            {
                "label": one.title,
                "href": address("statements", key, filing=chosen.id, statement=place or ""),
                "open": place == number,
            }
            for place, one in enumerate(presented)
        ],
    }
    return render(request, "finance/statements.html", context)


def _chosen(filings: list[StoredFiling], asked: str) -> StoredFiling:
    """The filing asked for, else the latest that is a report; a company has one filing at least."""
    wanted = next((one for one in filings if str(one.id) == asked), None)
    return wanted or next((one for one in filings if one.fiscal_period), filings[0])


def _number(asked: str, count: int) -> int:
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 and int(asked) < count else 0


def _presented(asker: Asker, filing: StoredFiling) -> tuple[tuple[Statement, ...], list[StoredFact], bool]:
    """The filing's statements that hold figures, its facts, and whether it presented them itself."""
    own = filing_statements(asker, filing.id)
    concepts = tuple(dict.fromkeys(row.concept for one in own for row in one.rows if row.concept))
    with_dims = any(row.dims for one in own for row in one.rows)
    query = FactQuery(filings=(filing.id,), concepts=concepts, dims=None if with_dims else (), history=True)
    facts = facts_find(asker, query, limit=FIGURES_MOST)
    if own:
        held = {(one.fact.concept, one.fact.dims) for one in facts}
        kept = [one for one in own if any((row.concept, row.dims) in held for row in one.rows)]
        if kept:
            return tuple(kept), facts, True
    return figures_statements(facts, _("Balances"), _("Flows")), facts, False
