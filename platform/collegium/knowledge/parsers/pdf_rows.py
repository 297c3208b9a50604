"""From a page's words to segments (words with ordinary spaces), rows, and columns in reading order."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from collegium.knowledge.parsers.pdf_words import PageWord, PageWords, is_cjk

GAP = 0.9  # of the line's height: a wider space parts two segments
_HOLDS_NEXT, _HOLDS_LAST = frozenset("$€£¥￥("), frozenset(")%")  # stand close to their number
_BULLET = re.compile(r"^(?:[•●○▪■□◦‣·–—*➢✓-]|\(?[0-9a-zA-Z]{1,3}[.)])$")
_NUMERIC = re.compile(r"^[\s$€£¥￥(+\-–—−]*[\d—–-][\d,.\s%)xX]*$")
DEPTH_MAX = 3
BAND_ROWS = 3  # so many rows with prose at both sides of a gap make two columns


@dataclass(slots=True)
class Segment:
    """Words on one line with ordinary spaces between them."""

    words: list[PageWord]
    x0: float
    y0: float
    x1: float
    y1: float
    bold: bool = False

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def text(self) -> str:
        return words_text(self.words)

    @property
    def numeric(self) -> bool:
        return bool(_NUMERIC.match(self.text))


@dataclass(slots=True)
class Row:
    """Segments beside each other, from left to right."""

    segments: list[Segment]
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    @property
    def bold(self) -> bool:
        return all(segment.bold for segment in self.segments)

    @property
    def size(self) -> float:
        """The height of its longest segment's letters, which follows the font's size."""
        longest = max(self.segments, key=lambda segment: segment.x1 - segment.x0)
        return longest.words[0].height


def words_text(words: Sequence[PageWord]) -> str:
    """Words joined as they were read: Chinese characters stand together unless there was a space."""
    parts: list[str] = []
    for position, word in enumerate(words):
        if position and word_gap(words[position - 1], word):
            parts.append(" ")
        parts.append(word.text)
    return "".join(parts)


def word_gap(before: PageWord, word: PageWord) -> bool:
    """Whether a space stands between two words of a line."""
    if (before.text[-1] in _HOLDS_NEXT and word.text[0].isdigit()) or (
        word.text[0] in _HOLDS_LAST and before.text[-1].isdigit()
    ):
        return False
    wide = word.x0 - before.x1 > 0.15 * max(word.height, 1.0)
    if is_cjk(before.text[-1]) and is_cjk(word.text[0]):
        return word.space and wide
    if is_cjk(before.text[-1]) or is_cjk(word.text[0]):
        return word.space
    return word.space or wide


def page_rows(page: PageWords) -> list[list[Row]]:
    """The page's rows in reading order, one list per column region."""
    upright = [word for word in page.words if word.upright]
    segments = _segments(upright, page.bold)
    regions = _columns(segments, page.layout_size[0], 0)
    sideways = [
        Segment([word], word.x0, word.y0, word.x1, word.y1) for word in page.words if not word.upright
    ]
    if sideways:
        regions.append([_row([segment]) for segment in sideways])
    return [rows for rows in regions if rows]


def _segments(words: Sequence[PageWord], bold: Callable[[int], bool]) -> list[Segment]:
    segments: list[Segment] = []
    for word in words:
        last = segments[-1] if segments else None
        if last is not None and _continues(last, word):
            last.words.append(word)
            last.y0, last.y1 = min(last.y0, word.y0), max(last.y1, word.y1)
            last.x1 = max(last.x1, word.x1)
        else:
            segments.append(Segment([word], word.x0, word.y0, word.x1, word.y1))
    for segment in segments:
        ends = {segment.words[0].index, segment.words[-1].index}
        segment.bold = all(bold(index) for index in ends)
    return segments


def _continues(segment: Segment, word: PageWord) -> bool:
    last = segment.words[-1]
    height = min(last.height, word.height)
    same_line = min(last.y1, word.y1) - max(last.y0, word.y0) > 0.5 * height
    gap = word.x0 - last.x1
    return same_line and -0.3 * height < gap < GAP * max(last.height, word.height)


def _row(segments: list[Segment]) -> Row:
    return Row(
        segments,
        min(part.x0 for part in segments),
        min(part.y0 for part in segments),
        max(part.x1 for part in segments),
        max(part.y1 for part in segments),
    )


def _rows(segments: Sequence[Segment]) -> list[Row]:
    """Group segments that share a line, from the top; a row's first segment is its measure."""
    groups: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda part: (part.y0 + part.y1) / 2):
        for group in groups[-3:]:
            lead = group[0]
            overlap = min(lead.y1, segment.y1) - max(lead.y0, segment.y0)
            if overlap > 0.55 * min(lead.height, segment.height):
                group.append(segment)
                break
        else:
            groups.append([segment])
    rows = [_row(_beside_joined(sorted(group, key=lambda part: part.x0))) for group in groups]
    return sorted(rows, key=lambda row: (row.y0 + row.y1) / 2)


def _beside_joined(segments: list[Segment]) -> list[Segment]:
    """Join segments that turn out to touch, and a bullet or number with what it introduces."""
    joined = [segments[0]]
    for segment in segments[1:]:
        last = joined[-1]
        gap = segment.x0 - last.x1
        height = max(last.height, segment.height)
        introduces = len(joined) == 1 and _BULLET.match(last.text) and gap < 4 * height
        if -0.3 * height < gap < GAP * min(last.height, segment.height) or (
            introduces and not segment.numeric
        ):
            segment.words[0].space = True
            last.words += segment.words
            last.x1, last.bold = max(last.x1, segment.x1), last.bold and segment.bold
            last.y0, last.y1 = min(last.y0, segment.y0), max(last.y1, segment.y1)
        else:
            joined.append(segment)
    return joined


def _is_prose(segment: Segment, width: float) -> bool:
    letters = sum(char.isalpha() for char in segment.text)
    return segment.x1 - segment.x0 > 0.2 * width and letters >= 12 and letters > 0.6 * len(segment.text)


def _columns(segments: list[Segment], width: float, depth: int) -> list[list[Row]]:
    """Rows in reading order; where prose runs in two columns, the left one before the right one."""
    if not segments:
        return []
    rows = _rows(segments)
    regions: list[list[Row]] = []
    at = 0
    for start, end, gutter in _bands(rows, width) if depth < DEPTH_MAX else []:
        regions.append(rows[at:start])
        band = [part for row in rows[start:end] for part in row.segments]
        regions += _columns([part for part in band if part.x0 < gutter], width, depth + 1)
        regions += _columns([part for part in band if part.x0 >= gutter], width, depth + 1)
        at = end
    return [*regions, rows[at:]]


def _bands(rows: Sequence[Row], width: float) -> list[tuple[int, int, float]]:
    """(start, end, x): rows with prose at both sides of a gap at x that none of them crosses."""
    bands: list[tuple[int, int, float]] = []
    at = 0
    while at < len(rows):
        gap = _prose_gap(rows[at], width)
        if gap is None:
            at += 1
            continue
        end, pairs, (low, high) = at + 1, 1, gap
        for follower in range(at + 1, len(rows)):
            if _narrowed(rows[follower], low, high) is None:
                break
            low, high = _narrowed(rows[follower], low, high) or (low, high)
            if _prose_gap(rows[follower], width) is not None:
                pairs, end = pairs + 1, follower + 1
        if pairs >= BAND_ROWS:
            end = _with_short_ends(rows, end, low, high)
            bands.append((at, end, high - 0.5))
        at = end
    return bands


def _prose_gap(row: Row, width: float) -> tuple[float, float] | None:
    """The gap between two segments of prose on a row."""
    for before, after in zip(row.segments, row.segments[1:], strict=False):
        if _is_prose(before, width) and _is_prose(after, width):
            return before.x1, after.x0
    return None


def _narrowed(row: Row, low: float, high: float) -> tuple[float, float] | None:
    """What is left of the gap [low, high] beside a further row, or None where the row crosses it."""
    for part in row.segments:
        if part.x0 < low and part.x1 > high:
            return None
        if part.x1 > low and part.x1 < high and part.x0 < low:
            low = part.x1
        elif low < part.x0 < high:
            high = part.x0
        elif part.x0 <= low and part.x1 >= high:
            return None
    return (low, high) if high - low > 2 else None


def _with_short_ends(rows: Sequence[Row], end: int, low: float, high: float) -> int:
    """Take in the rows after a band that lie at one side of its gap, close below: a column's last lines."""
    while end < len(rows):
        row, before = rows[end], rows[end - 1]
        if row.y0 - before.y1 > row.height or any(part.x0 < low and part.x1 > high for part in row.segments):
            break
        end += 1
    return end
