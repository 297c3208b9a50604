"""Filings as people upload them: several files as one document, and bad files, by the API and the real reading."""

import json
from functools import partial

import pytest

from collegium.knowledge.models import Document
from tests.collegium.api.conftest import Caller
from tests.collegium.knowledge.search_corpus import encoder_use
from tests.documents import PdfPage, pdf_make
from tests.sample_figures import sample_files, sample_reports, stated, value
from tests.uploads import upload_read
from tests.verticals.finance.filing_pages import CONTEXTS, COVER, UNITS, figure, instance, page
from tests.verticals.finance.xbrl.conftest import zip_make
from tests.verticals.finance.xbrl.test_bad_input import BOMB
from tests.verticals.finance.xbrl.test_instance import FILES as INSTANCE
from verticals.finance import models

pytestmark = pytest.mark.django_db
FACTS = "/api/v1/finance/facts"
ALL = "entity=Tarnbeck%20Instruments%20plc"
GOOD = page(f"<p>Net sales were {figure('1,234', id='f-1')} in 2024.</p>{COVER}")
STEM = "tarnbeck-quarterly-report-2024-q2"
COMPANY_FACTS = {
    "cik": 9990001,
    "entityName": "Tarnbeck Instruments plc",
    "facts": {
        "us-gaap": {
            "Revenues": {
                "label": "Revenues",
                "units": {
                    "USD": [
                        {"start": "2024-01-01", "end": "2024-12-31", "val": 482600000, "accn": "0009990001-25-000001",
                         "fy": 2024, "fp": "FY", "form": "10-K", "filed": "2025-02-14"}
                    ]
                },
            }
        }
    },
}  # fmt: skip


@pytest.fixture
def caller(workspace, owner, key_make) -> Caller:
    return Caller(key_make(workspace, user=owner))


@pytest.fixture
def send(caller, finance_base, monkeypatch):
    """send({"a.htm": text, ...}) -> the stored version, after the job that the upload began."""
    encoder_use(monkeypatch)
    return partial(upload_read, caller, finance_base)


def facts(caller, query: str = "") -> list[dict]:
    return caller("GET", f"{FACTS}?limit=100&{query or ALL}").json()["data"]


def one_fact(caller, concept: str) -> dict:
    (found,) = facts(caller, f"concept={concept}&start=2024-01-01&end=2024-12-31")
    return found


@pytest.mark.parametrize(
    "files",
    [
        {"report.htm": GOOD, "exhibit-99.htm": "<html><body><p>A letter to shareholders.</p></body></html>"},
        INSTANCE,
        {"filing.zip": zip_make({"report.htm": GOOD, "exhibit.htm": "<html><body>A letter.</body></html>"})},
        {"filing.zip": zip_make(INSTANCE)},
        {"CIK0009990001.json": json.dumps(COMPANY_FACTS)},
    ],
    ids=[
        "inline with exhibit",
        "instance with linkbases",
        "zip of inline",
        "zip of instance",
        "company facts",
    ],
)
def test_the_files_of_a_filing_become_one_document_with_its_facts(send, caller, files):
    version = send(files)
    assert Document.objects.count() == 1 and version.files.count() == len(files)
    assert models.Filing.objects.filter(version=version).exists()
    found = one_fact(caller, "us-gaap:Revenues")
    assert found["unit"] == "USD" and found["document"] == str(version.document_id)


def test_the_page_of_uploads_offers_what_a_filing_is_made_of(client, owner, finance_base):
    client.force_login(owner)
    shown = client.get(f"/knowledge/{finance_base.pk}/").content.decode()
    offered = shown.split('accept="')[1].split('"')[0].split(",")
    assert {".pdf", ".htm", ".xml", ".xsd", ".json", ".zip"} <= {one.strip() for one in offered}
    assert 'name="together"' in shown


def test_all_facts_of_a_sample_filing_come_back_over_the_interface(send, caller):
    send({f"{STEM}.htm": sample_files(STEM)[f"{STEM}.htm"]})
    found, cursor = [], ""
    while cursor is not None:
        reply = caller("GET", f"{FACTS}?{ALL}&dims=all&limit=100{cursor and f'&cursor={cursor}'}").json()
        found += reply["data"]
        cursor = reply["next_cursor"] if reply["has_more"] else None
    got = {
        (one["concept"], one["start"], one["end"], one["unit"], tuple(one["dims"].items())): one["value"]
        for one in found
    }
    wanted = {
        (
            key[0], key[1].start and key[1].start.isoformat(), key[1].end.isoformat(), key[2], key[3],
        ): format(one.value, "f") for key, one in stated(sample_reports()[STEM]).items()
    }  # fmt: skip
    assert {key: float(number) for key, number in got.items()} == {
        key: float(number) for key, number in wanted.items()
    }
    assert float(value("tarnbeck", "revenue", "2024Q2")) in {float(one["value"]) for one in found}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD[: len(GOOD) - 60], "ends before its last element is closed"),
        ("<html><body><p>Net sales rose in 2024.</p></body></html>", "holds no inline XBRL"),
        (page(f"<p>Net sales were {figure('1')}.</p>", contexts="", units=""), "holds no contexts"),
    ],
    ids=["truncated", "no XBRL", "no contexts"],
)
def test_a_page_without_readable_facts_is_stored_as_a_report_and_says_so(
    send, caller, finance_base, text, words
):
    version = send({"a.htm": text})
    (warning,) = version.warnings
    assert words in warning and "without facts" in warning
    assert not models.Fact.objects.exists()
    hits = caller(
        "POST", "/api/v1/search", {"query": "net sales 2024", "knowledge_bases": [str(finance_base.pk)]}
    )
    assert "Net sales" in json.dumps(hits.json())


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"a.xml": instance("<us-gaap:Revenues contextRef='y24' unitRef='usd'>1</us-gaap:Revenues>", contexts="")}, "no_contexts"),
        ({"a.htm": GOOD.replace("?>\n", f"?>\n{BOMB}", 1)}, "dtd_refused"),
        ({"a.htm": GOOD.replace("?>\n", "?>\n<!DOCTYPE html [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>", 1)}, "dtd_refused"),
        ({"a.xml": "<!DOCTYPE xbrl SYSTEM 'http://127.0.0.1:9/x.dtd'>" + instance("")}, "dtd_refused"),
        ({"t_pre.xml": INSTANCE["t_pre.xml"]}, "no_facts"),
    ],
    ids=["instance without contexts", "expansion", "external entity", "external type", "linkbase alone"],
)  # fmt: skip
def test_what_cannot_be_read_fails_with_what_to_do_and_may_be_replaced(send, caller, files, code):
    version = send(files, state="failed")
    problem = caller("GET", f"/api/v1/jobs/{version.job.pk}").json()["problem"]
    assert problem["code"] == code and "pload" in problem["detail"]
    assert Document.objects.filter(pk=version.document_id).exists() and not models.Fact.objects.exists()


def test_a_wrongly_declared_encoding_changes_no_figure(send, caller):
    text = GOOD.replace("Tarnbeck Instruments plc", "霁川仪器股份有限公司")
    send({"a.htm": text.encode("gb18030")})
    assert one_fact(caller, "us-gaap:Revenues")["value"] == "1234"
    assert caller("GET", "/api/v1/finance/entities").json()["data"][0]["name"] == "霁川仪器股份有限公司"


def test_a_scan_of_400_pages_is_kept_told_of_and_found_by_its_name(
    send, caller, finance_base, outsider, foreign, key_make
):
    version = send({"vellora_annual-report-2019.pdf": pdf_make([PdfPage()] * 400)})
    (warning,) = version.warnings
    assert "No text was found on the 400 pages" in warning and "OCR" in warning
    query = {"query": "Vellora annual report 2019", "knowledge_bases": [str(finance_base.pk)]}
    hits = caller("POST", "/api/v1/search", query).json()["data"]
    assert [hit["document"] for hit in hits] == [str(version.document_id)]
    assert not models.Fact.objects.exists()
    stranger = Caller(key_make(foreign, user=outsider))
    assert stranger("POST", "/api/v1/search", query).status_code == 404


def test_another_company_of_the_same_name_stays_another_company(send, caller):
    send({"a.htm": GOOD})
    other = page(f"<p>Sales {figure('7')}</p>{COVER}", contexts=CONTEXTS.replace("0009990001", "0009990002"))
    send({"b.htm": other})
    listed = caller("GET", "/api/v1/finance/entities").json()["data"]
    assert [one["key"] for one in listed] == ["0009990001", "0009990002"]
    assert caller("GET", f"{FACTS}?entity=Tarnbeck%20Instruments%20plc").json()["code"] == "ambiguous_entity"
    (own,) = facts(caller, "entity=0009990002")
    assert own["value"] == "7"


def test_units_that_do_not_agree_are_told_and_their_figures_left_out(send, caller):
    euro = UNITS.replace(
        "iso4217:USD</xbrli:measure></xbrli:unit>", "iso4217:EUR</xbrli:measure></xbrli:unit>", 1
    )
    shares = figure("5", name="us-gaap:SharesIssued", ref="i24", unit="shares", decimals="0")
    version = send({
        "a.htm": page(f"<p>Net sales were {figure('1,234')}, of shares {shares}.</p>{COVER}"),
        "b.htm": page(f"<p>Costs were {figure('900', name='us-gaap:CostOfRevenue')}.</p>", units=euro),
    })  # fmt: skip
    assert any("usd (USD, EUR)" in warning for warning in version.warnings)
    assert [one["concept"] for one in facts(caller)] == ["us-gaap:SharesIssued"]


def test_the_same_figure_in_two_currencies_is_two_facts(send, caller):
    units = UNITS + '<xbrli:unit id="eur"><xbrli:measure>iso4217:EUR</xbrli:measure></xbrli:unit>'
    send({"a.htm": page(f"<p>{figure('1,234')} or {figure('1,100', unit='eur')}</p>{COVER}", units=units)})
    found = facts(caller, "concept=us-gaap:Revenues")
    assert {one["unit"]: one["value"] for one in found} == {"USD": "1234", "EUR": "1100"}
    assert [one["value"] for one in facts(caller, "concept=us-gaap:Revenues&unit=EUR")] == ["1100"]
