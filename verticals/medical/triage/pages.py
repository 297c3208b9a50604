"""The page of emergency recognition: its switch for administrators, and a form where it is on."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from collegium.sdk.asker import Asker
from collegium.sdk.errors import Problem
from verticals.medical.features.pages import feature_shown
from verticals.medical.features.switch import TRIAGE, feature_open
from verticals.medical.triage.result import triage_data


def triage_page(request: HttpRequest, asker: Asker) -> HttpResponse:
    """Show the switch and the form; a post looks at a text."""
    known: dict[str, Any] = {}
    if request.method == "POST":
        try:
            feature_open(asker, TRIAGE)
            known["text"] = request.POST.get("text", "")
            known["result"] = triage_data(known["text"], age=_number(request.POST.get("age", "")))
        except Problem as problem:
            known["problem"] = problem.detail
    known |= {"feature": feature_shown(asker, TRIAGE), "section": "medical"}
    return render(request, "medical/triage.html", known)


def _number(text: str) -> float | None:
    try:
        return float(text) if text.strip() else None
    except ValueError:
        return None
