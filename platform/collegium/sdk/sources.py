"""Opening a source where something stands in it, on a page of a vertical."""

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collegium.accounts.asker import Asker

if TYPE_CHECKING:
    from django.http import HttpRequest

Boxes = tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlace:
    """A place in a document version: a page with boxes, or characters [start, end) of its whole text.

    `page` counts from 1; boxes are [x0, y0, x1, y1] in points from the page's top left. With neither page
    nor characters it is the version's beginning.
    """

    document: uuid.UUID
    version: uuid.UUID
    page: int | None = None
    boxes: Boxes = ()
    start: int | None = None
    end: int | None = None


def source_known(request: "HttpRequest", asker: Asker, place: SourcePlace, *, url: str) -> dict[str, Any]:
    """What `dashboard/_viewer.html` needs to show the place; `url` is where the place itself is shown.

    A template that includes it may name one of its own as `details`, shown above the source. Raises NotFound
    where the asker may not see the document.
    """
    from collegium.dashboard.place import Place, boxes_of
    from collegium.dashboard.selectors import passage_holding, version_read_get
    from collegium.dashboard.viewer import viewer_known

    version = version_read_get(asker, place.document, place.version)
    chunk = passage_holding(version, place.start) if place.start is not None else None
    page = place.page or (chunk.page if chunk else None)
    if version.page_count and page is None:
        page = 1
    span = None
    if chunk is not None and place.start is not None and place.end is not None:
        span = (place.start - chunk.char_start, min(place.end, chunk.char_end) - chunk.char_start)
    shown = Place(
        version=version,
        title=version.document.title,
        page=page if version.page_count else None,
        cited_page=page if place.boxes else None,
        boxes=boxes_of(place.boxes),
        quote="",
        ordinal=chunk.ordinal if chunk and not version.page_count else None,
        span=span,
    )
    return viewer_known(request, shown, url)
