"""Reads a patient from a FHIR R4 Bundle (HL7 FHIR 4.0.1), as far as a question needs it.

A bundle does not state its release, so that others are told by what they write differently: DSTU2 has
MedicationOrder, STU3 a plain code as clinical status, R5 a list as an encounter's class.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext as _

from collegium.sdk.errors import Invalid
from verticals.medical.patient.age import age_outside, ages_of
from verticals.medical.patient.context import ITEM_CHARS, ITEMS_MAX, SEXES, Patient
from verticals.medical.patient.fields import (
    Resource,
    codes_of,
    is_true,
    name_of,
    object_of,
    objects_of,
    quantity_of,
    quantity_said,
    shown,
    string_of,
)
from verticals.medical.patient.labs import value_abnormal
from verticals.medical.patient.references import medication_name, resources_known

RELEASE = "4.0"
ENTRIES_MAX = 20_000
OVER = {"inactive", "remission", "resolved", "entered-in-error", "refuted"}
TAKEN = {"active", "on-hold"}
NOT_ORDERED = {"proposal", "plan", "option"}  # intents of a request that nobody has to carry out
NOT_OBSERVED = {"entered-in-error", "cancelled"}


@dataclass(frozen=True, slots=True)
class Lab:
    """The latest value of a laboratory observation, as told, and whether the record says it is abnormal."""

    at: datetime
    said: str
    name: str
    abnormal: bool


def bundle_read(bundle: Any, *, today: date | None = None) -> Patient:
    """The patient of a bundle: active conditions, medications, allergies, and the latest of each lab value.

    Raises Invalid, which says what is wrong with the bundle and where.
    """
    entries = list(_entries(bundle))
    resources = [one for _address, one in entries]
    _release_check(bundle, resources)
    patients = [one for one in resources if one["resourceType"] == "Patient"]
    if len(patients) != 1:
        raise _invalid(
            _("The bundle holds %(count)s patients; a question is about one. Send a bundle of one.")
            % {"count": len(patients)}
        )
    now = today or date.today()  # noqa: DTZ011
    patient = patients[0]
    sex = string_of(patient, "gender")
    if sex and sex not in SEXES:
        raise _invalid(
            _("Patient.gender is '%(sex)s'; R4 has %(known)s.")
            % {"sex": shown(sex), "known": ", ".join(SEXES)}
        )
    born = string_of(patient, "birthDate")
    least, most = ages_of(born, now) if born else (None, None)
    if born:
        _ages_check(resources, born, now)
    taken = [one for one in _of(resources, "MedicationRequest", "MedicationStatement") if _holds(one)]
    known = resources_known(entries)
    medications = [medication_name(one, known) for one in taken]
    labs = _labs(resources)[:ITEMS_MAX]
    return Patient(
        least,
        sex,
        age_most=most,
        conditions=_named(_of(resources, "Condition"), "code"),
        medications=_once(medications),
        medications_unnamed=medications.count(""),
        allergies=_named(_of(resources, "AllergyIntolerance"), "code"),
        labs=tuple(one.said for one in labs),
        labs_abnormal=tuple(one.name for one in labs if one.abnormal),
    )


def _entries(bundle: Any) -> Iterator[tuple[str, Resource]]:
    """The resources of a bundle, each with the address of its entry."""
    if not isinstance(bundle, Mapping) or bundle.get("resourceType") != "Bundle":
        kind = bundle.get("resourceType") if isinstance(bundle, Mapping) else type(bundle).__name__
        raise _invalid(_("A FHIR R4 Bundle is read here, not %(kind)s.") % {"kind": shown(kind)})
    entries = objects_of(bundle, "entry")
    if len(entries) > ENTRIES_MAX:
        raise _invalid(_("Bundle.entry is a list of at most %(most)s entries.") % {"most": ENTRIES_MAX})
    for number, entry in enumerate(entries):
        resource = entry.get("resource")
        if resource is None:
            continue  # a deletion or a response has none
        if not isinstance(resource, Mapping) or not isinstance(resource.get("resourceType"), str):
            raise _invalid(
                _("Bundle.entry[%(number)s].resource is no resource: it has no resourceType.")
                % {"number": number}
            )
        yield string_of(entry, "fullUrl", f"Bundle.entry[{number}].fullUrl"), resource


def _release_check(bundle: Resource, resources: Iterable[Resource]) -> None:
    for one in (bundle, *resources):
        release = _release_of(one)
        if release:
            raise Invalid(
                _(
                    "%(kind)s '%(id)s' is written in FHIR %(release)s; R4 (4.0.1) is read. "
                    "Export the bundle as R4."
                )
                % {"kind": shown(one["resourceType"]), "id": shown(one.get("id", "")), "release": release},
                code="fhir_version",
            )


def _release_of(resource: Resource) -> str:
    """The release that a resource is surely of, where that is not R4; else nothing."""
    kind = resource["resourceType"]
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, Mapping) else None
    for profile in profiles if isinstance(profiles, list) else []:
        if not isinstance(profile, str) or not profile.startswith("http://hl7.org/fhir/StructureDefinition/"):
            continue
        _url, mark, version = profile.rpartition("|")
        if mark and not version.startswith(RELEASE):
            return shown(version)
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


def _ages_check(resources: Iterable[Resource], born: str, today: date) -> None:
    """Refuse an age, stated as an observation (LOINC 30525-0), that the birth date contradicts."""
    for one in _observations(resources):
        if "30525-0" in codes_of(object_of(one, "code"), "Observation.code"):
            value = quantity_of(one, "valueQuantity")
            undated = value is not None and not string_of(one, "effectiveDateTime")
            if undated and (problem := age_outside(int(value), born, today)):
                raise Invalid(problem, code="contradictory_context")


def _of(resources: Iterable[Resource], *kinds: str) -> list[Resource]:
    return [one for one in resources if one["resourceType"] in kinds]


def _named(resources: Iterable[Resource], field: str) -> tuple[str, ...]:
    """What the resources that still hold are called, each once."""
    return _once(_name(one, field) for one in resources if _holds(one))


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name[:ITEM_CHARS] for name in names if name))[:ITEMS_MAX]


def _name(resource: Resource, field: str) -> str:
    return name_of(object_of(resource, field), f"{resource['resourceType']}.{field}")


def _holds(resource: Resource) -> bool:
    kind = resource["resourceType"]
    if kind.startswith("Medication"):
        ordered = string_of(resource, "intent") not in NOT_ORDERED and not is_true(resource, "doNotPerform")
        return ordered and string_of(resource, "status") in TAKEN
    states = {
        code
        for name in ("clinicalStatus", "verificationStatus")
        for code in codes_of(object_of(resource, name), f"{kind}.{name}")
    }
    return not states & OVER


def _labs(resources: Iterable[Resource]) -> list[Lab]:
    """The latest value of each laboratory observation with its unit and day, the newest first."""
    latest: dict[str, Lab] = {}
    for one in _observations(resources):
        categories = objects_of(one, "category")
        if not any("laboratory" in codes_of(part, "Observation.category") for part in categories):
            continue
        name, stated = _name(one, "code"), string_of(one, "effectiveDateTime")
        at = _instant(stated)
        if name and quantity_of(one, "valueQuantity") is not None:
            value, dated = quantity_said(one, "valueQuantity"), f" ({stated[:10]})" if stated else ""
            said = f"{name[: ITEM_CHARS - len(value) - 1]} {value}{dated}"
            if name not in latest or at >= latest[name].at:
                latest[name] = Lab(at, said, name[:ITEM_CHARS], value_abnormal(one))
    return sorted(latest.values(), key=lambda lab: (lab.at, lab.said), reverse=True)


def _observations(resources: Iterable[Resource]) -> list[Resource]:
    return [one for one in _of(resources, "Observation") if string_of(one, "status") not in NOT_OBSERVED]


def _instant(stated: str) -> datetime:
    """When a dateTime of FHIR begins, in UTC where it names no zone; the oldest where it is none."""
    whole = stated + "0001-01-01"[len(stated) :]  # a year or a month begins on its first day
    for form in (whole, whole[:10]):
        try:
            found = datetime.fromisoformat(form)
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return datetime.min.replace(tzinfo=UTC)


def _invalid(detail: str) -> Invalid:
    return Invalid(detail, code="invalid_bundle")
