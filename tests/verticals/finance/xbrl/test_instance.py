"""Instances, their linkbases, archives and company facts."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

from tests.verticals.finance.filing_pages import CONTEXTS, context, figure, instance, member, page
from tests.verticals.finance.xbrl.conftest import zip_make
from verticals.finance.facts.fact import Period

FACTS = (
    "<us-gaap:Revenues contextRef='y24' unitRef='usd' decimals='-6' id='f-1'>1234000000</us-gaap:Revenues>"
    "<us-gaap:EarningsPerShareBasic contextRef='y24' unitRef='eps' decimals='2'>1.50</us-gaap:EarningsPerShareBasic>"
    "<us-gaap:Assets contextRef='i24' unitRef='usd' xsi:nil='true'/>"
    "<us-gaap:Goodwill contextRef='i24' unitRef='usd' decimals='INF'>1.2E3</us-gaap:Goodwill>"
    "<tbk:Tuple><us-gaap:Liabilities contextRef='i24' unitRef='usd'>7</us-gaap:Liabilities></tbk:Tuple>"
    "<dei:EntityRegistrantName contextRef='y24'>Tarnbeck Instruments plc</dei:EntityRegistrantName>"
    "<dei:DocumentType contextRef='y24'>10-K/A</dei:DocumentType>"
    "<us-gaap:DebtDisclosureTextBlock contextRef='y24'>&lt;div&gt;&lt;p&gt;"
    + "The company borrowed from three banks in the year. "
    * 12
    + "&lt;/p&gt;&lt;/div&gt;</us-gaap:DebtDisclosureTextBlock>"
    "<link:footnoteLink xlink:type='extended'><link:loc xlink:href='#f-1' xlink:label='l'/>"
    "<link:footnote xlink:label='n'>Net of returns.</link:footnote>"
    "<link:footnoteArc xlink:from='l' xlink:to='n'/></link:footnoteLink>"
)
LINK = 'xmlns:link="http://www.xbrl.org/2003/linkbase" xmlns:xlink="http://www.w3.org/1999/xlink"'
ROLE = "http://www.example.org/role/Income"
SCHEMA = (
    f"<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' {LINK}><xs:annotation><xs:appinfo><link:roleType "
    f"roleURI='{ROLE}'><link:definition>0002 - Statement - Income Statement</link:definition></link:roleType>"
    "</xs:appinfo></xs:annotation></xs:schema>"
)


def loc(concept: str) -> str:
    return f"<link:loc xlink:href='https://xbrl.fasb.org/x.xsd#{concept}' xlink:label='{concept}'/>"


def arc(above: str, below: str, order: int, role: str = "") -> str:
    preferred = f" preferredLabel='{role}'" if role else ""
    return f"<link:presentationArc xlink:from='{above}' xlink:to='{below}' order='{order}'{preferred}/>"


TOTAL = "http://www.xbrl.org/2003/role/totalLabel"
NAMES = (
    "us-gaap_IncomeStatementAbstract",
    "us-gaap_Revenues",
    "us-gaap_EarningsPerShareBasic",
    "us-gaap_PriceAxis",
)
PRESENTATION = (
    f"<link:linkbase {LINK}><link:presentationLink xlink:role='{ROLE}'>{''.join(map(loc, NAMES))}"
    + arc(NAMES[0], NAMES[2], 2)
    + arc(NAMES[0], NAMES[1], 1, TOTAL)
    + arc(NAMES[0], NAMES[3], 3)
    + arc(NAMES[1], NAMES[0], 1)  # a circle
    + arc("us-gaap_Other", NAMES[0], 1)
    + "</link:presentationLink></link:linkbase>"
)
PRESENTATION = PRESENTATION.replace(
    arc("us-gaap_Other", NAMES[0], 1), loc("us-gaap_Other") + arc("us-gaap_Other", NAMES[0], 1)
)
LABELS = (
    f"<link:linkbase {LINK}><link:labelLink>{loc(NAMES[1])}{loc(NAMES[0])}"
    f"<link:label xlink:label='a' xlink:role='{TOTAL}' xml:lang='en-US'>Total net sales</link:label>"
    "<link:label xlink:label='a' xlink:role='http://www.xbrl.org/2003/role/documentation'>A long text.</link:label>"
    "<link:label xlink:label='b' xml:lang='en-US'>Income Statement [Abstract]</link:label>"
    f"<link:labelArc xlink:from='{NAMES[1]}' xlink:to='a'/><link:labelArc xlink:from='{NAMES[0]}' xlink:to='b'/>"
    "</link:labelLink></link:linkbase>"
)
FILES = {"t.xml": instance(FACTS), "t.xsd": SCHEMA, "t_pre.xml": PRESENTATION, "t_lab.xml": LABELS}


def test_an_instance_is_read_with_tuples_nil_values_and_footnotes(filings):
    (read,) = filings({"t.xml": FILES["t.xml"]})
    rows = {fact.concept: fact for fact in read.facts}
    assert {name: fact.value for name, fact in rows.items()} == {
        "us-gaap:Revenues": 1234000000, "us-gaap:EarningsPerShareBasic": Decimal("1.5"), "us-gaap:Assets": None,
        "us-gaap:Goodwill": 1200, "us-gaap:Liabilities": 7,
    }  # fmt: skip
    assert rows["us-gaap:Revenues"].footnotes == ("Net of returns.",)
    assert (rows["us-gaap:EarningsPerShareBasic"].unit, rows["us-gaap:Assets"].is_nil) == ("USD/shares", True)
    assert (read.filing.form, read.filing.amends) == ("10-K/A", "10-K")


def test_figures_of_an_instance_that_are_no_numbers_are_left_out_and_told(parse):
    bad = "".join(
        f"<us-gaap:X{n} contextRef='y24' unitRef='usd'>{text}</us-gaap:X{n}>"
        for n, text in enumerate(["NaN", "INF", "1_000", "1,000", "1E999", "", "0x10", "9" * 500])
    )
    parsed = parse({"t.xml": instance(FACTS + bad)})
    assert len(parsed.data["filings"][0]["facts"]) == 5
    assert any(warning.startswith("8 figures") for warning in parsed.warnings)


def test_linkbases_give_the_statements_as_filed_and_words_to_search_by(parse):
    parsed = parse(FILES)
    ((title, rows),) = parsed.data["filings"][0]["statements"]
    assert title == "Income Statement"
    assert rows[-3:] == [
        ["Income Statement", "", 1],
        ["Total net sales", "us-gaap:Revenues", 2, "totalLabel"],
        ["Earnings Per Share Basic", "us-gaap:EarningsPerShareBasic", 2],
    ]
    text = "\n".join(block.text for block in parsed.blocks)
    assert "Total net sales (USD) | 1,234,000,000" in text and "borrowed from three banks" in text
    assert "<p>" not in text and text.count("borrowed from three banks") == 12


def test_every_figure_of_an_instance_stands_in_its_text(parse):
    contexts = CONTEXTS + context(
        "west", "2024-12-31", members=member("us-gaap:RegionAxis", "tbk:WestMember")
    )
    west = "<us-gaap:Assets contextRef='west' unitRef='usd' id='f-9'>55</us-gaap:Assets>"
    parsed = parse({"t.xml": instance(FACTS + west, contexts=contexts)})
    whole = "\n\n".join(block.text for block in parsed.blocks)
    for row in parsed.data["filings"][0]["facts"]:
        if row[7]["element"]:
            assert whole[row[7]["start"] : row[7]["end"]].replace(",", "") == row[4]
    assert "West Member" in whole


def test_a_zip_is_read_as_its_files_are(parse):
    packed = parse({"t.zip": zip_make({f"folder/{name}": text for name, text in FILES.items()})})
    plain = parse(FILES)
    assert packed.data == plain.data and packed.metadata == plain.metadata
    assert [block.text for block in packed.blocks] == [block.text for block in plain.blocks]


def test_beside_its_inline_document_an_extracted_instance_adds_nothing(parse):
    inline = page(f"<p>{figure('1,234', scale='6', id='f-1')}</p>")
    both = parse({"a.htm": inline, "a_htm.xml": instance(FACTS)})
    assert both.data == parse({"a.htm": inline}).data and not both.warnings


def test_the_instance_serves_where_the_inline_document_is_broken(parse):
    both = parse({"a.htm": page(f"<p>Sales {figure('1')}</p>")[:-30], "a_htm.xml": instance(FACTS)})
    assert len(both.data["filings"][0]["facts"]) == 5
    assert any("ends before" in warning for warning in both.warnings)


def company(**concepts) -> str:
    return json.dumps(
        {"cik": 9990001, "entityName": "Tarnbeck Instruments plc", "facts": {"us-gaap": concepts}}
    )


def item(value, accession, filed, *, end="2024-12-31", start="2024-01-01", **more):
    row = {
        "end": end,
        "val": value,
        "accn": accession,
        "filed": filed,
        "form": "10-K",
        "fy": 2024,
        "fp": "FY",
    }
    return {**row, **({"start": start} if start else {}), **more}


def test_company_facts_are_one_filing_for_each_accession_with_exact_values(parse, filings):
    units = {
        "USD": [
            item(100, "a-1", "2025-02-20"),
            item(110, "a-2", "2025-06-01", form="10-K/A"),
            item(0.1, "a-2", "2025-06-01", start=None),
        ]
    }
    about = {"label": "Revenues", "description": "Money that came in.", "units": units}
    files = {"c.json": company(Revenues=about)}
    later, earlier = filings(files)
    assert (later.filing.form, later.filing.amends, later.filing.accession) == ("10-K/A", "10-K", "a-2")
    assert later.filing.accepted_at == datetime(2025, 6, 1, tzinfo=UTC)
    assert (earlier.known_on, earlier.filing.fiscal_year, earlier.filing.gaap) == (
        date(2025, 2, 20),
        2024,
        "US-GAAP",
    )
    assert [fact.value for fact in later.facts] == [110, Decimal("0.1")]
    assert later.facts[1].period == Period(end=date(2024, 12, 31))
    parsed = parse(files)
    assert parsed.metadata["company"] == "Tarnbeck Instruments plc" and "period" not in parsed.metadata
    text = "\n".join(block.text for block in parsed.blocks)
    assert "Money that came in." in text and "2024-01-01 to 2024-12-31 | 110 | USD" in text


def test_company_facts_with_holes_are_read_around_them(parse):
    units = {
        "USD": [item(1, "a-1", "2025-02-20"), item("many", "a-1", "2025-02-20"), item(2, "a-1", "2025-02-20", end="soon"),
                item(3, "", "2025-02-20"), None, 5, item(4, "a-1", None, end="2023-12-31", start="2024-01-01")],
        "shares": "none",
    }  # fmt: skip
    parsed = parse({"c.json": company(Revenues={"units": units}, Odd=5, Empty={"units": None})})
    assert [row[4] for read in parsed.data["filings"] for row in read["facts"]] == ["1"]
    assert any(warning.startswith("6 facts") for warning in parsed.warnings)
