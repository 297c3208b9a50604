"""What the source viewer shows of a place, on a page of its own or in the panel beside another page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from collegium.dashboard.place import Place, passages_marked
from collegium.dashboard.selectors import passages_around, passages_of_page

IMAGE_WIDTHS_PX = (800, 1200, 1600, 2400)
PAGE_DIGITS_MAX = 7


def viewer_response(
    request: HttpRequest, place: Place, url: str, number: int | None = None, back: str = ""
) -> HttpResponse:
    """The viewer at a place: the panel's part where a part was asked for, else the page."""
    known = viewer_known(request, place, url) | {"number": number, "back": back}
    partial = getattr(request, "htmx", False)
    return render(request, "dashboard/_viewer.html" if partial else "dashboard/viewer.html", known)


def viewer_known(request: HttpRequest, place: Place, url: str) -> dict[str, Any]:
    """What the viewer's template needs; `?page=` turns to another page. `url`: where the place is shown."""
    wanted = request.GET.get("page", "")
    if wanted.isascii() and wanted.isdigit() and place.page is not None:
        place = place.turned(int(wanted[:PAGE_DIGITS_MAX]))
    if place.page is None:
        first = place.ordinal or 0
        around = passages_around(place.version, first, after=6 if place.ordinal is not None else 60)
        passages = passages_marked(around, place.ordinal, place.quote, place.span)
    else:
        passages = passages_marked(passages_of_page(place.version, place.page), None, "")
    return {
        "place": place,
        "passages": passages,
        "url": url,
        "image_width_px": IMAGE_WIDTHS_PX[1],
        "outdated": place.version.document.current_id != place.version.pk,
        "section": "knowledge",
    }
