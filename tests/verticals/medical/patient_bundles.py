"""Bundles for tests: a patient with what the record holds, in FHIR R4 unless a test says otherwise."""

from typing import Any


def concept(text: str, **coding: str) -> dict[str, Any]:
    return {"text": text, **({"coding": [coding]} if coding else {})}


def bundle(*resources: dict[str, Any], **patient: Any) -> dict[str, Any]:
    person = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1958-05-01", **patient}
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in (person, *resources)],
    }


def condition(text: str, state: str = "active") -> dict[str, Any]:
    return {"resourceType": "Condition", "clinicalStatus": concept("", code=state), "code": concept(text)}


def lab(text: str, value: float, unit: str, day: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "category": [concept("", code="laboratory")],
        "code": concept(text),
        "valueQuantity": {"value": value, "unit": unit},
        "effectiveDateTime": f"{day}T08:00:00Z",
    }
