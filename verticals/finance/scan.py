"""Scans: PDFs whose pages are pictures. They are kept and found by their names, and people are told why."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

import pypdfium2

from collegium.sdk.parsing import Block, ParsedDocument, SourceFile
from verticals.finance.xbrl.package import PDF

NAME = "scan/1"
_BETWEEN = re.compile(r"[_.\s]+|(?<=\D)-(?=\D)|(?<=\d)-(?=\D)|(?<=\D)-(?=\d)")


def scan_read(files: Sequence[SourceFile]) -> ParsedDocument | None:
    """The pages of PDFs without text, with the words of their names to search by; None for other files."""
    if not files or any(file.media_type != PDF for file in files):
        return None
    sizes = [size for file in files for size in _page_sizes(file)]
    if not sizes:
        return None
    named = " and ".join(f"'{file.name}'" for file in files)
    return ParsedDocument(
        parser=NAME,
        blocks=tuple(Block("text", _words(file.name), page=1) for file in files[:1]),
        pages=tuple(sizes),
        warnings=(
            f"No text was found on the {len(sizes)} pages of {named}, as of a scan: it is kept and found by "
            "its name only. To ask about what it says, run a text recognition (OCR) over it and upload the "
            "result as a new version.",
        ),
    )


def _page_sizes(file: SourceFile) -> list[tuple[float, float]]:
    document = pypdfium2.PdfDocument(file.path)
    try:
        return [document.get_page_size(index) for index in range(len(document))]
    finally:
        document.close()


def _words(name: str) -> str:
    """The words of a file's name: `vellora_annual-report-2019.pdf` is vellora annual report 2019."""
    return " ".join(_BETWEEN.sub(" ", PurePosixPath(name).stem).split()) or name
