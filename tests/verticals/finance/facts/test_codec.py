"""What the reading process hands over is believed only where it has the form of filings."""

import copy
import json

import pytest

from tests.verticals.finance.filing_pages import COVER, figure, page
from verticals.finance.facts.codec import (
    FactsInvalid,
    filings_read,
    filings_value,
    statements_read,
    statements_value,
)
from verticals.finance.facts.fact import Row, Statement


@pytest.fixture
def value(tmp_path):
    from collegium.sdk.parsing import ParseLimits, SourceFile
    from verticals.finance.filing_parser import FilingParser

    path = tmp_path / "a"
    path.write_text(page(f"<p>Sales {figure('1,234', id='f-1')}</p>{COVER}"))
    return FilingParser().parse([SourceFile(path, "a.htm", "text/html")], ParseLimits()).data["filings"]


def test_filings_come_out_as_they_went_in(value):
    read = filings_read(value)
    assert filings_value(read) == value and read[0].facts[0].value == 1234


@pytest.mark.parametrize(
    ("place", "bad"),
    [
        ((0, "filing", "entity"), 5), ((0, "filing", "entity"), "x" * 301), ((0, "filing", "fiscal_year"), "2024"),
        ((0, "filing", "fiscal_year"), 99999), ((0, "filing", "period_end"), "soon"),
        ((0, "filing", "accepted_at"), "2024-01-01T00:00:00"), ((0, "known_on"), 5), ((0, "statements"), [["t"]]),
        ((0, "facts"), None), ((0, "facts", 0), []), ((0, "facts", 0, 0), ""), ((0, "facts", 0, 0), "x" * 301),
        ((0, "facts", 0, 1), "2025-01-01"), ((0, "facts", 0, 2), None), ((0, "facts", 0, 4), "NaN"),
        ((0, "facts", 0, 4), 1.5), ((0, "facts", 0, 4), "9" * 200), ((0, "facts", 0, 5), 1000),
        ((0, "facts", 0, 5), True), ((0, "facts", 0, 6), [["axis"]]), ((0, "facts", 0, 6), [["a", "b"]] * 21),
        ((0, "facts", 0, 7), {"kind": "script"}), ((0, "facts", 0, 7), {"kind": "page", "page": "1"}),
        ((0, "facts", 0, 7), None), ((0, "facts", 0, 8), ["x" * 2001]),
    ],
)  # fmt: skip
def test_what_is_no_filing_is_refused(value, place, bad):
    changed = copy.deepcopy(value)
    *path, last = place
    inner = changed
    for step in path:
        inner = inner[step]
    inner[last] = bad
    with pytest.raises(FactsInvalid):
        filings_read(changed)


@pytest.mark.parametrize("value", [None, {}, "x", [None], [[]], [{}], [{}] * 1001])
def test_what_is_no_list_of_filings_is_refused(value):
    with pytest.raises(FactsInvalid):
        filings_read(value)


def test_text_that_a_database_cannot_hold_is_replaced_and_unknown_members_of_a_locator_are_dropped(value):
    value[0]["filing"]["entity"] = "Tarn\x00beck\ud800"
    value[0]["facts"][0][7] |= {"href": "javascript:x", "boxes": [[0, 1.04, 2, 3, 4]]}
    (read,) = filings_read(value)
    assert read.filing.entity == "Tarn beck?"
    assert "href" not in read.facts[0].locator and read.facts[0].locator["boxes"] == [[0, 1.0, 2, 3]]


def test_statements_keep_how_their_lines_are_shown():
    rows = (
        Row(label="Cash flows"),
        Row(label="Dividends", concept="us-gaap:PaymentsOfDividends", depth=1, role="negatedTotalLabel"),
        Row(label="Cash, beginning", concept="us-gaap:Cash", depth=1, role="periodStartLabel"),
        Row(label="Cash", concept="us-gaap:Cash", depth=1),
    )
    stated = (Statement(title="CASH FLOWS", rows=rows),)
    assert statements_read(json.loads(json.dumps(statements_value(stated)))) == stated
    assert [row.is_negated for row in rows] == [False, True, False, False]
    assert [row.is_opening for row in rows] == [False, False, True, False]
    assert [row.is_total for row in rows] == [False, True, False, False]
    with pytest.raises((TypeError, ValueError)):
        statements_read([["t", [["label", "concept"]]]])
