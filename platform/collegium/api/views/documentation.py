"""The OpenAPI document, and a page that shows it without any script."""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response

METHODS = ("get", "post", "put", "patch", "delete")


class Schema(SpectacularAPIView):
    """The OpenAPI document as JSON, or as YAML where that is asked for."""

    renderer_classes = [OpenApiJsonRenderer, OpenApiYamlRenderer]
    schema = None  # type: ignore[assignment]

    def _get_schema_response(self, request: Request) -> Response:
        return Response(document(get_language() or "en"))


def docs(request: HttpRequest) -> HttpResponse:
    """A page that lists every operation with its parameters, bodies and responses."""
    whole = document(get_language() or "en")
    context = {"info": whole["info"], "groups": groups_of(whole), "schemas": schemas_of(whole)}
    return render(request, "api/docs.html", context)


@lru_cache(maxsize=4)
def document(language: str) -> dict[str, Any]:
    """The OpenAPI document; it does not change while the process runs, except for the language of labels."""
    return SchemaGenerator().get_schema(request=None, public=True)


def groups_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The operations under the first words of their paths, in the document's order."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, item in document["paths"].items():
        parts = path.strip("/").split("/")
        name = "OpenAI" if parts[0] == "v1" else parts[2].strip("{}")
        for method in METHODS:
            if method in item:
                groups.setdefault(name, []).append(_operation(path, method, item[method]))
    return [{"name": name, "operations": operations} for name, operations in groups.items()]


def _operation(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "description": operation.get("description", ""),
        "parameters": [
            {
                "name": one["name"],
                "place": one["in"],
                "required": one.get("required", False),
                "type": type_of(one["schema"]),
                "description": one.get("description", ""),
            }
            for one in operation.get("parameters", [])
        ],
        "bodies": [_body(kind, content) for kind, content in body.items()],
        "responses": [
            {
                "status": status,
                "description": one.get("description", ""),
                "bodies": [_body(kind, content) for kind, content in one.get("content", {}).items()],
            }
            for status, one in operation["responses"].items()
        ],
    }


def _body(kind: str, content: dict[str, Any]) -> dict[str, str]:
    schema = content["schema"]
    return {"kind": kind, "type": type_of(schema), "link": schema.get("$ref", "").rpartition("/")[2]}


def schemas_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "description": schema.get("description", ""),
            "members": [
                {
                    "name": member,
                    "type": type_of(one),
                    "link": _link(one),
                    "required": member in schema.get("required", []),
                    "description": one.get("description", ""),
                }
                for member, one in schema.get("properties", {}).items()
            ],
            "values": schema.get("enum", []),
        }
        for name, schema in document["components"]["schemas"].items()
    ]


def _link(schema: dict[str, Any]) -> str:
    for one in (schema, schema.get("items", {}), *schema.get("oneOf", []), *schema.get("allOf", [])):
        if "$ref" in one:
            return one["$ref"].rpartition("/")[2]
    return ""


def type_of(schema: dict[str, Any]) -> str:
    """A schema's type in a few words."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    for key in ("oneOf", "anyOf", "allOf"):
        if key in schema:
            return " | ".join(dict.fromkeys(type_of(one) for one in schema[key]))
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return " | ".join(type_of({**schema, "type": one}) for one in kind)
    if kind == "array":
        return f"list of {type_of(schema.get('items', {}))}"
    return f"{kind} ({schema['format']})" if schema.get("format") else str(kind)
