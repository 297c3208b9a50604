"""A search for a patient adds the group that guidelines write for, and labs that the record calls abnormal."""

from datetime import date

import pytest

from tests.verticals.medical.patient_bundles import bundle, concept, lab
from verticals.medical.patient.bundle import bundle_read
from verticals.medical.patient.context import patient_read
from verticals.medical.patient.search_words import search_words


@pytest.mark.parametrize(
    ("given", "added"),
    [
        ({"age": 0}, {"infants", "newborn", "新生儿"}),
        ({"age": 3}, {"children", "儿童"}),
        ({"age": 17}, {"adolescents", "儿童"}),
        ({"age": 64}, {"adults", "成人"}),
        ({"age": 65}, {"elderly", "老年人"}),
        ({"sex": "female"}, {"women", "女性"}),
        ({"sex": "male"}, {"men", "男性"}),
        ({"sex": "female", "conditions": ["Pregnancy, 20 weeks"]}, {"pregnancy", "孕妇", "women"}),
        ({"conditions": ["妊娠期糖尿病"]}, {"妊娠", "pregnant women"}),
        ({"labs": ["potassium 6.1 mmol/L high", "sodium 140 mmol/L"]}, {"potassium"}),
        ({"labs": ["sodium 120 mmol/L L"]}, {"sodium"}),
        ({"labs": ["血钾 6.1 mmol/L ↑"]}, {"血钾"}),
        ({"labs": ["肌酐升高 180 μmol/L"]}, {"肌酐"}),
    ],
)
def test_age_group_sex_pregnancy_and_abnormal_labs_are_searched_for(given, added):
    assert added <= set(search_words(patient_read(given)))


@pytest.mark.parametrize(
    "given",
    [
        {"sex": "unknown"},
        {"labs": ["sodium 140 mmol/L", "LDL 2.1 mmol/L", "high-density lipoprotein 1.2"]},
        {},
    ],
)
def test_nothing_is_added_that_the_record_does_not_say(given):
    assert search_words(patient_read(given)) == ()


@pytest.mark.parametrize(
    "condition", ["not pregnant", "ectopic pregnancy", "previous pregnancy with eclampsia", "未孕", "妊娠史"]
)
def test_a_pregnancy_that_is_not_now_adds_no_group(condition):
    assert "pregnant women" not in search_words(patient_read({"conditions": [condition]}))


def test_a_bundles_labs_are_abnormal_by_their_interpretation_or_their_range():
    potassium = lab("Potassium", 6.1, "mmol/L", "2026-01-02")
    sodium = lab("Sodium", 128, "mmol/L", "2026-01-02")
    patient = bundle_read(
        bundle(
            potassium | {"interpretation": [concept("", code="H")]},
            sodium | {"referenceRange": [{"low": {"value": 135}, "high": {"value": 145}}]},
            lab("Chloride", 100, "mmol/L", "2026-01-02") | {"referenceRange": [{"low": {"value": 98}}]},
            lab("Calcium", 2.4, "mmol/L", "2026-01-02"),
        ),
        today=date(2026, 6, 1),
    )
    assert set(patient.labs_abnormal) == {"Potassium", "Sodium"} and len(patient.labs) == 4
    assert {"Potassium", "elderly", "women"} <= set(search_words(patient))


def test_a_person_who_may_be_of_two_age_groups_is_sought_in_neither():
    patient = bundle_read(bundle(birthDate="2008"), today=date(2026, 6, 1))
    assert (patient.age, patient.age_most) == (17, 18) and not {"adults", "children"} & set(
        search_words(patient)
    )
