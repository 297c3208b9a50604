"""What the pages' templates need beyond Django's own."""

from datetime import datetime

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def stage_name(stage: str) -> str:
    """A stage of reading a document, in words; a stage that is not known here is shown as it is."""
    names = {
        "": _("starting"),
        "receive": _("receiving"),
        "parse": _("reading the pages"),
        "chunk": _("cutting into passages"),
        "embed": _("computing vectors"),
        "index": _("indexing"),
    }
    return names.get(stage, stage)


@register.filter
def plain(number: float) -> str:
    """A number as SVG wants it, whatever the page's language: a point, at most two decimals."""
    return f"{float(number):.2f}".rstrip("0").rstrip(".")


@register.filter
def percent(part: float) -> str:
    """A part of one, as a percentage with one decimal."""
    return f"{100 * float(part):.1f} %"


@register.filter
def rank_state(state: str) -> str:
    """The state of a rank of the engine, in words; one that is not known here is shown as it is."""
    names = {
        "ordered": _("starting"),
        "starting": _("starting"),
        "ready": _("ready"),
        "ended": _("ended"),
        "failed": _("failed"),
    }
    return names.get(state, state)


@register.filter
def seconds(milliseconds: float) -> str:
    return f"{float(milliseconds) / 1000:.2f} s"


@register.filter
def timing_name(part: str) -> str:
    """A part of the time that an answer took, in words."""
    names = {
        "retrieval": _("Search"),
        "evidence": _("Quotations ready after"),
        "first_token": _("First word of the model after"),
        "generation": _("Rephrasing"),
        "total": _("Altogether"),
    }
    return names.get(part, part)


@register.filter
def moment(text: str) -> datetime:
    """A point in time that answer_data wrote as text."""
    return datetime.fromisoformat(text)
