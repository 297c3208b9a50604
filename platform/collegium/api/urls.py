"""All addresses of the API: the platform's, those that verticals add, and its description."""

from django.urls import URLPattern, path, re_path
from django.utils.module_loading import import_string

from collegium.api import routes
from collegium.api.views.documentation import Schema, docs
from collegium.api.views.unknown import Unknown
from collegium.api.views.verticals import enabled_only
from collegium.sdk.registry import loaded_verticals


def vertical_routes() -> list[URLPattern]:
    """What verticals declare, under /api/v1/<slug>/; closed to a workspace without the vertical."""
    return [
        path(f"api/v1/{slug}/{route.path}", enabled_only(import_string(route.view), slug))
        for slug, vertical in loaded_verticals().items()
        for route in vertical.api_routes
    ]


urlpatterns: list[URLPattern] = [
    *routes.urlpatterns,
    *vertical_routes(),
    path("api/schema/", Schema.as_view(), name="api_schema"),
    path("api/docs/", docs, name="api_docs"),
    re_path(r"^(?!api/(?:docs|schema)$)(?:api|v1)(?:/.*)?$", Unknown.as_view(), name="api_unknown"),
]
