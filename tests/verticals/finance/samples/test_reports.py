"""The sample reports, read as people's uploads are: every figure of the table comes back, from every form."""

from pathlib import Path

import pytest
from lxml import etree

from collegium.sdk.parsing import ParsedDocument, ParseLimits, SourceFile
from tests.sample_figures import sample_files, sample_reports, stated
from verticals.finance.facts.codec import filings_read
from verticals.finance.facts.fact import ReadFiling
from verticals.finance.filing_parser import FilingParser
from verticals.finance.samples import make
from verticals.finance.samples.page import inline_page

KINDS = {".htm": "text/html", ".pdf": "application/pdf"}
ENGLISH = [stem for stem in sample_reports() if stem.startswith("tarnbeck")]
CHINESE = [stem for stem in sample_reports() if stem.startswith("jichuan")]
COMMITTED = Path(make.__file__).parent


def parsed(path: Path) -> ParsedDocument:
    return FilingParser().parse([SourceFile(path, path.name, KINDS[path.suffix])], ParseLimits())


def read(path: Path) -> ReadFiling:
    (one,) = filings_read(parsed(path).data["filings"])
    return one


def facts_of(filing: ReadFiling) -> dict:
    return {
        (fact.concept, fact.period, fact.unit, fact.dims): (fact.value, fact.decimals)
        for fact in filing.facts
        if not fact.is_duplicate
    }


def expected(stem: str, **more: bool) -> dict:
    figures = stated(sample_reports()[stem], **more)
    return {key: (figure.value, figure.decimals) for key, figure in figures.items()}


@pytest.mark.parametrize("stem", ENGLISH)
def test_every_fact_of_the_inline_form_is_read_and_no_other(tmp_path, stem):
    path = tmp_path / f"{stem}.htm"
    path.write_bytes(sample_files(stem)[path.name])
    filing = read(path)
    assert facts_of(filing) == expected(stem)
    assert parsed(path).warnings == ()
    about = filing.filing
    report = sample_reports()[stem]
    assert (about.entity, about.identifier, about.ticker) == ("Tarnbeck Instruments plc", "0009990001", "TBK")
    assert about.form == report.cover["DocumentType"] and about.period_end == report.end
    assert (about.fiscal_year, about.fiscal_period) == (
        report.end.year,
        report.cover["DocumentFiscalPeriodFocus"],
    )
    assert (about.gaap, about.currency, about.language) == ("US-GAAP", "USD", "en")


@pytest.mark.parametrize("stem", CHINESE)
def test_every_figure_of_a_chinese_statement_is_read_and_no_other(tmp_path, stem):
    path = tmp_path / f"{stem}.pdf"
    path.write_bytes(sample_files(stem)[path.name])
    filing = read(path)
    figures = {key: one for key, one in expected(stem, tables_only=True).items() if not key[3]}
    found = {key: one for key, one in facts_of(filing).items() if not key[3]}
    assert {key: one[0] for key, one in found.items()} == {key: one[0] for key, one in figures.items()}
    about = filing.filing
    assert (about.entity, about.ticker, about.gaap) == ("霁川仪器股份有限公司", "688990", "CAS")
    assert about.period_end == sample_reports()[stem].end
    assert about.fiscal_period == {"annual": "FY", "half": "H1", "q1": "Q1", "q3": "Q3"}[stem.split("-")[1]]


def test_the_facts_of_the_inline_form_use_what_filings_use():
    root = etree.fromstring(
        sample_files("tarnbeck-quarterly-report-2024-q3")["tarnbeck-quarterly-report-2024-q3.htm"]
    )
    names = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
    figures = root.findall(".//ix:nonFraction", names)
    contexts = {one.get("id") for one in root.findall(".//xbrli:context", names)}
    assert {one.get("contextRef") for one in figures} <= contexts
    assert any(one.get("sign") == "-" for one in figures) and {"0", "6"} == {
        one.get("scale") for one in figures
    }
    assert root.findall(".//ix:hidden/ix:nonFraction", names) and root.findall(".//xbrli:divide", names)
    assert len(root.findall(".//xbrldi:explicitMember", names)) >= 3
    assert root.find(".//ix:nonNumeric[@format]", names).text == "30 September 2024"
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert len(ids) == len(set(ids))


def test_the_committed_files_are_the_ones_that_are_written():
    stem = "tarnbeck-quarterly-report-2025-q1"
    assert (COMMITTED / f"{stem}.htm").read_text(encoding="utf-8") == inline_page(sample_reports()[stem]), (
        "the table or the words changed: run python -m verticals.finance.samples.make --committed"
    )


def test_the_printed_chinese_report_states_what_the_table_holds():
    stem = "jichuan-annual-report-2023"
    found = {key: one[0] for key, one in facts_of(read(COMMITTED / f"{stem}.pdf")).items() if not key[3]}
    wanted = {key: one[0] for key, one in expected(stem, tables_only=True).items() if not key[3]}
    assert found == wanted


def test_all_reports_are_written_alike_each_time(tmp_path):
    assert make.samples_write(tmp_path / "one") == make.samples_write(tmp_path / "two") == 38
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_printing_again_dates_the_file_alike():
    report = sample_reports()["tarnbeck-annual-report-2024"]
    raw = b"/CreationDate (D:20260101120000+00'00')\n/ModDate (D:20260101120000+00'00')>>"
    assert make.undated(raw, report) == (
        b"/CreationDate (D:20241231000000+00'00')\n/ModDate (D:20241231000000+00'00')>>"
    )
