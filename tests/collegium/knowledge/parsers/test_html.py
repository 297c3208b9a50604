"""What is read from HTML, with its anchors, and what is left out of it."""

import pytest

from collegium.knowledge.parsers.html import HtmlParser
from collegium.sdk.parsing import ParseLimits, ParseProblem, SourceFile


@pytest.fixture
def read(tmp_path):
    def reading(content):
        path = tmp_path / "a.html"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return HtmlParser().parse([SourceFile(path, "a.html", "text/html")], ParseLimits())

    return reading


def test_headings_paragraphs_and_lists_become_blocks_with_anchors(read):
    parsed = read(
        "<title>The  report</title><h1 id='top'>Report</h1><p>First <b>bold</b> words.</p><h2>Our Risks</h2>"
        "<ul><li>One<li>Two</ul><p id='late'>Last<br>line."
    )
    assert parsed.title == "The report"
    assert [(block.kind, block.level, block.text, block.anchor) for block in parsed.blocks] == [
        ("heading", 1, "Report", "top"),
        ("text", 0, "First bold words.", "top"),
        ("heading", 2, "Our Risks", "our-risks"),
        ("text", 0, "One", "our-risks"),
        ("text", 0, "Two", "our-risks"),
        ("text", 0, "Last line.", "late"),
    ]


def test_tables_keep_their_rows_and_columns(read):
    (block,) = read(
        "<table><tr><td></td><td colspan=3>2023</td><td colspan=3>2022</td></tr>"
        "<tr><td>Revenue</td><td>$</td><td>1,250</td><td></td><td>$</td><td>1,100</td><td></td></tr>"
        "<tr><td>Loss</td><td></td><td></td><td></td><td></td><td>(45</td><td>)</td></tr>"
        "<tr><td>Tax</td><td></td><td>31</td><td>%</td><td></td><td>30</td><td>%</td></tr></table>"
    ).blocks
    assert block.kind == "table"
    assert block.text == " | 2023 | 2022\nRevenue | $1,250 | $1,100\nLoss |  | (45)\nTax | 31% | 30%"


def test_a_table_that_lays_out_the_page_is_read_as_text(read):
    parsed = read("<table><tr><td><h1>Head</h1><p>Some words</p></td></tr></table>")
    assert [(block.kind, block.text) for block in parsed.blocks] == [
        ("heading", "Head"),
        ("text", "Some words"),
    ]


def test_what_is_not_shown_is_left_out(read):
    text = " ".join(
        block.text
        for block in read(
            "<script>alert(1)</script><style>p{}</style><p>Shown<span style='display: none'>hidden</span> too</p>"
            "<p hidden>gone</p><template><p>no</p></template><!-- remark --><noscript>off</noscript>tail"
        ).blocks
    )
    assert text == "Shown too tail"


def test_inline_xbrl_keeps_its_facts_text_and_drops_its_header(read):
    parsed = read(
        "<?xml version='1.0' encoding='UTF-8'?><html xmlns:ix='http://www.xbrl.org/2013/inlineXBRL'><body>"
        "<div style='display:none'><ix:header><ix:hidden>secret context</ix:hidden></ix:header></div>"
        "<div><span style='font-weight:700'>Item 7. Discussion</span></div>"
        "<div>Sales were <ix:nonFraction id='f-1' name='us-gaap:Revenues'>1,234</ix:nonFraction> million.</div>"
    )
    assert [(block.kind, block.level, block.text) for block in parsed.blocks] == [
        ("heading", 2, "Item 7. Discussion"),
        ("text", 0, "Sales were 1,234 million."),
    ]
    assert parsed.blocks[1].anchor == "item-7-discussion"


def test_entities_and_addresses_of_others_are_not_followed(read, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("TOPSECRET")
    parsed = read(
        f"<!DOCTYPE html [<!ENTITY x SYSTEM 'file://{secret}'><!ENTITY y 'yyyy'>]><p>a &x; b &y; c</p>"
        f"<iframe src='file://{secret}'></iframe><object data='{secret}'>o</object>"
    )
    text = " ".join(block.text for block in parsed.blocks)
    assert "TOPSECRET" not in text
    assert "yyyy" not in text


def test_deep_nesting_is_read_and_nesting_without_end_is_named(read):
    parsed = read("<div>" * 1_500 + "deep" + "</div>" * 1_500)
    assert [block.text for block in parsed.blocks] == ["deep"]
    with pytest.raises(ParseProblem):
        read("<div>" * 50_000 + "deep" + "</div>" * 50_000)


@pytest.mark.parametrize("declared", ["gb2312", "GBK", "gb18030"])
def test_a_chinese_page_in_its_declared_encoding_is_read(read, declared):
    page = f"<meta charset={declared}><h1>年度报告</h1><p>营业收入增长了镕。</p>"
    blocks = read(page.encode("gb18030")).blocks
    assert [block.text for block in blocks] == ["年度报告", "营业收入增长了镕。"]


def test_a_page_without_text_is_named(read):
    with pytest.raises(ParseProblem) as caught:
        read("<html><script>render()</script><div id=app></div>")
    assert caught.value.code == "no_text"


@pytest.mark.parametrize("span", ["²", "9" * 5000, "-1", "0", "two", ""])
def test_a_span_that_is_no_number_is_one_column(read, span):
    (block,) = read(
        f"<table><tr><td>Item</td><td colspan='{span}'>2023</td></tr><tr><td>Revenue</td><td>1,250</td></tr></table>"
    ).blocks
    assert block.text == "Item | 2023\nRevenue | 1,250"


def test_named_elements_are_marked_where_they_stand_in_paragraphs_and_cells(read):
    parsed = read(
        "<p>Sales of  $<ix:nonFraction id='f-1'> 1,234 </ix:nonFraction>  million and"
        " <b><ix:nonFraction id='f-2'>5<span>6</span></ix:nonFraction></b>.</p>"
        "<table><tr><td></td><td colspan=2>2023</td><td colspan=2>2022</td></tr>"
        "<tr><td>Loss</td><td>$</td><td>(<ix:nonFraction id='f-3'>45</ix:nonFraction></td><td></td>"
        "<td><ix:nonFraction id='f-4'>45</ix:nonFraction></td></tr></table>"
        "<ix:nonNumeric id='f-5'><p>over</p><p>two</p></ix:nonNumeric>"
    )
    shown = {mark.name: block.text[mark.start : mark.end] for block in parsed.blocks for mark in block.marks}
    assert shown == {"f-1": "1,234", "f-2": "56", "f-3": "45", "f-4": "45"}
    text, table = parsed.blocks[0], parsed.blocks[1]
    assert text.text == "Sales of $ 1,234 million and 56."
    assert table.text == " | 2023 | 2022\nLoss | $( 45 | 45"
    assert [mark.start for mark in table.marks] == [table.text.index("45"), table.text.rindex("45")]
