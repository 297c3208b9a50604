"""Model versions: what answers, promotion, rollback, shares, archives."""

import io
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from collegium.api.api_view import ApiView
from collegium.api.archive_body import ARCHIVE_TYPE, archive_received
from collegium.api.model_serializers import (
    ModelJobSerializer,
    ModelLineSerializer,
    ModelMoveSerializer,
    ModelPage,
    ModelVersionSerializer,
    PromotionRequest,
    ShareRequest,
    ShareSerializer,
)
from collegium.api.pagination import PAGE_PARAMETERS, keyed_page
from collegium.serving.described import move_data, version_data, version_line
from collegium.serving.evaluation import evaluation_start
from collegium.serving.models import ModelVersion
from collegium.serving.selectors import version_get, visible_versions
from collegium.serving.services import (
    candidate_set,
    share_set,
    version_export,
    version_import,
    version_promote,
    version_rollback,
)
from collegium.serving.versions import version_retire

LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[202], description="The job's address."
)


class ModelVersionList(ApiView):
    required_scope = "models"

    @extend_schema(operation_id="model_list", parameters=PAGE_PARAMETERS, responses=ModelPage)
    def get(self, request: Request) -> Response:
        """The model versions that the key may know of, newest first.

        Administrators of the installation see all, others what answers them.
        """
        rows = visible_versions(self.asker).prefetch_related("aliases")

        def fetch(after: Any, limit: int) -> list[ModelVersion]:
            found = rows.filter(pk__lt=after) if after is not None else rows
            return list(found.order_by("-pk")[:limit])

        return Response(
            keyed_page(
                request,
                fetch,
                lambda row: ModelLineSerializer(version_line(row)).data,
                key=lambda row: row.pk,
            )
        )


class ModelTold(ApiView):
    """A view that answers with a version."""

    def told(self, version: ModelVersion) -> Any:
        return ModelVersionSerializer(version_data(self.asker, version)).data


class ModelVersionOne(ModelTold):
    required_scope = "models"

    @extend_schema(operation_id="model_get", responses=ModelVersionSerializer)
    def get(self, request: Request, model_id: str) -> Response:
        """A version: its certificate, and for administrators its lineage, figures and moves."""
        return Response(self.told(version_get(self.asker, model_id)))


class ModelPromote(ApiView):
    required_scope = "manage"

    @extend_schema(operation_id="model_promote", request=PromotionRequest, responses=ModelMoveSerializer)
    def post(self, request: Request, model_id: str) -> Response:
        """Let a version answer from now on, once its engine is ready; running answers end where they began.

        409 `gate_failed`, with the figures, where it does not pass the gate and no reason is given. For
        administrators of the installation.
        """
        given = self.read(PromotionRequest)
        move = version_promote(asker=self.asker, version_id=model_id, reason=given["reason"])
        return Response(ModelMoveSerializer(move_data(move)).data)


class ModelRollback(ApiView):
    required_scope = "manage"

    @extend_schema(operation_id="model_rollback", request=None, responses=ModelMoveSerializer)
    def post(self, request: Request) -> Response:
        """Let the version answer again that answered before. Spent privacy budgets stay spent.

        For administrators of the installation.
        """
        return Response(ModelMoveSerializer(move_data(version_rollback(asker=self.asker))).data)


class ModelEvaluate(ApiView):
    required_scope = "manage"

    @extend_schema(
        operation_id="model_evaluate",
        request=None,
        parameters=[LOCATION],
        responses={202: ModelJobSerializer},
    )
    def post(self, request: Request, model_id: str) -> Response:
        """Measure a version on the suites of the gate, by its own engine. For administrators."""
        job = evaluation_start(asker=self.asker, version_id=model_id)
        return Response(
            {"id": job.subject, "job": job.pk},
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": f"/api/v1/jobs/{job.pk}"},
        )


class ModelCandidate(ModelTold):
    required_scope = "manage"

    @extend_schema(operation_id="model_candidate", request=None, responses=ModelVersionSerializer)
    def post(self, request: Request, model_id: str) -> Response:
        """Make a version the candidate, which a share of the workspaces may ask. For administrators."""
        candidate_set(asker=self.asker, version_id=model_id)
        return Response(self.told(version_get(self.asker, model_id)))


class ModelRetire(ModelTold):
    required_scope = "manage"

    @extend_schema(operation_id="model_retire", request=None, responses=ModelVersionSerializer)
    def post(self, request: Request, model_id: str) -> Response:
        """Keep a version, not to be promoted any more. For administrators of the installation."""
        return Response(self.told(version_retire(asker=self.asker, version_id=model_id)))


class ModelShare(ApiView):
    required_scope = "manage"

    @extend_schema(operation_id="model_share", request=ShareRequest, responses=ShareSerializer)
    def post(self, request: Request) -> Response:
        """Let the candidate answer a part of the workspaces, always the same ones, or a named one.

        For administrators of the installation.
        """
        given = self.read(ShareRequest)
        share_set(asker=self.asker, **given)
        return Response(given)


class ArchiveRenderer(JSONRenderer):
    """Lets a client ask for the archive by its type; refusals are JSON."""

    media_type = ARCHIVE_TYPE
    format = "tar"
    charset = None


class ModelArchive(ApiView):
    required_scope = "manage"
    renderer_classes = [JSONRenderer, ArchiveRenderer]

    @extend_schema(
        operation_id="model_archive",
        responses={(200, ARCHIVE_TYPE): OpenApiResponse(OpenApiTypes.BINARY, description="A tar.")},
    )
    def get(self, request: Request, model_id: str) -> Any:
        """The version as one archive, with the hash of every file. For administrators of the installation."""
        archive = version_export(asker=self.asker, version_id=model_id)
        response = StreamingHttpResponse(archive.pieces, content_type=ARCHIVE_TYPE)
        response["Content-Length"] = str(archive.size_bytes)
        response["Content-Disposition"] = f'attachment; filename="{archive.name}"'
        response["Cache-Control"] = "private, no-store"
        return response


class ArchiveParser(BaseParser):
    """Leaves the body as it is, to be read once."""

    media_type = ARCHIVE_TYPE

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return stream


class ModelImport(ModelTold):
    required_scope = "manage"
    parser_classes = [ArchiveParser]

    @extend_schema(
        operation_id="model_import",
        request={ARCHIVE_TYPE: OpenApiTypes.BINARY},
        responses={201: ModelVersionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Register a version from an archive: all of it, or nothing.

        For administrators of the installation.
        """
        with archive_received(request._request) as spooled:
            stream = spooled if spooled is not None else request.data
            readable = stream if hasattr(stream, "read") else io.BytesIO()
            version = version_import(asker=self.asker, stream=readable)
        return Response(
            self.told(version),
            status=status.HTTP_201_CREATED,
            headers={"Location": f"/api/v1/models/{version.uid}"},
        )
