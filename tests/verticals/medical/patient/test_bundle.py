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


def taken(reference: str, **more: object) -> dict[str, object]:
    request = {"resourceType": "MedicationRequest", "status": "active"}
    return request | {"medicationReference": {"reference": reference, **more}}


def medication(name: str, local: str) -> dict[str, object]:
    return {"resourceType": "Medication", "id": local, "code": concept(name)}


def test_a_medication_that_is_referred_to_is_read_wherever_it_stands():
    contained = taken("#a") | {"contained": [medication("Salbutamol", "a")]}
    given = bundle(
        contained,
        taken("Medication/b/_history/2"),
        taken("urn:uuid:c"),
        taken("Medication/elsewhere", display="Warfarin"),
        medication("Codeine", "b"),
    )
    given["entry"].append({"fullUrl": "urn:uuid:c", "resource": medication("Heparin", "")})
    patient = bundle_read(given, today=TODAY)
    assert patient.medications == ("Salbutamol", "Codeine", "Heparin", "Warfarin")
    assert patient.medications_unnamed == 0


def test_a_medication_without_a_name_is_told_as_one():
    patient = bundle_read(bundle(taken("Medication/elsewhere")), today=TODAY)
    assert patient.medications == () and patient.medications_unnamed == 1
    assert patient.line("en").endswith("1 further medication that the record does not name")
    assert patient.line("zh").endswith("另有1种用药未写明名称")


@pytest.mark.parametrize(
    ("born", "ages", "said"),
    [
        ("1958", (67, 68), "age 67 or 68"),
        ("1958-06", (67, 68), "age 67 or 68"),
        ("1958-05", (68, 68), "age 68"),
        ("2026", (0, 0), "age 0"),
        ("1958-06-01", (68, 68), "age 68"),
    ],
)
def test_a_birth_date_without_its_day_gives_the_ages_that_it_can_be(born, ages, said):
    patient = bundle_read(bundle(birthDate=born), today=TODAY)
    assert (patient.age, patient.age_most) == ages and said in patient.line("en").split("; ")


def test_both_ages_are_told_in_chinese():
    assert bundle_read(bundle(birthDate="1958"), today=TODAY).line("zh").startswith("67或68岁；女")


@pytest.mark.parametrize("age", [66, 69])
def test_an_age_that_a_year_of_birth_cannot_make_is_refused(age):
    stated = {"resourceType": "Observation", "code": concept("Age", code="30525-0")}
    with pytest.raises(Invalid, match=f"age {age} contradicts the birth date 1958, which makes 67 or 68"):
        bundle_read(bundle(stated | {"valueQuantity": {"value": age}}, birthDate="1958"), today=TODAY)
    bundle_read(bundle(stated | {"valueQuantity": {"value": 67}}, birthDate="1958"), today=TODAY)


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
        (bundle(birthDate="2027"), "future"),
        (bundle(birthDate="1890"), "above 130"),
        (bundle(birthDate="58"), "no date"),
        (bundle(birthDate="1958-13"), "no date"),
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
