"""Asking: the page, the stream that writes an answer, and stored answers with all that made them."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.answers.models import Answer
from collegium.answers.selectors import answer_data, answer_get
from collegium.api.problems import problem_body, problem_from
from collegium.api.streaming.answering import Answering, answering
from collegium.api.streaming.sse import HEARTBEAT, event_bytes, stream_response
from collegium.dashboard.access import page, problem_response, workspace_asker
from collegium.dashboard.answer_parts import (
    Piece,
    answer_blocks,
    answer_computations,
    answer_exhibits,
    answer_sources,
    marker_of,
    pieces_marked,
    source_href,
)
from collegium.dashboard.navigation import in_language, usable_verticals
from collegium.dashboard.selectors import bases_with_counts, conversation_answers
from collegium.dashboard.views.search import chosen_bases
from collegium.errors import Forbidden, Invalid, Problem
from collegium.ops.connections import in_thread
from collegium.sdk.vertical import Vertical

EVENT_STREAM = "text/event-stream"


@page("ask")
def ask_page(request: HttpRequest, asker: Asker) -> HttpResponse:
    """An empty page to ask on, for one of the verticals that the workspace has enabled."""
    verticals = usable_verticals(asker)
    wanted = request.GET.get("vertical", "")
    vertical = next((one for one in verticals if one.slug == wanted), verticals[0] if verticals else None)
    if vertical is None:
        return render(request, "dashboard/ask_nothing.html", {"section": "ask"})
    known = _composer(asker, vertical, chosen={str(one) for one in chosen_bases(request.GET.getlist("base"))})
    known |= {"tabs": _tabs(verticals), "turns": [], "section": "ask"}
    return render(request, "dashboard/ask.html", known)


@page("ask")
def answer_page(request: HttpRequest, asker: Asker, answer_id: uuid.UUID) -> HttpResponse:
    """The conversation that an answer stands in, and a box for the next question."""
    answer = answer_get(asker, answer_id)
    vertical = next((one for one in usable_verticals(asker) if one.slug == answer.vertical), None)
    chosen = {str(base) for base in answer.knowledge_bases}
    known = _composer(asker, vertical, chosen=chosen) if vertical else {}
    turns = [turn_of(asker, one) for one in conversation_answers(asker, answer.conversation_id)]
    known |= {
        "turns": turns,
        "conversation_id": answer.conversation_id,
        "title": turns[0]["data"]["question"] if turns else "",
        "section": "answer",
    }
    return render(request, "dashboard/ask.html", known)


@page("ask")
def answer_part(request: HttpRequest, asker: Asker, answer_id: uuid.UUID) -> HttpResponse:
    """One answer, to take the place of what was streamed."""
    turn = turn_of(asker, answer_get(asker, answer_id))
    return render(request, "dashboard/_turn.html", {"turn": turn})


@page("ask")
def conversations(request: HttpRequest, asker: Asker) -> HttpResponse:
    """The recent questions of the navigation, which the template's context knows."""
    return render(request, "dashboard/_conversations.html")


def turn_of(asker: Asker, answer: Answer) -> dict[str, Any]:
    """A stored answer as the page shows it."""
    data = answer_data(asker, answer)
    findings = data["findings"]
    href = source_href(answer.vertical)
    marker = marker_of(asker, answer.vertical, get_language() or "en")
    return {
        "data": data,
        "question": pieces_marked([Piece(data["question"])], marker),
        "blocks": answer_blocks(data, marker),
        "sources": answer_sources(data),
        "computations": answer_computations(data, href),
        "exhibits": answer_exhibits(data, href),
        "dropped": [one for one in findings if one["action"] in {"dropped", "blocked"} and not one["rule"]],
        "ruled": [one for one in findings if one["rule"]],
    }


def _tabs(verticals: list[Vertical]) -> list[dict[str, str]]:
    language = get_language() or "en"
    return [{"slug": one.slug, "label": in_language(one.name, language)} for one in verticals]


def _composer(asker: Asker, vertical: Vertical, *, chosen: set[str]) -> dict[str, Any]:
    """What the question box needs: knowledge bases, limits, and sample questions if the sample is there."""
    language = get_language() or "en"
    bases = bases_with_counts(asker, vertical.slug)
    sample = vertical.sample
    questions: list[str] = []
    if sample is not None and any(base.name == sample.knowledge_base for base in bases):
        key = "zh" if language.startswith("zh") else "en"
        questions = list(sample.questions.get(key) or sample.questions.get("en") or ())
    return {
        "vertical": vertical.slug,
        "vertical_label": in_language(vertical.name, language),
        "vertical_description": in_language(vertical.description, language) if vertical.description else "",
        "context_template": vertical.context_template,
        "bases": bases,
        "chosen": chosen,
        "has_documents": any(base.document_count for base in bases),  # type: ignore[attr-defined]
        "questions": questions[:6],
        "max_chars": settings.QUESTION_MAX_CHARS,
        "may_upload": asker.may("upload"),
    }


async def ask_run(request: HttpRequest) -> HttpResponseBase:
    """Answer a question by a stream of events or, without scripts, by going to the stored answer."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    streamed = EVENT_STREAM in request.headers.get("Accept", "")
    try:
        asker = await in_thread(_asker, request)
        making = answering(asker, **await in_thread(_asked, request, asker))
        begun = await making.begin()
        if not streamed:
            await making.result()
            return redirect("answer", begun.data["id"])
    except Problem as problem:
        if not streamed:
            return await in_thread(_refused, request, problem)
        body = problem_body(problem_from(problem))
        return JsonResponse(body, status=problem.status, content_type="application/problem+json")
    return stream_response(_stream(making))


def _refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Without scripts a problem is a page, or the way to sign in."""
    return redirect_to_login("/") if problem.status == 401 else problem_response(request, problem)


def _asker(request: HttpRequest) -> Asker:
    if not request.user.is_authenticated:
        raise Problem(_("Your session has ended. Sign in again."), code="signed_out", status=401)
    asker = workspace_asker(request)
    if asker is None:
        raise Forbidden(_("You belong to no workspace yet. Ask an administrator to add you to one."))
    request.asker = asker  # type: ignore[attr-defined]  # for the page that tells of a problem
    return asker


def _asked(request: HttpRequest, asker: Asker) -> dict[str, Any]:
    """The question of the form. Its answer comes in the question's own language."""
    talk = request.POST.get("conversation", "").strip()
    try:
        conversation = uuid.UUID(talk) if talk else None
    except ValueError:
        raise Invalid(_("The conversation's id cannot be read; begin a new one.")) from None
    slug = request.POST.get("vertical", "")
    vertical = next((one for one in usable_verticals(asker) if one.slug == slug), None)
    return {
        "vertical": slug,
        "question": request.POST.get("question", ""),
        "knowledge_bases": chosen_bases(request.POST.getlist("base")),
        "conversation": conversation,
        "context": vertical.context_form(request.POST, request.FILES) if vertical else {},
    }


async def _stream(making: Answering) -> AsyncIterator[bytes]:
    events = making.events()
    try:
        async for event in events:
            yield HEARTBEAT if event is None else event_bytes(event)
    finally:
        await events.aclose()  # type: ignore[attr-defined]
