"""The verticals that a workspace has, and the routes that they add."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from collegium.accounts.asker import Asker
from collegium.accounts.selectors import vertical_slugs
from collegium.api.api_view import ApiView
from collegium.api.authentication import request_asker
from collegium.api.knowledge_serializers import VerticalsSerializer
from collegium.knowledge.services import vertical_usable
from collegium.sdk.registry import loaded_verticals
from collegium.sdk.vertical import Vertical


def verticals_of(asker: Asker) -> list[Vertical]:
    """The verticals that are loaded and that the asker may use."""
    loaded = loaded_verticals()
    return [loaded[slug] for slug in vertical_slugs(asker) if slug in loaded]


class VerticalList(ApiView):
    required_scope = "read"

    @extend_schema(operation_id="vertical_list", responses=VerticalsSerializer)
    def get(self, request: Request) -> Response:
        """The verticals that the workspace has enabled, with the metadata fields of their documents."""
        return Response({"data": [vertical_data(vertical) for vertical in verticals_of(self.asker)]})


def vertical_data(vertical: Vertical) -> dict[str, Any]:
    return {
        "slug": vertical.slug,
        "name": dict(vertical.name),
        "description": dict(vertical.description),
        "version": vertical.version,
        "metadata_fields": [
            {
                "name": field.name,
                "label": dict(field.label),
                "kind": field.kind,
                "choices": list(field.choices),
                "filterable": field.filterable,
            }
            for field in vertical.metadata_fields
        ],
        "passage_filters": [
            {
                "name": one.name,
                "label": dict(one.label),
                "hint": dict(one.hint),
                "choices": {value: dict(text) for value, text in one.choices.items()},
            }
            for one in vertical.passage_filters
        ],
    }


def enabled_only(view: type[APIView], slug: str) -> Callable[..., Any]:
    """A vertical's own view, closed to workspaces that have not enabled the vertical."""

    class Enabled(view):  # type: ignore[misc,valid-type]
        def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
            super().initial(request, *args, **kwargs)
            vertical_usable(request_asker(request), slug)

    Enabled.__name__, Enabled.__doc__, Enabled.__module__ = view.__name__, view.__doc__, view.__module__
    return Enabled.as_view()
