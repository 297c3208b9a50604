"""The words of a PDF page with their boxes, in points from the top left of the page as it is shown."""

import ctypes
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pypdfium2.raw as pdfium

SOFT_HYPHENS = {0x02, 0xFFFE, 0xAD}
SPACES = frozenset(" \t\r\n\u00a0\u2002\u2003\u2009\u200b\u3000\f\v")
_NAME_BYTES = 128
ANGLE_SAMPLE = 60


@dataclass(slots=True)
class PageWord:
    """A word and its box; `index` is its first character's for PDFium, `space` tells of one before it."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    index: int
    space: bool = True
    upright: bool = True

    @property
    def height(self) -> float:
        return self.y1 - self.y0


@dataclass(slots=True)
class PageWords:
    """A page's size as it is shown, and its words in the order of the file.

    `turn`: quarter turns clockwise after which its text stands upright; `words` have their boxes there.
    """

    width: float
    height: float
    turn: int = 0
    words: list[PageWord] = field(default_factory=list)
    bold: Callable[[int], bool] = lambda index: False

    @property
    def layout_size(self) -> tuple[float, float]:
        """The size of the page turned so that its text stands upright."""
        return (self.height, self.width) if self.turn % 2 else (self.width, self.height)

    def shown(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """A box of the turned page on the page as it is shown."""
        x0, y0, x1, y1 = box
        if self.turn == 1:
            return (y0, self.height - x1, y1, self.height - x0)
        if self.turn == 2:
            return (self.width - x1, self.height - y1, self.width - x0, self.height - y0)
        if self.turn == 3:
            return (self.width - y1, x0, self.width - y0, x1)
        return box


def page_transform(
    page: pdfium.FPDF_PAGE, turn: int
) -> Callable[[float, float, float, float], tuple[float, ...]]:
    """The map from the PDF's own coordinates (left, bottom, right, top) to a page turned clockwise by `turn`.

    The origin is then the top left of the crop box (ISO 32000-1, 7.7.3.3 and 14.11.2).
    """
    frame = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, frame)
    left, bottom, right, top = frame.left, frame.bottom, frame.right, frame.top
    if turn == 1:
        return lambda x0, y0, x1, y1: (y0 - bottom, x0 - left, y1 - bottom, x1 - left)
    if turn == 2:
        return lambda x0, y0, x1, y1: (right - x1, y0 - bottom, right - x0, y1 - bottom)
    if turn == 3:
        return lambda x0, y0, x1, y1: (top - y1, right - x1, top - y0, right - x0)
    return lambda x0, y0, x1, y1: (x0 - left, top - y1, x1 - left, top - y0)


def page_words_read(page: pdfium.FPDF_PAGE, text_page: pdfium.FPDF_TEXTPAGE) -> PageWords:
    """Read a page's words; what lies outside the shown page is left out."""
    width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    upright = _text_turn(text_page)
    turn = (upright - pdfium.FPDFPage_GetRotation(page)) % 4
    words = PageWords(width, height, turn, bold=lambda index: _is_bold(text_page, index))
    building = _Builder()
    for char in _chars(text_page, page_transform(page, upright), *words.layout_size):
        building.take(*char)
    building.close()
    words.words = building.words
    return words


def _text_turn(text_page: pdfium.FPDF_TEXTPAGE) -> int:
    """The quarter turns clockwise that most of the page's text needs to stand upright."""
    count = pdfium.FPDFText_CountChars(text_page)
    angles = [
        pdfium.FPDFText_GetCharAngle(text_page, index) for index in range(0, count, count // ANGLE_SAMPLE + 1)
    ]
    turns = Counter(round(angle / (math.pi / 2)) % 4 for angle in angles if angle >= 0)
    return turns.most_common(1)[0][0] if turns else 0


def _chars(
    text_page: pdfium.FPDF_TEXTPAGE,
    to_page: Callable[[float, float, float, float], tuple[float, ...]],
    width: float,
    height: float,
) -> Iterator[tuple[int, str, float, float, float, float]]:
    """(index, character, x0, y0, x1, y1) of what can be seen; a space has no box of use."""
    box = pdfium.FS_RECTF()
    box_of, code_of = pdfium.FPDFText_GetLooseCharBox, pdfium.FPDFText_GetUnicode
    high_surrogate = 0
    for index in range(pdfium.FPDFText_CountChars(text_page)):
        code = code_of(text_page, index)
        if 0xD800 <= code < 0xDC00:
            high_surrogate = code
            continue
        if 0xDC00 <= code < 0xE000:
            if not high_surrogate:
                continue
            code = 0x10000 + ((high_surrogate - 0xD800) << 10) + code - 0xDC00
        high_surrogate = 0
        char = "-" if code in SOFT_HYPHENS else chr(code)
        if char in SPACES or code < 32:
            yield index, " ", 0.0, 0.0, 0.0, 0.0
            continue
        if not box_of(text_page, index, box):
            continue
        x0, y0, x1, y1 = to_page(box.left, box.bottom, box.right, box.top)
        if x1 > x0 and y1 > y0 and 0 <= (x0 + x1) / 2 <= width and 0 <= (y0 + y1) / 2 <= height:
            yield index, char, x0, y0, x1, y1


def is_cjk(char: str) -> bool:
    return "\u2e80" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or "\uff00" <= char <= "\uffef"


class _Builder:
    """Joins characters to words: a word ends at a space, at a jump, and after each Chinese character."""

    def __init__(self) -> None:
        self.words: list[PageWord] = []
        self._space = True
        self._at: PageWord | None = None

    def take(self, index: int, char: str, x0: float, y0: float, x1: float, y1: float) -> None:
        word = self._at
        if char == " ":
            self.close()
            self._space = True
            return
        if word is not None and not is_cjk(char) and self._joins(word, x0, y0, x1, y1):
            word.text += char
            word.x0, word.y0 = min(word.x0, x0), min(word.y0, y0)
            word.x1, word.y1 = max(word.x1, x1), max(word.y1, y1)
            return
        self.close()
        self._at = PageWord(char, x0, y0, x1, y1, index, self._space)
        self._space = False
        if is_cjk(char):
            self.close()

    def _joins(self, word: PageWord, x0: float, y0: float, x1: float, y1: float) -> bool:
        height = y1 - y0
        same_line = min(word.y1, y1) - max(word.y0, y0) > 0.4 * min(height, word.height)
        if same_line and word.upright and -0.5 * height < x0 - word.x1 < 0.5 * height:
            return True
        # Text that runs up or down the page: the next character lies above or below, in the same column.
        width = x1 - x0
        same_column = min(word.x1, x1) - max(word.x0, x0) > 0.6 * min(width, word.x1 - word.x0)
        beside = min(abs(y1 - word.y0), abs(y0 - word.y1)) < 0.5 * max(width, height)
        if same_column and beside and not same_line:
            word.upright = False
            return True
        return False

    def close(self) -> None:
        if self._at is not None:
            self.words.append(self._at)
            self._at = None


def _is_bold(text_page: pdfium.FPDF_TEXTPAGE, index: int) -> bool:
    name = ctypes.create_string_buffer(_NAME_BYTES)
    flags = ctypes.c_int()
    size = pdfium.FPDFText_GetFontInfo(text_page, index, name, _NAME_BYTES, ctypes.byref(flags))
    if size and flags.value & (1 << 18):  # ForceBold, ISO 32000-1 table 123
        return True
    lowered = name.value.lower()
    return any(mark in lowered for mark in (b"bold", b"black", b"heavy", b"semibold", b"simhei"))
