"""Real filings: inline documents against the instances that the SEC extracted from them."""

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest

from collegium.sdk.parsing import ParseLimits, SourceFile
from tests.evaluation_data import data_set
from verticals.finance.facts.codec import filings_read, filings_value
from verticals.finance.facts.figures import figure_text
from verticals.finance.filing_parser import FilingParser
from verticals.finance.xbrl.inline import inline_read
from verticals.finance.xbrl.instance import instance_read
from verticals.finance.xbrl.source import tree_read

FILINGS = (
    "aeon-10q-2023Q3", "nflx-10k-2009FY", "nflx-10k-2023FY", "nflx-10q-2010Q3", "nflx-10q-2024Q1",
    "tsla-10q-2024Q2",
)  # fmt: skip
INLINE = ("googl-10-k-2025-02-05", "unp-10-q-2025-07-24", "wmt-10-k-2025-03-14")


@pytest.fixture(scope="session")
def sec() -> Path:
    return data_set("sec_xbrl")


def tree(path: Path):
    return tree_read(path, path.name, ParseLimits())


def test_every_fact_of_an_inline_filing_equals_its_extracted_instance(sec):
    folder = sec / "filings" / "aeon-10q-2023Q3"
    shown = inline_read([tree(folder / "aeon-20230930x10q.htm")])
    extracted = instance_read(tree(folder / "aeon-20230930x10q_htm.xml"))
    assert not shown.warnings and not extracted.warnings

    def numbers(read) -> Counter:
        return Counter((fact.key, fact.decimals, fact.value) for fact in read.facts if fact.unit is not None)

    assert sum(numbers(shown).values()) == 1002
    assert numbers(shown) == numbers(extracted)
    texts = {(fact.key, fact.text) for fact in shown.facts if fact.unit is None and fact.text}
    assert len(texts) > 70 and texts <= {(fact.key, fact.text) for fact in extracted.facts}


@pytest.mark.parametrize("name", FILINGS)
def test_every_key_figure_is_reproduced_to_the_digit(sec, name):
    folder = sec / "filings" / name
    files = [path for path in sorted(folder.iterdir()) if path.suffix in {".xml", ".xsd"}]
    parsed = FilingParser().parse(
        [SourceFile(path, path.name, "application/xml") for path in files], ParseLimits()
    )
    (read,) = filings_read(parsed.data["filings"])
    assert filings_value((read,)) == parsed.data["filings"]
    stated = {
        (fact.concept, period_of(fact.period), fact.unit, figure_text(fact.value), fact.decimals)
        for fact in read.facts
        if not fact.dims and fact.value is not None
    }
    rows = list(csv.DictReader((folder / "key_facts.csv").open(encoding="utf-8")))
    assert rows
    assert not {row_of(row) for row in rows} - stated


def period_of(period) -> str:
    return f"{period.start}/{period.end}" if period.start else str(period.end)


def row_of(row: dict[str, str]) -> tuple:
    decimals = None if row["decimals"] == "INF" else int(row["decimals"])
    period = row["period"].replace("..", "/").replace("_", "/")
    return (f"us-gaap:{row['concept_us_gaap']}", period, row["unit"], row["value"], decimals)


@pytest.mark.parametrize("name", INLINE)
def test_inline_filings_are_read_whole_and_every_shown_figure_leads_to_its_place(sec, name):
    source = SourceFile(sec / "inline_html" / f"{name}.htm", f"{name}.htm", "text/html")
    parsed = FilingParser().parse([source], ParseLimits())
    assert not parsed.warnings
    whole = "\n\n".join(block.text for block in parsed.blocks)
    (read,) = filings_read(parsed.data["filings"])
    numbers = [fact for fact in read.facts if fact.value and not fact.locator.get("hidden")]
    assert len(numbers) > 700
    for fact in numbers:
        shown = whole[fact.locator["start"] : fact.locator["end"]]
        digits = "".join(char for char in shown if char.isdigit()).strip("0")
        assert digits in figure_text(fact.value).replace(".", "")


@pytest.mark.parametrize(
    ("name", "gaap", "facts"), [("GOOGL_CIK0001652044", "US-GAAP", 20324), ("LPA", "IFRS", 768)]
)
def test_company_facts_are_read_whole(sec, tmp_path, name, gaap, facts):
    path = tmp_path / f"{name}.json"
    path.write_bytes(gzip.decompress((sec / "companyfacts" / f"{name}.json.gz").read_bytes()))
    parsed = FilingParser().parse([SourceFile(path, path.name, "application/json")], ParseLimits())
    read = filings_read(parsed.data["filings"])
    assert sum(len(one.facts) for one in read) == facts
    assert parsed.metadata["gaap"] == gaap
