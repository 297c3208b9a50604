"""How the views describe themselves in the OpenAPI document."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from collegium.api.problem_serializers import OpenAiErrorSerializer, ProblemSerializer
from collegium.api.problems import OPENAI_PREFIX, PROBLEM_TYPE

DESCRIPTIONS = {
    "400": "The request cannot be read.",
    "401": "No key, or one that is unknown, revoked or expired.",
    "403": "The key lacks the scope that this needs; the problem names it.",
    "404": "There is no such thing, or the key may not know that there is.",
    "409": "It conflicts with what is there.",
    "413": "Larger than the limit that the problem names.",
    "415": "A media type that is not read here.",
    "422": "The input is not valid; `errors` names the fields.",
    "429": "Too many streams at once; see Retry-After.",
    "default": "Any other problem.",
}


class ApiSchema(AutoSchema):
    """Adds to each operation the problems that it can answer with, and the scope that it needs."""

    def get_description(self) -> str:
        from collegium.api.permissions import required_scope

        text = super().get_description()
        scope = required_scope(self.view, self.method)
        return f"{text}\n\nScope: `{scope}`." if scope else text

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        openai = self.path.startswith(OPENAI_PREFIX)
        serializer = OpenAiErrorSerializer if openai else ProblemSerializer
        media_types = ["application/json"] if openai else [PROBLEM_TYPE]
        for status in self._problem_statuses():
            if status not in bodies:
                body = self._get_response_for_code(serializer, status, media_types, direction)
                bodies[status] = body | {"description": DESCRIPTIONS[status]}
        return bodies

    def _problem_statuses(self) -> list[str]:
        statuses = ["401", "403"] if self.get_auth() else []
        if "{" in self.path:
            statuses.append("404")
        if self.method in {"POST", "PUT", "PATCH", "DELETE"}:
            statuses += ["409"]
        if self.method in {"POST", "PUT", "PATCH"} and self.get_request_serializer() is not None:
            statuses += ["400", "404", "413", "415", "422"]
        if self.method == "GET":
            statuses.append("422")
        if getattr(self.view, "streams", False):
            statuses.append("429")
        return [*sorted(set(statuses)), "default"]


class BearerKeyScheme(OpenApiAuthenticationExtension):
    target_class = "collegium.api.authentication.BearerKey"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of a workspace, made in the admin or by `manage.py apikey create`.",
        }
