"""A fact from the interface leads to the place where its figure stands: page and box, or element and passage."""

import re
from decimal import Decimal

import pypdfium2
import pytest
from lxml import etree

from collegium.knowledge.selectors import version_file_open
from tests.collegium.api.conftest import Caller
from tests.sample_figures import sample_files, sample_reports, stated
from tests.verticals.finance.samples.test_reports import COMMITTED
from verticals.finance.samples.report import Figure

pytestmark = pytest.mark.django_db
FACTS = "/api/v1/finance/facts"
PRINTED = ("tarnbeck-annual-report-2024", "jichuan-annual-report-2023")
WRITTEN = ("tarnbeck-quarterly-report-2024-q3", "jichuan-q3-report-2023")


@pytest.fixture
def caller(workspace, owner, key_make) -> Caller:
    return Caller(key_make(workspace, user=owner))


def all_facts(caller: Caller, entity: str) -> list[dict]:
    found, cursor = [], ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        reply = caller("GET", f"{FACTS}?entity={entity}&dims=all&limit=100{more}").json()
        found += reply["data"]
        cursor = reply["next_cursor"] if reply["has_more"] else None
    return found


def shown_of(stem: str) -> dict[tuple, Figure]:
    """Concept, days and members by their own names -> how the report shows the figure."""
    figures = stated(sample_reports()[stem])
    return {
        (
            concept, period.start and period.start.isoformat(), period.end.isoformat(),
            tuple(member.partition(":")[2] for _axis, member in dims),
        ): figure
        for (concept, period, _unit, dims), figure in figures.items()
    }  # fmt: skip


def key_of(fact: dict) -> tuple:
    members = tuple(member.partition(":")[2] for member in fact["dims"].values())
    return fact["concept"], fact["start"], fact["end"], members


def digits_of(text: str) -> str:
    return re.sub(r"[^\d.]", "", text)


@pytest.mark.parametrize("stem", [*PRINTED, *WRITTEN])
def test_the_box_of_a_fact_of_a_pdf_holds_its_figure_on_its_page(ingest, caller, editor_asker, stem):
    path = COMMITTED / f"{stem}.pdf"
    content = path.read_bytes() if stem in PRINTED else sample_files(stem)[path.name]
    version = ingest({path.name: content})
    entity = "Tarnbeck%20Instruments%20plc" if stem.startswith("tarnbeck") else "688990"
    shown = shown_of(stem)
    _, stored = version_file_open(editor_asker, version.pk)
    document = pypdfium2.PdfDocument(stored)
    pages = [(page.get_size(), page.get_textpage()) for page in document]
    found = all_facts(caller, entity)
    assert len(found) > 100
    for fact in found:
        locator = fact["locator"]
        assert locator["kind"] == "cell" and fact["document"] == str(version.document_id)
        ((x0, y0, x1, y1),) = locator["boxes"]
        (width, height), text = pages[locator["page"] - 1]
        assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height
        under = text.get_text_bounded(x0 - 1, height - y1 - 1, x1 + 1, height - y0 + 1)
        assert digits_of(under) == digits_of(shown[key_of(fact)].digits), (fact, under)
        passage = version.chunks.filter(
            char_start__lte=locator["start"], char_end__gte=locator["end"], page=locator["page"]
        ).first()
        assert passage is not None
        row = passage.text[locator["start"] - passage.char_start : locator["end"] - passage.char_start]
        assert shown[key_of(fact)].digits in row


def test_a_fact_of_an_inline_page_names_its_element_and_the_passage_that_shows_it(
    ingest, caller, editor_asker
):
    stem = "tarnbeck-quarterly-report-2025-q1"
    version = ingest({f"{stem}.htm": (COMMITTED / f"{stem}.htm").read_bytes()})
    _, stored = version_file_open(editor_asker, version.pk)
    elements = {one.get("id"): one for one in etree.parse(stored).iter() if one.get("id")}
    shown = shown_of(stem)
    found = all_facts(caller, "0009990001")
    assert {key_of(fact) for fact in found} == set(shown)
    anchors = set()
    for fact in found:
        locator, figure = fact["locator"], shown[key_of(fact)]
        assert locator["kind"] == "anchor" and locator["file"] == f"{stem}.htm"
        element = elements[locator["element"]]
        assert element.get("name") == fact["concept"] and element.text == figure.digits
        assert Decimal(fact["value"]) == figure.value
        if locator.get("hidden"):
            assert "start" not in locator
            continue
        passage = version.chunks.get(char_start__lte=locator["start"], char_end__gte=locator["end"])
        at = locator["start"] - passage.char_start
        assert passage.text[at : locator["end"] - passage.char_start] == figure.digits
        assert not locator["anchor"] or locator["anchor"] in elements
        anchors.add(locator["anchor"])
    assert {"highlights", "results", "balance", "cash-flow"} <= anchors


def test_the_passage_of_a_fact_opens_in_the_viewer_for_members_and_for_no_one_else(
    ingest, caller, client, owner, outsider
):
    stem = "tarnbeck-quarterly-report-2024-q3"
    version = ingest({f"{stem}.pdf": sample_files(stem)[f"{stem}.pdf"]})
    query = f"{FACTS}?entity=Tarnbeck%20Instruments%20plc&concept=us-gaap:Revenues&start=2024-07-01&end=2024-09-30"
    locator = caller("GET", query).json()["data"][0]["locator"]
    passage = version.chunks.filter(char_start__lte=locator["start"], char_end__gte=locator["end"]).first()
    client.force_login(owner)
    opened = client.get(f"/passages/{passage.pk}/")
    assert opened.status_code == 200
    assert f"/pages/{locator['page']}.png" in opened.content.decode()
    client.force_login(outsider)
    assert client.get(f"/passages/{passage.pk}/").status_code == 404
