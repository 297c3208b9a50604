"""What every view of the API shares: its key, its scope, its limits, and answering asynchronously."""

from typing import Any

from django.http import HttpRequest
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from collegium.accounts.asker import Asker
from collegium.api.authentication import request_asker
from collegium.api.parsers import LimitedJsonParser, UploadLimit
from collegium.api.schema import ApiSchema
from collegium.ops.connections import in_thread


class EventStreamRenderer(BaseRenderer):
    """Lets a client ask for text/event-stream; the view writes the stream itself."""

    media_type = "text/event-stream"
    format = "event-stream"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        return JSONRenderer().render(data)


class ApiView(APIView):
    """A view of the API; set `required_scope` to a scope or to {method: scope}."""

    required_scope: str | dict[str, str] = ""
    metadata_class = None  # type: ignore[assignment]
    parser_classes = [LimitedJsonParser]
    schema = ApiSchema()

    @property
    def asker(self) -> Asker:
        return request_asker(self.request)

    def read(self, serializer: type[Serializer[Any]], data: Any = None) -> dict[str, Any]:
        """The request's body, or the given data, as the serializer's checked values."""
        bound = serializer(data=self.request.data if data is None else data)
        bound.is_valid(raise_exception=True)
        return bound.validated_data

    def read_query(self, serializer: type[Serializer[Any]]) -> dict[str, Any]:
        """The address's parameters, but those of paging, as the serializer's checked values."""
        given = {
            name: value
            for name, value in self.request.query_params.items()
            if name not in {"limit", "cursor"}
        }
        return self.read(serializer, given)


class UploadView(ApiView):
    """A view that takes files; their size is limited while they arrive."""

    parser_classes = [MultiPartParser]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        request.upload_handlers.insert(0, UploadLimit(request))
        return super().initialize_request(request, *args, **kwargs)


class AsyncApiView(ApiView):
    """A view whose handlers are coroutines; key and scope are checked as everywhere, in a thread."""

    async def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.args, self.kwargs = args, kwargs
        self.request = drf_request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            await in_thread(self.initial, drf_request, *args, **kwargs)
            known = (drf_request.method or "").lower() in self.http_method_names
            handler = getattr(self, (drf_request.method or "").lower(), None) if known else None
            if handler is None:
                self.http_method_not_allowed(drf_request, *args, **kwargs)
            response = await handler(drf_request, *args, **kwargs)  # type: ignore[misc]
        except Exception as error:  # handle_exception turns each into a response, as in DRF's own dispatch
            response = self.handle_exception(error)
        self.response = self.finalize_response(drf_request, response, *args, **kwargs)
        return self.response

    async def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.http_method_not_allowed(request, *args, **kwargs)
        raise AssertionError
