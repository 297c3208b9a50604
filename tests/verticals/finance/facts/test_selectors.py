"""Which statement of a figure counts, as of which day, for whom; and which companies there are."""

from datetime import date
from decimal import Decimal

import pytest

from tests.verticals.finance.filing_pages import CIK, CONTEXTS, COVER, context, figure, member, page
from verticals.finance.facts.filings import entities_find, entities_list, filings_list
from verticals.finance.facts.query import FactQuery
from verticals.finance.facts.selectors import facts_find

pytestmark = pytest.mark.django_db
SALES = FactQuery(concepts=("us-gaap:Revenues",))


def report(*figures: str, cover: str = COVER, contexts: str = CONTEXTS, note: str = "") -> dict[str, str]:
    return {"report.htm": page(f"<p>Net sales {note} {''.join(figures)}.</p>{cover}", contexts=contexts)}


@pytest.fixture
def history(ingest):
    """The figure of 2024, first as reported, then restated, then rounded in a later report."""
    original = ingest(
        report(figure("1,000", scale="3", decimals="-3", id="f")), metadata={"filed": "2025-02-20"}
    )
    amended = ingest(
        report(figure("1,100", scale="3", decimals="-3"), cover=COVER.replace(">10-K<", ">10-K/A<")),
        metadata={"filed": "2025-06-01"},
    )
    later = ingest(
        report(figure("1.1", scale="6", decimals="-5"), cover=COVER.replace(">2024<", ">2025<")),
        metadata={"filed": "2026-02-20"},
    )
    return original, amended, later


def test_the_latest_filing_counts_and_earlier_values_stay_readable_as_of_a_day(history, colleague_asker):
    original, amended, _later = history

    def counted(**more) -> list:
        query = FactQuery(concepts=("us-gaap:Revenues",), **more)
        return [(int(one.fact.value), one.version) for one in facts_find(colleague_asker, query)]

    assert counted() == [(1_100_000, amended.pk)]  # the later report rounds the same figure
    assert counted(as_of=date(2025, 3, 1)) == [(1_000_000, original.pk)]
    assert counted(as_of=date(2025, 6, 1)) == [(1_100_000, amended.pk)]
    assert counted(as_of=date(2025, 1, 1)) == []
    assert sorted(value for value, _version in counted(history=True)) == [1_000_000, 1_100_000, 1_100_000]


def test_a_value_that_was_taken_back_is_not_brought_back_by_an_older_more_precise_one(
    ingest, colleague_asker
):
    ingest(report(figure("1,234", scale="3", decimals="-3")), metadata={"filed": "2025-02-20"})
    ingest(report(figure("2", scale="6", decimals="-6"), note="restated"), metadata={"filed": "2025-08-20"})
    (found,) = facts_find(colleague_asker, SALES)
    assert found.fact.value == 2_000_000


def test_facts_are_found_by_company_concept_day_unit_and_dimensions(ingest, colleague_asker):
    west = member("us-gaap:RegionAxis", "tbk:WestMember")
    contexts = (
        CONTEXTS
        + context("west", "2024-01-01/2024-12-31", members=west)
        + context("q4", "2024-10-01/2024-12-31")
    )
    figures = [
        figure("10"), figure("4", ref="west"), figure("3", ref="q4"), figure("5", ref="i24", name="us-gaap:Assets"),
        figure("10.1", decimals="1"), figure("2", unit="shares"),
    ]  # fmt: skip
    ingest(report(*figures, contexts=contexts))

    def values(**query) -> list[Decimal]:
        return sorted(one.fact.value for one in facts_find(colleague_asker, FactQuery(**query)))

    year = {"start": date(2024, 1, 1), "end": date(2024, 12, 31)}
    assert values(**year, units=("USD",)) == [Decimal("10.1")]
    assert values(**year, units=("USD",), duplicates=True, history=True) == [10, Decimal("10.1")]
    assert values(end=date(2024, 12, 31), units=("USD",)) == [3, 5, Decimal("10.1")]
    assert values(concepts=("us-gaap:Revenues",), dims=None, units=("USD",)) == [3, 4, Decimal("10.1")]
    assert values(dims=(("us-gaap:RegionAxis", "tbk:WestMember"),)) == [4]
    assert values(entities=("tarnbeck instruments",), units=("shares",)) == [2]
    assert values(entities=("9990001",), units=("shares",)) == [2]
    assert values(entities=("tbk",), units=("shares",)) == [2]
    assert values(entities=("Vellora",)) == []


def test_pages_of_facts_follow_one_another(ingest, colleague_asker):
    ingest(report(*(figure(str(n), name=f"us-gaap:C{n}") for n in range(1, 8))))
    seen, after = [], 0
    while found := facts_find(colleague_asker, FactQuery(), after=after, limit=3):
        seen += [int(one.fact.value) for one in found]
        after = found[-1].id
    assert sorted(seen) == list(range(1, 8)) and len(found) == 0


def test_an_outsider_and_who_may_not_see_a_document_see_none_of_its_facts(
    ingest, finance_base, workspace, owner_asker, colleague_asker, outsider_asker, editor_asker
):
    version = ingest(report(figure("1")), access="restricted")
    assert facts_find(editor_asker, SALES) and facts_find(owner_asker, SALES)
    for stranger in (outsider_asker, colleague_asker):
        assert not facts_find(stranger, SALES)
        assert not facts_find(
            stranger, FactQuery(history=True, dims=None, knowledge_bases=(finance_base.pk,))
        )
        assert not entities_list(stranger) and not filings_list(stranger) and not entities_find(stranger, CIK)
        filing = filings_list(editor_asker)[0]
        assert not facts_find(stranger, FactQuery(filings=(filing.id,)))
    assert version.document_id == filing.document


def test_a_vertical_that_is_switched_off_shows_no_facts(ingest, workspace, colleague_asker):
    from collegium.accounts.services import vertical_enable

    ingest(report(figure("1")))
    vertical_enable(workspace=workspace, slug="finance", enabled=False)
    assert not facts_find(colleague_asker, SALES)


def test_companies_are_told_apart_by_identifier_and_known_by_name(ingest, colleague_asker):
    ingest(report(figure("1")), metadata={"filed": "2025-02-20"})
    ingest(
        report(figure("2"), cover=COVER.replace("Instruments plc", "Instruments PLC")),
        metadata={"filed": "2026-02-20"},
    )
    ingest(
        {"r.md": "Sales rose."},
        metadata={"company": "TARNBECK INSTRUMENTS", "period": "FY2022", "fiscal_year": 2022},
    )
    (tarnbeck,) = entities_list(colleague_asker)
    assert (tarnbeck.key, tarnbeck.name, len(tarnbeck.filings)) == (CIK, "Tarnbeck Instruments PLC", 3)
    assert (tarnbeck.ticker, tarnbeck.gaap, tarnbeck.currency) == ("TBK", "US-GAAP", "USD")
    other = CONTEXTS.replace(CIK, "0009990002")
    ingest(report(figure("7"), contexts=other), metadata={"identifier": "9990002"})
    assert {one.key for one in entities_list(colleague_asker)} == {CIK, "0009990002", "tarnbeck instruments"}
    assert len(entities_find(colleague_asker, "Tarnbeck Instruments plc")) == 3
    (found,) = entities_find(colleague_asker, "9990002")
    assert [int(one.fact.value) for one in facts_find(colleague_asker, FactQuery(filings=found.filings))] == [
        7
    ]
    assert entities_find(colleague_asker, "Vellora") == []
