"""Facts live and go with their version, keep their ids, and follow what people correct."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from collegium.knowledge.services import document_delete, document_reindex
from collegium.knowledge.tasks import ingest as work
from tests.verticals.finance.filing_pages import CONTEXTS, COVER, context, figure, member, page
from verticals.finance import models

pytestmark = pytest.mark.django_db


def report(*figures: str, cover: str = COVER, contexts: str = CONTEXTS) -> dict[str, str]:
    return {"report.htm": page(f"<p>Net sales were {''.join(figures)}.</p>{cover}", contexts=contexts)}


def test_the_facts_of_an_upload_are_stored_with_all_that_they_state(ingest):
    contexts = CONTEXTS + context(
        "west", "2024-12-31", members=member("us-gaap:RegionAxis", "tbk:WestMember")
    )
    version = ingest(
        report(
            figure("1,234.50", scale="6", decimals="-4", id="f-1"),
            figure("7", ref="west", unit="eps", decimals="2"),
            figure("", ref="i24", nil="1"),
            contexts=contexts,
        )
    )
    (filing,) = models.Filing.objects.all()
    assert (filing.version_id, filing.entity, filing.entity_key) == (
        version.pk, "Tarnbeck Instruments plc", "tarnbeck instruments",
    )  # fmt: skip
    assert (filing.form, filing.fiscal_year, filing.fiscal_period, filing.known_on) == (
        "10-K", 2024, "FY", date(2024, 12, 31),
    )  # fmt: skip
    rows = {fact.unit + str(fact.is_nil): fact for fact in models.Fact.objects.all()}
    sales = rows["USDFalse"]
    assert (sales.value, sales.decimals, sales.start, sales.end) == (
        Decimal(1234500000), -4, date(2024, 1, 1), date(2024, 12, 31),
    )  # fmt: skip
    assert sales.dims == {} and sales.locator["element"] == "f-1"
    passage = version.chunks.get(char_start__lte=sales.locator["start"], char_end__gte=sales.locator["end"])
    at = sales.locator["start"] - passage.char_start
    assert passage.text[at : at + 8] == "1,234.50"
    assert rows["USD/sharesFalse"].dims == {"us-gaap:RegionAxis": "tbk:WestMember"}
    assert rows["USDTrue"].value is None


def test_a_report_without_facts_is_a_filing_too(ingest):
    version = ingest({"a.htm": "<p>Nothing of a company.</p>"})
    assert version.warnings and not models.Filing.objects.exists()
    ingest(
        {"report.md": "# Annual report 2023\n\nSales rose."},
        metadata={
            "company": "Vellora Foods",
            "form": "annual report",
            "fiscal_year": 2023,
            "period": "FY2023",
        },
    )
    filing = models.Filing.objects.get()
    assert (filing.entity, filing.fiscal_year, filing.fiscal_period, filing.known_on) == (
        "Vellora Foods", 2023, "FY", date(2023, 12, 31),
    )  # fmt: skip
    assert not filing.facts.exists()


def test_what_people_state_goes_before_what_the_filing_says(ingest):
    ingest(
        report(figure("1")), metadata={"company": "Tarnbeck Group", "filed": "2025-02-20", "period": "2024Q4"}
    )
    filing = models.Filing.objects.get()
    assert (filing.entity, filing.accepted_at, filing.known_on, filing.fiscal_period) == (
        "Tarnbeck Group", datetime(2025, 2, 20, tzinfo=UTC), date(2025, 2, 20), "Q4",
    )  # fmt: skip
    assert filing.identifier == "0009990001"


def test_reading_again_keeps_the_ids_of_facts_that_stay(ingest, editor_asker, monkeypatch):
    version = ingest(report(figure("1", id="f-1"), figure("2", ref="i24", id="f-2")))
    before = dict(models.Fact.objects.values_list("end", "id").filter(start=None)) | dict(
        models.Fact.objects.values_list("start", "id").exclude(start=None)
    )
    job = document_reindex(asker=editor_asker, document_id=version.document_id)
    work(str(job.pk))
    after = dict(models.Fact.objects.values_list("end", "id").filter(start=None)) | dict(
        models.Fact.objects.values_list("start", "id").exclude(start=None)
    )
    assert before == after and len(before) == 2


def test_a_new_version_takes_the_place_of_the_old_ones_facts(ingest):
    version = ingest(report(figure("1")))
    newer = ingest(report(figure("2"), figure("3", ref="i24")), document=version.document)
    assert set(models.Filing.objects.values_list("version_id", flat=True)) == {newer.pk}
    assert sorted(int(fact.value) for fact in models.Fact.objects.all()) == [2, 3]


def test_a_deleted_document_takes_its_facts_along(ingest, editor_asker):
    version = ingest(report(figure("1")))
    kept = ingest({"other.htm": page(f"<p>Sales {figure('9')}</p>{COVER}")})
    document_delete(asker=editor_asker, document_id=version.document_id)
    assert set(models.Filing.objects.values_list("version_id", flat=True)) == {kept.pk}
    assert models.Fact.objects.count() == 1


def test_facts_that_cannot_be_stored_leave_nothing_behind(ingest, monkeypatch):
    from verticals.finance import filing_parser

    assert filing_parser  # the child imports it anew; what it hands over is checked here
    monkeypatch.setattr(
        "verticals.finance.facts.store.filings_read", lambda value: (_ for _ in ()).throw(ValueError("bad"))
    )
    version = ingest(report(figure("1")), state="failed")
    assert version.job.problem["code"] == "internal"
    assert not models.Filing.objects.exists() and version.state == "failed"


def test_a_broken_filing_fails_its_job_with_what_to_do(ingest):
    version = ingest({"bad.xml": "<?xml version='1.0'?><rss/>"}, state="failed")
    assert version.job.problem["code"] == "unknown_xml"


@pytest.mark.parametrize(
    ("period", "part"),
    [
        ("2023Q3", "Q3"),
        ("2023 q3", "Q3"),
        ("2024-9M", "9M"),
        ("FY2023", "FY"),
        ("2024-12-31", "FY"),
        ("soon", "FY"),
    ],
)
def test_a_period_that_people_write_counts_where_it_names_a_part_of_a_year(ingest, period, part):
    version = ingest(report(figure("5")), metadata={"period": period})
    assert models.Filing.objects.get(version=version).fiscal_period == part


def test_what_people_state_is_kept_within_what_can_be_stored(ingest):
    stated = {"company": "  Long\n" + "x" * 490, "identifier": "y" * 490, "fiscal_year": 10**9}
    filing = models.Filing.objects.get(version=ingest(report(figure("5")), metadata=stated))
    assert len(filing.entity) == len(filing.identifier) == 300 and filing.entity.startswith("Long x")
    assert filing.fiscal_year == 2024
