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


def lab_at(value: float, when: str, **more: object) -> dict[str, object]:
    return lab("Potassium", value, "mmol/L", "") | {"effectiveDateTime": when} | more


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("2026-03-04T22:00:00Z", 6.8), ("2026-03-04T06:00:00Z", 3.9)),
        (("2026-03-04T23:30:00-05:00", 6.8), ("2026-03-05T01:00:00+01:00", 3.9)),
        (("2026-03-04T06:00:00.250Z", 6.8), ("2026-03-04", 3.9)),
        (("2026-03", 6.8), ("2026", 3.9)),
        (("2026-03-04T06:00:00Z", 6.8), ("", 3.9)),
        (("9999-12-31T23:00:00-14:00", 6.8), ("0001-01-01T00:00:00+14:00", 3.9)),
    ],
)
def test_of_two_lab_values_the_one_of_the_later_instant_is_told_wherever_it_stands(first, second):
    labs = [lab_at(value, when) for when, value in (first, second)]
    for given in (labs, labs[::-1]):
        (told,) = bundle_read(bundle(*given), today=TODAY).labs
        assert told.startswith("Potassium 6.8 mmol/L (")


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_an_observation_that_was_entered_in_error_or_cancelled_counts_for_nothing(status):
    good = lab_at(4.1, "2026-03-01", status="final")
    wrong = lab_at(6.8, "2026-03-04", status=status, interpretation=[concept("", code="HH")])
    patient = bundle_read(bundle(good, wrong), today=TODAY)
    assert patient.labs == ("Potassium 4.1 mmol/L (2026-03-01)",) and not patient.labs_abnormal
    age = {"resourceType": "Observation", "status": status, "code": concept("Age", code="30525-0")}
    assert bundle_read(bundle(age | {"valueQuantity": {"value": 40}}), today=TODAY).age == 68


@pytest.mark.parametrize(
    ("quantity", "told"),
    [
        ({"value": 0.004, "unit": "ng/mL"}, "0.004 ng/mL"),
        ({"value": 0.00004}, "0.00004"),
        ({"value": 1234567, "unit": "IU/L"}, "1234567 IU/L"),
        ({"value": 5}, "5"),
        ({"value": 5.25}, "5.25"),
        ({"value": 324.84143035292686}, "324.841430"),
        ({"value": 1e-200}, "1e-200"),
        ({"value": 0.5, "comparator": "<", "unit": "ng/mL"}, "<0.5 ng/mL"),
        ({"value": 90, "comparator": ">="}, ">=90"),
    ],
)
def test_a_lab_value_is_told_as_it_is_stated(quantity, told):
    one = lab_at(0, "2026-03-04") | {"valueQuantity": quantity}
    assert bundle_read(bundle(one), today=TODAY).labs == (f"Potassium {told} (2026-03-04)",)
    named = one | {"code": concept("x" * 200)}
    assert bundle_read(bundle(named), today=TODAY).labs[0].endswith(f"xxx {told} (2026-03-04)")


def test_a_value_that_is_only_bounded_is_abnormal_where_all_that_it_can_be_is():
    def abnormal(comparator: str) -> list[bool]:
        quantity = {"value": 5, "comparator": comparator}
        ranges = [{"low": {"value": low}, "high": {"value": high}} for low, high in [(6, 9), (1, 3)]]
        made = [lab_at(0, "2026") | {"valueQuantity": quantity, "referenceRange": [one]} for one in ranges]
        return [bool(bundle_read(bundle(one), today=TODAY).labs_abnormal) for one in made]

    assert abnormal("<") == [True, False] and abnormal(">") == [False, True] and abnormal("") == [True, True]


@pytest.mark.parametrize(
    "more", [{"doNotPerform": True}, {"intent": "proposal"}, {"intent": "plan"}, {"intent": "option"}]
)
def test_a_medication_that_is_not_to_be_taken_or_only_planned_is_left_out(more):
    request = {"resourceType": "MedicationRequest", "status": "active", "intent": "order"}
    given = [
        request | {"medicationCodeableConcept": concept("Salbutamol"), "doNotPerform": False},
        request | {"medicationCodeableConcept": concept("Aspirin")} | more,
    ]
    assert bundle_read(bundle(*given), today=TODAY).medications == ("Salbutamol",)


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
