"""`/entities` and `/facts` over HTTP: shape, filters, pages, errors, and nothing for strangers."""

from pathlib import Path

import pytest

from tests.api_schema import schema_compare
from tests.collegium.api.conftest import Caller
from tests.evaluation_data import data_set
from tests.verticals.finance.filing_pages import CIK, CONTEXTS, COVER, context, figure, member, page
from verticals.finance import vertical

pytestmark = pytest.mark.django_db
SNAPSHOT = Path(vertical.__file__).with_name("api") / "openapi.json"
URLCONF = "tests.verticals.finance.api.routes"
FACTS = "/api/v1/finance/facts"


@pytest.fixture
def version(ingest):
    west = member("us-gaap:RegionAxis", "tbk:WestMember")
    contexts = CONTEXTS + context("west", "2024-01-01/2024-12-31", members=west)
    body = (
        figure("1,234.50", scale="3", decimals="-1", id="f-1")
        + figure("900", ref="west")
        + figure("5", ref="i24")
    )
    return ingest({"report.htm": page(f"<p>Net sales {body}.</p>{COVER}", contexts=contexts)})


def test_a_fact_has_the_members_that_the_interface_promises(caller, version):
    reply = caller("GET", f"{FACTS}?entity={CIK}&concept=us-gaap:Revenues&start=2024-01-01")
    assert reply.status_code == 200
    (fact,) = reply.json()["data"]
    assert fact["locator"].pop("start") < fact["locator"].pop("end") and fact["locator"].pop("anchor") == ""
    assert fact == {
        "id": fact["id"], "entity": "Tarnbeck Instruments plc", "identifier": CIK, "concept": "us-gaap:Revenues",
        "value": "1234500", "unit": "USD", "decimals": -1, "start": "2024-01-01", "end": "2024-12-31", "dims": {},
        "document": str(version.document_id), "version": str(version.pk),
        "filing": {"id": fact["filing"]["id"], "form": "10-K", "known_on": "2024-12-31"},
        "locator": {"kind": "anchor", "element": "f-1", "file": "report.htm"}, "footnotes": [], "duplicate": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("concept=us-gaap:Revenues", ["1234500", "5"]),
        ("concept=us-gaap:Revenues&dims=all", ["1234500", "900", "5"]),
        ("entity=Tarnbeck%20Instruments&end=2024-12-31&start=2024-01-01", ["1234500"]),
        ("entity=TBK&unit=USD", ["1234500", "5"]),
        ("entity=TBK&unit=EUR", []),
        ("entity=TBK&as_of=2020-01-01", []),
        ("entity=TBK&history=true", ["1234500", "5"]),
        ("concept=us-gaap:Nothing", []),
    ],
)
def test_facts_are_filtered(caller, version, query, values):
    reply = caller("GET", f"{FACTS}?{query}")
    assert sorted(fact["value"] for fact in reply.json()["data"]) == sorted(values)


def test_pages_follow_one_another(caller, version):
    seen, cursor = [], ""
    while True:
        reply = caller("GET", f"{FACTS}?entity={CIK}&dims=all&limit=2&cursor={cursor}").json()
        seen += [fact["id"] for fact in reply["data"]]
        if not reply["has_more"]:
            break
        cursor = reply["next_cursor"]
    assert len(seen) == len(set(seen)) == 3 and seen == sorted(seen)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 422, "invalid"), ("concept=", 422, "invalid"), ("concept=a&start=soon", 422, "invalid"),
        ("concept=a&start=2024-12-31&end=2024-01-01", 422, "invalid"), ("concept=a&dims=some", 422, "invalid"),
        ("concept=a&limit=0", 422, "invalid"), ("concept=a&cursor=bad!", 422, "invalid"),
        ("concept=a&cursor=WyJhIl0", 422, "invalid"), ("concept=a&colour=red", 422, "invalid"),
        ("entity=Vellora", 404, "unknown_entity"), ("concept=a&knowledge_base=5", 422, "invalid"),
        ("concept=a&knowledge_base=00000000-0000-0000-0000-000000000000", 404, "not_found"),
        ("concept=%00", 422, "invalid"), ("entity=%00", 422, "invalid"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_named(caller, version, query, status, code):
    reply = caller("GET", f"{FACTS}?{query}")
    assert (reply.status_code, reply.json()["code"]) == (status, code), reply.content
    assert reply["Content-Type"] == "application/problem+json" and reply.json()["detail"]


def test_a_name_of_several_companies_is_asked_back(caller, version, ingest):
    other = CONTEXTS.replace(CIK, "0009990002")
    ingest({"other.htm": page(f"<p>Sales {figure('7')}</p>{COVER}", contexts=other)})
    reply = caller("GET", f"{FACTS}?entity=Tarnbeck%20Instruments%20plc")
    assert reply.status_code == 422 and reply.json()["code"] == "ambiguous_entity"
    assert CIK in reply.json()["detail"] and "0009990002" in reply.json()["detail"]


def test_companies_are_listed_in_pages(caller, version, ingest):
    other = CONTEXTS.replace(CIK, "0009990002")
    cover = COVER.replace("Tarnbeck Instruments plc", "Aldern Foods")
    ingest({"other.htm": page(f"<p>Sales {figure('7')}</p>{cover}", contexts=other)})
    first = caller("GET", "/api/v1/finance/entities?limit=1").json()
    second = caller("GET", f"/api/v1/finance/entities?limit=1&cursor={first['next_cursor']}").json()
    assert [one["name"] for one in (*first["data"], *second["data"])] == [
        "Aldern Foods",
        "Tarnbeck Instruments plc",
    ]
    assert second["has_more"] is False and second["data"][0] == {
        "key": CIK, "identifier": CIK, "name": "Tarnbeck Instruments plc", "names": ["Tarnbeck Instruments plc"],
        "ticker": "TBK", "gaap": "US-GAAP", "currency": "USD", "fiscal_year_end": "--12-31", "filings": 1,
        "first": "2024-12-31", "last": "2024-12-31",
    }  # fmt: skip
    assert caller("GET", "/api/v1/finance/entities?cursor=NQ").status_code == 422


def test_a_stranger_learns_nothing(stranger, caller, version, finance_base, key_make, workspace, owner):
    base = f"knowledge_base={finance_base.pk}"
    assert stranger("GET", "/api/v1/finance/entities").json()["data"] == []
    assert stranger("GET", f"/api/v1/finance/entities?{base}").status_code == 404
    assert stranger("GET", f"{FACTS}?concept=us-gaap:Revenues").json()["data"] == []
    assert stranger("GET", f"{FACTS}?concept=us-gaap:Revenues&{base}").status_code == 404
    reply = stranger("GET", f"{FACTS}?entity={CIK}")
    assert reply.status_code == 404 and "Tarnbeck" not in reply.content.decode()
    for path in (FACTS, "/api/v1/finance/entities"):
        assert Caller()("GET", path).status_code == 401
        unable = Caller(key_make(workspace, "ask", user=owner))
        assert unable("GET", path).status_code == 403


def test_the_committed_schema_is_the_one_that_the_code_describes(tmp_path):
    schema_compare(URLCONF, SNAPSHOT, tmp_path)


@pytest.mark.parametrize("name", ["aeon-10q-2023Q3", "nflx-10q-2010Q3"])
def test_every_key_figure_of_a_real_filing_comes_back_to_the_digit(caller, ingest, name):
    import csv

    folder = data_set("sec_xbrl") / "filings" / name
    files = {
        path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in {".xml", ".xsd"}
    }
    ingest(files)
    (entity,) = caller("GET", "/api/v1/finance/entities").json()["data"]
    with (folder / "key_facts.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert rows
    for row in rows:
        start, slash, end = row["period"].partition("/")
        days = f"start={start}&end={end}" if slash else f"end={start}"
        query = f"entity={entity['key']}&concept=us-gaap:{row['concept_us_gaap']}&{days}&unit={row['unit']}&duplicates=true&history=true"
        found = caller("GET", f"{FACTS}?{query}").json()["data"]
        decimals = None if row["decimals"] == "INF" else int(row["decimals"])
        same = [fact for fact in found if bool(fact["start"]) == bool(slash)]
        assert (row["value"], decimals) in [(fact["value"], fact["decimals"]) for fact in same], row
