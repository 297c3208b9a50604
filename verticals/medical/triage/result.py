"""A result of triage as the API and the page give it."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from collegium.sdk.errors import Invalid
from verticals.medical.triage.recognise import Hit, Patient, Triage, TriageProblem, triage
from verticals.medical.triage.told import Told
from verticals.medical.triage.vitals import Reading, VitalsProblem

LIMITS = {
    "en": "Rules and a model looked for red flags. That nothing was found does not rule out "
    "an emergency. "
    "This neither diagnoses nor replaces a clinician; in doubt call for help.",
    "zh": "系统按规则和模型查找危险信号。未发现并不代表没有急症。"
    "结果不是诊断，不能代替医生；如有疑问请呼叫急救。",
}  # fmt: skip


def triage_data(
    text: str,
    *,
    language: str = "",
    age: float | None = None,
    birth_date: date | None = None,
    sex: str = "",
    vitals: dict[str, float] | None = None,
) -> dict[str, Any]:
    """Look at a text. Raises Invalid where it or what is given beside it cannot be used."""
    patient = Patient(age_years=age, birth_date=birth_date, sex=sex, vitals=vitals)
    try:
        return result_data(triage(text, language=language, patient=patient), text)
    except TriageProblem as problem:
        raise Invalid(_told(problem.told), code="text_unusable") from None
    except VitalsProblem as problem:
        raise Invalid(_told(problem.told), code="vitals_invalid") from None


def _told(told: Told) -> str:
    return _(told.template) % told.values


def result_data(result: Triage, text: str) -> dict[str, Any]:
    """The result with its places and citations, in plain values."""
    return {
        "emergency": result.emergency,
        "language": result.language,
        "rules": [_hit(one, text, result.language) for one in result.hits],
        "escalated_by_model": bool(result.escalation),
        "model": {
            "score": round(result.escalation.score, 3),
            "threshold": round(result.escalation.threshold, 3),
            "signs": [_hit(one, text, result.language) for one in result.escalation.signs],
        }
        if result.escalation
        else None,
        "age_years": round(result.age.years, 3) if result.age else None,
        "vitals": [_reading(one) for one in result.readings],
        "contradictions": [_told(one) for one in result.contradictions],
        "limits": LIMITS[result.language],
    }


def _hit(hit: Hit, text: str, language: str) -> dict[str, Any]:
    return {
        "rule": hit.rule.id,
        "name": hit.rule.name[language],
        "category": hit.rule.category,
        "citation": hit.rule.citation,
        "spans": [{"start": start, "end": end, "text": text[start:end]} for start, end in hit.spans],
        "vitals": [_reading(one) for one in hit.readings],
    }


def _reading(reading: Reading) -> dict[str, Any]:
    start, end = reading.span or (None, None)
    return {"measure": reading.measure, "value": reading.value, "start": start, "end": end}
