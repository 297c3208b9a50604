"""The thresholds of relevance: questions beside the sample are refused; those about it, in test_asking, are not."""

import pytest

from collegium.answers.services import ask

pytestmark = pytest.mark.django_db

BESIDE = [
    ("finance", "What is the capital of Mongolia?"),
    ("finance", "How do I bake sourdough bread?"),
    ("finance", "Who won the football world cup?"),
    ("finance", "What is photosynthesis?"),
    ("finance", "What was the revenue of Contoso in 2024?"),
    ("finance", "Why did the gross margin of Contoso change?"),
    ("finance", "今天天气怎么样？"),
    ("finance", "霁川仪器的火箭发射计划"),
    ("finance", "如何做红烧肉？"),
    ("medical", "How do I repair a bicycle tyre?"),
    ("medical", "What is the dose of levothyroxine in hypothyroidism?"),
    ("medical", "甲状腺功能减退患者的促甲状腺激素目标是多少？"),
    ("medical", "Does Tarnbeck pay a dividend?"),
]


@pytest.mark.parametrize(("vertical", "question"), BESIDE)
def test_a_question_beside_the_documents_is_refused_and_what_was_searched_is_said(world, vertical, question):
    answer = ask(asker=world.asker, vertical=vertical, question=question)
    assert answer.refused, answer.text
    assert answer.refusal["code"] == ("unknown_company" if "Contoso" in question else "nothing_relevant")
    base = world.base(vertical)
    assert answer.refusal["searched"] == {
        "knowledge_bases": [{"id": str(base.pk), "name": base.name}],
        "documents": base.documents.count(),
    }
    assert base.name in answer.text
    assert not answer.citations.exists()


def test_an_empty_knowledge_base_is_said_to_be_empty(world):
    from collegium.knowledge.services import knowledge_base_create

    empty = knowledge_base_create(asker=world.asker, name="Nothing yet", vertical="finance")
    answer = ask(
        asker=world.asker, vertical="finance", question="What was revenue?", knowledge_bases=[empty.pk]
    )
    assert answer.refused and answer.refusal["code"] == "knowledge_base_empty"
    assert answer.refusal["searched"]["documents"] == 0
    assert "Nothing yet" in answer.text
