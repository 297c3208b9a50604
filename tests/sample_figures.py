"""The right answers to questions about the sample companies: their reports, files and figures, by the table
from which they are written (verticals/finance/samples).

    value("tarnbeck", "revenue", "FY2024")            Decimal("482600000"): in dollars, not millions
    value("tarnbeck", "revenue.laboratory", "2024Q1")  a segment's
    value("jichuan", "revenue", "2023 9M")            the year to date: H1 or 9M
    stated(report)                                    all facts that a report's forms state
"""

import re
from decimal import Decimal
from functools import cache

from verticals.finance.facts.fact import Dims, Period
from verticals.finance.samples.make import report_files, reports
from verticals.finance.samples.report import Figure, Report
from verticals.finance.samples.table import Span, figure_table

Key = tuple[str, Period, str, Dims]  # concept, period, unit, dimensions
_QUARTERS = {"H1": (1, 2), "9M": (1, 3), "Q1": (1, 1), "Q2": (2, 2), "Q3": (3, 3), "Q4": (4, 4)}


def span(text: str) -> Span:
    """FY2024, 2024Q3, 2024 H1, 2024 9M."""
    if found := re.fullmatch(r"FY(\d{4})", text):
        return Span(int(found[1]), 1, 4)
    found = re.fullmatch(r"(\d{4}) ?(H1|9M|Q[1-4])", text)
    assert found, text
    return Span(int(found[1]), *_QUARTERS[found[2]])


def value(company: str, name: str, period: str) -> Decimal:
    """A flow of a period, or a balance at its end, in the currency's unit."""
    table = figure_table(company)
    found = table.value(name, span(period))
    return found if name in table.per_share else found.scaleb(table.scale)


@cache
def sample_reports() -> dict[str, Report]:
    """Stem -> report."""
    return {report.stem: report for report in reports()}


def sample_files(stem: str) -> dict[str, bytes]:
    """File name -> content of the forms of a report."""
    return report_files(sample_reports()[stem])


def stated(report: Report, *, tables_only: bool = False) -> dict[Key, Figure]:
    """What a report states: all its facts, or those of its tables, which are what its PDF gives away."""
    figures = report.table_figures() if tables_only else [*report.figures(), *report.hidden]
    return {(one.concept, one.period, one.unit, one.dims): one for one in figures if one.concept}
