"""What there is: companies and the periods of their reports, told where something asked for is not there."""

from collections.abc import Iterable, Mapping, Sequence

from verticals.finance.facts.fact import Filing
from verticals.finance.metrics.periods import PARTS, FiscalPeriod

PERIODS_MOST = 12
COMPANIES_MOST = 40


def reports_there(name: str, filings: Iterable[Filing], language: str) -> str:
    """One sentence on the periods that a company's reports are of, the latest first."""
    periods = {
        FiscalPeriod(one.fiscal_year, one.fiscal_period)
        for one in filings
        if one.fiscal_year and one.fiscal_period in PARTS
    }
    if not periods:
        return f"没有{name}的报告。" if language == "zh" else f"There are no reports of {name}."
    ordered = sorted(periods, key=lambda one: (one.year, one.last_quarter, one.quarters), reverse=True)
    labels = [period.label(language) for period in ordered[:PERIODS_MOST]]
    more = len(ordered) - len(labels)
    if language == "zh":
        rest = f"等{len(ordered)}个期间" if more > 0 else ""
        return f"现有{name}以下期间的报告：{'、'.join(labels)}{rest}。"
    rest = f" and {more} earlier" if more > 0 else ""
    return f"The reports of {name} at hand are of: {', '.join(labels)}{rest}."


def companies_there(names: Mapping[str, str], language: str) -> str:
    """One sentence on the companies in reach."""
    listed: Sequence[str] = sorted(names.values())[:COMPANIES_MOST]
    more = len(names) - len(listed)
    if language == "zh":
        rest = f"等{len(names)}家公司" if more > 0 else ""
        return f"现有以下公司的报告：{'、'.join(listed)}{rest}。"
    rest = f" and {more} more" if more > 0 else ""
    return f"There are reports of: {', '.join(listed)}{rest}".rstrip(".") + "."
