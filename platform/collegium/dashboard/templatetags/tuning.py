"""What the pages of fine-tuning need beyond the other templates."""

import json
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext as _

from collegium.tuning.spending import plain

register = template.Library()


@register.filter
def number(value: Any) -> Any:
    """A number in few digits, the same in every language; anything else as it is, and nothing as a dash."""
    if value is None or value == "":
        return "–"
    if isinstance(value, Decimal):
        return plain(value)
    return f"{value:.4g}" if isinstance(value, float) else value


@register.filter
def json_shown(value: Any) -> str:
    """JSON for people to read."""
    return json.dumps(value, ensure_ascii=False, indent=2)


@register.filter
def tuning_stage(stage: str) -> str:
    """A stage of a training in words; one that is not known here is shown as it is."""
    names = {
        "prepare": _("starting"),
        "waiting": _("waiting for the one before to end"),
        "export": _("making examples"),
        "data": _("preparing the data"),
        "model": _("loading the model"),
        "train": _("training"),
        "write": _("writing the model"),
        "register": _("registering the model"),
    }
    return names.get(stage, stage)
