"""Earlier statements of a figure, restatements by more than rounding, and statements as filed."""

import pytest

from collegium.sdk.errors import NotFound
from tests.verticals.finance.filing_pages import CIK, CONTEXTS, COVER, context, figure, member, page
from verticals.finance.facts.filings import entities_find, filings_list
from verticals.finance.facts.history import (
    fact_filing,
    figure_history,
    filing_statements,
    restatements_list,
)
from verticals.finance.facts.query import FactQuery
from verticals.finance.facts.selectors import facts_find

pytestmark = pytest.mark.django_db
WEST = member("us-gaap:RegionAxis", "tbk:WestMember")
ALL = CONTEXTS + context("west", "2024-01-01/2024-12-31", members=WEST)


def report(*figures: str, cover: str = COVER, note: str = "") -> dict[str, str]:
    return {"report.htm": page(f"<p>Net sales {note} {''.join(figures)}.</p>{cover}", contexts=ALL)}


@pytest.fixture
def years(ingest):
    """Sales of 2024 as first reported, as restated, and rounded; costs that never changed."""
    cost = figure("700", scale="3", decimals="-3", name="us-gaap:CostOfRevenue")
    west = figure("40", scale="3", decimals="-3", ref="west")
    ingest(report(figure("1,000", scale="3", decimals="-3"), cost, west), metadata={"filed": "2025-02-20"})
    ingest(
        report(
            figure("1,100", scale="3", decimals="-3"), cost, figure("45", scale="3", decimals="-3", ref="west"),
            cover=COVER.replace(">10-K<", ">10-K/A<"),
        ),
        metadata={"filed": "2025-06-01"},
    )  # fmt: skip
    ingest(
        report(figure("1.1", scale="6", decimals="-5"), cover=COVER.replace(">2024<", ">2025<")),
        metadata={"filed": "2026-02-20"},
    )


def restated(asker, **more) -> list[tuple]:
    filings = {one.id: one for one in filings_list(asker, entities=[CIK])}
    return [
        (
            one.concept.partition(":")[2],
            bool(one.dims),
            [(int(stated.fact.value), str(stated.filing.known_on)) for stated in one.statements],
        )
        for one in restatements_list(asker, filings, **more)
    ]


def test_a_restated_figure_is_listed_with_each_value_and_the_day_on_which_it_was_first_stated(
    years, colleague_asker
):
    sales = ("Revenues", False, [(1_100_000, "2025-06-01"), (1_000_000, "2025-02-20")])
    assert restated(colleague_asker) == [sales]
    west = ("Revenues", True, [(45_000, "2025-06-01"), (40_000, "2025-02-20")])
    assert sorted(restated(colleague_asker, every_dimension=True)) == [sales, west]


def test_a_figures_statements_are_given_newest_first_whichever_of_them_is_asked_about(years, colleague_asker):
    (entity,) = entities_find(colleague_asker, CIK)
    query = FactQuery(concepts=("us-gaap:Revenues",), history=True)
    ids = [one.id for one in facts_find(colleague_asker, query)]
    assert len(ids) == 3
    for fact in ids:
        found = figure_history(colleague_asker, entity, fact)
        assert [int(one.fact.value) for one in found] == [1_100_000, 1_100_000, 1_000_000]
        assert fact_filing(colleague_asker, fact) in entity.filings


def test_an_outsider_finds_neither_fact_nor_history_nor_statements(years, colleague_asker, outsider_asker):
    (entity,) = entities_find(colleague_asker, CIK)
    (fact, *_more) = facts_find(colleague_asker, FactQuery(history=True))
    for asker, wanted in ((outsider_asker, fact.id), (colleague_asker, 0), (colleague_asker, 2**70)):
        with pytest.raises(NotFound):
            fact_filing(asker, wanted)
    with pytest.raises(NotFound):
        figure_history(outsider_asker, entity, fact.id)
    filings = {one.id: one for one in filings_list(colleague_asker)}
    assert restatements_list(colleague_asker, filings) and not restatements_list(outsider_asker, filings)
    assert filing_statements(outsider_asker, fact.filing) == ()


def test_statements_as_filed_are_read_back(ingest, colleague_asker):
    names = ("Revenues", "CostOfRevenue", "GrossProfit", "IncomeTaxExpenseBenefit", "NetIncomeLoss")
    rows = "".join(
        f"<tr><td>{name}</td><td>{figure(str(n + 2), name=f'us-gaap:{name}', id=f'f-{n}')}</td></tr>"
        for n, name in enumerate(names)
    )
    ingest({"report.htm": page(f"<h2>Statements of Income</h2><table>{rows}</table>{COVER}")})
    (filing,) = filings_list(colleague_asker)
    (statement,) = filing_statements(colleague_asker, filing.id)
    assert statement.title == "Statements of Income" and [row.label for row in statement.rows] == [*names]
