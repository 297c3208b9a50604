"""All addresses of the API: the platform's, those that verticals add, and its description."""

from django.urls import URLPattern, path, re_path

from collegium.api import routes
from collegium.api.views.documentation import Schema, docs
from collegium.api.views.unknown import Unknown
from collegium.api.views.verticals import enabled_only
from collegium.sdk.pages import view_imported
from collegium.sdk.registry import loaded_verticals


def vertical_routes() -> list[URLPattern]:
    """What verticals declare, under /api/v1/<slug>/; closed to a workspace without the vertical."""
    return [
        path(f"api/v1/{slug}/{route.path}", enabled_only(view, slug))
        for slug, vertical in loaded_verticals().items()
        for route in vertical.api_routes
        if (view := view_imported(vertical, route.view)) is not None
    ]


urlpatterns: list[URLPattern] = [
    *routes.urlpatterns,
    *vertical_routes(),
    path("api/schema/", Schema.as_view(), name="api_schema"),
    path("api/docs/", docs, name="api_docs"),
    re_path(r"^(?!api/(?:docs|schema)$)(?:api|v1)(?:/.*)?$", Unknown.as_view(), name="api_unknown"),
]
