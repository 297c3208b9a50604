"""What is no filing, or a broken or hostile one, is named with what to do; pages stay readable as pages."""

import zipfile
from io import BytesIO

import pytest

from collegium.sdk.parsing import ParseProblem
from tests.verticals.finance.filing_pages import COVER, figure, instance, page
from tests.verticals.finance.xbrl.conftest import zip_make
from verticals.finance.xbrl import package

GOOD = page(f"<p>Net sales were {figure('1,234')} in 2024.</p>{COVER}")
BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]>"


def problem_of(parse, files) -> ParseProblem:
    with pytest.raises(ParseProblem) as caught:
        parse(files)
    assert "pload" in caught.value.detail
    return caught.value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD[: len(GOOD) - 60], "ends before its last element is closed"),
        (GOOD[: GOOD.index("1,234") + 3], "ends before its last element is closed"),
        (GOOD.replace("</p>", "</q>", 1), "is not well-formed XML"),
        (GOOD.replace("in 2024", "& in 2024"), "is not well-formed XML"),
        ("<html><body><p>Net sales rose in 2024.</p></body></html>", "holds no inline XBRL"),
        (page(f"<p>Net sales were {figure('1')}.</p>", contexts="", units=""), "holds no contexts"),
    ],
)
def test_a_page_whose_facts_cannot_be_read_is_an_ordinary_report_and_says_so(parse, text, words):
    parsed = parse({"a.htm": text})
    assert "filings" not in parsed.data
    (warning,) = parsed.warnings
    assert words in warning and "ordinary HTML report, without facts" in warning
    assert any("Net sales" in block.text for block in parsed.blocks)


@pytest.mark.parametrize("name", ["a.htm", "a.xml"])
@pytest.mark.parametrize(
    "doctype",
    [
        BOMB,
        "<!DOCTYPE html [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE xbrl SYSTEM 'http://127.0.0.1:9/x.dtd'>",
        "<!-- a --><!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/p'>%p;]>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_and_never_fetched(parse, name, doctype, encoding):
    whole = (
        GOOD
        if name == "a.htm"
        else instance("<us-gaap:Revenues contextRef='y24' unitRef='usd'>1</us-gaap:Revenues>")
    )
    text = whole.replace("?>\n", f"?>\n{doctype}", 1).replace("UTF-8", encoding.upper())
    assert problem_of(parse, {name: text.encode(encoding)}).code == "dtd_refused"


def test_the_doctype_of_a_page_and_the_named_characters_of_html_are_no_hindrance(filings):
    doctype = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://127.0.0.1:9/xhtml1-strict.dtd">'
    )
    text = (
        GOOD.replace("?>\n", f"?>\n\n{doctype}\n", 1)
        .replace("1,234", "1&nbsp;234")
        .replace("in 2024", "&mdash;")
    )
    (read,) = filings({"a.htm": text})
    assert int(read.facts[0].value) == 1234


@pytest.mark.parametrize("declared", ["UTF-8", "utf-16", "no-such-encoding"])
@pytest.mark.parametrize("written", ["cp1252", "gb18030", "utf-8-sig"])
def test_a_wrongly_declared_encoding_changes_no_figure(filings, declared, written):
    name = "霁川仪器股份有限公司" if written == "gb18030" else "Müller & Söhne".replace("&", "&amp;")
    text = GOOD.replace("Tarnbeck Instruments plc", name).replace("UTF-8", declared)
    (read,) = filings({"a.htm": text.encode(written)})
    assert int(read.facts[0].value) == 1234 and read.filing.fiscal_year == 2024


def test_blank_lines_before_the_declaration_are_no_hindrance(filings):
    assert filings({"a.htm": f"\n\n  {GOOD}"})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            instance("<us-gaap:Revenues contextRef='y24' unitRef='usd'>1</us-gaap:Revenues>", contexts=""),
            "no_contexts",
        ),
        (instance("<us-gaap:Revenues contextRef='y24' unitRef='usd'>1")[:-20], "truncated"),
        (instance("<us-gaap:Revenues>1</us-gaap:Assets>"), "not_well_formed"),
        ("<?xml version='1.0'?><rss/>", "unknown_xml"),
        ("just words", "not_well_formed"),
        ("<link:linkbase xmlns:link='http://www.xbrl.org/2003/linkbase'/>", "no_facts"),
    ],
)
def test_an_instance_that_cannot_be_read_fails_with_what_to_do(parse, text, code):
    assert problem_of(parse, {"a.xml": text}).code == code


def test_an_instance_nested_without_end_is_refused(parse):
    deep = "<us-gaap:T>" * 100_000
    assert problem_of(parse, {"a.xml": instance(deep)}).code in {"not_well_formed", "truncated"}


@pytest.mark.parametrize("text", ["{", "[]", '{"facts": 5}', '{"facts": {"us-gaap": []}}', "[" * 100_000])
def test_json_that_is_no_company_facts_is_named(parse, text):
    assert problem_of(parse, {"a.json": text}).code == "unknown_json"


def test_archives_that_cannot_be_unpacked_are_named(parse, monkeypatch):
    good = zip_make({"report.htm": GOOD})
    assert problem_of(parse, {"a.zip": good[:100]}).code == "bad_zip"
    assert problem_of(parse, {"a.zip": zip_make({"picture.jpg": b"x", "folder/": b""})}).code == "zip_empty"
    locked = bytearray(good)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(signature) + flags] |= 1
    assert problem_of(parse, {"a.zip": bytes(locked)}).code == "zip_encrypted"
    monkeypatch.setattr(package, "UNPACKED_MAX_BYTES", 1_000_000)
    assert problem_of(parse, {"a.zip": zip_make({"a.htm": b" " * 3_000_000})}).code == "zip_too_large"
    monkeypatch.setattr(package, "MEMBERS_MAX", 2)
    many = {f"{number}.htm": GOOD for number in range(3)}
    assert problem_of(parse, {"a.zip": zip_make(many)}).code == "zip_too_large"


def test_an_archive_that_lies_about_its_sizes_is_named(parse):
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.htm", GOOD)
    raw = bytearray(packed.getvalue())
    at = raw.index(b"PK\x01\x02") + 16
    raw[at : at + 4] = b"\x00\x00\x00\x01"  # a wrong checksum
    assert problem_of(parse, {"a.zip": bytes(raw)}).code == "bad_zip"


def test_names_inside_an_archive_lead_nowhere(filings, tmp_path):
    (read,) = filings(
        {"a.zip": zip_make({"../../../../evil.htm": GOOD, "/etc/R1.htm": GOOD, "FilingSummary.xml": b"<x/>"})}
    )
    assert read.facts[0].locator["file"] == "evil.htm"
    assert not list(tmp_path.parent.rglob("evil.htm"))
