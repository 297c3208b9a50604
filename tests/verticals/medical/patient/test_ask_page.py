"""The patient that the form of the ask page states is used in the search, named in the answer, or refused."""

from functools import partial
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.collegium.api.conftest import Caller
from tests.collegium.knowledge.search_corpus import encoder_use
from tests.uploads import upload_read
from verticals.medical import vertical

pytestmark = pytest.mark.django_db(transaction=True)
SAMPLES = Path(vertical.__file__).with_name("samples")
QUESTION = "Should aspirin be used for primary prevention in type 2 diabetes?"


@pytest.fixture
def guidelines(workspace, owner, key_make, medical_base, monkeypatch):
    encoder_use(monkeypatch)
    send = partial(upload_read, Caller(key_make(workspace, user=owner)), medical_base)
    for name in ("aspirin-in-diabetes-guideline.md", "prevention-in-diabetes-guideline.md"):
        send({name: (SAMPLES / name).read_bytes()})


def test_the_form_is_shown_for_this_vertical_alone(colleague_client, guidelines):
    assert 'name="patient_age"' in colleague_client.get("/?vertical=medical").content.decode()
    assert 'name="patient_age"' not in colleague_client.get("/?vertical=finance").content.decode()


def test_a_patient_by_fields_and_by_bundle_is_named_in_the_answer(colleague_client, guidelines):
    sent = {"vertical": "medical", "question": QUESTION}
    fields = {"patient_age": "67", "patient_sex": "female", "patient_conditions": "type 2 diabetes\n"}
    shown = colleague_client.post("/ask/", sent | fields, follow=True).content.decode()
    assert "age 67; female; conditions: type 2 diabetes" in shown
    assert "do not advise the same" in shown  # the two samples contradict each other
    bundle = SimpleUploadedFile("p.json", (SAMPLES / "patients" / "orla-fennimore.json").read_bytes())
    shown = colleague_client.post("/ask/", sent | {"patient_bundle": bundle}, follow=True).content.decode()
    assert "Metformin 500 mg" in shown and "allergies: Penicillin" in shown


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"patient_age": "40", "patient_birth_date": "1958-06-01"}, "contradicts the birth date 1958-06-01"),
        ({"patient_age": "old"}, "whole number of years"),
        ({"patient_bundle": b'{"resourceType": "Patient"}'}, "not Patient"),
        (
            {
                "patient_bundle": b'{"resourceType": "Bundle", "entry": [{"resource": '
                b'{"resourceType": "Patient", "gender": ["female"]}}]}'
            },
            "Patient.gender has another type than in FHIR R4",
        ),
    ],
)
def test_a_patient_that_cannot_be_read_is_refused_with_a_reason(colleague_client, guidelines, fields, told):
    sent = {
        name: SimpleUploadedFile("p.json", value) if isinstance(value, bytes) else value
        for name, value in fields.items()
    }
    reply = colleague_client.post("/ask/", {"vertical": "medical", "question": QUESTION} | sent)
    assert reply.status_code == 422 and told in reply.content.decode()
