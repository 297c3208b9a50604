"""Which periods a page shows of a company: those that its filings reach, the latest first."""

from verticals.finance.answering.periods_resolved import Reported
from verticals.finance.metrics.periods import FiscalPeriod

YEARS_MOST = 10
QUARTERS_MOST = 12
COMPARED_YEARS = 2  # an annual report states two years besides its own
_QUARTER_OF = {"Q1": 1, "Q2": 2, "H1": 2, "Q3": 3, "9M": 3, "Q4": 4, "FY": 4}
GRAINS = ("year", "quarter")


def periods_shown(reported: Reported, grain: str, most: int = 0) -> list[FiscalPeriod]:
    """Fiscal years, or single quarters, that may be stated: the caller leaves out those without any value."""
    if grain == "quarter":
        return _quarters(reported)[: most or QUARTERS_MOST]
    years = {
        year - before
        for year, part in reported.parts
        if _QUARTER_OF[part] == 4
        for before in range(COMPARED_YEARS + 1)
    }
    return [FiscalPeriod(year) for year in sorted(years, reverse=True)][: most or YEARS_MOST]


def _quarters(reported: Reported) -> list[FiscalPeriod]:
    found = {
        (year - before, _QUARTER_OF[part])
        for year, part in reported.parts
        if _QUARTER_OF[part]
        for before in (0, 1)
    }
    return [FiscalPeriod(year, f"Q{quarter}") for year, quarter in sorted(found, reverse=True)]


def grain_asked(text: str | None, reported: Reported | None = None) -> str:
    """year or quarter: what is asked for, else years, or quarters of who has filed no annual report."""
    if text in GRAINS:
        return str(text)
    return "quarter" if reported is not None and reported.year is None and reported.quarter else "year"
