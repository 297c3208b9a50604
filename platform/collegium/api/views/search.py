"""Search over the passages that the key may see."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from collegium.accounts.asker import Asker
from collegium.api.api_view import ApiView
from collegium.api.knowledge_serializers import FoundSerializer, HitSerializer, SearchQuery
from collegium.knowledge.search import search
from collegium.knowledge.selectors import knowledge_base_get
from collegium.sdk.retrieval import Hit, SearchRequest

HIT_FIELDS = tuple(HitSerializer().fields)


def bases_check(asker: Asker, ids: list[Any]) -> tuple[Any, ...]:
    """The ids, each of a knowledge base that the asker may see; NotFound otherwise."""
    return tuple(knowledge_base_get(asker, one).pk for one in dict.fromkeys(ids))


def hit_data(hit: Hit) -> dict[str, Any]:
    whole = asdict(hit)
    return {name: whole[name] for name in HIT_FIELDS}


class SearchView(ApiView):
    required_scope = "search"

    @extend_schema(operation_id="search", request=SearchQuery, responses=FoundSerializer)
    def post(self, request: Request) -> Response:
        """The passages that fit a query best, each with the page and the boxes where it stands."""
        given = self.read(SearchQuery)
        wanted = SearchRequest(
            text=given["query"],
            knowledge_bases=bases_check(self.asker, given["knowledge_bases"]),
            limit=given["limit"],
            filters=given["filters"],
        )
        return Response({"data": [hit_data(hit) for hit in search(self.asker, wanted)]})
