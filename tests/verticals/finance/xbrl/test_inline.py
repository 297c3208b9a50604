"""Inline XBRL: values with scale and sign, dimensions, continuations, targets, several documents, footnotes."""

from datetime import date
from decimal import Decimal

import pytest

from collegium.sdk.parsing import BLOCK_GAP
from tests.verticals.finance.filing_pages import (
    CIK,
    CONTEXTS,
    COVER,
    UNITS,
    context,
    figure,
    member,
    page,
    said,
)
from verticals.finance.facts.fact import Period


@pytest.mark.parametrize(
    ("element", "value", "decimals"),
    [
        (figure("1,234", scale="6"), "1234000000", -6),
        (figure("1,234", scale="6", sign="-"), "-1234000000", -6),
        (figure("12.5", scale="-2", decimals="3"), "0.125", 3),
        (figure("0", sign="-"), "0", -6),
        (figure("7", decimals="INF"), "7", None),
        (figure("7", decimals=""), "7", None),
        (figure("123456", decimals="", precision="3"), "123456", -3),
        (figure("0.00123", decimals="", precision="2"), "0.00123", 4),
        (figure("15", format=""), "15", -6),
        (figure("—", format="ixt3:zerodash"), "0", -6),
        (figure("nil", format="ixt:fixed-zero"), "0", -6),
        (figure("two hundred and five", format="ixt-sec:numwordsen"), "205", -6),
        (figure("1,2<span>34</span>"), "1234", -6),
        (
            figure("12345678901234567890123456789012345.6", scale="3"),
            "12345678901234567890123456789012345600",
            -6,
        ),
        (figure("", nil="1"), None, None),
    ],
)
def test_a_figure_has_its_exact_value_and_accuracy(facts, element, value, decimals):
    (fact,) = facts(page(f"<p>{element}</p>"))
    assert fact.value == (None if value is None else Decimal(value))
    assert (fact.decimals, fact.is_nil) == (decimals, value is None)
    assert (fact.concept, fact.unit) == ("us-gaap:Revenues", "USD")
    assert fact.period == Period(start=date(2024, 1, 1), end=date(2024, 12, 31))


@pytest.mark.parametrize(
    "element",
    [
        figure("(1,234)"),
        figure("about 5"),
        figure("1,234", format=""),
        figure("5", format="ixt:num-unheard-of"),
        figure("5", format="other:num-dot-decimal"),
        figure("5", scale="100000"),
        figure("5", scale="many"),
        figure("9" * 200),
        figure(""),
    ],
)
def test_a_figure_that_does_not_fit_its_format_is_left_out_and_told(parse, element):
    parsed = parse({"a.htm": page(f"<p>{figure('1', ref='i24')}{element}</p>")})
    assert len(parsed.data["filings"][0]["facts"]) == 1
    assert any("1 figures do not fit the format" in warning for warning in parsed.warnings)


def test_facts_without_context_or_unit_are_left_out_and_told(parse):
    body = figure("1") + figure("2", ref="gone") + figure("3", ref="i24", unit="gone")
    parsed = parse({"a.htm": page(f"<p>{body}</p>")})
    assert len(parsed.data["filings"][0]["facts"]) == 1
    told = " ".join(parsed.warnings)
    assert "a context that is not there" in told and "a unit that is not there" in told and "gone" in told


def test_dimensions_of_segment_and_scenario_explicit_and_typed_are_kept_apart(facts):
    typed = '<xbrldi:typedMember dimension="tbk:ProjectAxis"><tbk:name> Blue  bay </tbk:name></xbrldi:typedMember>'
    contexts = (
        CONTEXTS
        + context("a", "2024-12-31", members=member("us-gaap:Z", "tbk:B") + member("us-gaap:A", "tbk:C"))
        + context("b", "2024-12-31", members=typed, container="scenario")
        + context("c", "2024-12-31", members="<tbk:division>West</tbk:division>")
    )
    body = "".join(figure(str(n), ref=ref) for n, ref in enumerate(["i24", "a", "b", "c"], 1))
    found = facts(page(f"<p>{body}</p>", contexts=contexts))
    assert {fact.dims: int(fact.value) for fact in found} == {
        (): 1,
        (("us-gaap:A", "tbk:C"), ("us-gaap:Z", "tbk:B")): 2,
        (("tbk:ProjectAxis", "Blue bay"),): 3,
        (("tbk:division", "West"),): 4,
    }


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2024-12-31", Period(end=date(2024, 12, 31))),
        ("2025-01-01T00:00:00", Period(end=date(2024, 12, 31))),
        ("2024-12-31T24:00:00", Period(end=date(2024, 12, 31))),
        ("2024-01-01T00:00:00/2025-01-01T00:00:00", Period(start=date(2024, 1, 1), end=date(2024, 12, 31))),
        ("forever", None),
        ("2024-12-31/2024-01-01", None),
        ("31.12.2024", None),
    ],
)
def test_periods_end_with_the_day_that_they_mean(parse, filings, period, expected):
    text = page(
        f"<p>{figure('1', ref='c')}{figure('2', ref='i24')}</p>", contexts=CONTEXTS + context("c", period)
    )
    periods = [fact.period for read in filings({"a.htm": text}) for fact in read.facts]
    if expected is None:
        assert periods == [Period(end=date(2024, 12, 31))]
        assert any("no period" in warning for warning in parse({"a.htm": text}).warnings)
    else:
        assert expected in periods


def test_units_lose_the_prefixes_that_say_nothing_and_keep_the_others(facts):
    own = '<xbrli:unit id="own"><xbrli:measure>tbk:instrument</xbrli:measure></xbrli:unit>'
    product = (
        '<xbrli:unit id="p"><xbrli:measure>xbrli:shares</xbrli:measure><xbrli:measure>iso4217:USD'
        "</xbrli:measure></xbrli:unit>"
    )
    body = "".join(figure("1", unit=unit) for unit in ("usd", "shares", "eps", "own", "p"))
    found = facts(page(f"<p>{body}</p>", units=UNITS + own + product))
    assert [fact.unit for fact in found] == ["USD", "shares", "USD/shares", "tbk:instrument", "USD*shares"]


def test_yearly_namespaces_have_one_prefix_whatever_a_file_calls_them(facts):
    text = page(f"<p>{figure('1', name='g:Revenues')}{figure('2', name='us-gaap:Assets')}</p>")
    text = text.replace("xmlns:us-gaap=", "xmlns:g='http://xbrl.us/us-gaap/2009-01-31' xmlns:us-gaap=")
    text = text.replace("http://fasb.org/us-gaap/2024", "http://www.example.org/not-the-taxonomy")
    assert [fact.concept for fact in facts(text)] == ["us-gaap:Revenues", "x-us-gaap:Assets"]


def test_a_prefix_that_is_bound_anew_further_down_counts_there(facts):
    inner = figure("2", name="p:Two", ref="i24")
    text = page(
        f"<div xmlns:p='http://fasb.org/us-gaap/2024'>{inner}</div><p>{figure('1', name='p:One')}</p>"
    )
    text = text.replace("xmlns:tbk=", "xmlns:p='http://www.example.org/own' xmlns:tbk=")
    assert {fact.concept for fact in facts(text)} == {"p:One", "us-gaap:Two"}


def test_nested_figures_and_those_inside_sections_of_text_are_read(facts):
    inner = figure("5", name="us-gaap:Inner")
    outer = figure(inner, name="us-gaap:Outer")
    section = said(f"<div>Sales of {figure('9')}</div>", name="us-gaap:SegmentTextBlock", escape="true")
    found = facts(page(f"<div>{outer}{section}</div>"))
    assert {fact.concept: int(fact.value) for fact in found} == {
        "us-gaap:Outer": 5, "us-gaap:Inner": 5, "us-gaap:Revenues": 9,
    }  # fmt: skip


def test_a_text_goes_on_in_its_continuations_without_what_is_excluded(filings):
    start = said(
        "Tarn<ix:exclude>page 1</ix:exclude>beck", name="dei:EntityRegistrantName", continuedAt="more"
    )
    rest = '<p><ix:continuation id="more" continuedAt="end"> Instru</ix:continuation></p>'
    end = '<ix:continuation id="end">ments<ix:exclude><b>x</b> y</ix:exclude> plc</ix:continuation>'
    (read,) = filings({"a.htm": page(f"<div>{start}{rest}{end}{figure('1')}</div>")})
    assert read.filing.entity == "Tarnbeck Instruments plc"


def test_continuations_in_a_circle_end(filings):
    start = said("Tarnbeck", name="dei:EntityRegistrantName", continuedAt="a")
    circle = '<ix:continuation id="a" continuedAt="a"> again</ix:continuation>'
    (read,) = filings({"a.htm": page(f"<div>{start}{circle}{figure('1')}</div>")})
    assert read.filing.entity.startswith("Tarnbeck again again")


def test_documents_of_a_set_share_contexts_continuations_and_footnotes(filings):
    note = '<ix:footnote id="fn">Restated.</ix:footnote>'
    tie = '<ix:relationship fromRefs="f-2" toRefs="fn"/>'
    first = page(COVER + said("Tarn", name="dei:Other", continuedAt="c"), more=tie)
    second = page(f"<p>{figure('7', id='f-2')}{note}</p>", contexts="", units="")
    (read,) = filings({"main.htm": first, "exhibit.htm": second})
    (fact,) = read.facts
    assert (fact.value, fact.locator["file"], fact.footnotes) == (7, "exhibit.htm", ("Restated.",))
    assert read.filing.entity == "Tarnbeck Instruments plc"


def test_reports_of_two_companies_put_together_stay_apart(filings):
    other = CONTEXTS.replace(CIK, "0009990002")
    read = filings(
        {"a.htm": page(f"<p>{figure('1')}</p>"), "b.htm": page(f"<p>{figure('2')}</p>", contexts=other)}
    )
    assert {one.filing.identifier: int(one.facts[0].value) for one in read} == {CIK: 1, "0009990002": 2}


def test_facts_for_another_report_are_left_out_unless_there_is_no_other(parse, facts):
    body = figure("1") + figure("2", ref="i24", target="tax")
    parsed = parse({"a.htm": page(f"<p>{body}</p>")})
    assert [row[4] for row in parsed.data["filings"][0]["facts"]] == ["1"]
    assert any("meant for another report (tax)" in warning for warning in parsed.warnings)
    assert [int(fact.value) for fact in facts(page(f"<p>{figure('3', target='tax')}</p>"))] == [3]


def test_the_most_precise_of_several_statements_is_kept_and_conflicts_are_told(parse):
    body = (
        figure("1,234", scale="6") + figure("1,234,432", scale="3", decimals="-3", id="best") + figure("1.2", scale="9", decimals="-8")
        + figure("50", ref="i24", decimals="0") + figure("60", ref="i24", decimals="0")
    )  # fmt: skip
    parsed = parse({"a.htm": page(f"<p>{body}</p>")})
    rows = [row for row in parsed.data["filings"][0]["facts"] if row[1]]
    assert [(*row[4:6], row[9]) for row in rows] == [
        ("1234432000", -3, False), ("1234000000", -6, True), ("1200000000", -8, True),
    ]  # fmt: skip
    assert rows[0][7]["element"] == "best"
    (told,) = [warning for warning in parsed.warnings if "more than once" in warning]
    assert told.startswith("1 figures") and "50 and 60" in told


def test_a_displayed_statement_is_kept_before_a_hidden_one(facts):
    (fact,) = facts(page(f"<p>{figure('5', id='shown')}</p>", hidden=figure("5", id="hidden")))
    assert fact.locator["element"] == "shown" and "hidden" not in fact.locator
    (fact,) = facts(page("<p>words</p>", hidden=figure("5", id="hidden")))
    assert fact.locator["hidden"] is True and "start" not in fact.locator


def test_a_fact_leads_to_its_characters_in_the_text_that_people_read(parse):
    row = f"<tr><td>Net sales</td><td>$</td><td>{figure('1,234', id='f-1')}</td><td>{figure('987', ref='i24', id='f-2')}</td></tr>"
    text = page(
        f"<h2 id='sales'>Sales</h2><table><tr><td></td><td></td><td>2024</td><td>2023</td></tr>{row}</table>"
    )
    parsed = parse({"a.htm": text})
    whole = BLOCK_GAP.join(block.text for block in parsed.blocks)
    for value, element in (("1,234", "f-1"), ("987", "f-2")):
        (locator,) = [row[7] for row in parsed.data["filings"][0]["facts"] if row[7]["element"] == element]
        assert locator["kind"] == "anchor" and locator["file"] == "a.htm" and locator["anchor"] == "sales"
        assert whole[locator["start"] : locator["end"]] == value


def test_a_fact_without_an_id_is_known_by_its_place(facts):
    found = facts(page(f"<p>{figure('1')}{figure('2', ref='i24')}</p>"))
    assert [fact.locator["ordinal"] for fact in found] == [1, 2]


def test_footnotes_of_the_first_version_are_put_to_their_facts(facts):
    text = page(
        "<p>" + figure("1", id="f").replace("<ix:nonFraction", '<ix:nonFraction footnoteRefs="n"')
        + '<ix:footnote footnoteID="n">As  adjusted.</ix:footnote></p>'
    ).replace("2013/inlineXBRL", "2008/inlineXBRL")  # fmt: skip
    (fact,) = facts(text)
    assert fact.footnotes == ("As adjusted.",)
