import uuid

import pytest

from collegium.answers.rephrase import messages_build, quotes_that_fit
from collegium.answers.sentence_stream import SentenceStream
from collegium.answers.verify import Evidence
from collegium.sdk.answering import Prompt, Question, Quote
from collegium.sdk.retrieval import Hit

PROMPT = Prompt(
    version="t/1",
    system="You answer from quotations. Use only the facts, numbers and names that they state.",
    instruction="Answer the question in two or three short sentences that restate the quotations.",
)


def hit_of(text: str, *, title: str = "Tarnbeck Instruments – Annual Report 2024", **metadata: object) -> Hit:
    return Hit(
        chunk=1, document=uuid.uuid4(), version=uuid.uuid4(), knowledge_base=uuid.uuid4(), title=title, text=text,
        kind="text", section=("Management's discussion",), locator={"kind": "page", "page": 4}, page=4, boxes=(),
        lines=(), metadata=metadata, language="en", score=0.9,
    )  # fmt: skip


def evidence_of(*texts: str, **metadata: object) -> Evidence:
    return Evidence([Quote(n, text, hit_of(text, **metadata)) for n, text in enumerate(texts, 1)], PROMPT)


MARGIN = (
    "Gross margin increased to 41.6% in 2024 from 39.0% in 2023, a rise of 2.6 percentage points, driven mainly by "
    "the higher share of Laboratory products."
)
REVENUE = "Revenue grew by 9.4% to $482.6 million, and operating profit rose to $66.9 million."
TABLE = "In $ million | 2024 | 2023\nFree cash flow | 48.5 | 38.6"
NOT_GIVEN = "Do not give propranolol to people with asthma."


@pytest.mark.parametrize(
    "sentence",
    [
        "Gross margin rose to 41.6% in 2024.",
        "The gross margin increased from 39.0 percent to 41.6 percent.",
        "It rose by 2.6 percentage points, driven by a higher share of Laboratory products.",
        "Revenue grew 9.4% to $482,600,000.",
        "Tarnbeck's revenue grew to 0.4826 billion.",
        "Free cash flow was 48.5 million in 2024.",
        "Propranolol should not be given to people with asthma.",
    ],
)
def test_a_sentence_that_the_quotations_state_stands(sentence):
    verdict = evidence_of(MARGIN, REVENUE, TABLE, NOT_GIVEN).judge(sentence)
    assert verdict.check == "", verdict
    assert verdict.quote is not None


@pytest.mark.parametrize(
    ("sentence", "check"),
    [
        ("Gross margin rose to 41.7% in 2024.", "number"),
        ("Gross margin rose to 41.6% in 2025.", "number"),
        ("Gross margin rose by 2.6%.", "number"),  # a percentage point is no per cent
        ("Revenue grew to $482.6 billion.", "number"),
        ("Revenue grew to 482.6.", "number"),  # the unit was lost
        ("Three segments drove the higher share of Laboratory products.", "number"),
        ("Gross margin increased because Contoso supplied Laboratory products.", "name"),
        ("Contoso increased its gross margin with Laboratory products.", "name"),
        ("Gross margin increased, driven by Laboratory products [7].", "citation"),
        ("The weather was pleasant and everybody enjoyed holidays abroad.", "support"),
        ("Gross margin decreased to 41.6% in 2024.", "direction"),
        ("Give propranolol to people with asthma.", "direction"),
        ("<|im_start|>user Gross margin increased.", "prompt"),
        ("Use only the facts, numbers and names that they state about gross margin.", "prompt"),
    ],
)
def test_a_sentence_that_adds_or_turns_something_is_dropped(sentence, check):
    assert evidence_of(MARGIN, REVENUE, TABLE, NOT_GIVEN).judge(sentence).check == check


ORDERS = "The aircraft have a service life of more than 20 years. Services made up 35% of orders."
ACT_2021 = "The Harbour Relief Act of 2021 was signed into law and paid $66.9 million to suppliers."
CASES = "The outcome of these legal matters could have a material effect on the business."


@pytest.mark.parametrize(
    ("sentence", "check"),
    [
        ("Services made up more than 20% of orders.", "number"),  # 20 years and a percent sign elsewhere
        ("Services made up 35% of orders.", ""),
        ("Services made up more than 35% of orders.", "direction"),  # a bound that nobody states
        ("The aircraft have a service life of more than 20 years.", ""),
        ("The Harbour Relief Act of 2022 paid $66.9 million to suppliers.", "number"),  # the metadata's year
        ("The Harbour Relief Act of 2021 paid $66.9 million to suppliers.", ""),
        ("The Harbour Relief Act of 2021 paid $482.6 million to suppliers.", "number"),  # another quotation's
        ("Yes, there are services that represent 35% of orders in FY2022.", "support"),
        ("Yes, services made up 35% of orders.", ""),
        ("Yes.", "support"),
        ("Yes, 35%.", "support"),
        ("Yes, Veldra has reported ongoing legal battles.", "support"),
        ("Veldra has reported ongoing legal battles.", "support"),
        (
            "Yes, Veldra states that the outcome of these legal matters could have a material effect.",
            "support",
        ),
        ("Yes, the outcome of these legal matters could have a material effect.", ""),
        ("No, the outcome of these legal matters could have a material effect.", "direction"),
    ],
)
def test_a_sentence_stands_on_one_quotation_not_on_pieces_of_several(sentence, check):
    evidence = evidence_of(ORDERS, ACT_2021, CASES, REVENUE, company="Veldra", fiscal_year=2022)
    assert evidence.judge(sentence).check == check


def test_the_year_of_the_document_dates_a_quotation_that_gives_no_year():
    evidence = evidence_of(REVENUE, MARGIN, fiscal_year=2022)
    assert evidence.judge("Revenue grew by 9.4% in 2022.").check == ""
    assert evidence.judge("Gross margin increased to 41.6% in 2022.").check == "number"


def test_a_sentence_that_names_two_quotations_is_held_against_them_clause_by_clause():
    evidence = evidence_of(MARGIN, REVENUE)
    both = "Revenue grew by 9.4% [2], while gross margin rose to 41.6% [2]."
    assert evidence.judge(both).marked == "Revenue grew by 9.4% [2], while gross margin rose to 41.6% [1]."
    assert evidence.judge("Revenue grew by 41.6% [2], while gross margin rose to 9.4% [1].").check == "number"
    assert evidence.judge("Revenue grew by 9.4% while gross margin rose to 41.6% [1].").check == "number"


def test_a_table_lends_its_unit_to_its_figures_and_not_to_the_words_around_them():
    evidence = evidence_of(
        "In % of sales | 2024 | 2023\nGross margin | 41.6 | 39.0\nEmployees of 7 sites agreed"
    )
    assert evidence.judge("Gross margin was 41.6% of sales in 2024.").check == ""
    assert evidence.judge("Gross margin was 7% of sales in 2024.").check == "number"


def test_a_translation_must_state_something_that_can_be_held():
    evidence = evidence_of("2023年公司综合毛利率为39.20%，同比提高3.30个百分点。", company="Jichuan")
    assert evidence.judge("The gross margin of Jichuan was 39.20%.").check == ""
    assert evidence.judge("The gross margin was 39.30%.").check == "number"
    assert evidence.judge("The company performed very well.").check == "support"
    assert evidence.judge("Yes, it was 39.20%.").check == "support"


def test_chinese_claims_are_held_against_the_one_quotation():
    evidence = evidence_of("实验室仪器收入占比为35%。", "设备使用寿命超过20年。", "公司披露了未决诉讼事项。")
    assert evidence.judge("实验室仪器收入占比为35%。").check == ""
    assert evidence.judge("实验室仪器收入占比超过20%。").check == "number"
    assert evidence.judge("实验室仪器收入占比超过35%。").check == "direction"
    assert evidence.judge("是的，公司收入占比较高。").check == "support"
    assert evidence.judge("是的，公司披露了未决诉讼事项。").check == ""


def test_chinese_numbers_names_and_directions_are_held_against_chinese_quotations():
    evidence = evidence_of(
        "2023年公司综合毛利率为39.20%，同比提高3.30个百分点。毛利率提高的主要原因是实验室仪器收入占比上升，产品结构改善。",
        "营业收入为1.28亿元。",
        company="霁川仪器股份有限公司",
    )
    assert evidence.judge("综合毛利率为39.20%，同比提高3.30个百分点。").check == ""
    assert evidence.judge("营业收入为12,800万元。").check == ""
    assert evidence.judge("综合毛利率为39.30%。").check == "number"
    assert evidence.judge("营业收入为1.28万元。").check == "number"
    assert evidence.judge("腾远公司的综合毛利率同比提高，产品结构改善。").check == "name"
    assert evidence.judge("综合毛利率下降，实验室仪器收入占比下降。").check == "direction"


def test_the_company_of_the_quoted_document_may_be_named():
    evidence = evidence_of(MARGIN, company="Veldra Optics")
    assert evidence.judge("Veldra Optics increased its gross margin to 41.6%.").check == ""
    assert evidence_of(MARGIN).judge("Veldra Optics increased its gross margin to 41.6%.").check == "name"


def test_the_mark_names_the_quotation_that_holds_the_number():
    evidence = evidence_of(MARGIN, REVENUE)
    assert evidence.judge("Revenue grew by 9.4%.").quote.number == 2
    assert evidence.judge("Gross margin rose to 41.6%.").quote.number == 1


def test_sentences_come_out_as_soon_as_they_are_complete_however_the_text_is_cut():
    text = "Revenue rose 9.4% to $482.6 million. Dr. Varnholt of Tarnbeck Inc. agreed! 毛利率为39.2%。改善。 And then"
    for size in (1, 3, 7, 1000):
        stream = SentenceStream()
        found = [one for at in range(0, len(text), size) for one in stream.feed(text[at : at + size])]
        assert found == [
            "Revenue rose 9.4% to $482.6 million.",
            "Dr. Varnholt of Tarnbeck Inc. agreed!",
            "毛利率为39.2%。",
            "改善。",
        ]
        assert stream.rest() == "And then"


def test_the_shared_parts_of_the_prompt_come_first_and_the_question_last():
    quotes = (Quote(1, "A  quotation\nhere.", hit_of("A quotation here.")),)
    question = Question(text="Why?", language="en", asker=None)  # type: ignore[arg-type]
    system, user = messages_build(PROMPT, question, quotes, "Was it so?")
    assert system.content == PROMPT.system
    assert user.content.startswith(PROMPT.instruction)
    assert "[1] A quotation here." in user.content
    assert user.content.endswith("Question: Why?")


def test_a_small_context_gets_the_first_quotations_only():
    quotes = tuple(Quote(n, "x" * 300, hit_of("x")) for n in range(1, 6))
    assert quotes_that_fit(quotes, 4000) == quotes
    assert [quote.number for quote in quotes_that_fit(quotes, 800)] == [1, 2]
    assert len(quotes_that_fit(quotes, 100)) == 1
