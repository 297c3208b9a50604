"""Passages are slices of the text, fit the encoder, and lie where their lines say."""

import itertools

import pytest

from collegium.knowledge.chunking import TOKENS_MAX, passages, tokens_estimate
from collegium.knowledge.parse_codec import parsed_read, parsed_write, whole_text
from collegium.knowledge.parsers.pdf import PdfParser
from collegium.sdk.parsing import Block, ParsedDocument, ParseLimits, SourceFile
from tests.documents import report_pdf


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(report_pdf(pages=4, paragraphs=10))
    parsed = PdfParser().parse([SourceFile(path, "a.pdf", "application/pdf")], ParseLimits())
    parsed_write(parsed, tmp_path / "a.json")
    return parsed_read(tmp_path / "a.json")


def _document(*blocks: Block) -> ParsedDocument:
    placed, at = [], 0
    for block in blocks:
        placed.append(Block(block.kind, block.text, block.page, block.level, block.anchor, at))
        at += len(block.text) + 2
    return ParsedDocument(parser="test", blocks=tuple(placed))


def test_a_passage_is_a_slice_of_the_whole_text_and_passages_follow_each_other(report):
    whole = whole_text(report.blocks)
    found = list(passages(report))
    assert all(whole[one.char_start : one.char_end] == one.text for one in found)
    assert all(a.char_end <= b.char_start for a, b in itertools.pairwise(found))
    assert sum(len(one.text) for one in found) > 0.97 * len(whole)


def test_a_passage_stays_on_its_page_and_its_lines_cover_its_text(report):
    for one in passages(report):
        assert one.locator == {"kind": "page", "page": one.page}
        assert {line[2] for line in one.lines} == {one.page}
        covered = "".join(one.text[line[0] : line[1]] for line in one.lines)
        assert covered.replace(" ", "") == "".join(one.text.split()).replace(" ", "") or "|" in one.text
        for start, end, _page, x0, y0, x1, y1, words in one.lines:
            assert 0 <= start < end <= len(one.text)
            assert x0 < x1 and y0 < y1
            assert all(start <= word[0] < end for word in words)


def test_every_line_lies_in_one_of_the_passages_boxes(report):
    for one in passages(report):
        for line in one.lines:
            x0, y0, x1, y1 = line[3:7]
            assert any(a <= x0 and b <= y0 and x1 <= c and y1 <= d for a, b, c, d in one.boxes)


def test_sections_are_the_headings_above_and_carry_over_pages():
    document = _document(
        Block("heading", "Part One", level=1),
        Block("heading", "Sales", level=2),
        Block("text", "Sales grew. " * 40),
        Block("heading", "Costs", level=2),
        Block("text", "Costs fell. " * 40),
        Block("heading", "Part Two", level=1),
        Block("text", "Risks remain. " * 40),
    )
    sections = [one.section for one in passages(document)]
    assert sections[0] == ("Part One", "Sales")
    assert ("Part One", "Costs") in sections
    assert sections[-1] == ("Part Two",)


@pytest.mark.parametrize(
    "text",
    [
        "A sentence with several plain words in it. " * 200,
        "word " * 3000,
        "x" * 20_000,
        "营业收入较上年增长百分之十二，主要原因是新产品上市。" * 100,
        "1,234,567 " * 1000,
    ],
)
def test_no_passage_is_longer_than_the_encoder_reads(text):
    document = _document(Block("text", text.strip()))
    found = list(passages(document))
    assert all(tokens_estimate(one.text) <= TOKENS_MAX + 2 for one in found)
    whole = whole_text(document.blocks)
    assert all(whole[one.char_start : one.char_end] == one.text for one in found)
    assert sum(len(one.text.replace(" ", "")) for one in found) == len(whole.replace(" ", ""))


def test_a_long_table_is_cut_between_rows_and_its_later_parts_know_the_columns():
    rows = ["Item | 2023 | 2022"] + [f"Line {n} | {n},100 | {n},200" for n in range(100)]
    found = list(passages(_document(Block("table", "\n".join(rows)))))
    assert len(found) > 3
    assert [row for one in found for row in one.text.split("\n") if row.strip()] == rows
    assert all(one.section == ("Item | 2023 | 2022",) for one in found[1:])


def test_a_short_caption_stays_with_its_table():
    found = list(
        passages(
            _document(
                Block("text", "(dollars in millions)"), Block("table", "a | 1\nb | 2"), Block("text", "x y")
            )
        )
    )
    assert [one.text for one in found] == ["(dollars in millions)\n\na | 1\nb | 2", "x y"]


def test_the_estimate_of_tokens_is_close_to_the_encoders_count(embedding_model):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(next(embedding_model.rglob("tokenizer.json"))))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    texts = [
        "Net sales increased by 1,234,567 dollars, or 12.5%, compared with the prior fiscal year.",
        "Segment EBITDA margin | 43.7 % | 45.5 %\nWireless retail | 27,411 | (26,507)",
        "营业收入较上年增长百分之十二，主要原因是新产品上市。",
        "Depreciation and amortization of intangible assets, goodwill impairment and restructuring",
    ]
    counted = sum(len(tokenizer.encode(text, add_special_tokens=False).ids) for text in texts)
    assert sum(tokens_estimate(text) for text in texts) >= 0.95 * counted
