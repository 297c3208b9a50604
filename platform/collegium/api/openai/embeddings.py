"""Embeddings in OpenAI's form."""

import base64
from typing import Any

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from collegium.api.api_view import ApiView
from collegium.api.openai.models import model_unknown
from collegium.api.openai.serializers import EmbeddingsRequest, EmbeddingsSerializer
from collegium.errors import Invalid
from collegium.knowledge.embedding import client_get


class Embeddings(ApiView):
    required_scope = "models"

    @extend_schema(
        operation_id="openai_embeddings", request=EmbeddingsRequest, responses={200: EmbeddingsSerializer}
    )
    def post(self, request: Request) -> Response:
        """Texts as vectors of length 1, by the model that search uses. Tokens are not counted: usage is 0."""
        given = self.read(EmbeddingsRequest)
        client = client_get(settings.EMBEDDINGS_URL)
        info = client.info()
        if given["model"] != info.name:
            raise model_unknown(given["model"])
        if given["dimensions"] not in {None, info.dims}:
            raise Invalid(
                _("This model has %(dims)s dimensions; leave `dimensions` out.") % {"dims": info.dims},
                param="dimensions",
            )
        rows = client.embed(given["input"], interactive=len(given["input"]) == 1)
        data = [
            {"object": "embedding", "index": index, "embedding": _written(row, given["encoding_format"])}
            for index, row in enumerate(rows)
        ]
        usage = {"prompt_tokens": 0, "total_tokens": 0}
        return Response({"object": "list", "data": data, "model": info.name, "usage": usage})


def _written(row: Any, form: str) -> Any:
    if form == "base64":
        return base64.b64encode(np.asarray(row, dtype="<f4").tobytes()).decode()
    return [float(value) for value in row]
