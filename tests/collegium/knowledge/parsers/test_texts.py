"""What is read from text and Markdown, in the encodings that people use."""

import pytest

from collegium.knowledge.parsers.markdown import MarkdownParser
from collegium.knowledge.parsers.text import TextParser
from collegium.sdk.parsing import ParseLimits, ParseProblem, SourceFile

CHINESE = "二〇二四年度报告\n\n营业收入为一百二十三亿元，较上年增长百分之十二。\n\n主要原因是新产品上市。"


@pytest.fixture
def read(tmp_path):
    def reading(content, parser=TextParser, **limits):
        path = tmp_path / "a"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        kind = parser.media_types[0]
        return parser().parse([SourceFile(path, "a", kind)], ParseLimits(**limits))

    return reading


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"])
def test_chinese_text_is_read_in_any_usual_encoding(read, encoding):
    raw = CHINESE.encode(encoding)
    if encoding == "utf-16-be":
        raw = b"\xfe\xff" + raw
    assert [block.text for block in read(raw).blocks] == CHINESE.split("\n\n")


def test_western_text_in_an_old_encoding_is_read(read):
    text = "Größe und Maß: die Übernahme der Gesellschaft wurde in Köln für fünf Millionen vollzogen. " * 20
    (block,) = read(text.encode("cp1252")).blocks
    assert block.text == text.rstrip()


def test_windows_line_ends_part_paragraphs(read):
    assert [block.text for block in read("one\r\ntwo\r\n\r\nthree").blocks] == ["one\ntwo", "three"]


def test_more_characters_than_the_limit_are_refused(read):
    with pytest.raises(ParseProblem) as caught:
        read("x" * 2000, max_chars=1000)
    assert caught.value.code == "too_much_text"


def test_markdown_gives_headings_with_slugs_tables_and_code(read):
    parsed = read(
        "---\ntitle: x\n---\n# Guide *one*\n\nSome `code` and [a link](http://x).\n\n## Doses\n\n- first\n- second\n\n"
        "| Drug | mg |\n|---|---|\n| A | 5 |\n\n## Doses\n\n```\nx = 1\n```\n<script>alert(1)</script>\n",
        MarkdownParser,
    )
    assert parsed.title == "Guide one"
    assert [(block.kind, block.text, block.anchor) for block in parsed.blocks] == [
        ("heading", "Guide one", "guide-one"),
        ("text", "Some code and a link.", "guide-one"),
        ("heading", "Doses", "doses"),
        ("text", "first", "doses"),
        ("text", "second", "doses"),
        ("table", "Drug | mg\nA | 5", "doses"),
        ("heading", "Doses", "doses-1"),
        ("text", "x = 1", "doses-1"),
        ("text", "<script>alert(1)</script>", "doses-1"),
    ]
