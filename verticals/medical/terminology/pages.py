"""Pages of terminologies: search, and a concept between its parents and its children."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from collegium.sdk.asker import Asker
from verticals.medical.models import Member
from verticals.medical.terminology.search import TEXT_MAX_CHARS, concepts_search
from verticals.medical.terminology.selectors import ConceptRef, concept_page
from verticals.medical.terminology.visible import versions_current

FOUND_MAX = 50
DRAWN_MAX = 12  # children in the graph; the rest is listed below it


def concept_address(terminology: str, code: str) -> str:
    return reverse("vertical-medical-concept", args=[terminology, code])


def _shown() -> str:
    """The language that names are shown in, where concepts have names in it."""
    return (get_language() or "en")[:2]


def terminology(request: HttpRequest, asker: Asker) -> HttpResponse:
    """The terminologies that are loaded, and the concepts that are looked for in one of them."""
    versions = versions_current(asker)
    names = [one.terminology for one in versions]
    chosen = request.GET.get("in", "")
    chosen = chosen if chosen in names else next(iter(names), "")
    query = request.GET.get("q", "").replace("\x00", "").strip()[:TEXT_MAX_CHARS]
    asked = chosen and query
    found = concepts_search(asker, chosen, query, limit=FOUND_MAX, shown=_shown()) if asked else []
    rows = [{"found": one, "href": concept_address(chosen, one.code)} for one in found]
    context = {"versions": versions, "chosen": chosen, "query": query, "rows": rows, "section": "medical"}
    return render(request, "medical/terminology.html", context)


def concept(request: HttpRequest, asker: Asker, terminology: str, code: str) -> HttpResponse:
    """A concept with its parents above and its children below, each a step away, and what is said of it."""
    page = concept_page(asker, terminology, code, shown=_shown())

    def linked(ref: ConceptRef) -> dict[str, str]:
        return {"code": ref.code, "name": ref.name, "href": concept_address(terminology, ref.code)}

    context: dict[str, Any] = {
        "page": page,
        "parents": [linked(one) for one in page.parents],
        "children": [linked(one) for one in page.children[:DRAWN_MAX]],
        "further": [linked(one) for one in page.children[DRAWN_MAX:]],
        "unlisted": page.children_count - len(page.children),
        "attributes": [
            {
                "type": linked(one.type),
                "destination": linked(one.destination) if one.destination else None,
                "value": one.value,
            }
            for one in page.attributes
        ],
        "maps": [one for one in page.members if one.kind == Member.Kind.MAP],
        "search_href": f"{reverse('vertical-medical-terminology')}?in={terminology}",
        "section": "medical",
    }
    return render(request, "medical/concept.html", context)
