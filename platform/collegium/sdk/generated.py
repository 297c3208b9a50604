"""Text that the language model wrote for a workspace, for those who set its rules to try them on."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.errors import Forbidden


@dataclass(frozen=True, slots=True)
class GeneratedText:
    """The model's part of an answer. `own`: the asker's own answer; only of such ones may text be shown."""

    answer: UUID
    text: str
    language: str
    own: bool


def generated_recent(asker: Asker, vertical: str, *, limit: int = 200) -> list[GeneratedText]:
    """What the model wrote in the workspace's latest answers of a vertical, newest first.

    Answers that rest on documents which were deleted or are closed to the asker are left out. Raises
    Forbidden where the asker does not manage the workspace.
    """
    from collegium.answers.models import Answer
    from collegium.answers.selectors import is_withheld, visible_answers

    if not asker.may("manage") or not asker.may_use(vertical):
        raise Forbidden(_("Only who manages the workspace may try rules on its answers."))
    rows = Answer.objects.filter(
        workspace_id=asker.workspace_id, vertical=vertical, blocks__contains=[{"kind": "rephrased"}]
    )
    found = list(rows.order_by("-created_at").prefetch_related("citations", "computations")[:limit])
    own = set(visible_answers(asker).filter(pk__in=[one.pk for one in found]).values_list("pk", flat=True))
    return [
        GeneratedText(answer.pk, block["text"], answer.language, answer.pk in own)
        for answer in found
        if not is_withheld(asker, answer)
        for block in answer.blocks
        if block.get("kind") == "rephrased"
    ]


def answers_with_finding(asker: Asker, vertical: str, *, check: str) -> dict[str, int]:
    """How many answers of the workspace a check has found something in, by the rule that it names.

    Raises Forbidden where the asker does not manage the workspace.
    """
    from collegium.answers.models import Finding

    if not asker.may("manage") or not asker.may_use(vertical):
        raise Forbidden(_("Only who manages the workspace may count the findings in its answers."))
    rows = Finding.objects.filter(
        answer__workspace_id=asker.workspace_id, answer__vertical=vertical, check_name=check
    )
    counted = rows.order_by().values("rule").annotate(answers=Count("answer", distinct=True))
    return {row["rule"]: row["answers"] for row in counted}
