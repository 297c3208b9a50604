"""Company, form, period and calendar, as covers state them and as they follow where covers are silent."""

from datetime import date

import pytest

from tests.verticals.finance.filing_pages import CONTEXTS, COVER, context, figure, member, page, said
from verticals.finance.xbrl.fiscal import fiscal_period


def test_the_cover_tells_company_form_period_calendar_currency_and_rules(parse, filings):
    shares = figure("5", name="dei:EntityCommonStockSharesOutstanding", unit="shares", ref="feb")
    text = page(f"<p>{COVER}{figure('1')}{shares}</p>", contexts=CONTEXTS + context("feb", "2025-02-14"))
    (read,) = filings({"a.htm": text})
    filing = read.filing
    assert (filing.entity, filing.identifier, filing.ticker) == (
        "Tarnbeck Instruments plc",
        "0009990001",
        "TBK",
    )
    assert (filing.form, filing.period_end, filing.fiscal_year, filing.fiscal_period) == (
        "10-K", date(2024, 12, 31), 2024, "FY",
    )  # fmt: skip
    assert (filing.fiscal_year_end, filing.currency, filing.gaap, filing.language) == (
        "--12-31", "USD", "US-GAAP", "en",
    )  # fmt: skip
    assert (filing.accepted_at, filing.amends, read.known_on) == (None, "", date(2025, 2, 14))
    assert parse({"a.htm": text}).metadata == {
        "company": "Tarnbeck Instruments plc", "identifier": "0009990001", "ticker": "TBK", "form": "10-K",
        "period": "FY2024", "fiscal_year": 2024, "period_end": "2024-12-31", "fiscal_year_end": "--12-31",
        "currency": "USD", "gaap": "US-GAAP", "report_language": "en",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("form", "flag", "expected"),
    [
        ("10-K", "true", ("10-K/A", "10-K")),
        ("10-Q/A", "false", ("10-Q/A", "10-Q")),
        ("10-q", "false", ("10-Q", "")),
    ],
)
def test_an_amendment_names_the_form_that_it_amends(filings, form, flag, expected):
    cover = COVER.replace(">10-K<", f">{form}<").replace(">false<", f">{flag}<")
    (read,) = filings({"a.htm": page(f"<p>{cover}{figure('1')}</p>")})
    assert (read.filing.form, read.filing.amends) == expected


def test_a_silent_cover_leaves_the_period_to_the_figures(filings):
    contexts = CONTEXTS + context("i25", "2025-06-30") + context("i23", "2023-12-31")
    body = "".join(figure(str(n), name=f"us-gaap:C{n}", ref="i24") for n in range(8))
    body += "".join(figure(str(n), name=f"us-gaap:C{n}", ref="i23") for n in range(7))
    body += figure("1", name="us-gaap:Later", ref="i25")  # a single later date, such as a payment that is due
    (read,) = filings({"a.htm": page(f"<p>{body}</p>", contexts=contexts)})
    assert (read.filing.period_end, read.filing.fiscal_year, read.filing.fiscal_period) == (
        date(2024, 12, 31), 2024, "FY",
    )  # fmt: skip


def test_what_the_cover_says_of_the_whole_company_counts_before_what_it_says_of_a_part(filings):
    contexts = CONTEXTS + context("b", "2024-12-31", members=member("dei:LegalEntityAxis", "tbk:PartMember"))
    part = said("A part of it", name="dei:EntityRegistrantName", ref="b")
    (read,) = filings({"a.htm": page(f"<p>{part}{COVER}{figure('1')}</p>", contexts=contexts)})
    assert read.filing.entity == "Tarnbeck Instruments plc"


@pytest.mark.parametrize(
    ("end", "year_end", "expected"),
    [
        ("2024-12-31", "--12-31", (2024, "FY")), ("2024-03-31", "--12-31", (2024, "Q1")),
        ("2024-06-30", "", (2024, "Q2")), ("2024-09-28", "--12-28", (2024, "Q3")),
        ("2023-09-30", "--09-30", (2023, "FY")), ("2023-12-30", "--09-30", (2024, "Q1")),
        ("2025-01-31", "--01-31", (2025, "FY")), ("2024-10-31", "--01-31", (2025, "Q3")),
        ("2023-02-03", "--01-28", (2023, "FY")), ("2021-01-02", "--01-02", (2020, "FY")),
        ("2020-09-26", "--01-02", (2020, "Q3")), ("2024-02-29", "--02-29", (2024, "FY")),
        ("2023-02-28", "--02-29", (2023, "FY")), ("2024-05-31", "nonsense", (2024, "Q2")),
    ],
)  # fmt: skip
def test_fiscal_periods_follow_the_companys_own_year(end, year_end, expected):
    assert fiscal_period(date.fromisoformat(end), year_end) == expected
