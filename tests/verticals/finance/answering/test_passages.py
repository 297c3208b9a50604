"""Passages that answer a question come first: by their section, line items, years, figures and page."""

from uuid import UUID, uuid4

import pytest

from collegium.sdk.retrieval import Hit, SearchRequest
from verticals.finance.answering.asked import another_meant
from verticals.finance.answering.passages import CANDIDATES, passages_find
from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.questions.query import TypedQuery

DOCUMENT = uuid4()


def hit(number, text, score, *, page=1, section=()):
    return Hit(
        chunk=number, document=DOCUMENT, version=UUID(int=1), knowledge_base=UUID(int=2), title="Tarnbeck 2022",
        text=text, kind="text", section=section, locator={}, page=page, boxes=(), lines=(),
        metadata={"company": "Tarnbeck plc"}, language="en", score=score,
    )  # fmt: skip


def order(question, hits, metrics=(), limit=10):
    asked = []

    def retrieve(request):
        asked.append(request)
        return hits

    query = TypedQuery(text=question, language="en", metrics=metrics)
    found = passages_find(retrieve, SearchRequest(question, limit=limit), query, catalogue())
    return [one.chunk for one in found], asked[0]


def test_the_section_of_the_topic_comes_before_what_merely_sounds_alike():
    hits = [
        hit(1, "Tarnbeck is a reliable partner in every material respect.", 0.5),
        hit(
            2,
            "A court in Leeds hears the claims of a former supplier.",
            0.45,
            section=("Item 3. Legal Proceedings",),
        ),
    ]
    found, request = order("Has Tarnbeck reported any ongoing legal battles? Answer briefly.", hits)
    assert found == [2, 1]
    assert request.limit == CANDIDATES and "litigation" in request.expansions
    assert request.text == "Has Tarnbeck reported any ongoing legal battles?"


def test_a_statement_that_holds_the_metric_and_the_year_comes_first():
    statement = "CONSOLIDATED BALANCE SHEETS\nProperty, plant and equipment, net 2022 2021 12 11\nTotal assets 90 80 70"
    hits = [hit(1, "We depreciate property over useful lives.", 0.5), hit(2, statement, 0.4)]
    found, request = order("Did Tarnbeck grow its PPE in 2022?", hits, ("fixed_assets",))
    assert found == [2, 1] and "pp&e" in request.expansions


def test_two_passages_of_a_page_stand_by_each_other():
    hits = [
        hit(1, "glass", 0.5, page=1),
        hit(2, "optical glass", 0.49, page=2),
        hit(3, "glass plates", 0.48, page=2),
    ]
    assert order("What of glass?", hits)[0][:2] == [2, 3]


@pytest.mark.parametrize(
    ("text", "unread", "another"),
    [
        ("What is the restructuring liability of Tarnbeck?", ("restructuring",), True),
        ("What is the consolidated revenue of Tarnbeck?", ("consolidated",), False),
        ("What revenue did the plant make?", ("plant",), False),
        ("霁川仪器2023年的在手负债是多少？", ("在手",), False),
    ],
)
def test_a_word_before_a_metric_makes_another_figure_of_it(text, unread, another):
    assert another_meant(TypedQuery(text=text, language="en", unread=unread), text) is another


def test_no_more_are_given_than_wanted_and_chinese_questions_keep_the_platforms_order():
    hits = [hit(number, "glass", 1 - number / 10) for number in range(5)]
    assert len(order("What of glass?", hits, limit=2)[0]) == 2
    found, request = order("石英玻璃供应中断有什么风险？", hits, limit=5)
    assert found == [0, 1, 2, 3, 4] and request.limit == 5 and request.expansions == ()
