"""Questions over the really ingested sample, without a language model: facts and quotations stand alone."""

import json
import uuid

import pypdfium2
import pytest

from collegium.answers.models import Answer, AnswerState, Conversation
from collegium.answers.selectors import answer_data, answer_get, conversation_get, conversation_list
from collegium.answers.services import ask, ask_events
from collegium.errors import Forbidden, Invalid, NotFound

pytestmark = pytest.mark.django_db

MARGIN = "Why did the gross margin of Tarnbeck Instruments change in 2024?"
EXPECTED = [  # question, vertical, words that must be quoted, page of the first quotation that holds them
    (MARGIN, "finance", "driven mainly by lower component and freight costs", 4),
    (
        "How much free cash flow did Tarnbeck Instruments generate in 2024?",
        "finance",
        "Free cash flow | 48.5",
        6,
    ),
    ("What is the risk with optical glass?", "finance", "only one supplier makes", 7),
    ("How many people work at Tarnbeck?", "finance", "2,140 people", 3),
    ("What dividend does the board propose?", "finance", "$0.31 per share", 2),
    ("霁川仪器2023年毛利率提高的原因是什么？", "finance", "核心光学部件实现自产", 3),
    ("霁川仪器2023年的研发费用是多少？", "finance", "115,776,500.00", 7),
    ("霁川仪器的汇率风险有多大？", "finance", "每升值 5%", 4),
    ("When should oxygen be given in suspected pneumonia?", "medical", "below 92%", None),
    ("Why should topiramate not be used in pregnancy?", "medical", "harms the unborn child", None),
    ("妊娠期妇女为什么禁用血管紧张素转换酶抑制剂？", "medical", "胎儿畸形", None),
]


@pytest.mark.parametrize(("question", "vertical", "words", "on_page"), EXPECTED)
def test_the_samples_questions_are_answered_from_the_right_page(world, question, vertical, words, on_page):
    data = answer_data(world.asker, ask(asker=world.asker, vertical=vertical, question=question))
    holding = [one for one in data["citations"] if words in " ".join(one["quote"].split())]
    assert not data["refused"] and holding, data["text"]
    assert holding[0]["page"] == on_page
    assert f"[{holding[0]['id']}]" in data["text"]
    assert data["language"] == ("zh" if "\u4e00" <= question[-3] <= "\u9fff" else "en")


@pytest.mark.parametrize(("question", "vertical"), [(one[0], one[1]) for one in EXPECTED if one[3]])
def test_the_boxes_of_a_quotation_lie_on_its_page_and_hold_its_words(world, question, vertical):
    from collegium.knowledge.selectors import version_file_open

    answer = ask(asker=world.asker, vertical=vertical, question=question)
    for one in answer_data(world.asker, answer)["citations"]:
        if one["page"] is None:
            continue
        _, path = version_file_open(world.asker, one["version"])
        page = pypdfium2.PdfDocument(path)[one["page"] - 1]
        width, height = page.get_size()
        text = page.get_textpage()
        found = ""
        for x0, y0, x1, y1 in one["boxes"]:
            assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height
            found += text.get_text_bounded(x0 - 1, height - y1 - 1, x1 + 1, height - y0 + 1)
        plain = "".join(char for char in one["quote"] if char.isalnum())
        boxed = "".join(char for char in found if char.isalnum())
        assert plain in boxed, (one["quote"], found)
        assert len(boxed) < len(plain) * 2.5 + 30, "the boxes hold far more than the quotation"


@pytest.mark.parametrize("question", ["And the year before?", "what about 2023?"])
def test_a_follow_up_carries_the_conversation(world, question):
    first = ask(
        asker=world.asker, vertical="finance", question="What was the gross margin of Tarnbeck in 2024?"
    )
    second = ask(asker=world.asker, vertical="finance", question=question, conversation=first.conversation_id)
    assert not second.refused
    assert second.conversation_id == first.conversation_id
    assert "39.00%" in second.text
    assert second.query["notes"]["years"] == [2023]
    assert second.query["filters"]["company"] == ["Tarnbeck Instruments plc"]


def test_a_chinese_follow_up_carries_the_conversation(world):
    first = ask(asker=world.asker, vertical="finance", question="霁川仪器2023年的综合毛利率是多少？")
    second = ask(
        asker=world.asker, vertical="finance", question="那去年呢？", conversation=first.conversation_id
    )
    assert "35.90%" in second.text
    assert second.query["notes"]["years"] == [2022]


def test_a_year_without_a_report_is_named(world):
    answer = ask(
        asker=world.asker,
        vertical="finance",
        question="What is the risk with optical glass of Tarnbeck in 2011?",
    )
    assert "No report for 2011" in answer.text
    assert answer.findings.get(check_name="period").action == "noted"


def test_a_figure_of_a_year_without_a_report_is_refused_saying_which_reports_there_are(world):
    answer = ask(
        asker=world.asker, vertical="finance", question="What was the gross margin of Tarnbeck in 2011?"
    )
    assert answer.refused and "FY2011" in answer.text and "at hand are of: Q1 2025, FY2024" in answer.text


def test_without_an_engine_the_quotations_stand_and_a_notice_says_so(world):
    answer = ask(asker=world.asker, vertical="finance", question=MARGIN)
    codes = [block.get("code") for block in answer.blocks]
    assert codes == [None, None, "engine_down"], "what is computed, what is quoted, the notice"
    assert "language model" not in answer.text
    assert answer.model == ""
    assert answer.state == AnswerState.DONE


def test_the_record_suffices_for_replay(world):
    question = "How many people worked at Tarnbeck Instruments in 2024?"
    answer = ask(asker=world.asker, vertical="finance", question=question)
    replay = answer_data(world.asker, answer)["replay"]
    assert replay["vertical_version"] == "1.0"
    assert replay["query"]["filters"] == {"company": ["Tarnbeck Instruments plc"], "fiscal_year": [2024]}
    cited = {one["chunk"] for one in answer_data(world.asker, answer)["citations"]}
    assert cited <= {one["chunk"] for one in replay["retrieved"]}
    assert all(one["version"] and one["score"] is not None for one in replay["retrieved"])
    assert answer.timings["total"] >= answer.timings["retrieval"] > 0


def test_the_events_come_in_order_and_done_carries_the_stored_answer(world):
    events = list(ask_events(asker=world.asker, vertical="finance", question=MARGIN))
    names = [event.name for event in events]
    assert names[0] == "started" and names.index("computation") < names.index("retrieval")
    assert names[-1] == "done"
    assert names.index("citation") < names.index("delta")
    said = "".join(event.data["text"] for event in events if event.name == "delta")
    assert said == events[-1].data["text"]
    assert events[0].data["id"] == events[-1].data["id"]
    json.dumps([event.data for event in events])


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"question": "  "}, Invalid, "empty"),
        ({"question": "x" * 10_000}, Invalid, "at most 4000"),
        ({"vertical": "astrology"}, NotFound, "no vertical 'astrology'"),
        ({"knowledge_bases": [uuid.uuid4()]}, NotFound, "no knowledge base"),
        ({"knowledge_bases": ["nonsense"]}, NotFound, "no knowledge base"),
        ({"conversation": uuid.uuid4()}, NotFound, "no such conversation"),
        ({"conversation": "nonsense"}, NotFound, "no such conversation"),
        ({"language": "fr"}, Invalid, "en or zh"),
    ],
)
def test_bad_input_is_refused_before_anything_is_stored(world, given, error, words):
    before = Answer.objects.count(), Conversation.objects.count()
    with pytest.raises(error, match=words):
        ask_events(asker=world.asker, **{"vertical": "finance", "question": MARGIN, **given})
    assert (Answer.objects.count(), Conversation.objects.count()) == before


def test_a_patient_given_with_a_question_is_named_in_its_answer(world):
    question, context = "When should oxygen be given in suspected pneumonia?", {"age": 67, "sex": "male"}
    data = answer_data(
        world.asker, ask(asker=world.asker, vertical="medical", question=question, context=context)
    )
    assert any("age 67; male" in line for line in data["interpretation"]) and not data["refused"]
    assert data["replay"]["query"]["notes"]["patient"]["age"] == 67


@pytest.mark.parametrize(
    ("vertical", "context", "code"),
    [
        ("finance", {"age": 67}, "no_context"),
        ("medical", {"age": 67, "birth_date": "2020-01-01"}, "contradictory_context"),
        ("medical", {"resourceType": "Patient"}, "invalid_bundle"),
    ],
)
def test_a_context_that_cannot_be_read_is_refused_before_anything_is_stored(world, vertical, context, code):
    with pytest.raises(Invalid) as refused:
        ask(asker=world.asker, vertical=vertical, question="Why?", context=context)
    assert refused.value.code == code and not Answer.objects.filter(question="Why?").exists()


def test_a_knowledge_base_of_another_vertical_is_not_found(world):
    with pytest.raises(NotFound):
        ask(
            asker=world.asker, vertical="finance", question=MARGIN, knowledge_bases=[world.base("medical").pk]
        )


def test_a_vertical_that_is_not_enabled_or_closed_to_the_key_is_not_found(world):
    from dataclasses import replace

    from collegium.accounts.services import vertical_enable

    with pytest.raises(NotFound):
        ask(asker=replace(world.asker, verticals=frozenset({"medical"})), vertical="finance", question=MARGIN)
    with pytest.raises(Forbidden):
        ask(asker=replace(world.asker, scopes=frozenset({"read"})), vertical="finance", question=MARGIN)
    vertical_enable(workspace=world.workspace, slug="finance", enabled=False)
    with pytest.raises(NotFound, match="not enabled"):
        ask(asker=world.asker, vertical="finance", question=MARGIN)


def test_an_outsider_gets_nothing_of_the_sample(world):
    answer = ask(asker=world.outsider, vertical="finance", question=MARGIN)
    assert answer.refused and answer.refusal["code"] == "knowledge_base_empty"
    assert "Tarnbeck" not in answer.text
    assert not answer.citations.exists() and not answer.retrieved
    with pytest.raises(NotFound):
        ask(
            asker=world.outsider,
            vertical="finance",
            question=MARGIN,
            knowledge_bases=[world.base("finance").pk],
        )


def test_answers_and_conversations_belong_to_those_who_asked(world):
    answer = ask(asker=world.asker, vertical="finance", question=MARGIN)
    assert answer_get(world.asker, answer.pk) == answer
    for other in (world.outsider, world.colleague):
        with pytest.raises(NotFound):
            answer_get(other, answer.pk)
        with pytest.raises(NotFound):
            conversation_get(other, answer.conversation_id)
        with pytest.raises(NotFound):
            ask(asker=other, vertical="finance", question=MARGIN, conversation=answer.conversation_id)
        assert answer.conversation not in conversation_list(other)
    listed = conversation_list(world.asker)
    assert answer.conversation in listed and listed[0].turns == 1


def test_an_answer_is_withheld_once_a_cited_document_is_deleted_or_closed(world):
    from collegium.knowledge.models import Access, Document

    answer = ask(asker=world.colleague, vertical="finance", question=MARGIN)
    assert "Laboratory" in answer_data(world.colleague, answer)["text"]
    document = world.document("Annual Report 2024")
    Document.objects.filter(pk=document.pk).update(access=Access.RESTRICTED)
    closed = answer_data(world.colleague, answer)
    assert (
        closed["withheld"] and closed["text"] == "" and closed["citations"] == [] and closed["blocks"] == []
    )
    assert "Laboratory" not in json.dumps(closed)
    follow_up = ask(
        asker=world.colleague, vertical="finance", question="And why?", conversation=answer.conversation_id
    )
    assert str(document.pk) not in json.dumps(answer_data(world.colleague, follow_up))
    Document.objects.filter(pk=document.pk).delete()
    assert answer_data(world.colleague, answer)["withheld"]


def test_a_restricted_document_is_in_no_answer_of_a_colleague(world):
    from collegium.knowledge.models import Access, Document

    document = world.document("Annual Report 2024")
    Document.objects.filter(pk=document.pk).update(access=Access.RESTRICTED)
    events = list(ask_events(asker=world.colleague, vertical="finance", question=MARGIN))
    assert str(document.pk) not in json.dumps([event.data for event in events])
    assert "Annual Report 2024" not in json.dumps([event.data for event in events])


def test_an_answer_whose_process_died_is_seen_to_have_failed(world):
    from datetime import timedelta

    from django.utils import timezone

    from collegium.answers.tasks import answers_sweep

    events = ask_events(asker=world.asker, vertical="finance", question=MARGIN)
    answer_id = next(events).data["id"]
    assert Answer.objects.get(pk=answer_id).state == AnswerState.RUNNING
    answers_sweep()
    assert Answer.objects.get(pk=answer_id).state == AnswerState.RUNNING
    Answer.objects.filter(pk=answer_id).update(created_at=timezone.now() - timedelta(minutes=11))
    answers_sweep()
    failed = Answer.objects.get(pk=answer_id)
    assert failed.state == AnswerState.FAILED and failed.problem["code"] == "answer_interrupted"
    list(events)  # the process was alive after all: what was closed stays closed
    assert Answer.objects.get(pk=answer_id).state == AnswerState.FAILED


def test_a_vertical_that_raises_gives_a_failed_answer_and_no_traceback(world, monkeypatch):
    from collegium.sdk.registry import vertical_get

    def broken(steps):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(vertical_get("finance"), "answer", broken, raising=False)
    events = list(ask_events(asker=world.asker, vertical="finance", question=MARGIN))
    assert events[-1].name == "error" and events[-1].data["code"] == "answer_failed"
    assert "secret" not in json.dumps(events[-1].data)
    assert Answer.objects.get(pk=events[0].data["id"]).state == AnswerState.FAILED


def test_an_answer_that_cannot_be_stored_has_failed_and_does_not_run_on(world, monkeypatch):
    from verticals.finance.vertical import Finance

    monkeypatch.setattr(Finance, "answer", lambda self, steps: steps.write("a\x00b"))
    events = list(ask_events(asker=world.asker, vertical="finance", question=MARGIN))
    assert events[-1].name == "error" and events[-1].data["code"] == "answer_failed"
    answer = Answer.objects.get(pk=events[-1].data["id"])
    assert (answer.state, answer.text) == (AnswerState.FAILED, "")
