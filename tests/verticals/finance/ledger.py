"""A company's facts written down in a line or two, for tests of what is computed from them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from verticals.finance.facts.fact import Fact, Filing, Period
from verticals.finance.metrics.book import FactBook
from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.metrics.evaluator import Evaluator
from verticals.finance.metrics.fact_source import KnownFact
from verticals.finance.metrics.fiscal_calendar import calendar_read

COMPANY = "Tarnbeck Instruments"


def filing(period_end: str, fiscal_year: int, fiscal_period: str = "FY", **stated: Any) -> Filing:
    """A filing accepted as its period ends unless `accepted` says when."""
    end = date.fromisoformat(period_end)
    accepted = stated.pop("accepted", None)
    known = datetime.fromisoformat(accepted) if accepted else datetime.combine(end, time(), UTC)
    values = {
        "entity": COMPANY,
        "identifier": "",
        "form": "10-K" if fiscal_period == "FY" else "10-Q",
        "fiscal_year_end": "--12-31",
        "currency": "USD",
        "gaap": "US-GAAP",
        "language": "en",
        "amends": "",
    }
    return Filing(
        period_end=end,
        fiscal_year=fiscal_year,
        fiscal_period=fiscal_period,
        accepted_at=known.replace(tzinfo=UTC),
        **{**values, **stated},
    )


def stated(
    source: Filing,
    dates: str,
    figures: dict[str, Any],
    *,
    unit: str = "",
    decimals: int | None = 0,
    dims: Any = (),
) -> list[KnownFact]:
    """Facts of one filing for one period: `dates` is "2023-01-01/2023-12-31" or "2023-12-31".

    Concepts without a prefix are us-gaap, or cas where the filing is; a unit defaults to the currency.
    """
    start, _, end = dates.rpartition("/")
    period = Period(start=date.fromisoformat(start) if start else None, end=date.fromisoformat(end))
    prefix = {"US-GAAP": "us-gaap", "IFRS": "ifrs-full", "CAS": "cas"}[source.gaap]
    return [
        KnownFact(
            id=f"{source.form} {source.period_end}/{name}/{dates}/{dims or ''}",
            entity=source.entity,
            filing=source,
            document=f"{source.form} {source.period_end}",
            fact=Fact(
                concept=name if ":" in name else f"{prefix}:{name}",
                period=period,
                unit=unit or source.currency,
                value=None if value is None else Decimal(str(value)),
                decimals=decimals,
                is_nil=value is None,
                dims=tuple(sorted(dims)),
                locator={},
            ),
        )
        for name, value in figures.items()
    ]


def evaluator(*facts: Iterable[KnownFact], as_of: datetime | None = None) -> Evaluator:
    """An evaluator over the facts of one company, with the calendar that their filings show."""
    known = [one for group in facts for one in group]
    filings = {id(one.filing): one.filing for one in known}
    book = FactBook(known[0].entity if known else COMPANY, known, as_of=as_of)
    return Evaluator(catalogue(), book, calendar_read(filings.values()))
