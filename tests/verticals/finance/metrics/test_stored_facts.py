"""Facts of the database as a source for computing: the figures that count, for those who may see them."""

from datetime import date
from decimal import Decimal

import pytest

from tests.collegium.api.conftest import Caller
from tests.verticals.finance.filing_pages import CIK, CONTEXTS, COVER, context, figure, member, page
from verticals.finance.answering.compute import compute
from verticals.finance.answering.reach import companies_visible, reach_of
from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.metrics.value import MetricValue
from verticals.finance.questions.reading import question_read

pytestmark = pytest.mark.django_db
TODAY = date(2025, 6, 1)
MARGIN = "What was the gross margin of Tarnbeck Instruments in FY2024?"
ALDERN = COVER.replace("Tarnbeck Instruments plc", "Aldern Foods").replace(">TBK<", ">ALD<")


def report(revenue: str, cost: str, *, cover: str = COVER, contexts: str = CONTEXTS, more: str = "") -> dict:
    figures = figure(revenue, scale="3", decimals="-3", id="r")
    figures += figure(cost, scale="3", decimals="-3", id="c", name="us-gaap:CostOfRevenue")
    return {"report.htm": page(f"<p>Net sales and cost {figures}{more}.</p>{cover}", contexts=contexts)}


def value_of(asker, text: str = MARGIN, **more) -> MetricValue | None:
    reach = reach_of(asker, **more)
    query = question_read(text, reach.directory, today=TODAY)
    computed = compute(query, reach.source, tuple(reach.names))
    return computed.values[0] if computed.values else None


def test_a_margin_is_computed_from_stored_facts_whose_ids_the_interface_shows(
    ingest, colleague_asker, key_make, workspace, owner
):
    version = ingest(report("1,000", "600"))
    found = value_of(colleague_asker)
    assert found is not None and found.value == Decimal("0.4")
    assert {one.document for one in found.facts} == {str(version.document_id)}
    caller = Caller(key_make(workspace, user=owner))
    shown = caller("GET", f"/api/v1/finance/facts?entity={CIK}").json()["data"]
    assert set(found.inputs) == {str(one["id"]) for one in shown if one["concept"] != "us-gaap:Nothing"}


def test_a_later_restatement_counts_and_as_of_a_day_the_earlier_does(ingest, colleague_asker):
    ingest(report("1,000", "600"), metadata={"filed": "2025-02-20"})
    ingest(
        report("1,000", "650", cover=COVER.replace(">10-K<", ">10-K/A<")), metadata={"filed": "2025-05-01"}
    )
    now, then = value_of(colleague_asker), value_of(colleague_asker, as_of=date(2025, 3, 1))
    assert now is not None and then is not None
    assert (now.value, then.value) == (Decimal("0.35"), Decimal("0.4"))
    assert any(note.code == "restated" for note in now.notes_all())
    assert value_of(colleague_asker, as_of=date(2025, 1, 1)) is None


def test_facts_along_the_axes_asked_for_come_too_and_no_others(ingest, colleague_asker):
    segments = catalogue().axes["segment"][0]
    contexts = CONTEXTS + context("west", "2024-01-01/2024-12-31", members=member(segments, "tbk:WestMember"))
    contexts += context("own", "2024-01-01/2024-12-31", members=member("tbk:OwnAxis", "tbk:ThisMember"))
    parts = figure("7", ref="west") + figure("8", ref="own")
    ingest(report("1,000", "600", contexts=contexts, more=parts))
    source = reach_of(colleague_asker).source

    def values(*axes: str) -> list[int]:
        found = source.facts([CIK], ["us-gaap:Revenues"], axes=axes)
        return sorted(int(one.fact.value or 0) for one in found)

    assert values() == [1_000_000]
    assert values(segments) == [7, 1_000_000]
    assert list(source.facts([CIK], [])) == [] and list(source.facts(["nobody"], ["us-gaap:Revenues"])) == []


def test_companies_are_known_by_name_and_ticker_and_follow_what_changes(ingest, colleague_asker):
    ingest(report("1,000", "600"))
    first = companies_visible(colleague_asker)
    assert companies_visible(colleague_asker) is first
    assert first.names == {CIK: "Tarnbeck Instruments plc"}
    other = CONTEXTS.replace(CIK, "0009990002")
    version = ingest(report("10", "9", cover=ALDERN, contexts=other))
    both = companies_visible(colleague_asker)
    assert set(both.names.values()) == {"Tarnbeck Instruments plc", "Aldern Foods"}
    for text in ("ALD's revenue in FY2024", "Revenue of Aldern in FY2024"):
        query = question_read(text, both.directory, today=TODAY)
        assert query.entities == ("0009990002",)
    from verticals.finance import models

    models.Filing.objects.filter(version=version).update(
        entity="Aldern Kitchens", entity_key="aldern kitchens"
    )
    assert companies_visible(colleague_asker).names["0009990002"] == "Aldern Kitchens"


def test_companies_that_are_kept_are_gone_as_soon_as_they_are_closed(ingest, editor_asker, colleague_asker):
    from collegium.knowledge.models import Document

    version = ingest(report("1,000", "600"))
    assert companies_visible(colleague_asker).names == companies_visible(editor_asker).names != {}
    Document.objects.filter(current=version).update(access="restricted")
    assert companies_visible(colleague_asker).names == {}
    assert companies_visible(editor_asker).names == {CIK: "Tarnbeck Instruments plc"}


def test_a_knowledge_base_narrows_the_companies(ingest, finance_base, owner_asker, colleague_asker):
    from collegium.knowledge.services import knowledge_base_create

    ingest(report("1,000", "600"))
    empty = knowledge_base_create(asker=owner_asker, name="Empty", vertical="finance")
    assert value_of(colleague_asker, knowledge_bases=(finance_base.pk,)) is not None
    assert reach_of(colleague_asker, knowledge_bases=(empty.pk,)).names == {}
    assert value_of(colleague_asker, knowledge_bases=(empty.pk,)) is None


def test_an_outsider_reaches_no_company_and_no_fact(
    ingest, finance_base, editor_asker, colleague_asker, outsider_asker
):
    ingest(report("1,000", "600"), access="restricted")
    seen = reach_of(editor_asker)
    assert value_of(editor_asker) is not None
    for stranger in (colleague_asker, outsider_asker):
        reach = reach_of(stranger)
        assert reach.names == {} and len(reach.directory) == 0
        assert value_of(stranger) is None
        assert value_of(stranger, knowledge_bases=(finance_base.pk,)) is None
        # Even with the companies of one who may see them, the database shows a stranger nothing.
        source = type(seen.source)(stranger, seen.companies.by_key)
        assert list(source.facts([CIK], ["us-gaap:Revenues"])) == []
        assert source.filings([CIK]) == {CIK: []}
