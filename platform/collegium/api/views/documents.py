"""Documents: upload, versions, deletion, reading them again."""

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from collegium.api.api_view import ApiView, UploadView
from collegium.api.knowledge_serializers import (
    AcceptedSerializer,
    DescriptionRequest,
    DocumentDetailSerializer,
    DocumentPage,
    DocumentRequest,
    DocumentSerializer,
    VersionRequest,
)
from collegium.api.pagination import PAGE_PARAMETERS, page_of
from collegium.api.parsers import LimitedJsonParser
from collegium.jobs.models import Job
from collegium.knowledge.models import Document, DocumentVersion
from collegium.knowledge.selectors import document_get, knowledge_base_get, visible_documents
from collegium.knowledge.services import (
    document_add,
    document_delete,
    document_describe,
    document_reindex,
    version_add,
)

LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[202], description="The job's address."
)


def accepted(document: object, version: object, job: Job) -> Response:
    """202 with the ids, and the job's address in Location."""
    return Response(
        {"id": document, "version": version, "job": job.pk},
        status=status.HTTP_202_ACCEPTED,
        headers={"Location": f"/api/v1/jobs/{job.pk}"},
    )


def form_of(request: Request) -> dict[str, Any]:
    """A form's fields, with all its files under `file`."""
    fields = {name: request.data.get(name) for name in request.data if name != "file"}
    return {**fields, "file": request.FILES.getlist("file")}


class DocumentList(UploadView):
    required_scope = {"GET": "read", "POST": "upload"}

    @extend_schema(
        operation_id="document_list",
        parameters=[
            OpenApiParameter("knowledge_base", OpenApiTypes.UUID, description="Only of this knowledge base."),
            *PAGE_PARAMETERS,
        ],
        responses=DocumentPage,
    )
    def get(self, request: Request) -> Response:
        """The documents that the key may see, newest first."""
        rows = visible_documents(self.asker).select_related("current")
        if base := request.query_params.get("knowledge_base"):
            rows = rows.filter(knowledge_base=knowledge_base_get(self.asker, base))
        return Response(page_of(request, rows, lambda row: DocumentSerializer(row).data))

    @extend_schema(
        operation_id="document_add",
        request={"multipart/form-data": DocumentRequest},
        parameters=[LOCATION],
        responses={202: AcceptedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Upload a document of one or more files; it becomes searchable when its job has succeeded."""
        given = self.read(DocumentRequest, form_of(request))
        base = knowledge_base_get(self.asker, given["knowledge_base"])
        version, job = document_add(
            asker=self.asker,
            knowledge_base=base,
            files=given["file"],
            title=given["title"],
            metadata=given["metadata"],
            access=given["access"],
        )
        return accepted(version.document_id, version.pk, job)


class DocumentOne(UploadView):
    required_scope = {"GET": "read", "PUT": "upload", "PATCH": "upload", "DELETE": "upload"}

    def get_parsers(self) -> list[BaseParser]:
        """Files come in a form, a description as JSON."""
        return [LimitedJsonParser() if getattr(self.request, "method", "") == "PATCH" else MultiPartParser()]

    @extend_schema(operation_id="document_get", responses=DocumentDetailSerializer)
    def get(self, request: Request, document_id: str) -> Response:
        """A document with its versions and their files."""
        found = document_get(self.asker, document_id)
        versions = DocumentVersion.objects.order_by("-number").prefetch_related("files")
        document = Document.objects.prefetch_related(Prefetch("versions", versions)).get(pk=found.pk)
        return Response(DocumentDetailSerializer(document).data)

    @extend_schema(
        operation_id="version_add",
        request={"multipart/form-data": VersionRequest},
        parameters=[LOCATION],
        responses={202: AcceptedSerializer},
    )
    def put(self, request: Request, document_id: str) -> Response:
        """Add a version; search reads the version before it until the new one is ready."""
        document = document_get(self.asker, document_id)
        given = self.read(VersionRequest, form_of(request))
        version, job = version_add(
            asker=self.asker, document=document, files=given["file"], metadata=given["metadata"]
        )
        return accepted(document.pk, version.pk, job)

    @extend_schema(
        operation_id="document_describe",
        request={"application/json": DescriptionRequest},
        parameters=[LOCATION],
        responses={202: AcceptedSerializer},
    )
    def patch(self, request: Request, document_id: str) -> Response:
        """Correct what is known of a document; it is read anew, because its passages are found by that."""
        document = document_get(self.asker, document_id)
        given = self.read(DescriptionRequest)
        job = document_describe(asker=self.asker, document_id=document.pk, metadata=given["metadata"])
        return accepted(document.pk, job.subject, job)

    @extend_schema(operation_id="document_delete", responses={204: None})
    def delete(self, request: Request, document_id: str) -> Response:
        """Delete a document with all its versions; when this returns, search finds nothing of it."""
        document = document_get(self.asker, document_id)
        document_delete(asker=self.asker, document_id=document.pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


class DocumentReindex(ApiView):
    required_scope = "upload"

    @extend_schema(
        operation_id="document_reindex",
        request=None,
        parameters=[LOCATION],
        responses={202: AcceptedSerializer},
    )
    def post(self, request: Request, document_id: str) -> Response:
        """Read again the version that search reads, or the newest where none was read yet."""
        document = document_get(self.asker, document_id)
        job = document_reindex(asker=self.asker, document_id=document.pk)
        return accepted(document.pk, job.subject, job)
