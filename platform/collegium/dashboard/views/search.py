"""The search page."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from collegium.accounts.asker import Asker
from collegium.dashboard.access import page
from collegium.dashboard.highlight import Part, words_marked
from collegium.dashboard.selectors import bases_with_counts
from collegium.knowledge.search import search as search_run
from collegium.sdk.retrieval import Hit, SearchRequest

LIMIT = 20
MAX_QUERY_CHARS = 1000


@dataclass(frozen=True, slots=True)
class Result:
    hit: Hit
    parts: list[Part]

    @property
    def percent(self) -> int:
        return round(100 * min(1.0, max(0.0, self.hit.score)))


@page("search")
def search(request: HttpRequest, asker: Asker) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:MAX_QUERY_CHARS]
    chosen = chosen_bases(request.GET.getlist("base"))
    results: list[Result] = []
    if query:
        hits = search_run(asker, SearchRequest(text=query, knowledge_bases=chosen, limit=LIMIT))
        results = [Result(hit, words_marked(hit.text, query)) for hit in hits]
    known = {
        "query": query,
        "results": results,
        "bases": bases_with_counts(asker),
        "chosen": {str(base) for base in chosen},
        "section": "search",
    }
    return render(request, "dashboard/search.html", known)


def chosen_bases(texts: list[str]) -> tuple[UUID, ...]:
    """Ids of knowledge bases from a form; what is no id is left out, search itself checks the rest."""
    ids = []
    for text in texts:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return tuple(ids)
