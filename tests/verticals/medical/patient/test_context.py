"""A patient given with a question is checked, and told in one line in the question's language."""

from datetime import date

import pytest
from django.utils import translation

from collegium.sdk.errors import Invalid
from verticals.medical.patient.bundle import bundle_read
from verticals.medical.patient.context import patient_read

TODAY = date(2026, 6, 1)


def test_a_patient_is_told_in_one_line_in_both_languages():
    patient = patient_read(
        {"age": 67, "sex": "male", "conditions": ["asthma", "asthma"], "allergies": ["penicillin"]}
    )
    assert patient.line("en") == "age 67; male; conditions: asthma; allergies: penicillin"
    assert patient.line("zh") == "67岁；男；疾病：asthma；过敏：penicillin"


def test_the_age_follows_from_the_birth_date():
    assert patient_read({"birth_date": "1958-06-02"}, today=TODAY).age == 67
    assert patient_read({"birth_date": "1958-06-01", "age": 68}, today=TODAY).age == 68


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"age": 40, "birth_date": "1958-06-01"}, "age 40 contradicts the birth date"),
        ({"age": -1}, "from 0 to 130"),
        ({"age": True}, "from 0 to 130"),
        ({"sex": "F"}, "no sex that is known"),
        ({"weight": 70}, "unknown field 'weight'"),
        ({"labs": "potassium"}, "'labs' is a list"),
        ({"labs": ["x" * 200]}, "longer than 120"),
        ({"conditions": ["x"] * 41}, "at most 40"),
        ({"birth_date": "yesterday"}, "no date"),
    ],
)
def test_what_cannot_be_a_patient_is_refused(given, told):
    with pytest.raises(Invalid, match=told):
        patient_read(given, today=TODAY)


def test_what_is_wrong_is_told_in_the_readers_language():
    with translation.override("zh-hans"):
        with pytest.raises(Invalid, match="未知字段“weight”"):
            patient_read({"weight": 70}, today=TODAY)
        with pytest.raises(Invalid, match="应为列表.*请修正"):
            bundle_read({"resourceType": "Bundle", "entry": 5}, today=TODAY)
        with pytest.raises(Invalid, match="此处读取 FHIR R4 Bundle"):
            bundle_read({"resourceType": "Patient"}, today=TODAY)
