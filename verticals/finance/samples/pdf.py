"""A sample report as a PDF, written by hand: no browser, no font files, the same bytes every time.

English is set in Helvetica; Chinese in the standard's own STSong-Light, which viewers supply, so that a
report takes some kilobytes. What is to be looked at everywhere is printed from its page instead (make.py).
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from verticals.finance.samples.report import (
    Heading,
    PageBreak,
    Paragraph,
    Report,
    Table,
    text_of,
)

WIDTH, HEIGHT, MARGIN = 595.0, 842.0, 56.0
LEADING = 1.5
TABLE_SIZE, TEXT_SIZE = 9.0, 10.5
COLUMN_MIN, COLUMN_GAP = 78.0, 10.0
_SIZES = {"title": 24.0, "big": 16.0, "note": 8.5, "": TEXT_SIZE}
# Widths of Helvetica's characters 32 to 126, in thousandths of the size (Adobe Font Metrics, Core 14).
_WIDTHS = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 "
    "556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 "
    "667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 "
    "556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584"
)
_HELVETICA = tuple(map(int, _WIDTHS.split()))


@dataclass(slots=True)
class _Pages:
    """Pages of content streams, and where the next line goes."""

    chinese: bool
    streams: list[list[str]] = field(default_factory=lambda: [[]])
    y: float = HEIGHT - MARGIN

    def turn(self) -> None:
        self.streams.append([])
        self.y = HEIGHT - MARGIN

    def room(self, needed: float) -> None:
        if self.y - needed < MARGIN:
            self.turn()

    def put(self, x: float, text: str, size: float, *, bold: bool = False) -> None:
        font = "B" if bold and not self.chinese else "R"
        self.streams[-1].append(
            f"BT /{font} {size:g} Tf 1 0 0 1 {x:.2f} {self.y:.2f} Tm {self.written(text)} Tj ET"
        )

    def written(self, text: str) -> str:
        if self.chinese:
            return f"<{text.encode('utf-16-be').hex()}>"
        plain = text.encode("cp1252", "replace").decode("latin-1")
        for letter in "\\()":
            plain = plain.replace(letter, f"\\{letter}")
        return f"({plain})"

    def rule(self) -> None:
        self.streams[-1].append(
            f"0.6 w {MARGIN:g} {self.y - 4:.2f} m {WIDTH - MARGIN:g} {self.y - 4:.2f} l S"
        )

    def width(self, text: str, size: float) -> float:
        if self.chinese:
            return sum(500 if letter.isascii() else 1000 for letter in text) * size / 1000
        return sum(_HELVETICA[ord(one) - 32] if " " <= one <= "~" else 556 for one in text) * size / 1000


def pdf_of(report: Report) -> bytes:
    """The report as a PDF file."""
    pages = _Pages(report.language == "zh")
    for block in report.blocks:
        if isinstance(block, PageBreak):
            pages.turn()
        elif isinstance(block, Heading):
            size = 15.0 if block.level == 1 else 12.0
            pages.room(5 * size)
            pages.y -= size * 0.6
            _lines(pages, block.text, size, bold=True)
        elif isinstance(block, Paragraph):
            size = _SIZES[block.style]
            _lines(pages, text_of(block.parts), size, bold=block.style == "title")
            pages.y -= size * 0.4
        else:
            _table(pages, block)
    return _file(pages)


def _lines(pages: _Pages, text: str, size: float, *, bold: bool = False) -> None:
    for line in _wrapped(pages, text, size, WIDTH - 2 * MARGIN):
        pages.room(size * LEADING)
        pages.y -= size * LEADING
        pages.put(MARGIN, line, size, bold=bold)


def _wrapped(pages: _Pages, text: str, size: float, room: float) -> Iterator[str]:
    line = ""
    for word in _words(text, pages.chinese):
        if line and pages.width(line + word.rstrip(), size) > room:
            yield line.rstrip()
            line = ""
        line += word
    yield line.rstrip()


def _words(text: str, chinese: bool) -> Sequence[str]:
    if not chinese:
        return [f"{word} " for word in text.split(" ")]
    parts: list[str] = []
    for letter in text:
        if parts and letter.isascii() and letter != " " and parts[-1][-1].isascii():
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts


def _table(pages: _Pages, table: Table) -> None:
    columns = max(len(row.cells) for row in table.rows)
    edges = _edges(pages, table, columns)
    room = edges[0] - COLUMN_MIN - MARGIN
    pages.y -= 4
    for head in table.head:
        pages.room(3 * TABLE_SIZE * LEADING)
        pages.y -= TABLE_SIZE * LEADING
        at = 0
        for number, (text, span) in enumerate(head):
            if number == 0:
                pages.put(MARGIN, text, TABLE_SIZE, bold=True)
                continue
            at += span
            pages.put(edges[at - 1] - pages.width(text, TABLE_SIZE), text, TABLE_SIZE, bold=True)
    pages.rule()
    for row in table.rows:
        lines = list(_wrapped(pages, row.label, TABLE_SIZE, room))
        pages.room(len(lines) * TABLE_SIZE * LEADING)
        for number, line in enumerate(lines):
            pages.y -= TABLE_SIZE * LEADING
            pages.put(MARGIN, line, TABLE_SIZE, bold=row.strong)
            if number == 0:
                for cell, edge in zip(row.cells, edges, strict=False):
                    _cell(pages, text_of([cell]), edge, strong=row.strong)
    pages.y -= 8


def _cell(pages: _Pages, text: str, edge: float, *, strong: bool) -> None:
    """A cell, its right edge, but for a bracket, at the column's."""
    if text:
        beyond = pages.width(")", TABLE_SIZE) if text.endswith(")") else 0.0
        pages.put(edge + beyond - pages.width(text, TABLE_SIZE), text, TABLE_SIZE, bold=strong)


def _edges(pages: _Pages, table: Table, columns: int) -> list[float]:
    """The right edges of the columns, the last one at the margin."""
    last = table.head[-1][1:] if len(table.head[-1]) - 1 == columns else ()
    texts = [
        [text for text, _span in last[at : at + 1]]
        + [text_of([row.cells[at]]) for row in table.rows if at < len(row.cells)]
        for at in range(columns)
    ]
    widths = [
        max(COLUMN_MIN if columns <= 2 else 0.0, *(pages.width(text, TABLE_SIZE) for text in column))
        + COLUMN_GAP
        for column in texts
    ]
    for head in table.head:
        at = 0
        for text, span in head[1:]:
            for column in range(at, at + span if span > 1 else at):
                widths[column] = max(widths[column], pages.width(text, TABLE_SIZE) / span + COLUMN_GAP)
            at += span
    edges = [WIDTH - MARGIN]
    for width in reversed(widths[1:]):
        edges.append(edges[-1] - width)
    return edges[::-1]


def _file(pages: _Pages) -> bytes:
    fonts = _chinese_fonts() if pages.chinese else _helvetica()
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", *fonts]
    bold = 3 if pages.chinese else 4
    kids = []
    for stream in pages.streams:
        packed = zlib.compress("\n".join(stream).encode("latin-1"), 9)
        objects.append(
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed)
        )
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH:g} {HEIGHT:g}] /Contents {len(objects)} 0 R "
            f"/Resources << /Font << /R 3 0 R /B {bold} 0 R >> >> >>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    return _assembled(objects)


def _helvetica() -> list[bytes]:
    return [
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode()
        for name in ("Helvetica", "Helvetica-Bold")
    ]


def _chinese_fonts() -> list[bytes]:
    """STSong-Light by Adobe-GB1 (ISO 32000-1, 9.7.5.2), its Latin letters half as wide as the others."""
    return [
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H "
        b"/DescendantFonts [4 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) "
        b"/Ordering (GB1) /Supplement 2 >> /DW 1000 /W [1 95 500] /FontDescriptor 5 0 R >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] "
        b"/ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    ]


def _assembled(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
