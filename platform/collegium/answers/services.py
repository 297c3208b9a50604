"""Asking: a question is checked, answered by its vertical's steps, streamed, and stored with all that it
rests on.
"""

import logging
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DataError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from collegium.accounts.asker import Asker
from collegium.accounts.selectors import vertical_slugs
from collegium.answers.events import PULSE, Event
from collegium.answers.models import Answer, AnswerState, Citation, Computation, Conversation, Finding
from collegium.answers.rephrase import rephrase
from collegium.answers.scope import bases_checked, scope_empty
from collegium.answers.selectors import answer_data, conversation_get, history_of
from collegium.answers.steps import Record, RecordedSteps
from collegium.errors import Forbidden, Invalid, NotFound, Problem
from collegium.ops.metrics import ANSWER_SECONDS, ANSWERS
from collegium.sdk.answering import Question, Turn
from collegium.sdk.language import language_of
from collegium.sdk.registry import vertical_get
from collegium.sdk.vertical import Vertical
from collegium.sdk.wording import sentence

__all__ = ["Event", "answers_lost_close", "ask", "ask_events"]

log = logging.getLogger(__name__)
RUNNING_AT_MOST = timedelta(minutes=10)
Ids = Sequence[uuid.UUID | str]


def ask(
    *,
    asker: Asker,
    vertical: str,
    question: str,
    knowledge_bases: Ids = (),
    conversation: uuid.UUID | str | None = None,
    language: str | None = None,
    context: Mapping[str, Any] | None = None,
) -> Answer:
    """Answer a question and return the stored answer. Raises a Problem for bad input and for what failed."""
    events = ask_events(
        asker=asker,
        vertical=vertical,
        question=question,
        knowledge_bases=knowledge_bases,
        conversation=conversation,
        language=language,
        context=context,
    )
    answer_id = ""
    with closing(events):
        for event in events:
            answer_id = event.data["id"] if event.name == "started" else answer_id
            if event.name == "error":
                problem = dict(event.data)
                status, detail = int(problem.pop("status", 500)), str(problem.pop("detail"))
                raise Problem(detail, code=problem["code"], status=status, answer=answer_id)
    return Answer.objects.get(pk=answer_id)


def ask_events(
    *,
    asker: Asker,
    vertical: str,
    question: str,
    knowledge_bases: Ids = (),
    conversation: uuid.UUID | str | None = None,
    language: str | None = None,
    history: Sequence[Turn] = (),
    context: Mapping[str, Any] | None = None,
) -> Iterator[Event]:
    """Answer a question event by event; closing the iterator stops the model and keeps what was said.

    Bad input raises a Problem before the first event; what fails later is an `error` event. Before the
    model writes, and at each of its pieces, comes PULSE: a moment to leave, nothing to show. `history` holds
    earlier turns that the asker brings along where there is no conversation, `context` what the vertical
    reads beside the question.
    """
    text = _question_checked(question)
    chosen = vertical_for(asker, vertical)
    if context:
        chosen.context_check(context)
    wanted = _language_checked(language) or language_of(text)
    bases = bases_checked(asker, vertical, knowledge_bases)
    talk = conversation_get(asker, conversation, vertical=vertical) if conversation else None
    turns = history_of(asker, talk) if talk else tuple(history)
    asked = Question(
        text=text,
        language=wanted,
        asker=asker,
        knowledge_bases=bases,
        history=turns,
        context=dict(context or {}),
    )
    return _run(chosen, asked, _answer_begin(asked, chosen, talk))


def vertical_for(asker: Asker, slug: str) -> Vertical:
    """The vertical, or NotFound where it is unknown, not enabled in the workspace, or closed to the asker."""
    if not asker.may("ask"):
        raise Forbidden(_("Asking needs the scope 'ask'."), code="missing_scope")
    vertical = vertical_get(slug)
    if slug not in vertical_slugs(asker):
        raise NotFound(
            _("The vertical '%(slug)s' is not enabled in this workspace.") % {"slug": slug},
            code="vertical_not_enabled",
        )
    return vertical


def _question_checked(question: str) -> str:
    text = question.replace("\x00", " ").strip()
    if not text:
        raise Invalid(_("The question is empty: write what you want to know."), code="empty_question")
    if len(text) > settings.QUESTION_MAX_CHARS:
        raise Invalid(
            _("The question has %(count)s characters; at most %(limit)s are read. Shorten it.")
            % {"count": len(text), "limit": settings.QUESTION_MAX_CHARS},
            code="question_too_long",
            limit=settings.QUESTION_MAX_CHARS,
        )
    return text


def _language_checked(language: str | None) -> str:
    if not language:
        return ""
    short = language.lower().split("-")[0]
    if short not in {"en", "zh"}:
        raise Invalid(
            _("Answers come in en or zh, not in '%(language)s'.") % {"language": language[:20]},
            code="unknown_language",
        )
    return short


@transaction.atomic
def _answer_begin(question: Question, vertical: Vertical, talk: Conversation | None) -> Answer:
    """Store the question before anything else is done: a crash then leaves an answer that is seen to have
    failed.
    """
    asker = question.asker
    owner: dict[str, Any] = {
        "workspace_id": asker.workspace_id,
        "user_id": asker.user_id,
        "api_key_id": asker.key_id,
        "vertical": vertical.slug,
    }
    if talk is None:
        talk = Conversation.objects.create(title=question.text[:200], **owner)
    return Answer.objects.create(
        conversation=talk,
        question=question.text,
        language=question.language,
        knowledge_bases=list(question.knowledge_bases),
        vertical_version=vertical.version,
        **owner,
    )


def _run(vertical: Vertical, question: Question, answer: Answer) -> Iterator[Event]:
    begin = time.monotonic()
    record = Record()
    try:
        started = {
            "id": str(answer.pk),
            "conversation": str(answer.conversation_id),
            "language": answer.language,
        }
        yield Event("started", started)
        steps = RecordedSteps(vertical, question)
        record = steps.record
        _steps_take(vertical, steps)
        record.spent("evidence", time.monotonic() - begin)
        yield from steps.events()
        for wish in steps.rephrasings:
            yield PULSE
            yield from rephrase(vertical, steps, wish)
        record.spent("total", time.monotonic() - begin)
        answer_save(answer=answer, record=record, state=AnswerState.DONE)
    except GeneratorExit:
        answer_save(answer=answer, record=record, state=AnswerState.CANCELLED)
        _count(vertical, "cancelled", begin)
        raise
    except Exception as error:  # a vertical's code may raise anything; the asker gets a named problem
        yield Event("error", _failed(answer, record, error))
        _count(vertical, "failed", begin)
        return
    _count(vertical, "refused" if record.refusal else "answered", begin)
    yield Event("done", answer_data(question.asker, Answer.objects.get(pk=answer.pk)))


def _steps_take(vertical: Vertical, steps: RecordedSteps) -> None:
    question = steps.question
    vertical.warn(steps)
    if scope_empty(question.asker, vertical.slug, question.knowledge_bases):
        detail = sentence("knowledge_base_empty", steps.question.language)
        steps.refuse(code="knowledge_base_empty", detail=detail)
        return
    vertical.answer(steps)


def _failed(answer: Answer, record: Record, error: Exception) -> dict[str, Any]:
    if isinstance(error, Problem):
        problem, status = error.as_dict(), error.status
    else:
        log.exception("answer %s failed", answer.pk)
        status = 500
        problem = {
            "code": "answer_failed",
            "title": _("The answer failed"),
            "detail": _("Something went wrong while answering; the log says what. Ask again later."),
        }
    try:
        answer_save(answer=answer, record=record, state=AnswerState.FAILED, problem=problem)
    except DataError:  # it failed for what is on record, so the answer ends without it
        answer_save(answer=answer, record=Record(), state=AnswerState.FAILED, problem=problem)
    return {"id": str(answer.pk), **problem, "status": status}


def _count(vertical: Vertical, outcome: str, begin: float) -> None:
    ANSWERS.labels(vertical.slug, outcome).inc()
    ANSWER_SECONDS.labels(vertical.slug, "total").observe(time.monotonic() - begin)


@transaction.atomic
def answer_save(
    *, answer: Answer, record: Record, state: AnswerState, problem: dict[str, Any] | None = None
) -> None:
    """Store the whole answer at once; one that was closed in the meantime stays as it is."""
    changed = Answer.objects.filter(pk=answer.pk, state=AnswerState.RUNNING).update(
        state=state,
        text=record.text,
        blocks=record.blocks,
        interpretation=record.interpretation,
        exhibits=record.exhibits,
        documents=sorted(record.documents),
        refused=record.refusal is not None,
        refusal=record.refusal,
        problem=problem,
        model=record.model,
        model_digest=record.model_digest,
        prompt_version=record.prompt_version,
        query=record.query,
        retrieved=record.retrieved,
        timings=record.timings,
        finished_at=timezone.now(),
    )
    if changed != 1:
        return
    Citation.objects.bulk_create(
        Citation(answer=answer, ordinal=one["id"], **{key: one[key] for key in one if key != "id"})
        for one in record.citations
    )
    Computation.objects.bulk_create(
        Computation(answer=answer, ordinal=one["id"], **{key: one[key] for key in one if key != "id"})
        for one in record.computations
    )
    Finding.objects.bulk_create(
        Finding(
            answer=answer,
            ordinal=number,
            check_name=one["check"],
            action=one["action"],
            message=one["message"],
            excerpt=one["excerpt"],
            rule=one["rule"],
            citation=one["citation"][:400],
            text=one["text"],
        )
        for number, one in enumerate(record.findings, 1)
    )


def answers_lost_close() -> int:
    """Mark as failed what a process that died left running; returns how many."""
    return Answer.objects.filter(
        state=AnswerState.RUNNING, created_at__lt=timezone.now() - RUNNING_AT_MOST
    ).update(
        state=AnswerState.FAILED,
        finished_at=timezone.now(),
        problem={
            "code": "answer_interrupted",
            "title": gettext_noop("The answer was interrupted"),
            "detail": gettext_noop("The server stopped while answering. Ask again."),
        },
    )
