"""What a client may name as `model`, and the list of it."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from collegium.accounts.asker import Asker
from collegium.api.api_view import ApiView
from collegium.api.openai.serializers import ModelSerializer, ModelsSerializer
from collegium.api.permissions import scope_demand
from collegium.api.views.verticals import verticals_of
from collegium.errors import NotFound, Unavailable
from collegium.knowledge.embedding import embedding_info
from collegium.serving.engines import EngineHandle
from collegium.serving.services import PRODUCTION, engine_for, names_in_service

OWNER = "collegium"


@dataclass(frozen=True, slots=True)
class ChosenVertical:
    """A question goes to a vertical."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class ChosenEngine:
    """A request goes to the engine as it is; `name` is what the engine calls its model."""

    engine: EngineHandle
    name: str


def model_unknown(name: str) -> NotFound:
    return NotFound(
        _("There is no model '%(name)s'; GET /v1/models lists those that this key may use.")
        % {"name": name[:100]},
        code="model_not_found",
        param="model",
    )


def model_choose(asker: Asker, name: str) -> ChosenVertical | ChosenEngine:
    """What a model's name means to the asker.

    Raises NotFound for an unknown name, Forbidden where the key lacks the scope.
    """
    slug, _colon, alias = name.partition(":")
    if slug in {vertical.slug for vertical in verticals_of(asker)}:
        scope_demand(asker, "ask")
        if alias not in {"", PRODUCTION}:
            raise model_unknown(name)
        return ChosenVertical(slug, name)
    if not asker.may("models"):
        raise model_unknown(name)
    try:
        engine = engine_for(asker)
    except Unavailable as error:
        raise model_unknown(name) from error
    if name in {PRODUCTION, engine.model, engine.label} or name in names_in_service():
        served = engine.client.models()
        said = engine.asked_as or name
        return ChosenEngine(engine, said if said in served else next(iter(served), engine.model))
    raise model_unknown(name)


def model_data(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": OWNER}


def models_list(asker: Asker) -> list[dict[str, Any]]:
    """The models that a key may name; the engine and the embedding model only while they answer."""
    names: list[str] = []
    if asker.may("ask"):
        for vertical in verticals_of(asker):
            names += [vertical.slug, f"{vertical.slug}:{PRODUCTION}"]
    if asker.may("models"):
        with suppress(Unavailable):  # not listed while it does not answer
            if (engine := engine_for(asker)).state().state == "ready":
                names += [PRODUCTION, engine.model]
        with suppress(Unavailable):
            names.append(embedding_info().name)
    return [model_data(name) for name in dict.fromkeys(names)]


class ModelList(ApiView):
    required_scope = ""

    @extend_schema(operation_id="openai_model_list", responses=ModelsSerializer)
    def get(self, request: Request) -> Response:
        """The models that this key may name."""
        return Response({"object": "list", "data": models_list(self.asker)})


class ModelOne(ApiView):
    required_scope = ""

    @extend_schema(operation_id="openai_model_get", responses=ModelSerializer)
    def get(self, request: Request, model: str) -> Response:
        """One model."""
        for found in models_list(self.asker):
            if found["id"] == model:
                return Response(found)
        raise model_unknown(model)
