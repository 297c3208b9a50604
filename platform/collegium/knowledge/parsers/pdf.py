"""Reads PDF files with PDFium: characters with boxes, put together to paragraphs, headings and tables."""

import os
from collections.abc import Sequence
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from collegium.knowledge.parsers.pdf_blocks import PageRows, page_blocks, style_of
from collegium.knowledge.parsers.pdf_rows import page_rows
from collegium.knowledge.parsers.pdf_words import page_words_read
from collegium.sdk.parsing import (
    Block,
    ParsedDocument,
    ParseLimits,
    ParseProblem,
    SourceFile,
    progress_report,
)

TAIL_BYTES = 8192
MIN_LETTERS = 3
NO_PAGES = ParseProblem("no_pages", "The PDF has no pages. Export it anew and upload that.")


class PdfParser:
    name = "pdf/1"
    media_types: tuple[str, ...] = ("application/pdf",)

    def accepts(self, files: Sequence[SourceFile]) -> bool:
        return len(files) == 1 and files[0].media_type in self.media_types

    def parse(self, files: Sequence[SourceFile], limits: ParseLimits) -> ParsedDocument:
        document = pdf_open(files[0].path)
        try:
            return self._read(document, limits)
        finally:
            document.close()

    def _read(self, document: pdfium.PdfDocument, limits: ParseLimits) -> ParsedDocument:
        count = len(document)
        if count == 0:
            raise NO_PAGES
        if count > limits.max_pages:
            raise ParseProblem(
                "too_many_pages",
                "The PDF has %(count)s pages; the limit is %(limit)s. Split it, or ask the operator to raise "
                "COLLEGIUM_MAX_PAGES.",
                count=count,
                limit=limits.max_pages,
            )
        pages = _pages_read(document, limits)
        style = style_of(pages)
        blocks: list[Block] = []
        for number, page in enumerate(pages, start=1):
            blocks += page_blocks(number, page, style)
        if sum(char.isalnum() for block in blocks for char in block.text) < MIN_LETTERS:
            raise ParseProblem(
                "no_text",
                "No text was found in the PDF. If it is a scan, run a text recognition (OCR) over it and "
                "upload the result.",
            )
        return ParsedDocument(
            parser=self.name,
            blocks=tuple(blocks),
            pages=tuple((page.page.width, page.page.height) for page in pages),
            warnings=_warnings(pages),
        )


def pdf_open(path: Path) -> pdfium.PdfDocument:
    """Open a PDF; ParseProblem says what is wrong with one that cannot be opened."""
    _tail_check(path)
    try:
        return pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise ParseProblem(
                "encrypted", "The PDF is protected by a password. Save it without one and upload that."
            ) from error
        if code == raw.FPDF_ERR_SUCCESS:  # PDFium reads the file, but gives no document without a page
            raise NO_PAGES from error
        raise ParseProblem(
            "damaged",
            "The PDF is damaged and cannot be opened. Download or export it anew, then upload it again.",
        ) from error


def _tail_check(path: Path) -> None:
    """A file that was cut off lacks the pointer at its end; PDFium would guess, and silently lose pages."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL_BYTES))
        if b"startxref" not in file.read():
            raise ParseProblem(
                "damaged", "The PDF ends in the middle. Download or export it anew, then upload it again."
            )


def _pages_read(document: pdfium.PdfDocument, limits: ParseLimits) -> list[PageRows]:
    pages: list[PageRows] = []
    chars = 0
    count = len(document)
    for index in range(count):
        try:
            page = document[index]
        except pdfium.PdfiumError as error:
            raise ParseProblem(
                "damaged",
                "Page %(page)s of the PDF is damaged. Export it anew, then upload it again.",
                page=index + 1,
            ) from error
        text_page = page.get_textpage()
        words = page_words_read(page.raw, text_page.raw)
        pages.append(PageRows(words, page_rows(words)))
        chars += sum(len(word.text) for word in words.words)
        words.words = []  # the rows hold them
        text_page.close()
        page.close()
        if chars > limits.max_chars:
            raise ParseProblem(
                "too_much_text",
                "The PDF holds more than %(limit)s characters. Split it.",
                limit=limits.max_chars,
            )
        progress_report(index + 1, count)
    return pages


def _warnings(pages: Sequence[PageRows]) -> tuple[str, ...]:
    empty = [str(number) for number, page in enumerate(pages, start=1) if not page.regions]
    if not empty:
        return ()
    shown = ", ".join(empty[:20]) + (", …" if len(empty) > 20 else "")
    return (f"pages_without_text: {shown}",)
