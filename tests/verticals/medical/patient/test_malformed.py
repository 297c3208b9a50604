"""Whatever stands in a bundle or a context where something else belongs, it is read or refused by name."""

import copy
import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collegium.sdk.errors import Invalid
from tests.verticals.medical.patient_bundles import bundle, concept, condition, lab
from verticals.medical.patient.bundle import bundle_read
from verticals.medical.patient.context import Patient, patient_read

TODAY = date(2026, 6, 1)
AGE = {"resourceType": "Observation", "code": concept("Age", code="30525-0"), "valueQuantity": {"value": 68}}
LAB = lab("Potassium", 4.1, "mmol/L", "2026-01-02")
MEDICATION = {
    "resourceType": "MedicationRequest",
    "status": "active",
    "medicationCodeableConcept": concept("Salbutamol", display="Salbutamol"),
}
GOOD = bundle(
    condition("Asthma"),
    MEDICATION,
    {
        "resourceType": "MedicationRequest",
        "status": "active",
        "medicationReference": {"reference": "#m", "display": "Heparin"},
        "contained": [{"resourceType": "Medication", "id": "m", "code": concept("Heparin")}],
    },
    {"resourceType": "Medication", "id": "m2", "code": concept("Warfarin")},
    {"resourceType": "AllergyIntolerance", "code": concept("Penicillin")},
    {"resourceType": "Encounter", "class": concept("x"), "meta": {"profile": ["http://x|4.0.1"]}},
    LAB,
    AGE,
)
CONTEXT = {"age": 68, "birth_date": "1958-05-01", "sex": "female", "conditions": ["asthma"], "labs": ["K 4"]}
ODD = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(st.characters(), max_size=8),
        st.sampled_from(
            [10**401, -(10**401), float("nan"), "\ud800\x00", "active", "laboratory", "1958", "1958-05"]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["coding", "code", "x"]), inner)
    ),
    max_leaves=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each value within a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*path, key)
        yield from places(inner, (*path, key))


def swapped(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    whole = inner = copy.deepcopy(value)
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = other
    return whole


def outcome(read: Callable[[], Patient]) -> str:
    """What is said of the patient, or why there is none; only Invalid is caught."""
    try:
        patient = read()
    except Invalid as refused:
        return refused.detail
    said = patient.line("en") + patient.line("zh")
    assert "\x00" not in said
    return f"read: {said}"


@given(st.sampled_from(sorted(places(GOOD), key=str)), ODD)
def test_any_value_of_a_bundle_may_be_another_and_it_is_read_or_refused_by_name(path, other):
    assert outcome(lambda: bundle_read(swapped(GOOD, path, other), today=TODAY)).encode()


@given(st.sampled_from(sorted(places(CONTEXT), key=str)), ODD)
def test_any_value_of_a_context_may_be_another_and_it_is_read_or_refused_by_name(path, other):
    assert outcome(lambda: patient_read(swapped(CONTEXT, path, other), today=TODAY)).encode()


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        (LAB | {"category": 5}, r"Observation\.category .* a list"),
        (LAB | {"category": [5]}, r"Observation\.category\[0\] .* an object"),
        (MEDICATION | {"status": ["active"]}, r"MedicationRequest\.status .* a text"),
        (LAB | {"valueQuantity": {"value": 10**400}}, r"valueQuantity\.value .* a number"),
        (LAB | {"valueQuantity": {"value": "4.1"}}, r"valueQuantity\.value .* a number"),
        (AGE | {"valueQuantity": json.loads('{"value": 1e400}')}, r"valueQuantity\.value .* a number"),
        (AGE | {"valueQuantity": json.loads('{"value": NaN}')}, r"valueQuantity\.value .* a number"),
        (
            LAB | {"valueQuantity": {"value": 1, "comparator": "about"}},
            r"valueQuantity\.comparator .* < \| <=",
        ),
        (MEDICATION | {"doNotPerform": "true"}, r"MedicationRequest\.doNotPerform .* true \| false"),
        (condition("Asthma") | {"code": {"text": 7}}, r"Condition\.code\.text .* a text"),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_place(resource, told):
    with pytest.raises(Invalid, match=told) as refused:
        bundle_read(bundle(resource), today=TODAY)
    assert refused.value.code == "invalid_bundle"


def test_a_sex_that_is_no_text_is_refused():
    with pytest.raises(Invalid, match="no sex that is known"):
        patient_read({"sex": ["female"]})


def test_a_lab_value_without_a_day_is_told_without_one():
    undated = {name: value for name, value in LAB.items() if name != "effectiveDateTime"}
    assert bundle_read(bundle(undated), today=TODAY).labs == ("Potassium 4.1 mmol/L",)
