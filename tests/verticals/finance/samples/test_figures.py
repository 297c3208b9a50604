"""The sample companies' table: balance sheets balance, cash flows tie, quarters add to years, segments to totals."""

from decimal import Decimal

import pytest

from tests.sample_figures import sample_reports, span, stated, value
from verticals.finance.samples import table as tables
from verticals.finance.samples.report import parts_of, text_of
from verticals.finance.samples.table import FiguresWrong, Span, figure_table

COMPANIES = ("tarnbeck", "jichuan")


def test_three_years_of_annual_and_quarterly_reports_are_written():
    stems = list(sample_reports())
    for year in (2022, 2023, 2024):
        assert f"tarnbeck-annual-report-{year}" in stems
        assert sum(stem.startswith(f"tarnbeck-quarterly-report-{year}") for stem in stems) == 3
    for year in (2021, 2022, 2023):
        assert {
            f"jichuan-{form}-{year}"
            for form in ("annual-report", "q1-report", "half-year-report", "q3-report")
        } <= set(stems)
    assert len(stems) == 25 == len(set(stems))


@pytest.mark.parametrize(
    ("company", "name", "period", "expected"),
    [
        ("tarnbeck", "revenue", "FY2024", "482600000"),
        ("tarnbeck", "gross_profit.laboratory", "FY2023", "96800000"),
        ("tarnbeck", "profit", "2024Q1", "10100000"),
        ("tarnbeck", "diluted_eps", "FY2024", "0.92"),
        ("tarnbeck", "free_cash_flow", "FY2024", "48500000"),
        ("tarnbeck", "assets", "FY2023", "572900000"),
        ("jichuan", "revenue", "FY2023", "1286405200"),
        ("jichuan", "parent_profit", "FY2022", "112049100"),
        ("jichuan", "operating_cash_flow", "FY2023", "169302800"),
    ],
)
def test_known_figures_come_out_of_the_table(company, name, period, expected):
    assert value(company, name, period) == Decimal(expected)


@pytest.mark.parametrize("company", COMPANIES)
def test_balance_sheets_balance_and_cash_ties_in_every_quarter(company):
    table = figure_table(company)
    for quarter in table.quarters:
        assert value(company, "assets", quarter) == value(company, "liabilities", quarter) + value(
            company, "equity", quarter
        )
    for before, quarter in zip(table.quarters, table.quarters[1:], strict=False):
        change = value(company, "cash", quarter) - value(company, "cash", before)
        assert change == sum(
            value(company, f"{kind}_cash_flow", quarter) for kind in ("operating", "investing", "financing")
        ) + (value(company, "currency_effect", quarter) if company == "jichuan" else 0)


@pytest.mark.parametrize("company", COMPANIES)
def test_quarters_add_to_years_and_segments_to_totals(company):
    table = figure_table(company)
    years = sorted({quarter[:4] for quarter in table.quarters if f"{quarter[:4]}Q4" in table.quarters})
    assert len(years) == 4
    for year in years:
        for name in (*table.flows, *table.sums):
            quarters = [value(company, name, f"{year}Q{number}") for number in (1, 2, 3, 4)]
            assert value(company, name, f"FY{year}") == sum(quarters), name
        for name in ("revenue", "gross_profit"):
            parts = [value(company, f"{name}.{segment}", f"FY{year}") for segment in table.segments]
            assert value(company, name, f"FY{year}") == sum(parts) and min(parts) > 0


@pytest.mark.parametrize(
    ("name", "at", "words"), [("receivables", 3, "does not balance"), ("cash", 0, "does not balance")]
)
def test_a_table_that_does_not_hold_together_is_refused(monkeypatch, name, at, words):
    table = figure_table("tarnbeck")
    opening = table.opening | {name: table.opening[name] + 1}
    broken = type(table)(
        **{key: getattr(table, key) for key in table.__slots__ if key != "_known"} | {"opening": opening}
    )
    with pytest.raises(FiguresWrong, match=words):
        broken.check()
    with pytest.raises(FiguresWrong, match="no 2031Q2"):
        table.balance("cash", Span(2031, 2, 2))
    with pytest.raises(FiguresWrong, match="no flow 'luck'"):
        table.flow("luck", span("FY2024"))
    assert tables.terms("a - b.c + d") == [(1, "a"), (-1, "b.c"), (1, "d")]


def test_the_same_fact_is_stated_alike_by_every_report():
    """The comparatives of a report are the figures of the report before."""
    for prefix in COMPANIES:
        known: dict = {}
        repeated = 0
        for stem, report in sample_reports().items():
            if stem.startswith(prefix):
                for key, figure in stated(report).items():
                    repeated += key in known
                    assert known.setdefault(key, figure.value) == figure.value, (stem, key)
        assert repeated > 500


@pytest.mark.parametrize("year", [2022, 2023, 2024])
def test_the_annual_report_explains_its_margin_by_mix_and_rate_that_add_up(year):
    report = sample_reports()[f"tarnbeck-annual-report-{year}"]
    text = " ".join(text_of(parts_of(block)) for block in report.blocks)
    mix, rate = text.split("Of the rise, ")[1].split(
        " percentage points came from the mix of the segments and "
    )
    now, then = (
        value("tarnbeck", "gross_profit", f"FY{one}") / value("tarnbeck", "revenue", f"FY{one}")
        for one in (year, year - 1)
    )
    change = Decimal(mix) + Decimal(rate.split()[0])
    assert abs(change - (now - then) * 100) <= Decimal("0.01") and abs(now - then) > Decimal("0.004")
    assert f"a rise of {(now - then) * 100:.1f} percentage points" in text
