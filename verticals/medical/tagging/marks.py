"""What pages mark in a shown text: the concepts that it names, with their context and their pages."""

from django.urls import NoReverseMatch, reverse

from collegium.sdk.asker import Asker
from collegium.sdk.passages import Mark
from verticals.medical.tagging.filter_fields import LABELS
from verticals.medical.tagging.loaded import workspace_vocabulary
from verticals.medical.tagging.tag import tags_find

TEXT_MAX_CHARS = 20_000


def marks_find(asker: Asker, text: str, language: str) -> list[Mark]:
    """The concepts of a text, named in a language (en or zh); what is affirmed carries no label."""
    shown = "zh" if language.startswith("zh") else "en"
    vocabulary = workspace_vocabulary(asker.workspace_id)
    return [
        Mark(
            tag.start,
            tag.end,
            f"{tag.name} ({tag.code})",
            "" if tag.context == "affirmed" else LABELS[tag.context][shown],
            tag.context,
            _page(vocabulary.terminology_of(tag.code), tag.code),
        )
        for tag in tags_find(text[:TEXT_MAX_CHARS], language=shown, vocabulary=vocabulary)
    ]


def _page(terminology: str, code: str) -> str:
    try:
        return reverse("vertical-medical-concept", args=[terminology, code])
    except NoReverseMatch:
        return ""
