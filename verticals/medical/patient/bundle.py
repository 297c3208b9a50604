"""Reads a patient from a FHIR R4 Bundle (HL7 FHIR 4.0.1), as far as a question needs it.

A bundle does not state its release, so that others are told by what they write differently: DSTU2 has
MedicationOrder, STU3 a plain code as clinical status, R5 a list as an encounter's class.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from collegium.sdk.errors import Invalid
from verticals.medical.patient.age import age_problem
from verticals.medical.patient.context import ITEM_CHARS, ITEMS_MAX, SEXES, Patient, age_checked

RELEASE = "4.0"
ENTRIES_MAX = 20_000
OVER = {"inactive", "remission", "resolved", "entered-in-error", "refuted"}
TAKEN = {"active", "on-hold"}
Resource = Mapping[str, Any]


def bundle_read(bundle: Any, *, today: date | None = None) -> Patient:
    """The patient of a bundle: active conditions, medications, allergies, and the latest of each lab value.

    Raises Invalid, which says what is wrong with the bundle and where.
    """
    resources = list(_resources(bundle))
    _release_check(bundle, resources)
    patients = [one for one in resources if one["resourceType"] == "Patient"]
    if len(patients) != 1:
        raise _invalid(
            f"The bundle holds {len(patients)} patients; a question is about one. Send a bundle of one."
        )
    now = today or date.today()  # noqa: DTZ011
    patient = patients[0]
    sex = str(patient.get("gender") or "")
    if sex and sex not in SEXES:
        raise _invalid(f"Patient.gender is '{sex[:40]}'; R4 has {', '.join(SEXES)}.")
    born = str(patient.get("birthDate") or "")
    age = age_checked(None, born, now) if len(born) >= 10 else None
    if age is not None:
        _ages_check(resources, date.fromisoformat(born[:10]), now)
    return Patient(
        age,
        sex,
        conditions=_named(_of(resources, "Condition"), "code"),
        medications=_named(
            _of(resources, "MedicationRequest", "MedicationStatement"), "medicationCodeableConcept"
        ),
        allergies=_named(_of(resources, "AllergyIntolerance"), "code"),
        labs=tuple(_labs(resources))[:ITEMS_MAX],
    )


def _resources(bundle: Any) -> Iterator[Resource]:
    if not isinstance(bundle, Mapping) or bundle.get("resourceType") != "Bundle":
        kind = bundle.get("resourceType") if isinstance(bundle, Mapping) else type(bundle).__name__
        raise _invalid(f"A FHIR R4 Bundle is read here, not {str(kind)[:60]}.")
    entries = bundle.get("entry") or []
    if not isinstance(entries, list) or len(entries) > ENTRIES_MAX:
        raise _invalid(f"Bundle.entry is a list of at most {ENTRIES_MAX} entries.")
    for number, entry in enumerate(entries):
        resource = entry.get("resource") if isinstance(entry, Mapping) else None
        if resource is None and isinstance(entry, Mapping):
            continue  # a deletion or a response has none
        if not isinstance(resource, Mapping) or not isinstance(resource.get("resourceType"), str):
            raise _invalid(f"Bundle.entry[{number}].resource is no resource: it has no resourceType.")
        yield resource


def _release_check(bundle: Resource, resources: Iterable[Resource]) -> None:
    for one in (bundle, *resources):
        release = _release_of(one)
        if release:
            raise Invalid(
                f"{one['resourceType']} '{str(one.get('id', ''))[:60]}' is written in FHIR {release}; "
                "R4 (4.0.1) is read. Export the bundle as R4.",
                code="fhir_version",
            )


def _release_of(resource: Resource) -> str:
    """The release that a resource is surely of, where that is not R4; else nothing."""
    kind = resource["resourceType"]
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, Mapping) else None
    for profile in profiles if isinstance(profiles, list) else []:
        if str(profile).startswith("http://hl7.org/fhir/StructureDefinition/") and "|" in str(profile):
            version = str(profile).rpartition("|")[2]
            if not version.startswith(RELEASE):
                return version[:20]
    if kind in {"MedicationOrder", "DiagnosticOrder"}:
        return "DSTU2"
    if kind in {"Condition", "AllergyIntolerance"} and isinstance(resource.get("clinicalStatus"), str):
        return "STU3"
    if kind == "Encounter" and isinstance(resource.get("class"), list):
        return "R5"
    medication = resource.get("medication")
    if kind in {"MedicationRequest", "MedicationStatement"} and isinstance(medication, Mapping):
        return "R5"
    return ""


def _ages_check(resources: Iterable[Resource], born: date, today: date) -> None:
    """Refuse an age, stated as an observation (LOINC 30525-0), that the birth date contradicts."""
    for one in _of(resources, "Observation"):
        if "30525-0" in {str(coding.get("code")) for coding in _codings(one.get("code"))}:
            quantity = one.get("valueQuantity")
            value = quantity.get("value") if isinstance(quantity, Mapping) else None
            undated = isinstance(value, int | float) and not one.get("effectiveDateTime")
            if undated and (problem := age_problem(int(value), born, today)):
                raise Invalid(problem, code="contradictory_context")


def _of(resources: Iterable[Resource], *kinds: str) -> list[Resource]:
    return [one for one in resources if one["resourceType"] in kinds]


def _named(resources: Iterable[Resource], field: str) -> tuple[str, ...]:
    """What the resources that still hold are called, each once."""
    names = [_text(one.get(field)) for one in resources if _holds(one)]
    return tuple(dict.fromkeys(name for name in names if name))[:ITEMS_MAX]


def _holds(resource: Resource) -> bool:
    states = {
        str(coding.get("code"))
        for name in ("clinicalStatus", "verificationStatus")
        for coding in _codings(resource.get(name))
    }
    if states & OVER:
        return False
    return not resource["resourceType"].startswith("Medication") or resource.get("status") in TAKEN


def _labs(resources: Iterable[Resource]) -> Iterator[str]:
    """The latest value of each laboratory observation with its unit and day, the newest first."""
    latest: dict[str, tuple[str, str]] = {}
    for one in _of(resources, "Observation"):
        quantity = one.get("valueQuantity")
        categories = [coding.get("code") for part in one.get("category") or [] for coding in _codings(part)]
        if "laboratory" not in categories or not isinstance(quantity, Mapping):
            continue
        name, day = _text(one.get("code")), str(one.get("effectiveDateTime") or "")[:10]
        value = quantity.get("value")
        if name and isinstance(value, int | float) and day >= latest.get(name, ("", ""))[0]:
            unit = str(quantity.get("unit") or "")
            latest[name] = day, f"{name} {round(value, 2):g} {unit} ({day})".replace("  ", " ")[:ITEM_CHARS]
    return (said for _day, said in sorted(latest.values(), reverse=True))


def _codings(concept: Any) -> list[Mapping[str, Any]]:
    codings = concept.get("coding") if isinstance(concept, Mapping) else None
    return [one for one in codings if isinstance(one, Mapping)] if isinstance(codings, list) else []


def _text(concept: Any) -> str:
    """What a CodeableConcept says, as its text or the display of its first coding."""
    if not isinstance(concept, Mapping):
        return ""
    said = concept.get("text") or next(
        (one["display"] for one in _codings(concept) if one.get("display")), ""
    )
    return " ".join(str(said).split())[:ITEM_CHARS]


def _invalid(detail: str) -> Invalid:
    return Invalid(detail, code="invalid_bundle")
