"""A patient is read from a FHIR R4 Bundle; another release, another patient or a contradiction is refused."""

import json
from datetime import date

import pytest

from collegium.sdk.errors import Invalid
from tests.evaluation_data import data_set
from tests.verticals.medical.patient_bundles import bundle, concept, condition, lab
from verticals.medical.patient.bundle import bundle_read

TODAY = date(2026, 6, 1)


def test_what_still_holds_is_read_and_the_latest_of_each_lab_value():
    patient = bundle_read(
        bundle(
            condition("Asthma"),
            condition("Appendicitis", "resolved"),
            {
                "resourceType": "MedicationRequest",
                "status": "active",
                "medicationCodeableConcept": concept("Salbutamol"),
            },
            {
                "resourceType": "MedicationRequest",
                "status": "stopped",
                "medicationCodeableConcept": concept("Codeine"),
            },
            {"resourceType": "AllergyIntolerance", "code": concept("Penicillin")},
            lab("Potassium", 4.1, "mmol/L", "2026-01-02"),
            lab("Potassium", 5.6, "mmol/L", "2026-03-04"),
        ),
        today=TODAY,
    )
    assert (patient.age, patient.sex, patient.conditions) == (68, "female", ("Asthma",))
    assert (patient.medications, patient.allergies) == (("Salbutamol",), ("Penicillin",))
    assert patient.labs == ("Potassium 5.6 mmol/L (2026-03-04)",)


@pytest.mark.parametrize(
    ("resource", "release"),
    [
        ({"resourceType": "Condition", "clinicalStatus": "active"}, "STU3"),
        ({"resourceType": "Encounter", "class": [concept("inpatient")]}, "R5"),
        ({"resourceType": "MedicationRequest", "medication": {"concept": concept("Codeine")}}, "R5"),
        ({"resourceType": "MedicationOrder"}, "DSTU2"),
        (
            {
                "resourceType": "Basic",
                "meta": {"profile": ["http://hl7.org/fhir/StructureDefinition/Basic|5.0.0"]},
            },
            "5.0.0",
        ),
    ],
)
def test_a_bundle_of_another_release_is_refused_by_name(resource, release):
    with pytest.raises(Invalid, match=f"FHIR {release}; R4") as refused:
        bundle_read(bundle(resource), today=TODAY)
    assert refused.value.code == "fhir_version"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([], "not list"),
        ({"resourceType": "Patient"}, "not Patient"),
        ({"resourceType": "Bundle", "entry": {}}, "0 patients"),
        ({"resourceType": "Bundle", "entry": [{"resource": 7}]}, r"entry\[0\]"),
        (bundle(gender="F"), "gender is 'F'"),
        (bundle(birthDate="1958-13-01"), "no date"),
        (bundle(birthDate="2058-01-01"), "future"),
        (bundle({"resourceType": "Patient"}), "2 patients"),
    ],
)
def test_what_is_no_bundle_of_one_patient_is_refused(value, told):
    with pytest.raises(Invalid, match=told):
        bundle_read(value, today=TODAY)


def test_an_age_that_contradicts_the_birth_date_is_refused():
    stated = {
        "resourceType": "Observation",
        "code": concept("Age", code="30525-0"),
        "valueQuantity": {"value": 40},
    }
    with pytest.raises(Invalid, match="age 40 contradicts the birth date .* which makes 68 years") as refused:
        bundle_read(bundle(stated), today=TODAY)
    assert refused.value.code == "contradictory_context"


def test_bundles_of_synthetic_patients_are_read():
    files = sorted(data_set("synthea_fhir").glob("*.json"))
    patients = [bundle_read(json.loads(path.read_text(encoding="utf-8")), today=TODAY) for path in files]
    assert len(patients) == 8 and all(one.age is not None and one.sex for one in patients)
    assert any(one.conditions for one in patients) and any(one.labs for one in patients)
