"""An answer names the patient, shows kind and date of its sources, and shows where they differ unmerged."""

import uuid
from dataclasses import replace

import pytest

from collegium.accounts.asker import Asker
from collegium.sdk.answering import Question, Quote
from collegium.sdk.errors import Invalid
from collegium.sdk.retrieval import Hit
from collegium.sdk.testing import StepsDouble
from verticals.medical.answering.differing import differences_find
from verticals.medical.vertical import Medical

pytestmark = pytest.mark.django_db  # which terminology is loaded
ASKER = Asker(workspace_id=uuid.uuid4())
QUESTION = "Should oral steroids be given in croup?"


def hit(text: str, **metadata: str) -> Hit:
    return Hit(
        chunk=hash(text), document=uuid.uuid4(), version=uuid.uuid4(), knowledge_base=uuid.uuid4(),
        title="Croup", text=text, kind="text", section=(), locator={}, page=None, boxes=(), lines=(),
        metadata=metadata, language="en", score=0.9, similarity=0.8, lexical=0.9,
    )  # fmt: skip


FOR = hit("Oral steroids should be given in croup.", kind="guideline", publication_date="2024-03-18")
AGAINST = hit("Oral steroids should not be given in croup.", kind="abstract", publication_date="2009-01-02")


def answered(*hits: Hit, **question: object) -> StepsDouble:
    steps = StepsDouble(replace(Question(QUESTION, "en", ASKER), **question), hits)
    Medical().answer(steps)
    return steps


def blocks(steps: StepsDouble, kind: str) -> str:
    return "\n".join(text for name, text in steps.blocks if name == kind)


def test_sources_are_told_with_kind_and_date_and_the_question_with_its_concepts():
    steps = answered(FOR)
    assert blocks(steps, "sources") == "Sources:\n[1] Croup: guideline, 2024-03-18"
    assert "croup (J05.0)" in blocks(steps, "interpretation")
    assert steps.rephrased and not blocks(steps, "difference")


def test_sources_that_advise_differently_are_shown_side_by_side_and_nothing_is_rephrased():
    steps = answered(FOR, AGAINST)
    told = blocks(steps, "difference")
    assert "[1] (guideline, 2024-03-18) and [2] (abstract, 2009-01-02) do not advise the same" in told
    assert len(steps.quotes) == 2 and not steps.rephrased


def test_a_source_without_date_says_so():
    assert "document, no date stated" in blocks(answered(hit(FOR.text)), "sources")


def test_the_patient_is_named_in_the_answer_and_used_in_the_search():
    steps = answered(FOR, context={"age": 3, "sex": "male", "conditions": ["asthma"]})
    assert "age 3; male; conditions: asthma" in blocks(steps, "interpretation")
    assert "asthma" in steps.searches[0].expansions and steps.searches[0].expansion_weight < 1
    assert {"children", "men"} <= set(steps.searches[0].expansions)
    assert steps.queries[0].notes["patient"]["age"] == 3


def test_a_context_that_cannot_be_read_is_refused():
    with pytest.raises(Invalid, match="unknown field"):
        Medical().context_check({"weight": 70})
    Medical().context_check({"age": 3})


def quotes(*texts: str) -> list[Quote]:
    return [Quote(number, text, hit(text)) for number, text in enumerate(texts, 1)]


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (
            "Give oxygen when the saturation is below 92%.",
            "Give oxygen when the saturation is below 94%.",
            ["figures"],
        ),
        ("妊娠期高血压推荐使用该药。", "妊娠期高血压禁用该药。", ["advice"]),
        ("肾功能不全者可用二甲双胍。", "肾功能不全者不可用二甲双胍。", ["advice"]),
        ("Oral steroids should be given in croup.", "Oral steroids have no role in croup.", ["advice"]),
        (
            "Oral steroids should be given in croup.",
            "Oral steroids are not recommended in croup.",
            ["advice"],
        ),
        (
            "Oral steroids should be given in croup.",
            "Oral steroids are not routinely recommended in croup.",
            ["advice"],
        ),
        (
            "Amoxicillin is given for five days in pneumonia.",
            "Amoxicillin is given for seven days in pneumonia.",
            ["figures"],
        ),
        ("Amoxicillin is given for five days.", "Amoxicillin is given for 7 days.", ["figures"]),
        ("Amoxicillin is given for 3 to 5 days.", "Amoxicillin is given for 5 to 7 days.", ["figures"]),
        ("肺炎患者阿莫西林疗程为五天。", "肺炎患者阿莫西林疗程为7天。", ["figures"]),
        ("成人高血压的目标为140/90毫米汞柱以下。", "成人高血压的目标为130/80 mmHg以下。", ["figures"]),
        ("成人高血压的目标为150/90毫米汞柱以下。", "成人高血压的目标为140/90毫米汞柱以下。", ["figures"]),
        ("过敏性休克肾上腺素剂量为0.5毫升。", "过敏性休克肾上腺素剂量为0.3毫升。", ["figures"]),
        ("哮喘患者布地奈德剂量为200微克。", "哮喘患者布地奈德剂量为400微克。", ["figures"]),
        ("Give oxygen when the saturation is below 92%.", "Steroids are not recommended in croup.", []),
        (
            "Give oxygen when the saturation is below 92%.",
            "Oxygen is given when saturation is below 92%.",
            [],
        ),
    ],
)
def test_two_sources_differ_only_on_the_same_thing(first, second, why):
    assert [one.why for one in differences_find(quotes(first, second))] == why


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Oral steroids should be given in croup.", "Antibiotics have no role in croup."),
        (
            "Oral steroids should be given in croup.",
            "Oral steroids are not only recommended but first-line in croup.",
        ),
        ("肾功能不全者可用二甲双胍。", "肾功能不全者可用二甲双胍，剂量酌减。"),
        ("Amoxicillin is given for five days.", "Amoxicillin is given for 5 days."),
        ("Amoxicillin is given for five days.", "Amoxicillin is given for five to seven days."),
        ("Amoxicillin is given for 6 days.", "Amoxicillin is given for 5-7 days."),
        ("肺炎患者阿莫西林疗程为五天。", "肺炎患者阿莫西林疗程为5天。"),
        ("肺炎患者阿莫西林一天三次口服。", "肺炎患者阿莫西林口服五天。"),
        ("成人高血压的目标为140/90毫米汞柱以下。", "成人高血压的目标为 140/90 mmHg 以下。"),
        ("成人高血压的目标为140/90毫米汞柱以下。", "成人高血压的收缩压目标为140毫米汞柱以下。"),
        ("哮喘患者布地奈德剂量为200微克。", "哮喘患者布地奈德剂量为200 µg。"),
        ("儿童发热常用布洛芬，3个月以下婴儿慎重。", "儿童发热常用布洛芬，6个月以下婴儿慎重。"),
        (
            "Give aspirin in stroke to adults seventy years old.",
            "Give aspirin in stroke to adults 60 years old.",
        ),
    ],
)
def test_other_words_for_the_same_are_no_difference(first, second):
    assert list(differences_find(quotes(first, second))) == []


def test_long_texts_of_repeated_figures_are_read_to_their_end():
    """A pattern that grew with the square of the text would not come to an end here."""
    for unit in ("1/", "five ", "五", "not only ly", "1 ", "five-", "不可"):
        text = (unit * 20_000)[:20_000]
        told = list(differences_find(quotes(f"croup {text}", f"croup {text} x")))
        assert len(told) < 20


def test_one_document_does_not_differ_from_itself():
    first, second = quotes(FOR.text, AGAINST.text)
    same = replace(second, hit=replace(second.hit, document=first.hit.document))
    assert list(differences_find([first, same])) == []


def test_different_ages_of_whom_sources_speak_of_are_no_difference():
    pairs = [
        (
            "多数成人的糖化血红蛋白目标为 7.0% 以下；75 岁以上者可放宽至 8.0% 以下。",
            "80 岁以上患者的目标为 150/90 mmHg 以下。",
        ),
        (
            "Give aspirin to adults aged 75 years in stroke.",
            "Give aspirin to adults 60 years and over in stroke.",
        ),
    ]
    for first, second in pairs:
        assert list(differences_find(quotes(first, second))) == [], first
