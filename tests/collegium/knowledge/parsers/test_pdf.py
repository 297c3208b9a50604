"""What is read from PDFs, and that every box is where the ink is."""

from pathlib import Path

import pypdfium2 as pdfium
import pytest

from collegium.knowledge.chunking import passages
from collegium.knowledge.parse_codec import parsed_read, parsed_write
from collegium.knowledge.parsers.pdf import PdfParser
from collegium.sdk.parsing import ParseLimits, ParseProblem, SourceFile
from collegium.sdk.retrieval import span_boxes
from tests.documents import PdfPage, Put, pdf_make, report_pdf

MARK = "Zebra"
PAGES = {
    "upright": PdfPage([Put(100, 650, MARK), Put(72, 700, "Some words above it")]),
    "crop box off the origin": PdfPage(
        [Put(250, 450, MARK), Put(220, 480, "Some words above it")], crop=(200, 300, 500, 600)
    ),
    "media box off the origin": PdfPage(
        [Put(100, 150, MARK), Put(60, 190, "Some words above it")], media=(-50, -100, 400, 300)
    ),
    "turned by 90": PdfPage([Put(100, 650, MARK), Put(72, 700, "Some words above it")], rotate=90),
    "turned by 180": PdfPage([Put(100, 650, MARK), Put(72, 700, "Some words above it")], rotate=180),
    "turned by 270 and cropped": PdfPage(
        [Put(250, 450, MARK), Put(220, 480, "Some words above it")], crop=(200, 300, 500, 640), rotate=270
    ),
}


def _read(path: Path, content: bytes, **limits):
    path.write_bytes(content)
    return PdfParser().parse([SourceFile(path, path.name, "application/pdf")], ParseLimits(**limits))


@pytest.fixture
def read(tmp_path):
    return lambda content, **limits: _read(tmp_path / "a.pdf", content, **limits)


def _ink(path: Path, box, margin: float = 0.0) -> float:
    """The share of dark pixels within a box of the page as it is shown, with a margin in points around it."""
    page = pdfium.PdfDocument(path)[0]
    scale = 4.0
    image = page.render(scale=scale).to_pil().convert("L")
    x0, y0, x1, y1 = box
    cut = [(x0 - margin) * scale, (y0 - margin) * scale, (x1 + margin) * scale, (y1 + margin) * scale]
    part = image.crop([round(edge) for edge in cut])
    pixels = list(part.getdata())
    return sum(pixel < 128 for pixel in pixels) / max(1, len(pixels))


def _dark(path: Path, box) -> int:
    """How many dark pixels a box holds."""
    x0, y0, x1, y1 = box
    return round(_ink(path, box) * (x1 - x0) * (y1 - y0) * 16)


@pytest.mark.parametrize("name", PAGES)
def test_a_words_box_holds_its_ink_and_no_other(name, tmp_path):
    path = tmp_path / "a.pdf"
    mark_only = PdfPage(
        [put for put in PAGES[name].puts if put.text == MARK],
        PAGES[name].media,
        PAGES[name].crop,
        PAGES[name].rotate,
    )
    parsed = _read(path, pdf_make([mark_only]))
    (block,) = parsed.blocks
    assert block.text == MARK
    box = block.lines[0].box
    width, height = parsed.pages[0]
    inside = _dark(path, box)
    assert inside > 50
    assert _dark(path, (0, 0, width, height)) - inside < 0.03 * inside


@pytest.mark.parametrize("name", ["upright", "crop box off the origin", "media box off the origin"])
def test_the_text_within_a_words_box_is_that_word(name, tmp_path):
    path = tmp_path / "a.pdf"
    parsed = _read(path, pdf_make([PAGES[name]]))
    chunk = next(passages(parsed))
    at = chunk.text.index(MARK)
    ((x0, y0, x1, y1),) = span_boxes(tuple(chunk.lines), at, at + len(MARK))
    page = pdfium.PdfDocument(path)[0]
    left, _, _, top = page.get_bbox() if not PAGES[name].crop else PAGES[name].crop
    found = page.get_textpage().get_text_bounded(left + x0, top - y1, left + x1, top - y0)
    assert found.strip() == MARK


def test_page_sizes_are_those_of_the_page_as_it_is_shown(read):
    parsed = read(pdf_make(list(PAGES.values())))
    assert parsed.pages == (
        (612, 792),
        (300, 300),
        (450, 400),
        (792, 612),
        (612, 792),
        (340, 300),
    )


def test_headings_paragraphs_and_tables_are_told_apart(read):
    parsed = read(report_pdf(pages=2))
    first = [block for block in parsed.blocks if block.page == 1]
    assert (first[0].kind, first[0].text, first[0].level) == ("heading", "1. Results of part 1", 1)
    assert [block.kind for block in first[1:]] == ["text"] * 6 + ["table"]
    assert first[1].text.startswith(
        "Northwind part 1 paragraph 0 line 0: revenue grew by 10 percent Northwind"
    )
    assert first[-1].text == "Revenue | 1,100 | 2,105\nCosts | 1,110 | 2,115\nProfit | 1,120 | 2,125"


def test_cells_stand_in_their_columns_and_empty_ones_are_kept(read):
    rows = [
        [(72, "Year ended"), (300, "2023"), (400, "2022"), (500, "2021")],
        [(72, "Revenue"), (290, "$"), (300, "1,250"), (400, "1,100"), (500, "990")],
        [(72, "Impairment"), (500, "(45"), (520, ")")],
        [(72, "Margin"), (300, "31.4"), (325, "%"), (400, "28.0")],
    ]
    puts = [Put(x, 700 - 16 * at, text) for at, row in enumerate(rows) for x, text in row]
    (table,) = read(pdf_make([PdfPage(puts)])).blocks
    assert table.kind == "table"
    assert table.text.split("\n") == [
        "Year ended | 2023 | 2022 | 2021",
        "Revenue | $1,250 | 1,100 | 990",
        "Impairment |  |  | (45)",
        "Margin | 31.4% | 28.0",
    ]
    boxes = {table.text[line.start : line.end]: line for line in table.lines}
    words = boxes["Impairment |  |  | (45)"].words
    assert [(round(word.x0), table.text[word.start : word.start + 3]) for word in words][1] == (500, "(45")


def test_columns_of_prose_are_read_one_after_the_other(read):
    left = [f"The left column has its line number {n}" for n in range(8)]
    right = [f"And the right one has a line {n} as well" for n in range(8)]
    puts = [Put(72, 740, "A heading over the whole width of this page, in letters of the usual size")]
    for at in range(8):
        puts += [Put(72, 700 - 14 * at, left[at], 10), Put(330, 700 - 14 * at, right[at], 10)]
    text = " ".join(block.text for block in read(pdf_make([PdfPage(puts)])).blocks)
    assert text.index(left[7]) < text.index(right[0])
    assert text.index("A heading") < text.index(left[0])


def test_lines_that_all_pages_repeat_at_their_edges_are_kept_once(read):
    pages = [
        PdfPage(
            [
                Put(72, 770, "Northwind Corporation Annual Report", 9),
                Put(72, 700, f"Chapter of page {n} about apples."),
                Put(72, 680, "More of it."),
                Put(300, 20, f"Page {n} of 8", 9),
            ]
        )
        for n in range(1, 9)
    ]
    text = "\n".join(block.text for block in read(pdf_make(pages)).blocks)
    assert text.count("Northwind Corporation") == 1
    assert text.count("about apples") == 8


def test_text_that_runs_up_the_page_does_not_break_lines(tmp_path, read):
    content = pdf_make([PdfPage([Put(100, 650, "An ordinary line"), Put(100, 600, "and another")])])
    turned = content.replace(b"1 0 0 1 100 600 Tm", b"0 1 -1 0 40 600 Tm")
    blocks = read(turned).blocks
    assert blocks[0].text == "An ordinary line"
    assert {block.text for block in blocks[1:]} <= {"and another", "another and", "and", "another"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (pdf_make([PdfPage([Put(72, 700, "secret")])], encrypted=True), "encrypted"),
        (report_pdf()[: len(report_pdf()) * 2 // 3], "damaged"),
        (b"%PDF-1.4\nrubbish" * 100 + b"startxref\n0\n%%EOF", "damaged"),
        (pdf_make([PdfPage([])]), "no_text"),
    ],
)
def test_a_pdf_that_cannot_be_used_is_named_and_says_what_to_do(read, content, code):
    with pytest.raises(ParseProblem) as caught:
        read(content)
    assert caught.value.code == code
    assert len(caught.value.detail) > 30


def test_more_pages_than_the_limit_are_refused_with_both_numbers(read):
    with pytest.raises(ParseProblem) as caught:
        read(report_pdf(pages=5), max_pages=4)
    assert caught.value.code == "too_many_pages"
    assert "5 pages" in caught.value.detail and "4" in caught.value.detail


def test_pages_without_text_among_others_are_warned_of(read):
    parsed = read(pdf_make([PdfPage([Put(72, 700, "words")]), PdfPage([]), PdfPage([])]))
    assert parsed.warnings == ("pages_without_text: 2, 3",)


def test_what_was_read_survives_being_written_down(read, tmp_path):
    parsed = read(report_pdf())
    parsed_write(parsed, tmp_path / "out.json")
    again = parsed_read(tmp_path / "out.json")
    assert [block.text for block in again.blocks] == [block.text for block in parsed.blocks]
    assert again.pages == parsed.pages
    assert again.blocks[3].lines[0].words == tuple(
        type(word)(word.start, round(word.x0, 1), round(word.x1, 1))
        for word in parsed.blocks[3].lines[0].words
    )
