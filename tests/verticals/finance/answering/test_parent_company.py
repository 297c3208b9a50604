"""The parent company's own figures are not those of its owners, nor those of the group."""

import pytest

from tests.verticals.finance.answering.world import DIRECTORY, NAMES
from tests.verticals.finance.ledger import filing, stated
from tests.verticals.finance.questions.companies import TODAY, read
from verticals.finance.answering.companies import PARENT_ONLY
from verticals.finance.answering.composed import composed
from verticals.finance.answering.compute import compute
from verticals.finance.answering.computed import Computed
from verticals.finance.metrics.fact_source import MemoryFacts
from verticals.finance.questions.query import query_as_dict, query_from_dict
from verticals.finance.questions.reading import question_read
from verticals.finance.tables.cas_statements import PARENT


def asked(text: str, *, parent: bool = True) -> Computed:
    found = []
    for year, group, attributable, own in ((2022, 90, 80, 30), (2023, 100, 88, 40)):
        source = filing(
            f"{year}-12-31",
            year,
            entity="jichuan",
            gaap="CAS",
            currency="CNY",
            language="zh",
            form="年度报告",
        )
        span = f"{year}-01-01/{year}-12-31"
        found += stated(
            source, span, {"净利润": group, "归属于母公司所有者的净利润": attributable, "营业收入": 900}
        )
        if parent:
            found += stated(source, span, {"净利润": own, "营业收入": 300}, dims=PARENT_ONLY)
    query = question_read(text, DIRECTORY, today=TODAY)
    return compute(query, MemoryFacts(found), list(NAMES))


def test_the_statements_of_the_parent_company_bear_its_dimension():
    assert PARENT == PARENT_ONLY


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("霁川仪器2023年净利润是多少？", 100),
        ("霁川仪器2023年归母净利润是多少？", 88),
        ("霁川仪器2023年归属于母公司的净利润是多少？", 88),
        ("霁川仪器2023年归属于母公司股东的净利润是多少？", 88),
        ("霁川仪器2023年母公司净利润是多少？", 40),
        ("霁川仪器2023年母公司口径的净利润是多少？", 40),
        ("霁川仪器2023年母公司营业收入是多少？", 300),
        ("What was the net income of 霁川仪器, parent company only, in 2023?", 40),
    ],
)
def test_whose_profit_is_asked_for_is_told_apart(text, value):
    (cell,) = asked(text).cells
    assert cell.value and cell.value.value == value


def test_the_parents_figure_is_said_to_be_its_own():
    assert (
        composed(asked("霁川仪器2023年母公司净利润是多少？"), NAMES)
        .sentences[0]
        .startswith("霁川仪器2023年度母公司的净利润为40")
    )
    answer = asked("霁川仪器2023年母公司净利润同比增长多少？")
    assert [one.value.value for one in answer.cells if one.role == "base" and one.value] == [30]


@pytest.mark.parametrize(
    "text",
    [
        "霁川仪器2023年母公司净利润是多少？",
        "霁川仪器2023年母公司净利率是多少？",
        "Which company had the highest parent company only revenue in 2023?",
    ],
)
def test_where_it_is_not_stated_no_figure_takes_its_place(text):
    answer = asked(text, parent=False)
    assert not answer.answered and not answer.values


def test_the_scope_of_a_question_survives_being_stored():
    query = read("霁川仪器2023年母公司净利润是多少？")
    assert query.scope == "parent" and not query.unread
    assert query_from_dict(query_as_dict(query)) == query
