"""Answers: asking, listening, and reading them again."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from collegium.accounts.asker import Asker
from collegium.answers.models import AnswerState
from collegium.answers.selectors import answer_data, answer_get, visible_answers
from collegium.api.answer_serializers import (
    AnswerPage,
    AnswerSerializer,
    AnswerSummarySerializer,
    QuestionRequest,
)
from collegium.api.api_view import ApiView, AsyncApiView, EventStreamRenderer
from collegium.api.authentication import request_asker
from collegium.api.pagination import PAGE_PARAMETERS, page_of
from collegium.api.streaming.answering import Answering, answering
from collegium.api.streaming.relay import Numbered
from collegium.api.streaming.replay import kept_events
from collegium.api.streaming.sse import HEARTBEAT, event_bytes, stream_response
from collegium.errors import Invalid
from collegium.knowledge.selectors import visible_documents
from collegium.ops.connections import in_thread

EVENT_STREAM = "text/event-stream"
EVENTS = OpenApiResponse(
    {
        "type": "object",
        "properties": {
            "id": {"type": "string", "pattern": "^[0-9]+$"},
            "event": {
                "type": "string",
                "enum": [
                    *("started", "retrieval", "delta", "citation"),
                    *("computation", "guard", "done", "error"),
                ],
            },
            "data": {"type": "string", "contentMediaType": "application/json"},
        },
        "required": ["id", "event", "data"],
    },
    description="Events started, retrieval, delta, citation, computation, guard, done, error, each with an "
    "id that grows. Deltas are provisional; `done` carries the stored answer.",
)


class AnswerCreate(AsyncApiView):
    required_scope = "ask"
    renderer_classes = [JSONRenderer, EventStreamRenderer]
    streams = True

    @extend_schema(
        operation_id="answer_create",
        request=QuestionRequest,
        responses={(200, "application/json"): AnswerSerializer, (200, EVENT_STREAM): EVENTS},
    )
    async def post(self, request: Request, vertical: str) -> Any:
        """Ask a question; with `Accept: text/event-stream` the answer comes as events while it is made."""
        given = self.read(QuestionRequest)
        asked = answering(request_asker(request), vertical=vertical, **given)
        await asked.begin()
        if request.accepted_renderer.media_type == EVENT_STREAM:
            return stream_response(events_written(asked))
        return Response(await asked.result())


async def events_written(asked: Answering) -> AsyncIterator[bytes]:
    """The answer's events as they are sent; closing it, as a disconnect does, stops the generation."""
    events = asked.events()
    try:
        async for event in events:
            yield HEARTBEAT if event is None else event_bytes(event)
    finally:
        await events.aclose()  # type: ignore[attr-defined]


class AnswerList(ApiView):
    required_scope = "read"

    @extend_schema(operation_id="answer_list", parameters=PAGE_PARAMETERS, responses=AnswerPage)
    def get(self, request: Request) -> Response:
        """What the key, or its person, has asked; newest first."""
        rows = visible_answers(self.asker)
        return Response(page_of(request, rows, lambda row: AnswerSummarySerializer(row).data))


class AnswerOne(ApiView):
    required_scope = "read"

    @extend_schema(operation_id="answer_get", responses=AnswerSerializer)
    def get(self, request: Request, answer_id: str) -> Response:
        """An answer with what made it: model, prompt and chunk versions, computations, findings."""
        return Response(answer_data(self.asker, answer_get(self.asker, answer_id)))


class AnswerEvents(AsyncApiView):
    required_scope = "read"
    renderer_classes = [EventStreamRenderer, JSONRenderer]

    @extend_schema(
        operation_id="answer_events",
        parameters=[
            OpenApiParameter(
                "Last-Event-ID",
                {"type": "integer", "minimum": 0},
                OpenApiParameter.HEADER,
                description="The last event that was received; those after it follow.",
            )
        ],
        responses={(200, EVENT_STREAM): EVENTS},
    )
    async def get(self, request: Request, answer_id: str) -> HttpResponse:
        """Go on listening after a lost connection; an answer that has ended comes as one `done` event."""
        after = last_event_id(request)
        asker = request_asker(request)
        known = await in_thread(answer_now, asker, answer_id)
        return stream_response(resumed(asker, known, after))


def last_event_id(request: Request) -> int:
    given = request.headers.get("Last-Event-ID", "").strip() or "0"
    if not (given.isascii() and given.isdigit() and len(given) <= 9):
        raise Invalid(_("Last-Event-ID is the id of the last event that was received, a whole number."))
    return int(given)


def answer_now(asker: Asker, answer_id: str) -> dict[str, Any]:
    return answer_data(asker, answer_get(asker, answer_id))


async def resumed(asker: Asker, known: dict[str, Any], after: int) -> AsyncIterator[bytes]:
    """The kept events after a number. What was stored is read again, by what the asker may see now."""
    last = after
    if not known["withheld"]:
        async for event in kept_events(
            known["id"],
            after,
            running=known["state"] == AnswerState.RUNNING,
            wait_s=settings.STREAM_HEARTBEAT_S,
        ):
            if event is None:
                yield HEARTBEAT
                continue
            last = event.number
            shown = await in_thread(event_shown, asker, event)
            if event.name == "done" or shown is None:
                break
            yield event_bytes(shown)
            if event.name == "error":
                return
    now = await in_thread(answer_now, asker, known["id"])
    yield event_bytes(ending_of(now, last + (0 if last > after else 1)))


def event_shown(asker: Asker, event: Numbered) -> Numbered | None:
    """A kept event as the asker may see it now; None where it quotes a document that was closed to them."""
    if event.name not in {"retrieval", "citation"}:
        return event
    found = event.data["found"] if event.name == "retrieval" else [event.data]
    wanted = {one["document"] for one in found}
    rows = visible_documents(asker).filter(pk__in=wanted).values_list("pk", flat=True)
    seen = {str(pk) for pk in rows}
    if event.name == "citation":
        return event if seen == wanted else None
    found = [one for one in found if one["document"] in seen]
    return replace(event, data={**event.data, "found": found})


def ending_of(data: dict[str, Any], number: int) -> Numbered:
    """The last event of an answer, made from what is stored."""
    if data["state"] == AnswerState.DONE:
        return Numbered(number, "done", data)
    if data["problem"]:
        return Numbered(number, "error", {"id": data["id"], **data["problem"]})
    code = "cancelled" if data["state"] == AnswerState.CANCELLED else "events_gone"
    detail = {
        "cancelled": "The answer was stopped before it was done; ask again.",
        "events_gone": "The events of this answer are not kept any more; read the answer itself.",
    }[code]
    return Numbered(number, "error", {"id": data["id"], "code": code, "detail": detail})
