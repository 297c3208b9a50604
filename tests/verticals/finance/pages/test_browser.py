"""The pages of finance in a real chrome: charts, sources in the panel, the keyboard, a phone."""

import pytest

from tests.collegium.dashboard.live import BROWSER, CONTROLS, PHONE, Tab, password_give
from tests.conftest import PASSWORD
from tests.verticals.finance.pages.written import ALDERN, INCOME, annual, filing_store, margins
from tests.verticals.finance.xbrl.test_statements_shown import ALL, CASH, COVER, page
from tests.verticals.finance.xbrl.test_statements_shown import INCOME as SHOWN

pytestmark = BROWSER
KEY, OTHER = ALDERN["identifier"], "0009990003"
DESKTOP = {"width": 1280, "height": 900}
PAGES = {
    "companies": "/v/finance/companies/",
    "company": f"/v/finance/companies/{KEY}/",
    "ratios": f"/v/finance/companies/{KEY}/?group=margins",
    "statements": f"/v/finance/statements/{KEY}/",
    "filings": f"/v/finance/filings/{KEY}/",
    "restatements": f"/v/finance/restatements/{KEY}/",
    "compare": f"/v/finance/compare/?company={KEY}&company={OTHER}&metric=revenue&metric=gross_margin",
    "value": f"/v/finance/values/?entity={KEY}&metric=gross_margin&period=FY2023",
}


@pytest.fixture
def companies(ingest, finance_base):
    """Aldern with restated sales, Brenna without, and Tarnbeck whose report is a real document."""
    for year in range(2018, 2025):
        before = margins(year - 1) if year != 2024 else margins(2023) | {"Revenues": 1_240_000_000}
        filing_store(
            finance_base,
            annual(year, margins(year), before=before, statements=[INCOME]),
            title=f"Aldern {year}",
        )
        brenna = {"entity": "Brenna & Sons", "identifier": OTHER, "ticker": "BRN"}
        filing_store(
            finance_base, annual(year, margins(year, 300 + year % 7), company=brenna), title=f"Brenna {year}"
        )
    whole = page(SHOWN + CASH + COVER, contexts=ALL).replace('decimals="-6"', 'decimals="0"')
    ingest({"report.htm": whole})


@pytest.fixture
def person(editor):
    return password_give(editor)


@pytest.fixture
def tab(chrome, site, person, companies):
    """A signed-in editor's page; the test fails where the browser complained of anything."""
    opened = Tab(chrome, site, viewport=DESKTOP)
    opened.sign_in("editor", PASSWORD)
    yield opened
    assert opened.complaints == []
    opened.context.close()


def drawn(tab) -> None:
    """Wait until every chart of the page is drawn."""
    tab.until("[...document.querySelectorAll('[data-chart]')].every((one) => one.querySelector('svg path'))")
    tab.page.wait_for_timeout(400)


def test_every_page_fits_desktop_and_phone_in_both_languages(chrome, site, tab):
    for name, path in PAGES.items():
        tab.open(path)
        drawn(tab)
        assert tab.fits(), name
        assert tab.page.evaluate(CONTROLS) == [], name
        tab.shot(f"{name}-en-1280", full=True)
    tab.page.click("text=简体中文")
    phone = Tab(chrome, site, viewport=PHONE, language="zh-CN")
    phone.sign_in("editor", PASSWORD)
    for name, path in PAGES.items():
        tab.open(path)
        drawn(tab)
        tab.shot(f"{name}-zh-1280", full=True)
        phone.open(path)
        drawn(phone)
        phone.shot(f"{name}-zh-390", full=True)
        assert phone.fits(), name
    phone.page.click("#menu-button")
    phone.page.click("text=English")
    for name, path in PAGES.items():
        phone.open(path)
        drawn(phone)
        phone.shot(f"{name}-en-390", full=True)
        assert phone.fits(), name
    assert phone.complaints == []
    phone.context.close()


def test_a_chart_shows_what_is_ticked(tab):
    tab.open(PAGES["company"])
    drawn(tab)
    box = tab.page.locator('input[data-series="Gross profit"]')
    bars = "document.querySelectorAll('[data-chart] svg path').length"
    before = tab.page.evaluate(bars)
    box.focus()
    tab.page.keyboard.press("Space")
    tab.until(f"{bars} > {before}")
    assert box.is_checked()


def test_a_figure_opens_its_source_beside_the_page_by_keyboard_alone(tab):
    tab.open("/v/finance/statements/0009990001/?statement=1")
    page = tab.page
    link = page.locator("table.figures a", has_text="9").first
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel mark")
    assert page.locator("#panel mark").inner_text() == "9"
    assert "us-gaap:Depreciation" in page.locator("#panel").inner_text()
    assert page.evaluate("document.activeElement.id") == "panel"
    tab.shot("fact-panel-1280")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.closest('table.figures') !== null")


def test_a_computed_figure_leads_through_its_formula_to_the_figures(tab):
    tab.open(PAGES["ratios"])
    page = tab.page
    page.locator("table.figures a.derived").first.click()
    page.wait_for_selector("#panel .block-computed")
    tab.shot("value-panel-1280")
    page.locator("#panel .source a").first.click()
    page.wait_for_selector("#panel .facts")
    assert "us-gaap:GrossProfit" in page.locator("#panel").inner_text()


def test_companies_are_found_and_compared_without_a_mouse(tab):
    tab.open(PAGES["companies"])
    page = tab.page
    page.focus("#q")
    page.keyboard.type("brenna")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=brenna")
    page.focus("table.docs a")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Brenna & Sons')")
    page.locator("a.btn", has_text="Compare").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare/**")
    page.focus("#add-company")
    page.keyboard.type("ALD")
    page.keyboard.press("Enter")
    page.wait_for_selector("h2:has-text('Net margin')")
    assert page.locator("table.figures a", has_text="Aldern Foods plc").count() >= 1


def test_a_fact_is_a_page_of_its_own_on_a_phone(chrome, site, tab):
    phone = Tab(chrome, site, viewport=PHONE, scheme="dark")
    phone.sign_in("editor", PASSWORD)
    phone.open("/v/finance/statements/0009990001/")
    phone.page.locator("table.figures a").first.click()
    phone.page.wait_for_url("**/facts/*/")
    assert phone.page.locator("mark").count() == 1 and phone.fits()
    phone.shot("fact-dark-390", full=True)
    phone.open(PAGES["company"])
    drawn(phone)
    phone.shot("company-dark-390", full=True)
    assert phone.complaints == []
    phone.context.close()
