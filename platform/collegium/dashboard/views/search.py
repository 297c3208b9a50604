"""The search page."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import get_language

from collegium.accounts.asker import Asker
from collegium.dashboard.access import page
from collegium.dashboard.highlight import Part, words_marked
from collegium.dashboard.navigation import in_language, usable_verticals
from collegium.dashboard.selectors import bases_with_counts
from collegium.errors import Invalid
from collegium.knowledge.search import search as search_run
from collegium.sdk.retrieval import Hit, SearchRequest

LIMIT = 20
MAX_QUERY_CHARS = 1000
MAX_FILTER_CHARS = 200


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
    fields = filter_fields(asker, request.GET)
    filters = {field.name: field.value for field in fields if field.value}
    wanted = query or " ".join(field.value for field in fields if not field.choices)
    results: list[Result] = []
    problem = ""
    if wanted.strip():
        asked = SearchRequest(text=wanted, knowledge_bases=chosen, limit=LIMIT, filters=filters)
        try:
            results = [Result(hit, words_marked(hit.text, wanted)) for hit in search_run(asker, asked)]
        except Invalid as wrong:
            problem = wrong.detail
    known = {
        "fields": fields,
        "filtered": bool(filters),
        "problem": problem,
        "query": query,
        "results": results,
        "bases": bases_with_counts(asker),
        "chosen": {str(base) for base in chosen},
        "section": "search",
    }
    return render(request, "dashboard/search.html", known)


@dataclass(frozen=True, slots=True)
class FilterField:
    """A vertical's own filter as the form shows it; `choices` are values with their texts."""

    name: str
    label: str
    hint: str
    choices: list[tuple[str, str]]
    value: str


def filter_fields(asker: Asker, given: QueryDict) -> list[FilterField]:
    """The filters of passages that the asker's verticals answer, with what the form gave for each."""
    language = get_language() or "en"
    return [
        FilterField(
            name=one.name,
            label=in_language(one.label, language),
            hint=in_language(one.hint, language) if one.hint else "",
            choices=[(value, in_language(text, language)) for value, text in one.choices.items()],
            value=given.get(one.name, "").strip()[:MAX_FILTER_CHARS],
        )
        for vertical in usable_verticals(asker)
        for one in vertical.passage_filters
    ]


def chosen_bases(texts: list[str]) -> tuple[UUID, ...]:
    """Ids of knowledge bases from a form; what is no id is left out, search itself checks the rest."""
    ids = []
    for text in texts:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return tuple(ids)
