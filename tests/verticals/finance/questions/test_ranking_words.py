"""What a ranking is by: levels, changes or rates of growth, of companies or of the parts of one."""

import pytest

from tests.verticals.finance.questions.companies import read
from verticals.finance.questions.query import Op, Rank, query_as_dict, query_from_dict


@pytest.mark.parametrize(
    ("text", "by", "rank"),
    [
        ("Which company had the highest revenue in 2023?", "", Rank()),
        ("Which company had the biggest increase in revenue in 2023?", "change", Rank(way="up")),
        ("Which company had the largest revenue increase in 2023?", "change", Rank(way="up")),
        ("Which company's revenue increased the most in 2023?", "change", Rank(way="up")),
        ("Which company had the largest decline in net income in 2023?", "change", Rank(way="down")),
        ("Which company had the smallest decrease in revenue in 2023?", "change", Rank(False, way="down")),
        ("Which company had the biggest change in inventory in 2023?", "change", Rank(way="either")),
        ("Which company's gross margin improved the most in 2023?", "change", Rank(way="up")),
        ("Rank companies by increase in revenue in 2023", "change", Rank(count=0, way="up")),
        ("Which company had the largest percentage increase in revenue in 2023?", "growth", Rank(way="up")),
        ("Which company had the highest revenue growth in 2023?", "growth", Rank()),
        ("Which company grew revenue the fastest in 2023?", "growth", Rank()),
        ("Which company had the second fastest revenue growth in 2023?", "growth", Rank(first=2)),
        ("Top 3 companies by revenue growth in 2023", "growth", Rank(count=3)),
        ("2023年营业收入最高的公司是哪家？", "", Rank()),
        ("2023年哪家公司营业收入增长最多？", "change", Rank(way="up")),
        ("2023年营业收入下降最多的公司是哪家？", "change", Rank(way="down")),
        ("2023年哪家公司毛利率提升最大？", "change", Rank(way="up")),
        ("2023年存货变动最大的公司", "change", Rank(way="either")),
        ("2023年营业收入增幅最大的公司是哪家？", "growth", Rank(way="up")),
        ("2023年哪家公司净利润降幅最大？", "growth", Rank(way="down")),
        ("2023年营业收入增长最快的公司", "growth", Rank()),
        ("2023年营业收入增速最高的公司", "growth", Rank()),
        ("按2023年营业收入增长率排名", "growth", Rank(count=0)),
    ],
)
def test_a_ranking_is_by_level_by_change_or_by_growth(text, by, rank):
    query = read(text)
    assert query.op is Op.RANK and query.everyone and not query.compare_by
    assert (query.rank, "change" if query.change else "growth" if query.growth else "") == (rank, by)


@pytest.mark.parametrize(
    ("text", "by", "metric"),
    [
        ("Which segment of Tarnbeck had the highest revenue in 2023?", "segment", "revenue"),
        ("Which of Tarnbeck's segments had the highest margin in 2023?", "segment", "gross_margin"),
        ("Which Tarnbeck product had the highest revenue in 2023?", "product", "revenue"),
        ("In which region did Tarnbeck have the highest revenue in 2023?", "region", "revenue"),
        ("Rank Tarnbeck's segments by revenue in 2023", "segment", "revenue"),
        ("霁川仪器2023年哪个分部收入最高？", "segment", "revenue"),
        ("霁川仪器2023年哪个业务毛利率最高？", "segment", "gross_margin"),
        ("霁川仪器2023年收入最高的业务是什么？", "segment", "revenue"),
        ("霁川仪器2023年哪个产品营业收入最高？", "product", "revenue"),
        ("霁川仪器2023年哪个地区收入最高？", "region", "revenue"),
    ],
)
def test_the_parts_of_one_company_are_ranked(text, by, metric):
    query = read(text)
    assert (query.op, query.compare_by, query.metrics) == (Op.RANK, by, (metric,))
    assert query.entities and not query.everyone
    assert query.rank == Rank(count=0 if text.startswith("Rank") else 1)


@pytest.mark.parametrize(
    "text", ["Which is the fastest growing company in 2023?", "2023年哪家公司增长最快？"]
)
def test_growth_without_a_word_of_what_grows_is_that_of_revenue_and_said_so(text):
    query = read(text)
    assert query.metrics == ("revenue",) and query.growth
    assert [one.taken for one in query.readings] == ["revenue"]


@pytest.mark.parametrize("text", ["Which segment had the highest revenue?", "哪个分部增长最快？"])
def test_of_which_company_the_parts_are_is_asked_back(text):
    assert read(text).missing == ("entity",)


def test_a_ranking_by_change_survives_being_stored():
    query = read("Which company had the biggest decrease in revenue in March 2023?")
    assert query_from_dict(query_as_dict(query)) == query
