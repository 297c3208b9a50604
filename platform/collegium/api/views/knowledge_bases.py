"""Knowledge bases."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from collegium.api.api_view import ApiView
from collegium.api.knowledge_serializers import (
    KnowledgeBasePage,
    KnowledgeBaseRequest,
    KnowledgeBaseSerializer,
)
from collegium.api.pagination import PAGE_PARAMETERS, page_of
from collegium.knowledge.selectors import knowledge_base_get, visible_knowledge_bases
from collegium.knowledge.services import knowledge_base_create


class KnowledgeBaseList(ApiView):
    required_scope = {"GET": "read", "POST": "upload"}

    @extend_schema(
        operation_id="knowledge_base_list", parameters=PAGE_PARAMETERS, responses=KnowledgeBasePage
    )
    def get(self, request: Request) -> Response:
        """The knowledge bases that the key may see, newest first."""
        rows = visible_knowledge_bases(self.asker)
        return Response(page_of(request, rows, lambda row: KnowledgeBaseSerializer(row).data))

    @extend_schema(
        operation_id="knowledge_base_create",
        request=KnowledgeBaseRequest,
        responses={201: KnowledgeBaseSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a knowledge base of one vertical."""
        given = self.read(KnowledgeBaseRequest)
        base = knowledge_base_create(asker=self.asker, **given)
        return Response(
            KnowledgeBaseSerializer(base).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": f"/api/v1/knowledge-bases/{base.pk}"},
        )


class KnowledgeBaseOne(ApiView):
    required_scope = "read"

    @extend_schema(operation_id="knowledge_base_get", responses=KnowledgeBaseSerializer)
    def get(self, request: Request, knowledge_base_id: str) -> Response:
        """A knowledge base."""
        return Response(KnowledgeBaseSerializer(knowledge_base_get(self.asker, knowledge_base_id)).data)
