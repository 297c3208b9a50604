"""A question that tells of an emergency is answered with the call for help first, where triage is on."""

from dataclasses import replace

import pytest

from collegium.answers.selectors import answer_data
from collegium.answers.services import ask, ask_events
from collegium.sdk.answering import Question
from collegium.sdk.retrieval import Hit
from collegium.sdk.testing import StepsDouble
from tests.clients import client_of
from tests.verticals.medical.answering.test_answer import ASKER, FOR, QUESTION
from tests.verticals.medical.triage.test_switch import turn_on
from verticals.medical.vertical import Medical

pytestmark = pytest.mark.django_db
CHEST, CHEST_ZH = (
    "Crushing chest pain now, what dose of aspirin?",
    "现在胸口压榨样剧痛、出冷汗，阿司匹林吃多少？",
)
NOTE = "# Note on chest pain\n\nAspirin is given early to adults with crushing chest pain.\n"
NOTE_ZH = "# 胸痛处理指南\n\n成人胸口压榨样疼痛应尽早服用阿司匹林，剂量遵医嘱。\n"


def first(data: dict) -> dict:
    return data["blocks"][0]


def answered(*hits: Hit, **question: object) -> StepsDouble:
    steps = StepsDouble(replace(Question(QUESTION, "en", ASKER), **question), hits)
    Medical().warn(steps)
    Medical().answer(steps)
    return steps


def asked(asker, question: str, **more: object) -> dict:
    return answer_data(asker, ask(asker=asker, vertical="medical", question=question, **more))


@pytest.fixture
def notes(send):
    send({"chest.md": NOTE, "chest-zh.md": NOTE_ZH})


def test_the_call_for_help_comes_first_and_the_sources_still_answer(notes, owner, owner_asker):
    turn_on(owner_asker)
    data = asked(owner_asker, CHEST)
    assert first(data)["kind"] == "emergency" and data["text"].startswith("This may be an emergency. Call")
    assert "“Crushing”, “chest” (Gulati M et al." in first(data)["text"]
    assert "Aspirin is given early" in data["text"] and not data["refused"]
    page = client_of(owner).get(f"/answers/{data['id']}/").content.decode()
    assert page.index("This may be an emergency") < page.index('class="block-evidence"')
    assert '<div class="notice error" role="alert"><div class="stack-s"><p>This may be an' in page


def test_the_rules_that_fired_are_named_with_their_place_and_source(owner_asker):
    turn_on(owner_asker)
    told = dict(answered(FOR, text="My dad collapsed, he is not breathing", asker=owner_asker).blocks)
    assert "Red flags recognised in the question:" in told["emergency"]
    assert "not breathing”" in told["emergency"] and "No rule fired" not in told["emergency"]


def test_the_stream_begins_with_the_call_for_help(notes, owner_asker):
    turn_on(owner_asker)
    events = list(ask_events(asker=owner_asker, vertical="medical", question=CHEST))
    assert [one.name for one in events[:2]] == ["started", "delta"]
    assert events[1].data["kind"] == "emergency" and "emergency number" in events[1].data["text"]


def test_a_chinese_question_is_told_so_in_chinese(notes, owner_asker):
    turn_on(owner_asker)
    told = first(asked(owner_asker, CHEST_ZH))
    assert told["kind"] == "emergency" and "急救电话 120" in told["text"] and "胸口" in told["text"]
    in_english = first(asked(owner_asker, CHEST_ZH, language="en"))
    assert "Call the emergency number" in in_english["text"] and "胸口" in in_english["text"]


def test_nothing_changes_where_it_is_off_or_nothing_is_recognised(notes, owner_asker):
    off = asked(owner_asker, CHEST)
    assert "emergency" not in {one["kind"] for one in off["blocks"]}
    turn_on(owner_asker)
    calm = asked(owner_asker, "Is aspirin given to adults?")
    assert "emergency" not in {one["kind"] for one in calm["blocks"]}
    on = asked(owner_asker, CHEST)
    assert [one for one in on["blocks"] if one["kind"] != "emergency"] == off["blocks"]


def test_another_workspaces_switch_changes_nothing_for_an_outsider(notes, owner_asker, outsider_asker):
    turn_on(owner_asker)
    steps = answered(FOR, text=CHEST, asker=outsider_asker)
    assert steps.blocks and "emergency" not in dict(steps.blocks)


def test_the_call_stands_before_a_refusal_too(owner_asker):
    turn_on(owner_asker)
    steps = answered(text=CHEST, asker=owner_asker)
    assert [kind for kind, _text in steps.blocks] == ["emergency", "interpretation", "refusal"]
    assert steps.refusals == ["nothing_relevant"]


def test_the_call_stands_where_there_is_nothing_to_answer_from(owner_asker):
    turn_on(owner_asker)
    data = asked(owner_asker, CHEST)
    assert first(data)["kind"] == "emergency" and data["refused"]
    assert data["refusal"]["code"] == "knowledge_base_empty"


def test_the_patients_age_decides_which_rules_apply(owner_asker):
    turn_on(owner_asker)
    fever = "The baby has a temperature of 38.5 °C, what is given?"
    assert dict(answered(FOR, text=fever, asker=owner_asker, context={"age": 0}).blocks)["emergency"]
    steps = answered(FOR, text=fever.replace("The baby", "He"), asker=owner_asker, context={"age": 40})
    assert "emergency" not in dict(steps.blocks)


def test_a_language_that_is_not_read_gives_no_call_and_is_refused(owner_asker):
    turn_on(owner_asker)
    steps = answered(FOR, text="胸が痛いです。アスピリンは?", asker=owner_asker)
    assert steps.refusals == ["language_unsupported"] and "emergency" not in dict(steps.blocks)
