"""What a company's pages show, to whom, with how many queries; and what they say where there is nothing."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.verticals.finance.pages.written import ALDERN, VELLORA, annual, filing_store, margins, report
from verticals.finance.facts.filings import filings_list
from verticals.finance.facts.query import FactQuery
from verticals.finance.facts.selectors import facts_find

pytestmark = pytest.mark.django_db
KEY = ALDERN["identifier"]
COMPANY = f"/v/finance/companies/{KEY}/"
PAGES = [COMPANY, *(f"/v/finance/{name}/{KEY}/" for name in ("statements", "filings", "restatements"))]
QUERIES_MOST = 14  # the frame of every page, who asks, and what is shown


def plain(page: str) -> str:
    main = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<script.*?</script>|<[^>]+>", " ", main, flags=re.S)).split())


def figures(page: str) -> dict[str, list[str]]:
    """Row -> cells of the first table of figures."""
    table = re.search(r'<table class="figures.*?</table>', page, re.S)
    assert table
    found = {}
    for row in re.findall(r"<tr.*?</tr>", table[0], re.S):
        cells = re.findall(r"<(t[hd])\b[^>]*>(.*?)</\1>", row, re.S)
        texts = [" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for _tag, cell in cells]
        found[texts[0]] = texts[1:]
    return found


def test_the_list_shows_companies_and_finds_them_by_name_ticker_and_identifier(aldern, colleague_client, see):
    filing_store(aldern, annual(2024, margins(2024), company=VELLORA, gaap="CAS", currency="CNY"))
    page = see(colleague_client, "/v/finance/companies/")
    assert "Aldern Foods plc" in page and "维洛电子" in page and COMPANY in page
    for query, found, left in (
        ("aldern foods", "Aldern Foods", "维洛"), ("ALD", "Aldern Foods", "维洛"), ("9990002", "Aldern Foods", "维洛"),
        ("维洛", "维洛电子", "Aldern"), ("600999", "维洛电子", "Aldern"), ("food", "Aldern Foods", "维洛"),
    ):  # fmt: skip
        text = plain(see(colleague_client, f"/v/finance/companies/?q={query}"))
        assert found in text and left not in text, query
    text = plain(see(colleague_client, "/v/finance/companies/?q=<nobody>"))
    assert "No company found" in text and "“<nobody>”" in text


def test_metrics_over_the_years_come_with_their_sources_and_what_was_restated(aldern, colleague_client, see):
    page = see(colleague_client, COMPANY)
    rows = figures(page)
    assert rows[""] == ["FY2024", "FY2023", "FY2022", "FY2021"]
    assert rows["Revenue USD million"] == ["1,240.00", "1,240.00 R", "1,220.00", "1,210.00"]
    assert rows["Gross profit USD million"][0] == "544.00"
    assert "metric=revenue&amp;period=FY2023" in page
    margin = figures(see(colleague_client, f"{COMPANY}?group=margins"))
    assert margin["Gross margin %"][:2] == ["43.87", "43.39 R"]  # the profit was not restated with the sales
    text = plain(page)
    assert "figures are not reported" in text and "Research and development" in text
    chart = re.search(r'<script id="metrics" type="application/json">(.*?)</script>', page)
    assert chart and '"FY2021", "FY2022", "FY2023", "FY2024"' in chart[1]


def test_single_quarters_are_derived_and_without_quarterly_reports_the_page_says_so(
    aldern, colleague_client, see
):
    text = plain(see(colleague_client, f"{COMPANY}?by=quarter"))
    assert "Single quarters need quarterly reports" in text
    for part, sales in (("Q1", 300), ("Q2", 610), ("Q3", 900)):
        filing_store(aldern, report(2024, part, {"Revenues": sales * 1_000_000}))
    rows = figures(see(colleague_client, f"{COMPANY}?by=quarter"))
    assert rows[""] == ["Q4 2024", "Q3 2024", "Q2 2024", "Q1 2024"]
    assert rows["Revenue USD million"] == ["340.00", "290.00", "310.00", "300.00"]


def test_statements_are_shown_as_filed(aldern, colleague_client, see):
    page = see(colleague_client, f"/v/finance/statements/{KEY}/")
    rows = figures(page)
    assert "CONSOLIDATED STATEMENTS OF INCOME" in page and "USD thousand" in page
    assert list(rows) == ["", "Operations:", "Net sales", "Cost of sales", "Total gross profit"]
    assert rows["Net sales"] == ["1,240,000", "1,240,000"]
    assert rows["Cost of sales"] == ["−696,000", "−692,000"]  # as printed
    filings = {one.title: one.id for one in filings_list_of(colleague_client)}
    other = see(colleague_client, f"/v/finance/statements/{KEY}/?filing={filings['Aldern 2022']}")
    assert figures(other)["Net sales"] == ["1,220,000", "1,210,000"]
    assert see(colleague_client, f"/v/finance/statements/{KEY}/?filing=abc&statement=-1²")


def filings_list_of(client):
    from collegium.accounts.models import User
    from collegium.accounts.selectors import asker_for_user, workspaces_of

    user = User.objects.get(pk=client.session["_auth_user_id"])
    return filings_list(asker_for_user(user, workspaces_of(user)[0].pk))


def test_a_filing_without_statements_lists_its_figures_and_one_without_figures_says_what_to_do(
    finance_base, colleague_client, see
):
    filing_store(finance_base, annual(2024, margins(2024)))
    page = see(colleague_client, f"/v/finance/statements/{KEY}/")
    assert "came without the presentation" in page and figures(page)["Assets"] == ["3,720,000"]
    page = see(colleague_client, f"/v/finance/statements/{KEY}/?statement=1")
    assert figures(page)["Gross Profit"] == ["544,000"]
    filing_store(finance_base, annual(2025, {}))
    text = plain(see(colleague_client, f"/v/finance/statements/{KEY}/"))
    assert "No figures in this filing" in text and "Upload the filing as inline XBRL" in text
    filing_store(finance_base, annual(2025, {}, company=VELLORA))
    text = plain(see(colleague_client, "/v/finance/companies/维洛电子/"))
    assert "Upload its filings" in text


def test_filings_are_listed_with_period_and_day(aldern, colleague_client, see):
    text = plain(see(colleague_client, f"/v/finance/filings/{KEY}/"))
    assert "10-K/A amends 10-K FY2023" in text and "July 1, 2024" in text and "Aldern 2023, amended" in text


def test_restatements_show_each_value_with_its_day(aldern, colleague_client, see):
    page = see(colleague_client, f"/v/finance/restatements/{KEY}/")
    assert page.count("<section") == 1
    assert figures(page) == {
        "Known since": ["Value", "Change", "Filing"],
        "July 1, 2024": ["1,240,000,000", "+10,000,000", "10-K/A 2023 FY"],
        "Feb. 20, 2024": ["1,230,000,000", "", "10-K 2023 FY"],
    }


def test_where_nothing_was_restated_the_page_says_what_would_show_it(finance_base, colleague_client, see):
    filing_store(finance_base, annual(2024, margins(2024)))
    text = plain(see(colleague_client, f"/v/finance/restatements/{KEY}/"))
    assert "Nothing was restated" in text and "There is one filing only" in text


@pytest.mark.parametrize("address", PAGES)
def test_an_outsider_finds_no_page_of_the_company_and_nobody_who_is_not_signed_in(
    aldern, outsider_client, client, address
):
    response = outsider_client.get(address)
    assert response.status_code == 404 and "Aldern" not in response.content.decode()
    assert client.get(address).status_code == 302
    assert "Aldern" not in outsider_client.get("/v/finance/companies/").content.decode()


def test_the_empty_list_says_what_to_do(workspace, colleague_client, see):
    text = plain(see(colleague_client, "/v/finance/companies/"))
    assert "No company yet" in text and "inline XBRL (.htm)" in text


def test_a_restricted_filing_counts_for_nobody_else(aldern, colleague_client, see):
    before = figures(see(colleague_client, COMPANY))["Revenue USD million"]
    filing_store(
        aldern,
        annual(2024, margins(2024) | {"Revenues": 9_000_000_000}, filed="2025-09-01", form="10-K/A"),
        access="restricted",
    )
    assert figures(see(colleague_client, COMPANY))["Revenue USD million"] == before
    assert "9,000" not in see(colleague_client, f"/v/finance/restatements/{KEY}/")


@pytest.mark.parametrize("address", [*PAGES, "/v/finance/companies/"])
def test_forty_filings_take_no_more_queries_than_one(
    finance_base, colleague_client, see, address, django_assert_max_num_queries
):
    filing_store(finance_base, annual(1984, margins(1984)))
    see(colleague_client, address)
    with CaptureQueriesContext(connection) as captured:
        see(colleague_client, address)
    few = len(captured)
    for year in range(1985, 2024):
        filing_store(finance_base, annual(year, margins(year), before=margins(year - 1)))
    see(colleague_client, address)
    with django_assert_max_num_queries(min(QUERIES_MOST, few)):
        see(colleague_client, address)


def test_the_pages_speak_chinese(aldern, colleague_client, see):
    chinese = {"HTTP_ACCEPT_LANGUAGE": "zh-CN"}
    page = see(colleague_client, COMPANY, **chinese)
    rows = figures(page)
    assert rows[""][0] == "2024年度" and rows["营业收入 亿美元"][0] == "12.40"
    assert "重述" in page and "年度" in page
    assert "千美元" in see(colleague_client, f"/v/finance/statements/{KEY}/", **chinese)
    assert "披露日" in see(colleague_client, f"/v/finance/restatements/{KEY}/", **chinese)


def test_odd_addresses_are_not_found(aldern, colleague_client):
    for address in ("companies/nobody/", "companies/%2F/", "statements/x/y/", "facts/0/", f"facts/{2**70}/"):
        assert colleague_client.get(f"/v/finance/{address}").status_code == 404, address


def test_figures_lead_to_facts_that_exist(aldern, colleague_client, see, colleague_asker):
    page = see(colleague_client, f"/v/finance/statements/{KEY}/")
    ids = {int(one) for one in re.findall(r"/v/finance/facts/(\d+)/", page)}
    assert ids and ids <= {one.id for one in facts_find(colleague_asker, FactQuery(history=True))}
