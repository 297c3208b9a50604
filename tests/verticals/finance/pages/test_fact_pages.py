"""A figure opens its source where it stands; a value leads to its figures; for nobody who may not see them."""

import re
from dataclasses import replace

import pytest

from collegium.sdk.vertical import IndexedVersion
from tests.collegium.dashboard.live import FINANCE
from tests.verticals.finance.filing_pages import CIK, CONTEXTS, COVER, context, figure, member, page
from tests.verticals.finance.pages.test_company_pages import plain
from tests.verticals.finance.pages.written import ALDERN, annual, filing_store, margins
from verticals.finance.facts.codec import filings_value
from verticals.finance.facts.query import FactQuery
from verticals.finance.facts.selectors import facts_find
from verticals.finance.facts.store import filings_write

pytestmark = pytest.mark.django_db
KEY = ALDERN["identifier"]
WEST = member("us-gaap:StatementBusinessSegmentsAxis", "tbk:WestMember")
ALL = CONTEXTS + context("west", "2024-01-01/2024-12-31", members=WEST)


def fact_of(asker, concept: str, **query) -> int:
    return facts_find(asker, FactQuery(concepts=(concept,), **query))[0].id


@pytest.fixture
def inline(ingest):
    shown = (
        figure("1,234", scale="6", id="f-1")
        + " and in the west "
        + figure("400", scale="6", id="f-2", ref="west")
    )
    hidden = figure("55", name="us-gaap:Assets", ref="i24", id="f-3")
    body = f"<h2>Results</h2><p>Net sales came to $ {shown} million.</p>{COVER}"
    return ingest({"report.htm": page(body, contexts=ALL, hidden=hidden)}, metadata={"filed": "2025-02-20"})


def test_a_figure_of_inline_xbrl_is_marked_where_it_stands(inline, colleague_client, colleague_asker, see):
    text = see(colleague_client, f"/v/finance/facts/{fact_of(colleague_asker, 'us-gaap:Revenues')}/")
    assert "<mark>1,234</mark>" in text and "<mark>400</mark>" not in text
    said = plain(text)
    assert "1,234,000,000" in said and "Concept us-gaap:Revenues" in said and "to millions" in said
    assert "Jan. 1, 2024 – Dec. 31, 2024" in said and "the whole company" in said
    assert "10-K · FY2024 · filed Feb. 20, 2025" in said
    assert "metric=revenue&amp;period=FY2024" in text and "gross_margin" in text


def test_a_segments_figure_names_it_and_feeds_no_metric_of_the_company(
    inline, colleague_client, colleague_asker, see
):
    number = fact_of(colleague_asker, "us-gaap:Revenues", dims=(WEST_PAIR,))
    text = see(colleague_client, f"/v/finance/facts/{number}/")
    assert "<mark>400</mark>" in text and "Statement Business Segments West" in plain(text)
    assert "metric=revenue" not in text


WEST_PAIR = ("us-gaap:StatementBusinessSegmentsAxis", "tbk:WestMember")


def test_a_hidden_figure_says_that_no_page_shows_it(inline, colleague_client, colleague_asker, see):
    text = see(colleague_client, f"/v/finance/facts/{fact_of(colleague_asker, 'us-gaap:Assets')}/")
    assert "in its hidden part" in plain(text) and "<mark>" not in text


def test_a_figure_of_a_pdf_opens_the_page_with_its_box(ingest, colleague_client, colleague_asker, see):
    report = FINANCE / "jichuan-annual-report-2023.pdf"
    version = ingest({report.name: report.read_bytes()})
    place = {"kind": "cell", "page": 2, "table": 1, "row": 3, "column": 1, "boxes": [[72, 100, 140.5, 112]]}
    read = annual(2023, {"营业收入": 5}, gaap="CAS", currency="CNY")
    stated = replace(read, facts=(replace(read.facts[0], locator=place),))
    filings_write(
        IndexedVersion(
            document=version.document_id, version=version.pk, knowledge_base=version.knowledge_base_id,
            workspace=version.document.workspace_id, metadata={}, data={"filings": filings_value((stated,))},
        )
    )  # fmt: skip
    number = fact_of(colleague_asker, "cas:营业收入")
    text = see(colleague_client, f"/v/finance/facts/{number}/")
    assert f"/versions/{version.pk}/pages/2.png" in text
    assert re.search(r'<rect x="70.5" y="98.5" width="71.5" height="15" rx', text)
    turned = see(colleague_client, f"/v/finance/facts/{number}/?page=1")
    assert "/pages/1.png" in turned and "<rect x=" not in turned.partition("data-boxes")[2]
    assert "To the quotation" in turned


def test_earlier_and_later_statements_of_the_figure_are_listed(
    aldern, colleague_client, colleague_asker, see
):
    rows = facts_find(colleague_asker, FactQuery(concepts=("us-gaap:Revenues",), history=True))
    first = next(one for one in rows if int(one.fact.value) == 1_230_000_000)
    text = see(colleague_client, f"/v/finance/facts/{first.id}/")
    assert "Stated 2 more times" in text and plain(text).count("later · ") == 2
    assert "1,240,000,000" in text and "10-K/A" in text
    last = see(colleague_client, f"/v/finance/facts/{rows[-1].id}/")
    assert "earlier · " in plain(last)


def test_a_value_shows_its_formula_with_figures_that_lead_on(aldern, colleague_client, see):
    address = f"/v/finance/values/?entity={KEY}&metric=gross_margin&period=FY2024"
    text = see(colleague_client, address)
    said = plain(text)
    assert "43.87%" in said and "gross profit ÷ revenue = USD 544.00 million ÷ USD 1.24 billion" in said
    assert len(set(re.findall(r"/v/finance/facts/\d+/", text))) == 2
    none = plain(see(colleague_client, address.replace("gross_margin", "research_expense")))
    assert "Not reported" in none and "do not state" in none
    part = colleague_client.get(address, HTTP_HX_REQUEST="true").content.decode()
    assert part.lstrip().startswith("<article") and "data-close" in part


def test_a_restated_value_says_so(aldern, colleague_client, see):
    said = plain(see(colleague_client, f"/v/finance/values/?entity={KEY}&metric=revenue&period=FY2023"))
    assert "USD 1.24 billion" in said and "restated" in said.lower()


def test_an_outsider_finds_neither_figure_nor_value(aldern, inline, outsider_client, client, colleague_asker):
    for one in facts_find(colleague_asker, FactQuery(history=True, dims=None)):
        assert outsider_client.get(f"/v/finance/facts/{one.id}/").status_code == 404
    for key in (KEY, CIK):
        response = outsider_client.get(f"/v/finance/values/?entity={key}&metric=revenue&period=FY2024")
        assert response.status_code == 404 and "million" not in response.content.decode()
    assert client.get("/v/finance/values/").status_code == 302


def test_odd_values_are_not_found(aldern, colleague_client):
    for query in (
        "",
        f"entity={KEY}",
        f"entity={KEY}&metric=x&period=FY2024",
        f"entity={KEY}&metric=roe&period=x",
    ):
        assert colleague_client.get(f"/v/finance/values/?{query}").status_code == 404, query


@pytest.mark.parametrize("kind", ["fact", "value"])
def test_forty_filings_take_no_more_queries_than_one(
    finance_base, colleague_client, colleague_asker, see, kind, django_assert_max_num_queries
):
    for year in range(1984, 2024):
        filing_store(finance_base, annual(year, margins(year), before=margins(year - 1)))
    number = fact_of(colleague_asker, "us-gaap:Revenues")
    value = f"/v/finance/values/?entity={KEY}&metric=roe&period=FY2020"
    address = f"/v/finance/facts/{number}/" if kind == "fact" else value
    see(colleague_client, address)
    with django_assert_max_num_queries(18):
        see(colleague_client, address)
