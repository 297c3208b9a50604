"""The switch of a feature: one view for all of them, and what its part of a page shows."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.errors import Invalid, NotFound
from verticals.medical.features.switch import IMAGING, REASON_CHARS, TRIAGE, feature_set, feature_state

PAGES = {TRIAGE: "vertical-medical-triage", IMAGING: "vertical-medical-images"}


@dataclass(frozen=True, slots=True)
class FeatureShown:
    """A feature's switch as `medical/_feature_switch.html` shows it; `reason`: of the last change."""

    name: str
    on: bool
    may_switch: bool
    reason: str
    changed_at: datetime | None
    changed_by: str
    reason_chars: tuple[int, int] = REASON_CHARS


def feature_shown(asker: Asker, name: str) -> FeatureShown:
    state = feature_state(asker, name)
    by = str(state.changed_by) if state and state.changed_by else ""
    return FeatureShown(
        name=name,
        on=bool(state and state.enabled),
        may_switch=asker.may("manage"),
        reason=state.reason if state else "",
        changed_at=state.changed_at if state else None,
        changed_by=by,
    )


def feature_switch(request: HttpRequest, asker: Asker, name: str) -> HttpResponse:
    """Turn a feature on or off (`do`) with its `reason`, and go back to its page, which says what is wrong.

    Raises Forbidden where the asker does not manage the workspace.
    """
    if name not in PAGES:
        raise NotFound(_("There is no feature %(name)s.") % {"name": name})
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    enabled = request.POST.get("do") == "on"
    try:
        if request.POST.get("do") not in {"on", "off"}:
            raise Invalid(_("Say whether the feature is to be on or off."))
        feature_set(asker=asker, name=name, enabled=enabled, reason=request.POST.get("reason", ""))
    except Invalid as problem:
        messages.error(request, problem.detail)
    else:
        messages.success(request, _("Turned on.") if enabled else _("Turned off."))
    return redirect(PAGES[name])
