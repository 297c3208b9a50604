"""A place in a source, as the viewer shows it: a page with boxes, or text with the quotation marked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from collegium.dashboard.highlight import Part, quote_span, spans_marked
from collegium.knowledge.models import Chunk, DocumentVersion

A4 = (595.0, 842.0)
MARGIN_PT = 1.5  # a box drawn exactly on the glyphs' edges would cut them


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in points from the page's top left."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a source without pages; `target` where the quotation stands in it."""

    section: tuple[str, ...]
    kind: str
    parts: list[Part]
    target: bool


@dataclass(frozen=True, slots=True)
class Place:
    """What the viewer is to show. `cited_page` is the quotation's page, also while another page is shown."""

    version: DocumentVersion
    title: str
    page: int | None
    cited_page: int | None
    boxes: tuple[Box, ...]
    quote: str
    ordinal: int | None = None
    span: tuple[int, int] | None = None  # of the passage `ordinal`, where there is no quotation to look for

    @property
    def page_count(self) -> int:
        return self.version.page_count or 0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the page in points."""
        outline = self.version.outline
        if self.page is None or not 1 <= self.page <= len(outline):
            return A4
        width, height = outline[self.page - 1][:2]
        return float(width), float(height)

    def turned(self, page: int) -> "Place":
        """The same quotation, with another page in view; the boxes belong to the quotation's own page."""
        inside = max(1, min(page, self.page_count or page))
        return replace(self, page=inside, boxes=self.boxes if inside == self.cited_page else ())


def boxes_of(raw: Sequence[Sequence[float]]) -> tuple[Box, ...]:
    """Boxes [x0, y0, x1, y1] as rectangles with a small margin."""
    return tuple(
        Box(
            round(x0 - MARGIN_PT, 2),
            round(y0 - MARGIN_PT, 2),
            round(x1 - x0 + 2 * MARGIN_PT, 2),
            round(y1 - y0 + 2 * MARGIN_PT, 2),
        )
        for x0, y0, x1, y1 in raw
    )


def passages_marked(
    chunks: Sequence[Chunk], ordinal: int | None, quote: str, marked: tuple[int, int] | None = None
) -> list[Passage]:
    """Passages in order, with the quotation, or the characters `marked`, marked in the one that holds it."""
    shown = []
    for chunk in chunks:
        target = chunk.ordinal == ordinal
        span = marked if target else None
        if target and quote:
            span = quote_span(chunk.text, quote)
        if target and span is None:
            span = (0, len(chunk.text))
        spans = [span] if span else []
        parts = spans_marked(chunk.text, spans, 0, len(chunk.text))
        shown.append(Passage(tuple(chunk.section), chunk.kind, parts, target))
    return shown
