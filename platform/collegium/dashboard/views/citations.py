"""Where a quotation stands: the page's image with its boxes, or the text with the quotation marked."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.answers.selectors import answer_get
from collegium.dashboard.access import page
from collegium.dashboard.place import Place, boxes_of
from collegium.dashboard.selectors import version_read_get
from collegium.dashboard.viewer import IMAGE_WIDTHS_PX, viewer_response
from collegium.errors import NotFound
from collegium.knowledge.models import Chunk
from collegium.knowledge.pages import page_image
from collegium.knowledge.passages import chunk_get

IMAGE_CACHE_S = 3600


@page("read")
def citation(request: HttpRequest, asker: Asker, answer_id: UUID, number: int) -> HttpResponse:
    """Citation [number] of one of the asker's own answers, while they may see its document."""
    answer = answer_get(asker, answer_id)
    cited = answer.citations.filter(ordinal=number).first()
    if cited is None:
        raise NotFound(_("The answer has no such citation."))
    version = version_read_get(asker, cited.document, cited.version)
    chunk = Chunk.objects.filter(pk=cited.chunk, version=version).first()
    place = Place(
        version=version,
        title=cited.title,
        page=cited.page,
        cited_page=cited.page,
        boxes=boxes_of(cited.boxes),
        quote=cited.quote,
        ordinal=chunk.ordinal if chunk else None,
    )
    back = reverse("answer", args=[answer_id])
    return viewer_response(request, place, reverse("citation", args=[answer_id, number]), number, back)


@page("read")
def passage(request: HttpRequest, asker: Asker, chunk_id: int) -> HttpResponse:
    """A passage that search found."""
    chunk = chunk_get(asker, chunk_id)
    version = version_read_get(asker, chunk.version.document_id, chunk.version_id)
    place = Place(
        version=version,
        title=version.document.title,
        page=chunk.page,
        cited_page=chunk.page,
        boxes=boxes_of(chunk.boxes),
        quote=chunk.text if not chunk.page else "",
        ordinal=chunk.ordinal,
    )
    return viewer_response(request, place, reverse("passage", args=[chunk_id]))


@page("read")
def version_page(request: HttpRequest, asker: Asker, document_id: UUID, version_id: UUID) -> HttpResponse:
    """A version from its first page on."""
    version = version_read_get(asker, document_id, version_id)
    place = Place(
        version=version,
        title=version.document.title,
        page=1 if version.page_count else None,
        cited_page=None,
        boxes=(),
        quote="",
    )
    return viewer_response(request, place, reverse("version", args=[document_id, version_id]))


@page("read")
def image(
    request: HttpRequest, asker: Asker, document_id: UUID, version_id: UUID, number: int
) -> HttpResponse:
    """A page as PNG, for those who may see the document."""
    version = version_read_get(asker, document_id, version_id)
    if not version.page_count or not 1 <= number <= version.page_count:
        raise NotFound(_("There is no such page."))
    wanted = request.GET.get("w", "")
    width_px = next((width for width in IMAGE_WIDTHS_PX if wanted == str(width)), IMAGE_WIDTHS_PX[1])
    response = HttpResponse(page_image(asker, version.pk, number, width_px), content_type="image/png")
    response["Cache-Control"] = f"private, max-age={IMAGE_CACHE_S}"
    return response
