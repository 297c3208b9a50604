"""Documents made by code: small PDFs written by hand, so that every number in them is known."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.core.files.uploadedfile import SimpleUploadedFile


@dataclass(frozen=True)
class Put:
    """Text at (x, y): points from the bottom left of the page, before any rotation."""

    x: float
    y: float
    text: str
    size: float = 11
    bold: bool = False


@dataclass
class PdfPage:
    puts: Sequence[Put] = ()
    media: tuple[float, float, float, float] = (0, 0, 612, 792)
    crop: tuple[float, float, float, float] | None = None
    rotate: int = 0
    further: list[str] = field(default_factory=list)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _shown(put: Put) -> str:
    """The operators that show a text; what Latin-1 does not hold is set in a Chinese font."""
    if put.text.isascii():
        return f"BT /{'B' if put.bold else 'R'} {put.size} Tf 1 0 0 1 {put.x} {put.y} Tm ({_escaped(put.text)}) Tj ET"
    coded = put.text.encode("utf-16-be").hex()
    return f"BT /C {put.size} Tf 1 0 0 1 {put.x} {put.y} Tm <{coded}> Tj ET"


# Not embedded: readers know the character collection, in which half-width characters are CIDs 814 to 907.
CHINESE_FONT = (
    "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts ["
    "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 95 500 814 907 500]"
    " /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor"
    " << /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0"
    " /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >> >>] >>"
)


def pdf_make(pages: Sequence[PdfPage], *, encrypted: bool = False) -> bytes:
    """A PDF of the given pages, in Helvetica and a Chinese font; `encrypted`: behind a password that nobody knows."""
    bodies = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    fonts = []
    for name in ("Helvetica", "Helvetica-Bold"):
        bodies.append(f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>")
        fonts.append(len(bodies))
    bodies.append(CHINESE_FONT)
    fonts.append(len(bodies))
    kids = []
    for page in pages:
        stream = "\n".join(_shown(put) for put in page.puts)
        bodies.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        crop = f"/CropBox [{' '.join(map(str, page.crop))}]" if page.crop else ""
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{' '.join(map(str, page.media))}] {crop} "
            f"/Rotate {page.rotate} /Contents {len(bodies)} 0 R "
            f"/Resources << /Font << /R {fonts[0]} 0 R /B {fonts[1]} 0 R /C {fonts[2]} 0 R >> >> >>"
        )
        kids.append(f"{len(bodies)} 0 R")
    bodies[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    trailer = ""
    if encrypted:
        bodies.append(f"<< /Filter /Standard /V 1 /R 2 /O <{'5a' * 32}> /U <{'a5' * 32}> /P -44 >>")
        trailer = f"/Encrypt {len(bodies)} 0 R /ID [<{'00' * 16}> <{'00' * 16}>]"
    return _assembled(bodies, trailer)


def _assembled(bodies: Sequence[str], trailer: str) -> bytes:
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    table = len(out)
    entries = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(bodies) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n{entries}".encode()
    return out + f"trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{table}\n%%EOF\n".encode()


def report_pdf(*, name: str = "Northwind", pages: int = 3, paragraphs: int = 6) -> bytes:
    """A report with a heading, paragraphs and a table of numbers on every page."""
    made = []
    for number in range(1, pages + 1):
        puts = [Put(72, 720, f"{number}. Results of part {number}", size=18, bold=True)]
        y = 690.0
        for paragraph in range(paragraphs):
            for line in range(3):
                text = f"{name} part {number} paragraph {paragraph} line {line}: revenue grew by {number}{line} percent"
                puts.append(Put(72, y, text + ("." if line == 2 else "")))
                y -= 14
            y -= 12
        for row, label in enumerate(("Revenue", "Costs", "Profit")):
            puts += [
                Put(72, y - 16 * row, label),
                Put(300, y - 16 * row, f"1,{number}{row}0"),
                Put(420, y - 16 * row, f"2,{number}{row}5"),
            ]
        made.append(PdfPage(puts))
    return pdf_make(made)


def upload(name: str, content: bytes | str) -> SimpleUploadedFile:
    """As it arrives from a form or the API."""
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
