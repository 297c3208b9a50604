"""Statements of English reports: columns by their heads, units, deductions in brackets, tables by segment."""

from datetime import date
from decimal import Decimal

import pytest

from collegium.sdk.parsing import Block, ParseLimits, SourceFile, files_parse
from tests.evaluation_data import data_set
from tests.sample_figures import sample_files, sample_reports, stated
from verticals.finance.facts.codec import filings_read
from verticals.finance.facts.fact import Period
from verticals.finance.filing_parser import FilingParser
from verticals.finance.tables.en_columns import columns_of, cover_period
from verticals.finance.tables.en_items import BALANCE, CASH, INCOME, ITEMS, item_of, label_plain
from verticals.finance.tables.en_lines import member_of
from verticals.finance.tables.en_statements import en_facts
from verticals.finance.tables.report import report_filing

ENGLISH = [stem for stem in sample_reports() if stem.startswith("tarnbeck")]
NOT_IN_STATEMENTS = {"tbk:FreeCashFlow", "us-gaap:LongTermDebt"}  # the summary in prose gives them
COVER = cover_period("For the fiscal year ended December 31, 2024")
YEAR = Period(start=date(2024, 1, 1), end=date(2024, 12, 31))
INCOME_TABLE = (
    "(In millions, except per share data) | 2024 | 2023\nNet sales | $90.0 | $80.0\nCost of sales | (60.0) | (50.0)\n"
    "Gross profit | 30.0 | 30.0\nIncome tax | 1.5 | (2.0)\nNet income | — | 3.5\nDiluted earnings per share | 1.25 | 1.10"
)


def facts(table: str, title: str = "Consolidated statements of income", **more):
    blocks = [Block("heading", title, level=1), Block("table", table)]
    options = {"ifrs": False, "currency": "USD"} | more
    return {
        (fact.concept.partition(":")[2], fact.period, fact.dims): fact
        for fact in en_facts(blocks, options.pop("cover", COVER), **options)
    }


def read(path):
    (one,) = filings_read(
        FilingParser().parse([SourceFile(path, path.name, "application/pdf")], ParseLimits()).data["filings"]
    )
    return one


def by_member(facts_or_figures):
    """Members by their own names: a PDF has no taxonomy that would give them a prefix."""
    return {
        (one.concept, one.period, one.unit, tuple(member.partition(":")[2] for _axis, member in one.dims)): (
            one.value, one.decimals,
        )
        for one in facts_or_figures
    }  # fmt: skip


@pytest.mark.parametrize("stem", ENGLISH)
def test_every_figure_of_the_samples_statements_is_read_from_its_pdf_and_no_other(tmp_path, stem):
    path = tmp_path / f"{stem}.pdf"
    path.write_bytes(sample_files(stem)[path.name])
    filing = read(path)
    wanted = by_member(stated(sample_reports()[stem], tables_only=True).values())
    assert by_member(filing.facts) == {
        key: value for key, value in wanted.items() if key[0] not in NOT_IN_STATEMENTS
    }
    report = sample_reports()[stem]
    about = filing.filing
    assert (about.entity, about.form) == ("Tarnbeck Instruments plc", report.cover["DocumentType"])
    assert (about.period_end, about.gaap, about.currency) == (report.end, "US-GAAP", "USD")
    assert about.fiscal_period == report.cover["DocumentFiscalPeriodFocus"]


def test_deductions_count_as_positive_where_the_statement_brackets_them():
    found = facts(INCOME_TABLE)
    assert found["CostOfRevenue", YEAR, ()].value == 60_000_000
    assert found["IncomeTaxExpenseBenefit", YEAR, ()].value == -1_500_000  # a benefit
    assert found["EarningsPerShareDiluted", YEAR, ()].unit == "USD/shares"
    assert ("NetIncomeLoss", YEAR, ()) not in found  # a dash states nothing
    plain = facts(INCOME_TABLE.replace("(60.0) | (50.0)", "60.0 | 50.0").replace("(2.0)", "2.0"))
    assert plain["CostOfRevenue", YEAR, ()].value == 60_000_000
    assert plain["IncomeTaxExpenseBenefit", YEAR, ()].value == 1_500_000


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("In millions, except per share data", "All figures unaudited"), "no unit"),
        (("2024 | 2023", "this year | last year"), "no periods"),
    ],
)
def test_without_unit_or_period_nothing_is_read(change, why):
    assert facts(INCOME_TABLE.replace(*change)) == {}, why


def test_a_total_stands_before_its_parts_and_other_currencies_are_told():
    table = INCOME_TABLE.replace("In millions", "In € thousands").replace(
        "Cost of", "Total revenues | 95.0 | 84.0\nCost of"
    )
    found = facts(table)["Revenues", YEAR, ()]
    assert (found.value, found.unit, found.decimals) == (Decimal(95000), "EUR", -2)


def test_labels_with_figures_of_their_own_keep_those_of_their_columns():
    table = (
        "(In millions) | December 31, 2024 | December 31, 2023\nReceivables, net of allowances of $132 and $190 | 848 | 1,035"
        "\nProperty, plant and equipment, net of accumulated depreciation of $20 and $19 | 253 | 282\nTotal assets | 2,000 | 1,900"
    )
    found = facts(table, "Consolidated balance sheets")
    end = Period(end=date(2024, 12, 31))
    assert found["AccountsReceivableNetCurrent", end, ()].value == 848_000_000
    assert found["PropertyPlantAndEquipmentNet", end, ()].value == 253_000_000


def test_total_costs_that_other_expenses_follow_are_the_cost_of_what_was_sold():
    rows = "Total costs and expenses | (60.0) | (50.0)\nGeneral and administrative expense | (5.0) | (4.0)\nOperating income"
    follows = INCOME_TABLE.replace("Cost of sales | (60.0) | (50.0)\nGross profit", rows)
    assert facts(follows)["CostOfRevenue", YEAR, ()].value == 60_000_000
    last = "General and administrative expense | (5.0) | (4.0)\nTotal costs and expenses | (60.0) | (50.0)\nOperating income"
    found = facts(INCOME_TABLE.replace("Cost of sales | (60.0) | (50.0)\nGross profit", last))
    assert (
        found["CostsAndExpenses", YEAR, ()].value == 60_000_000 and ("CostOfRevenue", YEAR, ()) not in found
    )


def test_a_table_by_segment_counts_only_where_it_adds_up():
    table = "Revenue by segment, in $ million | 2024 | 2023\nOptics | 6 | 5\nLab Services | 4 | 3\nTotal revenue | 10 | 8"
    blocks = [Block("table", table)]
    found = en_facts(blocks, COVER, ifrs=False, currency="USD")
    assert [fact.value for fact in found if fact.period == YEAR] == [6_000_000, 4_000_000, 10_000_000]
    assert found[0].dims == (("us-gaap:StatementBusinessSegmentsAxis", "ext:OpticsMember"),)
    wrong = [Block("table", table.replace("| 10 |", "| 11 |"))]
    assert en_facts(wrong, COVER, ifrs=False, currency="USD") == []
    assert member_of("lab services (EMEA)") == "ext:LabServicesEMEAMember"


def test_columns_are_told_by_their_lengths_and_days():
    half = columns_of(
        ["Three months ended June 30, Six months ended June 30,", "2024 2023 2024 2023"], None, instant=False
    )
    assert half == [
        Period(start=date(2024, 4, 1), end=date(2024, 6, 30)),
        Period(start=date(2023, 4, 1), end=date(2023, 6, 30)),
        Period(start=date(2024, 1, 1), end=date(2024, 6, 30)),
        Period(start=date(2023, 1, 1), end=date(2023, 6, 30)),
    ]
    assert columns_of(["31 December 2024 31 December 2023"], None, instant=True) == [
        Period(end=date(2024, 12, 31)), Period(end=date(2023, 12, 31)),
    ]  # fmt: skip
    odd = columns_of(
        ["Years ended December 28, 2024 and December 30, 2023", "2024 2023"], None, instant=False
    )
    assert odd == [
        Period(start=date(2023, 12, 31), end=date(2024, 12, 28)),
        None,
    ]  # where 2023 began is not said
    quarter = cover_period("for the three months ended 30 September 2024")
    assert columns_of(["Q3 2024 Q3 2023"], quarter, instant=False)[1].end == date(2023, 9, 30)
    assert columns_of(["Q2 2024"], quarter, instant=False) == [None]
    assert columns_of(["2024 2023"], quarter, instant=False) == [None, None]
    assert cover_period("no day is stated for the year ended") is None


def test_labels_lose_their_marks_and_every_item_is_known_by_one_statement():
    assert label_plain("Selling, general and administrative expense (Note 4)") == (
        "selling general and administrative expense"
    )
    assert item_of("Income (loss) from operations", INCOME) == item_of("Operating profit", INCOME)
    assert item_of("Basic earnings per share, in $", INCOME).per_share
    assert set(ITEMS) == {INCOME, BALANCE, CASH} and all(len(items) > 20 for items in ITEMS.values())


def test_what_is_read_of_real_pages_is_what_their_tags_state():
    """Of pages in inline XBRL the statements are read without the tags, and compared with them."""
    compared, wrong = 0, []
    for path in sorted((data_set("sec_xbrl") / "inline_html").glob("*.htm")):
        source = [SourceFile(path, path.name, "text/html")]
        made = report_filing(files_parse(source, ParseLimits()), path.name)
        tagged: dict = {}
        for read_ in filings_read(FilingParser().parse(source, ParseLimits()).data["filings"]):
            for fact in read_.facts:
                tagged.setdefault((fact.concept, fact.period, fact.unit, fact.dims), set()).add(fact.value)
        for fact in made.facts if made else ():
            key = (fact.concept, fact.period, fact.unit, fact.dims)
            if key in tagged:
                compared += 1
                wrong += [] if fact.value in tagged[key] else [(path.name, key, fact.value)]
    assert compared > 100 and wrong == []
