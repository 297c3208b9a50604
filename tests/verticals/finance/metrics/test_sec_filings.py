"""Real filings: the headline figures of each are found, and derived ones equal what the companies published."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.evaluation_data import data_set
from tests.verticals.finance.sec_instance import (
    company_facts_read,
    instance_read,
    key_facts,
)
from verticals.finance.metrics.book import FactBook
from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.metrics.evaluator import Evaluator
from verticals.finance.metrics.fiscal_calendar import FiscalCalendar, YearEnd, calendar_read
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.metrics.value import MetricValue, NotReported, Reason

FILINGS = ("nflx-10k-2009FY", "nflx-10q-2010Q3", "nflx-10k-2023FY", "nflx-10q-2024Q1", "tsla-10q-2024Q2")
HEADLINES = (
    "revenue",
    "net_income",
    "total_assets",
    "equity",
    "operating_cash_flow",
    "pretax_income",
    "eps_diluted",
)
METRIC_OF = {
    "AccountsReceivableNetCurrent": "accounts_receivable", "Assets": "total_assets", "AssetsCurrent": "current_assets",
    "CashAndCashEquivalentsAtCarryingValue": "cash", "CostOfRevenue": "cost_of_revenue",
    "EarningsPerShareBasic": "eps_basic", "EarningsPerShareDiluted": "eps_diluted", "GrossProfit": "gross_profit",
    "IncomeTaxExpenseBenefit": "income_tax", "InventoryNet": "inventory", "Liabilities": "total_liabilities",
    "LiabilitiesCurrent": "current_liabilities", "LongTermDebtNoncurrent": "long_term_debt",
    "NetCashProvidedByUsedInOperatingActivities": "operating_cash_flow", "NetIncomeLoss": "net_income",
    "OperatingIncomeLoss": "operating_income", "PaymentsToAcquirePropertyPlantAndEquipment": "capital_expenditure",
    "ResearchAndDevelopmentExpense": "research_expense", "Revenues": "revenue", "StockholdersEquity": "equity_parent",
    "RevenueFromContractWithCustomerExcludingAssessedTax": "revenue",
}  # fmt: skip


def instance(name: str) -> Path:
    folder = data_set("sec_xbrl") / "filings" / name
    return next(
        path
        for path in sorted(folder.glob("*.xml"))
        if path.stem.split("_")[-1] not in {"cal", "def", "lab", "pre"}
    )


def evaluator_of(name: str) -> tuple[Evaluator, FiscalPeriod]:
    facts = instance_read(instance(name))
    filing = facts[0].filing
    calendar = calendar_read([filing])
    assert filing.fiscal_year
    return Evaluator(catalogue(), FactBook(filing.entity, facts), calendar), FiscalPeriod(
        filing.fiscal_year, filing.fiscal_period
    )


@pytest.mark.parametrize("name", FILINGS)
def test_the_headline_figures_of_every_filing_are_found(name):
    evaluator, period = evaluator_of(name)
    for metric in HEADLINES:
        # cash flow statements of quarterly reports state the months since the start of the year
        asked = period.to_date if metric == "operating_cash_flow" else period
        assert isinstance(evaluator.value(metric, asked), MetricValue), metric


@pytest.mark.parametrize("name", [*FILINGS, "aeon-10q-2023Q3"])
def test_every_key_fact_is_reproduced_to_the_digit_by_its_metric(name):
    evaluator, _period = evaluator_of(name)
    checked = 0
    for row in key_facts(instance(name).parent):
        start, _, end = row["period"].rpartition("/")
        metric = catalogue().get(METRIC_OF[row["concept_us_gaap"]])
        series = evaluator.book.series(f"us-gaap:{row['concept_us_gaap']}")
        assert series
        span = (date.fromisoformat(start) if start else None, date.fromisoformat(end))
        versions = series.flows.get(span) if start else series.instants.get(span[1])
        assert versions and Decimal(row["value"]) in {one.fact.value for one in versions.stated}
        if versions.latest.fact.decimals != int(row["decimals"]):
            continue  # the same figure stands rounded in the text; the precise one counts
        for period in _periods_named(evaluator.calendar, span):
            value = evaluator.value(metric.code, period)
            assert isinstance(value, MetricValue) and value.value == Decimal(row["value"]), (
                metric.code,
                period.code,
            )
            checked += 1
    assert checked >= 15


def _periods_named(calendar: FiscalCalendar, span: tuple[date | None, date]) -> Iterator[FiscalPeriod]:
    """The fiscal period of exact dates, where they are one."""
    for year in (span[1].year, span[1].year + 1):
        for part in ("FY", "Q1", "Q2", "Q3", "Q4", "H1", "9M"):
            dates = calendar.span(FiscalPeriod(year, part))
            if dates.end == span[1] and span[0] in (None, dates.start):
                yield FiscalPeriod(year, part)
                return


def test_a_company_without_revenue_has_none_and_its_split_quarter_is_not_added_up():
    evaluator, period = evaluator_of("aeon-10q-2023Q3")
    assert evaluator.value("revenue", period).reason is Reason.NOT_STATED
    assert isinstance(evaluator.value("total_assets", period), MetricValue)
    assert isinstance(evaluator.value("net_income", period), NotReported)  # predecessor and successor
    earlier = evaluator.value("net_income", replace(period, year=2022))
    assert isinstance(earlier, MetricValue) and earlier.value == -10438000


def test_a_margin_that_the_filing_does_not_state_is_derived_from_revenue_and_its_cost():
    evaluator, period = evaluator_of("nflx-10k-2023FY")
    profit = evaluator.value("gross_profit", period)
    assert isinstance(profit, MetricValue)
    assert profit.value == 33723297000 - 19715368000
    margin = evaluator.value("gross_margin", period)
    assert isinstance(margin, MetricValue) and round(margin.value, 4) == Decimal("0.4154")


COMPANIES = {
    "GOOGL": ("GOOGL_CIK0001652044", YearEnd(12, 31)),
    "MRVL": ("MRVL_CIK0001835632", YearEnd(1, 31)),
    "SNOW": ("SNOW", YearEnd(1, 31)),
}
# Figures as the companies published them in the press releases of these quarters, in millions.
PUBLISHED = [
    ("GOOGL", FiscalPeriod(2023, "Q4"), "revenue", "86310"),
    ("GOOGL", FiscalPeriod(2023, "Q4"), "net_income", "20687"),
    ("GOOGL", FiscalPeriod(2023, "Q4"), "operating_cash_flow", "18915"),
    ("GOOGL", FiscalPeriod(2023, "Q4"), "capital_expenditure", "11019"),
    ("GOOGL", FiscalPeriod(2023, "Q4"), "free_cash_flow", "7896"),
    ("GOOGL", FiscalPeriod(2024, "Q2", trailing=True), "revenue", "328284"),
    ("GOOGL", FiscalPeriod(2024, "Q2", trailing=True), "free_cash_flow", "60787"),
    ("GOOGL", FiscalPeriod(2013), "revenue", "55519"),
    ("MRVL", FiscalPeriod(2024), "revenue", "5507.7"),
    ("MRVL", FiscalPeriod(2024, "Q4"), "revenue", "1426.5"),
    ("MRVL", FiscalPeriod(2024, "Q4"), "net_income", "-392.7"),
    ("MRVL", FiscalPeriod(2024, "Q4"), "operating_cash_flow", "546.6"),
    ("SNOW", FiscalPeriod(2024), "revenue", "2806.489"),
    ("SNOW", FiscalPeriod(2024, "Q4"), "revenue", "774.699"),
    ("SNOW", FiscalPeriod(2024, "Q4"), "net_income", "-169.352"),
    ("SNOW", FiscalPeriod(2024, "Q4"), "operating_cash_flow", "344.580"),
]


@pytest.fixture(scope="module")
def companies() -> dict[str, Evaluator]:
    folder = data_set("sec_xbrl") / "companyfacts"
    made = {}
    for ticker, (name, year_end) in COMPANIES.items():
        facts = company_facts_read(folder / f"{name}.json.gz", year_end="")
        made[ticker] = Evaluator(
            catalogue(), FactBook(facts[0].entity, facts), FiscalCalendar({2023: year_end})
        )
    return made


@pytest.mark.parametrize(("ticker", "period", "metric", "millions"), PUBLISHED)
def test_a_derived_quarter_equals_what_the_company_published(companies, ticker, period, metric, millions):
    value = companies[ticker].value(metric, period)
    assert isinstance(value, MetricValue)
    assert value.value == Decimal(millions) * 1_000_000


def test_no_quarter_of_earnings_per_share_is_derived(companies):
    outcome = companies["GOOGL"].value("eps_diluted", FiscalPeriod(2023, "Q4"))
    assert isinstance(outcome, NotReported) and outcome.reason is Reason.NOT_ADDITIVE


def test_a_calendar_year_across_quarters_that_do_not_end_with_it_is_not_put_together(companies):
    outcome = companies["MRVL"].value("revenue", FiscalPeriod(2023, calendar=True))
    assert isinstance(outcome, NotReported) and outcome.reason is Reason.OTHER_PERIODS


def test_derived_quarters_of_a_year_add_up_to_the_year(companies):
    for ticker, evaluator in companies.items():
        for metric in ("revenue", "net_income", "operating_cash_flow"):
            quarters = [
                evaluator.value(metric, FiscalPeriod(2024, part)) for part in ("Q1", "Q2", "Q3", "Q4")
            ]
            year = evaluator.value(metric, FiscalPeriod(2024))
            assert isinstance(year, MetricValue), (ticker, metric)
            assert sum(one.value for one in quarters if isinstance(one, MetricValue)) == year.value
