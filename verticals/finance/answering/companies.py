"""The companies that a query is about, with the facts that its metrics may need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from verticals.finance.answering.periods_resolved import Reported, reported_read
from verticals.finance.facts.fact import Filing
from verticals.finance.metrics.book import FactBook
from verticals.finance.metrics.catalogue import Catalogue
from verticals.finance.metrics.evaluator import Evaluator
from verticals.finance.metrics.fact_source import FactSource, KnownFact
from verticals.finance.metrics.fiscal_calendar import calendar_read
from verticals.finance.metrics.value import Dims
from verticals.finance.questions.query import Op, TypedQuery

BREAKDOWNS = ("segment", "product", "region")
PARENT_ONLY: Dims = (("cas:报表范围", "cas:母公司"),)  # figures of the parent company's own statements


@dataclass(frozen=True, slots=True)
class Company:
    """One company with what is known of it."""

    key: str
    evaluator: Evaluator
    reported: Reported
    filings: tuple[Filing, ...]


def companies_read(
    keys: Sequence[str],
    query: TypedQuery,
    source: FactSource,
    known: Catalogue,
    *,
    as_of: datetime | None = None,
) -> list[Company]:
    """The companies with the facts that the query's metrics may need, fetched together."""
    codes = set(query.metrics) | (_bridge_needs() if query.op is Op.WHY else set())
    codes |= {code for one in query.readings if one.about == "metric" for code in one.offered}
    along = (
        BREAKDOWNS if query.op is Op.WHY else (query.compare_by,) if query.compare_by in BREAKDOWNS else ()
    )
    axes = [axis for by in along for axis in known.axes[by]]
    axes += [PARENT_ONLY[0][0]] if query.scope else []
    axes += [axis for axis, _member in known.neutral_members] if axes else []
    filings = source.filings(keys)
    facts: dict[str, list[KnownFact]] = {key: [] for key in keys}
    for fact in source.facts(keys, known.concepts_needed(codes), axes=axes):
        facts.setdefault(fact.entity, []).append(fact)
    return [_company(key, facts[key], filings, known, as_of) for key in keys]


def _company(
    key: str,
    facts: list[KnownFact],
    filings: Mapping[str, Sequence[Filing]],
    known: Catalogue,
    as_of: datetime | None,
) -> Company:
    own = tuple(filings.get(key, ()))
    calendar = calendar_read(own)
    book = FactBook(key, facts, as_of=as_of, neutral=known.neutral_members)
    return Company(key, Evaluator(known, book, calendar), reported_read(own), own)


def _bridge_needs() -> set[str]:
    return {
        "revenue", "cost_of_revenue", "gross_profit", "gross_margin", "operating_income", "selling_expense",
        "administrative_expense", "research_expense", "sga_expense", "income_tax", "net_income",
        "financial_expense",
    }  # fmt: skip
