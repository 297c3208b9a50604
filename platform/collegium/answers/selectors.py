"""Reads of conversations and answers: they belong to the person, or the key, that asked."""

import uuid
from collections.abc import Collection
from typing import Any

from django.db.models import Count, Max, QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.answers.computed import computations_of, documents_computed_from
from collegium.answers.models import Answer, AnswerState, Conversation
from collegium.errors import NotFound, problem_told
from collegium.knowledge.visible_sql import documents_seen
from collegium.sdk.answering import Turn

HISTORY_TURNS = 6


def _own(asker: Asker) -> dict[str, Any]:
    """A person's own, by whichever key they came; a key without a person has its own."""
    own: dict[str, Any] = {"workspace_id": asker.workspace_id}
    if asker.user_id is not None:
        own["user_id"] = asker.user_id
    else:
        own |= {"user__isnull": True, "api_key_id": asker.key_id}
    if asker.verticals:
        own["vertical__in"] = sorted(asker.verticals)
    return own


def visible_answers(asker: Asker) -> QuerySet[Answer]:
    return Answer.objects.filter(**_own(asker))


def visible_conversations(asker: Asker) -> QuerySet[Conversation]:
    return Conversation.objects.filter(**_own(asker))


def answer_get(asker: Asker, answer_id: uuid.UUID | str) -> Answer:
    """The answer, or NotFound where there is none or somebody else asked."""
    answer = visible_answers(asker).filter(pk=_uuid(answer_id, _("There is no such answer."))).first()
    if answer is None:
        raise NotFound(_("There is no such answer."))
    return answer


def conversation_get(asker: Asker, conversation_id: uuid.UUID | str, *, vertical: str = "") -> Conversation:
    """The conversation, or NotFound where there is none, somebody else holds it, or it is of another
    vertical.
    """
    rows = visible_conversations(asker).filter(pk=_uuid(conversation_id, _("There is no such conversation.")))
    found = (rows.filter(vertical=vertical) if vertical else rows).first()
    if found is None:
        raise NotFound(_("There is no such conversation."))
    return found


def conversation_list(asker: Asker, *, vertical: str = "", limit: int = 50) -> list[Conversation]:
    """The latest conversations; each has `asked_at` and `turns`."""
    rows = visible_conversations(asker)
    if vertical:
        rows = rows.filter(vertical=vertical)
    rows = rows.annotate(asked_at=Max("answers__created_at"), turns=Count("answers"))
    return list(rows.order_by("-asked_at", "-created_at")[:limit])


def conversation_answers(asker: Asker, conversation: Conversation) -> list[dict[str, Any]]:
    """The answers of a conversation in order, as `answer_data` shows them."""
    rows = visible_answers(asker).filter(conversation=conversation)
    return [answer_data(asker, answer) for answer in rows.order_by("created_at")]


def history_of(asker: Asker, conversation: Conversation) -> tuple[Turn, ...]:
    """The last turns for a follow-up question; the text of one that the asker may no longer read is
    left out.
    """
    rows = visible_answers(asker).filter(conversation=conversation).exclude(state=AnswerState.RUNNING)
    latest = list(rows.order_by("-created_at").prefetch_related("citations", "computations")[:HISTORY_TURNS])
    return tuple(
        Turn(answer.question, "" if is_withheld(asker, answer) else answer.text, answer.query)
        for answer in reversed(latest)
    )


def is_withheld(asker: Asker, answer: Answer) -> bool:
    """Whether a document that it cites, tells of or was computed from was deleted or is closed to the asker
    by now.
    """
    used = _documents_used(answer)
    return not used <= _seen(asker, used)


def _documents_used(answer: Answer) -> set[str]:
    used = {str(citation.document) for citation in answer.citations.all()}
    return used | documents_computed_from(answer) | set(answer.documents)


def _seen(asker: Asker, documents: Collection[str]) -> set[str]:
    return {str(one) for one in documents_seen(asker, documents)}


def answer_data(asker: Asker, answer: Answer) -> dict[str, Any]:
    """The answer as the API gives it. Where a cited document is gone or closed, everything from documents is
    left out.
    """
    prefetch_related_objects([answer], "citations", "computations", "findings")
    used = _documents_used(answer)
    seen = _seen(asker, used | {entry["document"] for entry in answer.retrieved})
    withheld = not used <= seen
    data = {
        "id": str(answer.pk),
        "conversation": str(answer.conversation_id),
        "vertical": answer.vertical,
        "question": answer.question,
        "language": answer.language,
        "state": answer.state,
        "text": answer.text,
        "blocks": answer.blocks,
        "interpretation": answer.interpretation,
        "exhibits": answer.exhibits,
        "citations": _citations(answer),
        "computations": computations_of(answer),
        "findings": _findings(answer),
        "refused": answer.refused,
        "refusal": answer.refusal,
        "withheld": withheld,
        "problem": problem_told(answer.problem) if answer.problem else None,
        "model": answer.model or None,
        "timings": answer.timings,
        "created_at": answer.created_at.isoformat(),
        "replay": _replay(answer, seen),
    }
    if withheld:
        empty: dict[str, Any] = {
            "text": "",
            "blocks": [],
            "interpretation": [],
            "exhibits": [],
            "citations": [],
            "computations": [],
            "findings": [],
        }
        data |= empty | {"refusal": None, "replay": None}
    return data


def _citations(answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "id": one.ordinal,
            "document": str(one.document),
            "version": str(one.version),
            "chunk": one.chunk,
            "title": one.title,
            "section": one.section,
            "locator": one.locator,
            "page": one.page,
            "boxes": one.boxes,
            "quote": one.quote,
            "score": one.score,
        }
        for one in answer.citations.all()
    ]


def _findings(answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "check": one.check_name,
            "action": one.action,
            "message": one.message,
            "excerpt": one.excerpt,
            "rule": one.rule,
            "citation": one.citation,
            "text": one.text,
        }
        for one in answer.findings.all()
    ]


def _replay(answer: Answer, seen: Collection[str]) -> dict[str, Any]:
    """What made the answer: versions of model, prompt, vertical and passages. Passages now closed are left
    out.
    """
    return {
        "model": answer.model or None,
        "model_digest": answer.model_digest or None,
        "prompt_version": answer.prompt_version or None,
        "vertical_version": answer.vertical_version,
        "query": answer.query,
        "knowledge_bases": [str(base) for base in answer.knowledge_bases],
        "retrieved": [entry for entry in answer.retrieved if entry["document"] in seen],
    }


def _uuid(value: uuid.UUID | str, missing: str) -> uuid.UUID:
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
    except ValueError as error:
        raise NotFound(missing) from error
