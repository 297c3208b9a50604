"""What a medication is called that a resource of a bundle names itself or refers to (FHIR R4, Reference)."""

from collections.abc import Iterable, Mapping

from verticals.medical.patient.fields import Resource, name_of, object_of, objects_of, string_of

Known = Mapping[str, Resource]


def resources_known(entries: Iterable[tuple[str, Resource]]) -> dict[str, Resource]:
    """The medications of a bundle by what a reference may call them: the entry's address, or type and id."""
    known: dict[str, Resource] = {}
    for address, resource in entries:
        if resource["resourceType"] == "Medication":
            local = string_of(resource, "id")
            for name in (address, f"Medication/{local}" if local else ""):
                if name:
                    known.setdefault(name, resource)
    return known


def medication_name(resource: Resource, known: Known) -> str:
    """The name that a request or statement gives, or that of the medication it refers to; empty for none."""
    kind = resource["resourceType"]
    stated = object_of(resource, "medicationCodeableConcept")
    if name := name_of(stated, f"{kind}.medicationCodeableConcept"):
        return name
    reference = object_of(resource, "medicationReference")
    place = f"{kind}.medicationReference"
    medication = _referred(resource, string_of(reference, "reference", f"{place}.reference"), known)
    name = name_of(object_of(medication, "code"), "Medication.code")
    return name or string_of(reference, "display", f"{place}.display")


def _referred(resource: Resource, reference: str, known: Known) -> Resource:
    if reference.startswith("#"):
        contained = objects_of(resource, "contained")
        return next((one for one in contained if string_of(one, "id") == reference[1:]), {})
    return known.get(reference.partition("/_history/")[0], {})
