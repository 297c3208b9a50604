"""The page of emergency recognition: its switch for administrators, and a form where it is on."""

import math
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collegium.sdk.asker import Asker
from collegium.sdk.errors import Invalid, Problem
from verticals.medical.features.pages import feature_shown
from verticals.medical.features.switch import TRIAGE, feature_open
from verticals.medical.patient.age import AGE_MAX
from verticals.medical.triage.result import triage_data

AGE = gettext_lazy("Age in years")
SEXES = (("", gettext_lazy("not stated")), ("female", gettext_lazy("female")), ("male", gettext_lazy("male")))
MEASURES = (
    ("temperature", gettext_lazy("Temperature (°C)")),
    ("pulse", gettext_lazy("Pulse (per minute)")),
    ("respirations", gettext_lazy("Breaths (per minute)")),
    ("systolic", gettext_lazy("Systolic pressure (mmHg)")),
    ("diastolic", gettext_lazy("Diastolic pressure (mmHg)")),
    ("spo2", gettext_lazy("Oxygen saturation (%)")),
    ("gcs", gettext_lazy("Glasgow Coma Scale")),
    ("glucose", gettext_lazy("Glucose (mmol/l)")),
)


def triage_page(request: HttpRequest, asker: Asker) -> HttpResponse:
    """Show the switch and the form; a post looks at a text."""
    posted = request.POST
    known: dict[str, Any] = {"text": posted.get("text", ""), "age": posted.get("age", "")}
    if request.method == "POST":
        try:
            feature_open(asker, TRIAGE)
            known["result"] = _looked(posted)
        except Problem as problem:
            known["problem"] = problem.detail
    known |= {
        "feature": feature_shown(asker, TRIAGE),
        "sexes": [(value, label, posted.get("sex", "") == value) for value, label in SEXES],
        "measures": [(name, label, posted.get(name, "")) for name, label in MEASURES],
        "section": "medical",
    }
    return render(request, "medical/triage.html", known)


def _looked(posted: QueryDict) -> dict[str, Any]:
    """The result for the form's fields. Raises Invalid where one of them is no number that can be."""
    age = _number(posted, "age", str(AGE))
    if age is not None and not 0 <= age <= AGE_MAX:
        told = _("The age %(given)s cannot be: give years from 0 to %(limit)s, such as 0.5 for six months.")
        raise Invalid(told % {"given": posted["age"].strip(), "limit": AGE_MAX}, code="age_invalid")
    given = {name: _number(posted, name, str(label)) for name, label in MEASURES}
    vitals = {name: value for name, value in given.items() if value is not None}
    sex = posted.get("sex", "")
    return triage_data(posted.get("text", ""), age=age, sex=sex if sex in dict(SEXES) else "", vitals=vitals)


def _number(posted: QueryDict, name: str, label: str) -> float | None:
    """A field's number; None where it is empty. Raises Invalid for anything else."""
    given = posted.get(name, "").strip()
    if not given:
        return None
    try:
        value = float(given)
    except ValueError:
        value = float("nan")
    if not math.isfinite(value):
        told = _("%(field)s: “%(given)s” is no number. Write one such as 37.5, or leave the field empty.")
        raise Invalid(told % {"field": label, "given": given}, code="number_invalid")
    return value
