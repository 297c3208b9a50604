"""Companies side by side, as page and as CSV, of what the asker may see."""

import csv
import io

import pytest

from tests.verticals.finance.pages.test_company_pages import figures, plain
from tests.verticals.finance.pages.written import ALDERN, annual, filing_store, margins

pytestmark = pytest.mark.django_db
KEY, OTHER = ALDERN["identifier"], "0009990003"
BRENNA = {"entity": "=Brenna & Sons", "identifier": OTHER, "ticker": "BRN"}
BOTH = f"company={KEY}&company={OTHER}"


@pytest.fixture
def brenna(aldern):
    for year in (2023, 2024):
        filing_store(
            aldern, annual(year, {"Revenues": 50_000_000, "CostOfRevenue": 20_000_000}, company=BRENNA)
        )
    return aldern


def test_companies_are_compared_by_metric_over_the_same_years(brenna, colleague_client, see):
    page = see(colleague_client, f"/v/finance/compare/?{BOTH}&metric=gross_margin&last=3")
    rows = figures(page)
    assert rows[""] == ["FY2024", "FY2023", "FY2022"]
    assert rows["Aldern Foods plc ALD %"] == ["43.87", "43.39 R", "43.61"]
    assert rows["=Brenna & Sons BRN %"] == ["60.00", "60.00", "–"]
    assert 'id="compare-gross_margin"' in page


def test_companies_and_metrics_are_added_by_name(brenna, colleague_client, see):
    page = see(
        colleague_client, f"/v/finance/compare/?company={KEY}&add_company=brn&add_metric=net+sales&metric=roe"
    )
    assert f'name="company" value="{OTHER}"' in page and 'id="compare-revenue"' in page
    text = plain(see(colleague_client, "/v/finance/compare/?add_company=Nobody&add_metric=gross+margn"))
    assert (
        "No company is called “Nobody”." in text and "There is no metric “gross margn”. Did you mean" in text
    )
    filing_store(brenna, annual(2024, {}, company={"entity": "Aldern Energy", "identifier": "0009990009"}))
    text = plain(see(colleague_client, "/v/finance/compare/?add_company=aldern"))
    assert "may be Aldern Energy (0009990009), Aldern Foods plc" in text


def test_the_csv_holds_every_digit_with_the_facts_behind_it_and_no_formula_for_spreadsheets(
    brenna, colleague_client
):
    response = colleague_client.get(f"/v/finance/compare.csv?{BOTH}&metric=revenue&metric=roe&last=1")
    assert (
        response["Content-Type"].startswith("text/csv")
        and "comparison.csv" in response["Content-Disposition"]
    )
    text = response.content.decode("utf-8-sig")
    rows = {(row["key"], row["metric"]): row for row in csv.DictReader(io.StringIO(text))}
    sales = rows[KEY, "revenue"]
    assert (sales["period"], sales["start"], sales["end"]) == ("FY2024", "2024-01-01", "2024-12-31")
    assert (sales["value"], sales["unit"], sales["basis"]) == ("1240000000", "USD", "reported")
    assert sales["facts"].isdigit() and rows[OTHER, "revenue"]["company"] == "'=Brenna & Sons"
    assert rows[OTHER, "roe"]["value"] == "" and "do not state" in rows[OTHER, "roe"]["reason"]


def test_different_currencies_are_not_converted_and_said_to_be(brenna, colleague_client, see):
    chinese = {"entity": "维洛电子股份有限公司", "identifier": "91990001"}
    figures_cas = {"营业收入": 1_000_000_000, "营业成本": 600_000_000}
    filing_store(brenna, annual(2024, figures_cas, company=chinese, gaap="CAS", currency="CNY"))
    page = see(colleague_client, f"/v/finance/compare/?{BOTH}&company=91990001&metric=revenue")
    assert "amounts are not converted" in page
    assert figures(page)["维洛电子股份有限公司 CNY million"][0] == "1,000.00"


def test_the_page_says_how_to_begin_with_companies_and_without(
    aldern, colleague_client, outsider_client, see
):
    assert "Add two or more above" in plain(see(colleague_client, "/v/finance/compare/"))
    assert "No company yet" in plain(see(outsider_client, "/v/finance/compare/"))


def test_an_outsider_compares_nothing_of_what_is_not_theirs(brenna, outsider_client, client, see):
    for address in (f"/v/finance/compare/?{BOTH}&add_company=ALD", f"/v/finance/compare.csv?{BOTH}"):
        text = see(outsider_client, address)
        assert "Aldern" not in text and "1240000000" not in text and "1,240" not in text
        assert client.get(address).status_code == 302


def test_twelve_companies_take_no_more_queries_than_one(
    finance_base, colleague_client, see, django_assert_max_num_queries
):
    for number in range(12):
        company = {"entity": f"Company {number}", "identifier": f"000999010{number:02}"}
        filing_store(
            finance_base, *(annual(year, margins(year), company=company) for year in range(2018, 2022))
        )
    query = "&".join(f"company=000999010{number:02}" for number in range(12))
    see(colleague_client, "/v/finance/compare/")
    with django_assert_max_num_queries(14):
        page = see(colleague_client, f"/v/finance/compare/?{query}&metric=revenue&metric=gross_margin")
    assert page.count('scope="row"') == 24
