"""The statements of an inline filing without linkbases are the tables that people read."""

from decimal import Decimal
from itertools import count

import pytest

from collegium.sdk.parsing import ParseLimits, SourceFile
from tests.evaluation_data import data_set
from tests.verticals.finance.filing_pages import CONTEXTS, COVER, context, figure, member, page
from verticals.finance.facts.codec import filings_read, statements_read
from verticals.finance.filing_parser import FilingParser

WEST = member("us-gaap:RegionAxis", "tbk:WestMember")
ALL = (
    CONTEXTS
    + context("y23", "2023-01-01/2023-12-31")
    + context("i23", "2023-12-31")
    + context("west", "2024-01-01/2024-12-31", members=WEST)
    + context("west23", "2023-01-01/2023-12-31", members=WEST)
)

NUMBERS = count(1)


def line(
    label: str, name: str, now: str, before: str, *, refs: tuple[str, str] = ("y24", "y23"), **more
) -> str:
    def cell(text: str, ref: str) -> str:
        tagged = figure(text.strip("()"), name=f"us-gaap:{name}", ref=ref, id=f"f-{next(NUMBERS)}", **more)
        return f"<td>({tagged})</td>" if text.startswith("(") else f"<td>{tagged}</td>"

    return f"<tr><td>{label}</td>{cell(now, refs[0])}{cell(before, refs[1])}</tr>"


INCOME = (
    "<h2>CONSOLIDATED STATEMENTS OF INCOME</h2><p>(in millions)</p><table>"
    "<tr><td>Year ended December 31,</td><td></td><td></td></tr><tr><td></td><td>2024</td><td>2023</td></tr>"
    "<tr><td>Revenues:</td><td></td><td></td></tr>"
    + line("West", "Revenues", "40", "30", refs=("west", "west23"))
    + line("Total revenues", "Revenues", "100", "90")
    + line("Cost of sales", "CostOfRevenue", "60", "50")
    + line("Interest expense", "InterestExpense", "(5)", "(4)")
    + line("Income tax", "IncomeTaxExpenseBenefit", "7", "6")
    + line("Net income", "NetIncomeLoss", "28", "30")
    + "</table>"
)
CASH = (
    "<h2>CONSOLIDATED STATEMENTS OF CASH FLOWS</h2><table><tr><td></td><td>2024</td><td>2023</td></tr>"
    "<tr><td>Operating activities</td><td></td><td></td></tr>"
    "<tr><td>Net income</td><td>28</td><td>30</td></tr>"
    + line("Depreciation", "Depreciation", "9", "8")
    + line("Stock compensation", "ShareBasedCompensation", "3", "2")
    + line("Dividends paid", "PaymentsOfDividends", "(2)", "(1)")
    + line("Net change in cash", "CashPeriodIncreaseDecrease", "38", "39")
    + line("Cash at beginning of year", "Cash", "50", "11", refs=("i23", "i23"))
    + "</table>"
)
NOTE = "<p>Leases were as follows, see the statements of income:</p>" + INCOME.partition("</p>")[2]


@pytest.fixture
def statements(tmp_path):
    def read(body: str):
        path = tmp_path / "a"
        path.write_text(page(body + COVER, contexts=ALL))
        value = FilingParser().parse([SourceFile(path, "a.htm", "text/html")], ParseLimits()).data["filings"]
        assert filings_read(value)[0].statements == statements_read(value[0]["statements"])
        return filings_read(value)[0].statements

    return read


def test_a_table_under_a_statements_title_is_one_with_its_own_words_order_and_signs(statements):
    (income,) = statements(INCOME)
    assert income.title == "CONSOLIDATED STATEMENTS OF INCOME"
    shown = [(row.label, row.concept.partition(":")[2], row.depth, row.role) for row in income.rows]
    assert shown == [
        ("Revenues:", "", 0, ""),
        ("West", "Revenues", 1, ""),
        ("Total revenues", "Revenues", 0, "totalLabel"),
        ("Cost of sales", "CostOfRevenue", 1, ""),
        ("Interest expense", "InterestExpense", 1, "negatedLabel"),
        ("Income tax", "IncomeTaxExpenseBenefit", 1, ""),
        ("Net income", "NetIncomeLoss", 1, ""),
    ]
    assert [row.dims for row in income.rows[:3]] == [(), (("us-gaap:RegionAxis", "tbk:WestMember"),), ()]


def test_a_line_that_is_printed_again_is_known_by_its_label_and_its_digits(statements):
    _income, cash = statements(INCOME + CASH)
    assert [(row.label, row.concept) for row in cash.rows[:2]] == [
        ("Operating activities", ""),
        ("Net income", "us-gaap:NetIncomeLoss"),
    ]
    assert cash.rows[4].is_negated and cash.rows[-1].is_opening
    _income, other = statements(INCOME + CASH.replace("<td>28</td><td>30</td>", "<td>1</td><td>2</td>"))
    assert "Net income" not in [row.label for row in other.rows]


def test_tables_without_such_a_title_and_the_same_table_again_are_no_further_statements(statements):
    assert statements(NOTE) == ()
    assert len(statements(INCOME + CASH + INCOME)) == 2
    assert statements("<p>nothing</p>") == ()


def test_the_statements_of_real_filings_without_linkbases_are_found():
    folder = data_set("sec_xbrl") / "inline_html"
    path = folder / "googl-10-k-2025-02-05.htm"
    value = FilingParser().parse([SourceFile(path, path.name, "text/html")], ParseLimits()).data["filings"]
    read = filings_read(value)[0]
    assert [one.title.removeprefix("CONSOLIDATED ") for one in read.statements] == [
        "BALANCE SHEETS", "STATEMENTS OF INCOME", "STATEMENTS OF COMPREHENSIVE INCOME", "STATEMENTS OF CASH FLOWS",
    ]  # fmt: skip
    cash = {row.label: row for row in read.statements[3].rows}
    assert cash["Net income"].concept == "us-gaap:NetIncomeLoss"
    assert cash["Purchases of property and equipment"].is_negated
    spent = {
        fact.period.end.year: fact.value
        for fact in read.facts
        if fact.concept == cash["Purchases of property and equipment"].concept and not fact.dims
    }
    assert spent[2024] == Decimal("52535000000")
