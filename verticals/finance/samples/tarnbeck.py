"""The reports of Tarnbeck Instruments plc: Form 10-K for each year, Form 10-Q for the quarters between."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache

from verticals.finance.samples.report import Figure, Part, Report, Said, Table
from verticals.finance.samples.statements import Line, Maker, Style, headed
from verticals.finance.samples.table import Span, figure_table
from verticals.finance.samples.words import Words

YEARS = (2022, 2023, 2024)
QUARTERS = tuple((year, quarter) for year in YEARS for quarter in (1, 2, 3)) + ((2025, 1),)
IN_MILLION = "In $ million"
PER_SHARE = "In $ million, except per share"
_NTH = ("first", "second", "third", "fourth")
_LENGTHS = {3: "Three", 6: "Six", 9: "Nine", 12: "Twelve"}
CONCEPTS = {
    "revenue": "us-gaap:Revenues",
    "cost_of_sales": "us-gaap:CostOfRevenue",
    "gross_profit": "us-gaap:GrossProfit",
    "research": "us-gaap:ResearchAndDevelopmentExpense",
    "selling_and_administration": "us-gaap:SellingGeneralAndAdministrativeExpense",
    "operating_profit": "us-gaap:OperatingIncomeLoss",
    "finance_costs": "us-gaap:InterestExpense",
    "profit_before_tax": "us-gaap:IncomeLossFromContinuingOperationsBeforeIncomeTaxesExtraordinaryItems"
    "NoncontrollingInterest",
    "income_tax": "us-gaap:IncomeTaxExpenseBenefit",
    "profit": "us-gaap:NetIncomeLoss",
    "basic_eps": "us-gaap:EarningsPerShareBasic",
    "diluted_eps": "us-gaap:EarningsPerShareDiluted",
    "basic_shares": "us-gaap:WeightedAverageNumberOfSharesOutstandingBasic",
    "diluted_shares": "us-gaap:WeightedAverageNumberOfDilutedSharesOutstanding",
    "cash": "us-gaap:CashAndCashEquivalentsAtCarryingValue",
    "receivables": "us-gaap:AccountsReceivableNetCurrent",
    "inventories": "us-gaap:InventoryNet",
    "prepaid": "us-gaap:PrepaidExpenseAndOtherAssetsCurrent",
    "current_assets": "us-gaap:AssetsCurrent",
    "property": "us-gaap:PropertyPlantAndEquipmentNet",
    "goodwill": "us-gaap:Goodwill",
    "intangibles": "us-gaap:IntangibleAssetsNetExcludingGoodwill",
    "assets": "us-gaap:Assets",
    "payables": "us-gaap:AccountsPayableCurrent",
    "accrued": "us-gaap:AccruedLiabilitiesCurrent",
    "contract_liabilities": "us-gaap:ContractWithCustomerLiabilityCurrent",
    "due_within_a_year": "us-gaap:LongTermDebtCurrent",
    "current_liabilities": "us-gaap:LiabilitiesCurrent",
    "long_term_borrowings": "us-gaap:LongTermDebtNoncurrent",
    "borrowings": "us-gaap:LongTermDebt",
    "pension": "us-gaap:PensionAndOtherPostretirementDefinedBenefitPlansLiabilitiesNoncurrent",
    "liabilities": "us-gaap:Liabilities",
    "common_stock": "us-gaap:CommonStockValue",
    "paid_in_capital": "us-gaap:AdditionalPaidInCapital",
    "treasury_stock": "us-gaap:TreasuryStockCommonValue",
    "retained_earnings": "us-gaap:RetainedEarningsAccumulatedDeficit",
    "equity": "us-gaap:StockholdersEquity",
    "liabilities_and_equity": "us-gaap:LiabilitiesAndStockholdersEquity",
    "depreciation_and_amortization": "us-gaap:DepreciationDepletionAndAmortization",
    "share_compensation": "us-gaap:ShareBasedCompensation",
    "receivables_increase": "us-gaap:IncreaseDecreaseInAccountsReceivable",
    "inventories_increase": "us-gaap:IncreaseDecreaseInInventories",
    "prepaid_increase": "us-gaap:IncreaseDecreaseInPrepaidDeferredExpenseAndOtherAssets",
    "payables_increase": "us-gaap:IncreaseDecreaseInAccountsPayable",
    "other_liabilities_increase": "us-gaap:IncreaseDecreaseInOtherOperatingLiabilities",
    "operating_cash_flow": "us-gaap:NetCashProvidedByUsedInOperatingActivities",
    "capital_expenditure": "us-gaap:PaymentsToAcquirePropertyPlantAndEquipment",
    "investing_cash_flow": "us-gaap:NetCashProvidedByUsedInInvestingActivities",
    "borrowings_repaid": "us-gaap:RepaymentsOfLongTermDebt",
    "dividends": "us-gaap:PaymentsOfDividends",
    "shares_repurchased": "us-gaap:PaymentsForRepurchaseOfCommonStock",
    "financing_cash_flow": "us-gaap:NetCashProvidedByUsedInFinancingActivities",
    "cash_change": "us-gaap:CashAndCashEquivalentsPeriodIncreaseDecrease",
    "free_cash_flow": "tbk:FreeCashFlow",
}
INCOME = (
    Line("Revenue", "revenue"),
    Line("Cost of sales", "cost_of_sales", -1),
    Line("Gross profit", "gross_profit", strong=True),
    Line("Research and development expense", "research", -1),
    Line("Selling, general and administrative expense", "selling_and_administration", -1),
    Line("Operating profit", "operating_profit", strong=True),
    Line("Finance costs", "finance_costs", -1),
    Line("Profit before tax", "profit_before_tax", strong=True),
    Line("Income tax", "income_tax", -1),
    Line("Profit for the year", "profit", strong=True),
    Line("Basic earnings per share, in $", "basic_eps"),
    Line("Diluted earnings per share, in $", "diluted_eps"),
    Line("Basic weighted average number of shares, in million", "basic_shares"),
    Line("Diluted weighted average number of shares, in million", "diluted_shares"),
)
BALANCE = (
    Line("Cash and cash equivalents", "cash"),
    Line("Trade receivables, net", "receivables"),
    Line("Inventories", "inventories"),
    Line("Prepaid expenses and other current assets", "prepaid"),
    Line("Total current assets", "current_assets", strong=True),
    Line("Property, plant and equipment, net", "property"),
    Line("Goodwill", "goodwill"),
    Line("Intangible assets, net", "intangibles"),
    Line("Total assets", "assets", strong=True),
    Line("Trade payables", "payables"),
    Line("Accrued liabilities", "accrued"),
    Line("Contract liabilities", "contract_liabilities"),
    Line("Current portion of long-term borrowings", "due_within_a_year"),
    Line("Total current liabilities", "current_liabilities", strong=True),
    Line("Long-term borrowings", "long_term_borrowings"),
    Line("Pension liabilities", "pension"),
    Line("Total liabilities", "liabilities", strong=True),
    Line("Common stock", "common_stock"),
    Line("Additional paid-in capital", "paid_in_capital"),
    Line("Treasury stock, at cost", "treasury_stock", -1),
    Line("Retained earnings", "retained_earnings"),
    Line("Total equity", "equity", strong=True),
    Line("Total liabilities and equity", "liabilities_and_equity", strong=True),
)
CASH_FLOW = (
    Line("Profit for the period", "profit"),
    Line("Depreciation and amortization", "depreciation_and_amortization"),
    Line("Share-based compensation", "share_compensation"),
    Line("Increase in trade receivables", "receivables_increase", -1),
    Line("Increase in inventories", "inventories_increase", -1),
    Line("Increase in prepaid expenses and other assets", "prepaid_increase", -1),
    Line("Increase in trade payables", "payables_increase"),
    Line("Increase in other liabilities", "other_liabilities_increase"),
    Line("Net cash from operating activities", "operating_cash_flow", strong=True),
    Line("Purchases of property, plant and equipment", "capital_expenditure", -1),
    Line("Net cash used in investing activities", "investing_cash_flow", strong=True),
    Line("Repayment of borrowings", "borrowings_repaid", -1),
    Line("Dividends paid", "dividends", -1),
    Line("Purchase of own shares", "shares_repurchased", -1),
    Line("Net cash used in financing activities", "financing_cash_flow", strong=True),
    Line("Net increase in cash and cash equivalents", "cash_change", strong=True),
    Line("Cash and cash equivalents at beginning of period", "cash", opening=True),
    Line("Cash and cash equivalents at end of period", "cash"),
)
POSITION = (
    Line("Cash and cash equivalents", "cash"),
    Line("Total assets", "assets"),
    Line("Borrowings", "borrowings"),
    Line("Total equity", "equity"),
    Line("Net cash from operating activities", "operating_cash_flow"),
    Line("Capital expenditure", "capital_expenditure", -1),
    Line("Free cash flow", "free_cash_flow", strong=True),
)


@cache
def style() -> Style:
    return Style(
        table=figure_table("tarnbeck"),
        concepts=CONCEPTS,
        axis="us-gaap:StatementBusinessSegmentsAxis",
        members={
            "laboratory": "tbk:LaboratoryMember",
            "process_control": "tbk:ProcessControlMember",
            "field_service": "tbk:FieldServiceMember",
        },
        shown_scale=6,
        shown_places=1,
        brackets=True,
    )


def reports() -> Iterator[Report]:
    """All reports, the oldest first."""
    for year in YEARS:
        yield from (quarterly(*one) for one in QUARTERS if one[0] == year)
        yield annual(year)
    yield quarterly(2025, 1)


def annual(year: int) -> Report:
    span = Span(year, 1, 4)
    spans = (span, span.before)
    columns = (str(year), str(year - 1))
    tables: dict[str, Maker] = {
        **_segments(spans, columns),
        "income": lambda: Table(headed(PER_SHARE, columns), style().rows(INCOME, spans)),
        "position": lambda: Table(headed(IN_MILLION, columns), style().rows(POSITION, spans)),
        "balance": lambda: _balance(span),
        "cash flow": lambda: Table(headed(IN_MILLION, columns), style().rows(CASH_FLOW, spans)),
    }
    return _report(span, f"tarnbeck-annual-report-{year}", f"Annual Report {year}", "10-K", tables)


def quarterly(year: int, quarter: int) -> Report:
    own, to_date = Span(year, quarter, quarter), Span(year, 1, quarter)
    spans = (own, own.before)
    columns = (f"Q{quarter} {year}", f"Q{quarter} {year - 1}")
    title = f"Quarterly Report, {_NTH[quarter - 1].title()} Quarter {year}"
    tables: dict[str, Maker] = {
        **_segments(spans, columns),
        "income": lambda: _interim_income(own, to_date),
        "balance": lambda: _balance(own),
        "cash flow": lambda: Table(
            (*_length_head(IN_MILLION, (to_date,)), *headed("", (str(year), str(year - 1)))),
            style().rows(CASH_FLOW, (to_date, to_date.before)),
        ),
    }
    return _report(own, f"tarnbeck-quarterly-report-{year}-q{quarter}", title, "10-Q", tables)


def _segments(spans: Sequence[Span], columns: Sequence[str]) -> dict[str, Maker]:
    def made(title: str, name: str, total: str) -> Table:
        head = headed(f"{title} by segment, in $ million", columns)
        return Table(head, style().segment_rows(name, spans, total))

    return {
        "segment revenue": lambda: made("Revenue", "revenue", "Total revenue"),
        "segment cost": lambda: made("Cost of sales", "cost_of_sales", "Total cost of sales"),
        "segment profit": lambda: made("Gross profit", "gross_profit", "Total gross profit"),
    }


def _balance(span: Span) -> Table:
    spans = (span, span.year_end_before)
    return Table(headed(IN_MILLION, [day_text(one.end) for one in spans]), style().rows(BALANCE, spans))


def _interim_income(own: Span, to_date: Span) -> Table:
    """Three months and, after the first quarter, the year to date."""
    lengths = [own] if own == to_date else [own, to_date]
    spans = [one for length in lengths for one in (length, length.before)]
    lines = [
        Line("Profit for the period", line.name, strong=True) if line.name == "profit" else line
        for line in INCOME
    ]
    return Table(
        (*_length_head(PER_SHARE, lengths), *headed("", [str(one.year) for one in spans])),
        style().rows(lines, spans),
    )


def _length_head(caption: str, lengths: Sequence[Span]) -> tuple[tuple[tuple[str, int], ...], ...]:
    def words(span: Span) -> str:
        months = 3 * (span.last - span.first + 1)
        return f"{_LENGTHS[months]} months ended {span.end.day} {span.end:%B}"

    return (((caption, 1), *((words(one), 2) for one in lengths)),)


def day_text(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _report(span: Span, stem: str, title: str, form: str, tables: Mapping[str, Maker]) -> Report:
    table = figure_table("tarnbeck")
    after = _month_after(span.end)
    source = stem if Words.source(stem).exists() else stem.rpartition("-report-")[0] + "-report"
    said: dict[str, Part] = {
        "company": Said("dei:EntityRegistrantName", table.name),
        "period end": Said("dei:DocumentPeriodEndDate", day_text(span.end), "ixt:date-day-monthname-year-en"),
        "year": str(span.year),
        "last year": str(span.year - 1),
        "quarter": _NTH[span.last - 1],
        "counted on": day_text(after),
        "shares": _shares(span, after),
    }
    words = Words(table, span, said=said, figure=style().figure, tables=tables)
    return Report(
        stem=stem,
        title=f"{table.name} – {title}",
        company=table.name,
        identifier=table.identifier,
        language="en",
        start=date(span.year, 1, 1),
        end=span.end,
        cover={
            "DocumentType": form,
            "AmendmentFlag": "false",
            "EntityCentralIndexKey": table.identifier,
            "TradingSymbol": table.ticker,
            "DocumentFiscalYearFocus": str(span.year),
            "DocumentFiscalPeriodFocus": "FY" if form == "10-K" else f"Q{span.last}",
            "CurrentFiscalYearEndDate": "--12-31",
        },
        blocks=words.blocks(source),
        hidden=(style().figure("cash_change", Span(span.year, 1, span.last)),),
    )


def _shares(span: Span, counted: date) -> Figure:
    """The shares outstanding that the cover counts."""
    made = style().figure("basic_shares", Span(span.year, span.last, span.last))
    period = type(made.period)(end=counted)
    return Figure(
        name="shares", concept="dei:EntityCommonStockSharesOutstanding", period=period, value=made.value,
        unit="shares", scale=6, places=1,
    )  # fmt: skip


def _month_after(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 28)
