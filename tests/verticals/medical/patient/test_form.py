"""The form beside a question states a patient by fields or by a bundle; what cannot be read is refused."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from collegium.sdk.errors import Invalid
from verticals.medical import vertical
from verticals.medical.answering.understand import context_read
from verticals.medical.patient.bundle import bundle_read
from verticals.medical.patient.form import BUNDLE_FIELD, patient_posted

PATIENTS = sorted((Path(vertical.__file__).with_name("samples") / "patients").glob("*.json"))


def file(content: bytes | dict) -> dict[str, SimpleUploadedFile]:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return {BUNDLE_FIELD: SimpleUploadedFile("patient.json", raw)}


def test_fields_make_a_context_and_empty_ones_none():
    posted = {
        "patient_age": "67",
        "patient_sex": "male",
        "patient_conditions": "hypertension\n\n asthma \n",
        "patient_labs": "",
    }
    assert patient_posted(posted, {}) == {"age": 67, "sex": "male", "conditions": ["hypertension", "asthma"]}
    assert patient_posted({"patient_age": " "}, {}) == {}


@pytest.mark.parametrize("path", PATIENTS, ids=lambda path: path.stem)
def test_the_sample_patients_are_read_as_a_question_reads_them(path):
    context = patient_posted({}, file(path.read_bytes()))
    patient = context_read(context)
    assert patient == bundle_read(json.loads(path.read_text(encoding="utf-8"))) and patient.conditions
    assert patient.age is not None and patient.sex == "female" or patient.sex == "male"


@pytest.mark.parametrize(
    ("posted", "files", "told"),
    [
        ({"patient_age": "old"}, {}, "whole number of years, not 'old'"),
        ({"patient_age": "67"}, file({"resourceType": "Bundle"}), "not by both"),
        ({}, file(b"{"), "no JSON"),
        ({}, file(b"[" * 100_000), "no JSON"),
        ({}, file(b"x" * 5_000_001), "at most 5 MB"),
    ],
)
def test_what_the_form_cannot_mean_is_refused(posted, files, told):
    with pytest.raises(Invalid, match=told):
        patient_posted(posted, files)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"resourceType": "Patient"}, "not Patient"),
        ([1], "not list"),
        (
            {
                "resourceType": "Bundle",
                "entry": [{"resource": {"resourceType": "MedicationOrder", "id": "1"}}],
            },
            "FHIR DSTU2; R4",
        ),
    ],
)
def test_a_file_that_is_no_r4_bundle_is_refused_with_what_it_is(given, told):
    with pytest.raises(Invalid, match=told):
        context_read(patient_posted({}, file(given)))


def test_an_age_and_a_birth_date_that_do_not_go_together_are_refused_with_both():
    posted = {"patient_age": "40", "patient_birth_date": date(1958, 6, 1).isoformat()}
    with pytest.raises(Invalid, match="age 40 contradicts the birth date 1958-06-01") as refused:
        context_read(patient_posted(posted, {}))
    assert refused.value.code == "contradictory_context"
