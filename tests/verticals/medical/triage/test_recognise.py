"""What surrounds the rules: context, places, values beside the text, contradictions and bad input."""

from datetime import date

import numpy as np
import pytest

from verticals.medical.triage.concepts import concepts_found, expressions
from verticals.medical.triage.context import context_of
from verticals.medical.triage.learn import sources_digest
from verticals.medical.triage.likeness import WEIGHTS, likeness_model
from verticals.medical.triage.recognise import Patient, TriageProblem, triage
from verticals.medical.triage.traits import CALM, Fired, traits_of
from verticals.medical.triage.vitals import VitalsProblem

TODAY = date(2026, 1, 15)


@pytest.mark.parametrize(
    ("text", "mention", "language", "part"),
    [
        ("denies chest pain, cough or fever", "fever", "en", "negated"),
        ("chest pain: none, walks well", "chest pain", "en", "negated"),
        ("my stroke was in 2015 and i am fine", "stroke", "en", "historical"),
        ("my father died of a heart attack", "heart attack", "en", "family"),
        ("what are the signs of a stroke?", "stroke", "en", "hypothetical"),
        ("没有胸痛、气短和发烧", "发烧", "zh", "negated"),
        ("以前得过脑梗，来开药", "脑梗", "zh", "historical"),
        ("父亲死于心梗", "心梗", "zh", "family"),
        ("如果胸痛怎么办", "胸痛", "zh", "hypothetical"),
    ],
)
def test_what_is_not_there_is_told_from_what_is(text, mention, language, part):
    start = text.index(mention)
    context = context_of(text, start, start + len(mention), language)
    assert getattr(context, part) and not context.present


@pytest.mark.parametrize(
    ("text", "mention", "language"),
    [
        ("no fever but crushing chest pain", "chest pain", "en"),
        ("had a heart attack in 2015, same chest pain now", "chest pain", "en"),
        ("no idea why, chest pain since noon", "chest pain", "en"),
        ("my father is having a stroke", "stroke", "en"),
        ("没有发烧，但是胸痛得厉害", "胸痛", "zh"),
        ("以前有心脏病，现在胸痛", "胸痛", "zh"),
        ("我爸中风了，嘴歪了", "中风", "zh"),
    ],
)
def test_what_is_there_stands(text, mention, language):
    start = text.index(mention)
    assert context_of(text, start, start + len(mention), language).present


def test_the_places_are_those_of_the_text_given_even_where_words_are_misspelt():
    text = "Help — my dad collapsd, he’s unconcious"
    result = triage(text)
    found = result.hits or result.escalation.signs
    (hit,) = [one for one in found if one.rule.id == "consciousness.altered"]
    assert any(text[start:end].startswith("collapsd") for start, end in hit.spans)


def test_thresholds_follow_the_age():
    assert not triage(
        "seen at the desk", patient=Patient(age_years=30, vitals={"temperature": 38.3})
    ).emergency
    infant = triage("seen at the desk", patient=Patient(age_years=0.1, vitals={"temperature": 38.3}))
    assert infant.emergency and infant.hits[0].spans == () and infant.hits[0].readings[0].value == 38.3


@pytest.mark.parametrize("text", ["well child check, RR 28, HR 112", "儿科门诊：呼吸28，血氧99%"])
def test_a_child_without_an_age_is_not_judged_as_an_adult(text):
    rate = "RR 28" if text.isascii() else "呼吸28，血氧99%"
    assert triage(f"seen at the desk: {rate}" if text.isascii() else rate).hits and not triage(text).hits


@pytest.mark.parametrize("text", ["spo2 84", "bp 70/40", "GCS 7", "血氧 85", "temp 105.5F"])
def test_numbers_alone_fire(text):
    assert triage(text).hits


@pytest.mark.parametrize("text", ["spo2 98, bp 120/80, pulse 70", "血压120/80，血氧98"])
def test_normal_numbers_do_not(text):
    assert not triage(text).emergency


def test_an_age_that_does_not_go_with_the_date_of_birth_is_told():
    patient = Patient(age_years=30, birth_date=date(1950, 1, 1))
    (told,) = triage("sore toe", patient=patient, today=TODAY).contradictions
    assert "contradicts the birth date" in str(told)
    assert triage("a 60 year old with a sore toe", patient=Patient(age_years=30)).contradictions
    assert not triage("sore toe", patient=Patient(75, date(1950, 6, 1)), today=TODAY).contradictions


def test_the_model_only_adds_and_names_the_signs_that_it_weighed():
    never, always = float("inf"), float("-inf")
    model = likeness_model()
    plain, grave = "I have a small corn on my toe", "he is not breathing and has no pulse, spo2 60"
    assert triage(grave).hits and triage(grave).escalation is None
    for threshold, seen in ((never, False), (always, True)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(model, "thresholds", {"en": threshold, "zh": threshold})
            assert triage(grave).emergency and triage(grave).hits
            result = triage(plain)
            assert result.emergency is seen and not result.hits
            assert bool(result.escalation) is seen


def test_the_weights_were_made_from_the_rules_and_words_that_are_shipped():
    with np.load(WEIGHTS) as stored:
        assert str(stored["made_from"]) == sources_digest(), "run python -m verticals.medical.triage.learn"


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("no chest pain today", "en", "chest-"),
        ("crushing chest pain for an hour", "en", "chest+"),
        ("没有胸痛", "zh", "chest-"),
        ("胸痛半小时", "zh", "chest+"),
        ("血压120/80", "zh", ""),
    ],
)
def test_concepts_are_named_with_their_context(text, language, name):
    named = concepts_found(text, language)
    assert name in named if name else not {"bleeding+", "heavy_bleeding+"} & set(named)


@pytest.mark.parametrize(
    ("text", "language", "sign"),
    [
        ("what happens if someone has a seizure?", "en", "asked in general:1"),
        ("万一她抽搐要不要紧", "zh", "asked of somebody:1"),
    ],
)
def test_what_is_asked_about_somebody_is_a_sign(text, language, sign):
    traits = traits_of(text, language, concepts_found(text, language), Fired([], 0), [], None)
    assert "seizure?" in traits["concepts"] and sign in traits["signs"]


def test_what_calms_is_a_concept():
    assert set(expressions("en")) >= CALM and set(expressions("zh")) >= CALM


@pytest.mark.parametrize(
    ("text", "language", "told"),
    [
        ("  ", "", "empty"),
        ("У меня болит грудь", "", "not supported"),
        ("胸が痛いです", "", "not supported"),
        ("Mi padre se ha desmayado y no respira, llame a una ambulancia", "", "not supported"),
        ("Mon mari ne respire plus et il est devenu bleu", "", "not supported"),
        ("brust", "de", "not supported"),
        ("a" * 20_001, "", "at most"),
    ],
)
def test_a_text_that_cannot_be_looked_at_is_refused(text, language, told):
    with pytest.raises(TriageProblem, match=told):
        triage(text, language=language)


def test_an_impossible_value_is_refused_with_its_limits():
    with pytest.raises(VitalsProblem, match="between 10 and 100"):
        triage("dizzy", patient=Patient(vitals={"spo2": 150}))
    with pytest.raises(VitalsProblem, match="no known measure"):
        triage("dizzy", patient=Patient(vitals={"mood": 3}))


@pytest.mark.parametrize(
    ("text", "language", "alarms"),
    [
        ("fetal heart rate 150 on the scan", "en", False),
        ("heart rate 150", "en", True),
        ("胎心率150", "zh", False),
        ("心率150", "zh", True),
    ],
)
def test_the_pulse_of_an_unborn_child_is_not_that_of_the_patient(text, language, alarms):
    assert bool(triage(text, language=language).hits) is alarms


@pytest.mark.parametrize(
    ("text", "language", "alarms"),
    [
        ("GCS 14 -> 9 over 30 min", "en", True),
        ("GCS 15 at 18:00, seen again at 19:00", "en", False),
        ("GCS由15分降至9分", "zh", True),
        ("GCS 15分，19点复查", "zh", False),
    ],
)
def test_a_fall_of_the_coma_scale_alarms_though_it_began_well(text, language, alarms):
    assert bool(triage(text, language=language).hits) is alarms


@pytest.mark.parametrize(
    ("text", "measure", "value"),
    [
        ("Male 45, BP 60/palp, HR 88, alert", "systolic", 60),
        ("SpO2 25% on air", "spo2", 25),
        ("sats 28, awake", "spo2", 28),
        ("potassium 13 on the gas", "potassium", 13),
        ("K+ 12.5", "potassium", 12.5),
        ("Hb 9 g/L", "haemoglobin", 9),
        ("Hb 9.1 g/dl", "haemoglobin", 91),
        ("Hb 9", "haemoglobin", 90),
    ],
)
def test_a_value_is_read_in_its_unit_and_however_low_it_is(text, measure, value):
    assert {one.measure: one.value for one in triage(text).readings}[measure] == value


def test_litres_of_oxygen_are_no_saturation_and_a_dose_of_potassium_no_level():
    assert not triage("O2 15 via mask").readings and not triage("potassium 40 mmol in the bag").readings


def test_an_unrecordable_pressure_alarms():
    assert triage("blood pressure unrecordable, 45M").hits and triage("couldn't get a blood pressure").hits


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("I am 30 years old and my 3 week old son has a fever", 3 * 7 / 365.25),
        ("我今年35岁，宝宝3个月大，发烧", 0.25),
        ("my 45yo husband, found by our 7 year old", 45),
    ],
)
def test_the_age_of_a_child_counts_before_that_of_whoever_writes(text, years):
    assert triage(text).age.years == pytest.approx(years)
