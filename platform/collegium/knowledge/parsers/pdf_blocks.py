"""From rows to headings, paragraphs and tables, with the boxes of their lines."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from collegium.knowledge.parsers.headings import HEADING_MAX_CHARS, may_be_heading, numbered_level
from collegium.knowledge.parsers.pdf_rows import Row, word_gap
from collegium.knowledge.parsers.pdf_tables import table_rows, tables_find
from collegium.knowledge.parsers.pdf_words import PageWord, PageWords, is_cjk
from collegium.sdk.parsing import Block, Line, Word

CELL_GAP = " | "
EDGE = 0.1  # of the page's height, at its top and its bottom
_DIGITS = re.compile(r"\d+")
_BULLET_START = re.compile(r"^(?:[•●○▪■□◦‣·➢✓]|\(?[0-9a-z]{1,3}[.)])\s")


@dataclass(slots=True)
class PageRows:
    """A page and its rows in reading order, by region."""

    page: PageWords
    regions: list[list[Row]]


@dataclass(slots=True)
class Style:
    """What is ordinary in a document: its letters' height, and the lines that every page repeats."""

    body: float = 0.0
    larger: tuple[float, ...] = ()  # heights of headings, the largest first
    bold_body: bool = False
    running: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Text:
    """A block's text while it is put together, with its lines."""

    page: int
    text: str = ""
    lines: list[Line] = field(default_factory=list)

    def add(self, words: Sequence[PageWord], gap: str) -> None:
        """Append words as a line of their own, after `gap`."""
        self._line([words], gap)

    def add_cells(self, cells: Sequence[Sequence[PageWord]]) -> None:
        """Append a table's row; an empty sequence is an empty cell."""
        self._line(cells, "\n")

    def _line(self, groups: Sequence[Sequence[PageWord]], gap: str) -> None:
        if self.text:
            self.text += gap
        start = len(self.text)
        placed: list[Word] = []
        for number, words in enumerate(groups):
            if number:
                self.text += CELL_GAP
            for at, word in enumerate(words):
                if at and word_gap(words[at - 1], word):
                    self.text += " "
                placed.append(Word(len(self.text), word.x0, word.x1))
                self.text += word.text
        every = [word for words in groups for word in words]
        box = (
            min(word.x0 for word in every),
            min(word.y0 for word in every),
            max(word.x1 for word in every),
            max(word.y1 for word in every),
        )
        self.lines.append(Line(start, len(self.text), self.page, box, tuple(placed)))

    def block(self, kind: str, level: int = 0) -> Block:
        return Block(kind, self.text, self.page, level, lines=tuple(self.lines))


def style_of(pages: Sequence[PageRows]) -> Style:
    """Measure what is ordinary over all pages."""
    heights: Counter[float] = Counter()
    bold: Counter[bool] = Counter()
    edges: Counter[str] = Counter()
    for page in pages:
        rows = [row for region in page.regions for row in region]
        for row in rows:
            heights[_rounded(row.size)] += len(row.text)
            bold[row.bold] += len(row.text)
        edges.update({_pattern(row) for row in _edge_rows(page)})
    if not heights:
        return Style()
    body = heights.most_common(1)[0][0]
    often = max(4, len(pages) * 0.4)
    larger = sorted((height for height in heights if height >= 1.15 * body), reverse=True)
    return Style(
        body,
        tuple(_merged_sizes(larger)),
        bold[True] > bold[False],
        frozenset(pattern for pattern, count in edges.items() if count >= often),
    )


def _merged_sizes(sizes: Iterable[float]) -> list[float]:
    """Sizes that differ by less than a tenth count as one; three suffice for a path of headings."""
    kept: list[float] = []
    for size in sizes:
        if not kept or size < 0.9 * kept[-1]:
            kept.append(size)
    return kept[:3]


def _rounded(height: float) -> float:
    return round(height * 2) / 2


def _pattern(row: Row) -> str:
    return _DIGITS.sub("#", row.text.strip())


def _edge_rows(page: PageRows) -> list[Row]:
    """The rows where running heads and feet stand: the first and last two, close to the page's edge."""
    rows = sorted((row for region in page.regions for row in region), key=lambda row: row.y0)
    height = page.page.layout_size[1]
    heads = [row for row in rows[:2] if row.y1 < EDGE * height]
    return heads + [row for row in rows[-2:] if row.y0 > (1 - EDGE) * height]


def page_blocks(number: int, page: PageRows, style: Style) -> list[Block]:
    """A page's blocks in reading order; lines that most pages repeat at their edges are left out."""
    edges = {id(row) for row in _edge_rows(page)}
    blocks: list[Block] = []
    for region in page.regions:
        rows = [
            row for row in region if number == 1 or id(row) not in edges or _pattern(row) not in style.running
        ]
        at = 0
        for start, end in tables_find(rows):
            blocks += _paragraphs(number, rows[at:start], style)
            blocks.append(_table(number, rows[start:end]))
            at = end
        blocks += _paragraphs(number, rows[at:], style)
    return [_shown(block, page.page) for block in blocks] if page.page.turn else blocks


def _shown(block: Block, page: PageWords) -> Block:
    """A block of a turned page with its boxes where they are seen; only upright lines have words."""
    return replace(
        block, lines=tuple(replace(line, box=page.shown(line.box), words=()) for line in block.lines)
    )


def _table(page: int, rows: Sequence[Row]) -> Block:
    text = _Text(page)
    for row in table_rows(rows):
        text.add_cells([cell.words if cell is not None else [] for cell in row.cells])
    return text.block("table")


def _paragraphs(page: int, rows: Sequence[Row], style: Style) -> list[Block]:
    if not rows:
        return []
    gaps = [after.y0 - before.y1 for before, after in zip(rows, rows[1:], strict=False)]
    usual = median(gaps) if gaps else 0.0
    groups = [[rows[0]]]
    for before, row in zip(rows, rows[1:], strict=False):
        if _parts(before, row, groups[-1], usual, style):
            groups.append([row])
        else:
            groups[-1].append(row)
    return [_paragraph(page, group, style) for group in groups]


def _parts(before: Row, row: Row, group: Sequence[Row], usual: float, style: Style) -> bool:
    """Whether a new paragraph begins at `row`."""
    height = min(before.height, row.height)
    if row.y0 - before.y1 > max(usual, 0) + 0.35 * height or row.y0 < before.y0 - height:
        return True
    if abs(row.size - before.size) > 0.12 * max(row.size, before.size):
        return True
    if _level(before, style) != _level(row, style):
        return True
    if _BULLET_START.match(row.text):
        return True
    left = min(part.x0 for part in group)
    return row.x0 > left + 1.2 * height and before.x0 < left + 0.5 * height and len(group) > 1


def _paragraph(page: int, rows: Sequence[Row], style: Style) -> Block:
    text = _Text(page)
    for row in rows:
        words = [word for segment in row.segments for word in segment.words]
        chinese = text.text and is_cjk(text.text[-1]) and is_cjk(words[0].text[0])
        text.add(words, "" if chinese else " ")
    level = _level(rows[0], style) if len(rows) <= 3 and len(text.text) <= HEADING_MAX_CHARS else 0
    return text.block("heading" if level else "text", level)


def _level(row: Row, style: Style) -> int:
    """A row's depth as a heading, 0 for none: larger letters, or bold ones in a document that is not bold."""
    text = row.text.strip()
    if not may_be_heading(text):
        return 0
    size = _rounded(row.size)
    larger = size >= 1.15 * style.body
    if not larger and not (row.bold and not style.bold_body):
        return 0
    if numbered := numbered_level(text):
        return numbered
    if larger:
        return 1 + sum(size < 0.9 * step for step in style.larger)
    return min(4, len(style.larger) + 1)
