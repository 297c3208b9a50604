"""POST /v1/chat/completions: a vertical's cited answer, or the engine's own words."""

import asyncio
from typing import Any

from asgiref.sync import sync_to_async
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from collegium.accounts.asker import Asker
from collegium.api.api_view import AsyncApiView, EventStreamRenderer
from collegium.api.authentication import request_asker
from collegium.api.openai.completion import Writer, chunks, passed_through, turns_of
from collegium.api.openai.models import ChosenEngine, ChosenVertical, model_choose
from collegium.api.openai.serializers import ChatRequest, CompletionSerializer
from collegium.api.streaming.answering import answering
from collegium.api.streaming.slots import Slot
from collegium.api.streaming.sse import stream_response
from collegium.errors import Invalid, Unavailable
from collegium.ops.connections import in_thread
from collegium.serving.priority import INTERACTIVE
from engine.client import Scheduling

NOT_FOR_VERTICALS = ("tools", "functions", "response_format")


class ChatCompletions(AsyncApiView):
    required_scope = ""
    renderer_classes = [JSONRenderer, EventStreamRenderer]
    streams = True

    @extend_schema(
        operation_id="openai_chat_completions",
        request=ChatRequest,
        responses={
            (200, "application/json"): CompletionSerializer,
            (200, "text/event-stream"): OpenApiResponse(
                {
                    "type": "object",
                    "properties": {"data": {"type": "string", "contentMediaType": "application/json"}},
                    "required": ["data"],
                },
                description="With `stream`: chat.completion.chunk objects, then [DONE].",
            ),
        },
    )
    async def post(self, request: Request) -> Any:
        """Answer the last message; a vertical as model needs the scope `ask`, the engine's own `models`.

        For a vertical the earlier messages are the history; the citations are in `x` of the message, or of
        the last chunk that has a choice. Tokens are not counted there: usage is 0.
        """
        given = self.read(ChatRequest)
        asker = request_asker(request)
        chosen = await in_thread(model_choose, asker, given["model"])
        if isinstance(chosen, ChosenEngine):
            return await engine_reply(asker, chosen, dict(request.data), stream=bool(given["stream"]))
        vertical_only(request.data)
        return await vertical_reply(asker, chosen, given)


def vertical_only(body: Any) -> None:
    """Refuse what a vertical cannot do, rather than ignore it."""
    for name in NOT_FOR_VERTICALS:
        value = body.get(name)
        if value and not (name == "response_format" and value == {"type": "text"}):
            raise Invalid(
                _("A vertical does not take `%(name)s`; leave it out.") % {"name": name},
                code="unsupported",
                param=name,
            )
    if body.get("n") not in (None, 1):
        raise Invalid(_("A vertical gives one answer; leave `n` out."), code="unsupported", param="n")


async def vertical_reply(asker: Asker, chosen: ChosenVertical, given: dict[str, Any]) -> Any:
    question, history = turns_of(given["messages"])
    asked = answering(asker, vertical=chosen.slug, question=question, history=history, **(given["x"] or {}))
    begun = await asked.begin()
    writer = Writer.of(begun.data["id"], chosen.name)
    if not given["stream"]:
        return Response(writer.whole(await asked.result()))
    usage = bool((given["stream_options"] or {}).get("include_usage"))
    return stream_response(chunks(asked, writer, include_usage=usage))


async def engine_reply(asker: Asker, chosen: ChosenEngine, body: dict[str, Any], *, stream: bool) -> Any:
    """Pass a request to the engine as it is; what fails before the first chunk has its status."""
    body = {key: value for key, value in body.items() if key != "x"} | {"model": chosen.name}
    slot = Slot(asker.workspace_id)
    await sync_to_async(slot.take, thread_sensitive=False)()
    loop = asyncio.get_running_loop()

    def release() -> None:
        loop.run_in_executor(None, slot.release)

    handed_over = False
    try:
        scheduling = Scheduling(workspace=str(asker.workspace_id), priority=INTERACTIVE)
        if not stream:
            return Response(await chosen.engine.client.achat_raw(body, scheduling=scheduling))
        events = chosen.engine.client.astream_raw(body, scheduling=scheduling)
        first = await anext(events, None)
        if first is None:
            raise Unavailable(_("The engine answered nothing; try again."))
        handed_over = True
        return stream_response(passed_through(first, events, release))
    finally:
        if not handed_over:
            release()
