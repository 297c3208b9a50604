"""The page of emergency recognition: its switch for administrators, and a form where it is on."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.errors import Problem
from verticals.medical.features.switch import TRIAGE, feature_open, feature_set, feature_state
from verticals.medical.triage.result import triage_data

URL = "vertical-medical-triage"


def triage_page(request: HttpRequest, asker: Asker) -> HttpResponse:
    """Show the switch and the form; a post looks at a text, or turns the feature on or off."""
    known: dict[str, Any] = {}
    if request.method == "POST":
        try:
            if request.POST.get("do") in {"on", "off"}:
                return _switched(request, asker)
            feature_open(asker, "triage")
            known["text"] = request.POST.get("text", "")
            known["result"] = triage_data(known["text"], age=_number(request.POST.get("age", "")))
        except Problem as problem:
            known["problem"] = problem.detail
    state = feature_state(asker, "triage")
    known |= {"state": state, "on": bool(state and state.enabled), "manages": asker.may("manage")}
    return render(request, "medical/triage.html", known | {"section": "medical"})


def _switched(request: HttpRequest, asker: Asker) -> HttpResponse:
    enabled = request.POST["do"] == "on"
    feature_set(asker=asker, name=TRIAGE, enabled=enabled, reason=request.POST.get("reason", ""))
    messages.success(request, _("Turned on.") if enabled else _("Turned off."))
    return redirect(URL)


def _number(text: str) -> float | None:
    try:
        return float(text) if text.strip() else None
    except ValueError:
        return None
