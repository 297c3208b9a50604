"""Rankings by how figures moved, in amounts and in rates, and of the parts of a company."""

import pytest

from tests.verticals.finance.ledger import filing, stated
from tests.verticals.finance.questions.companies import TODAY
from verticals.finance.answering.composed import Composed, composed
from verticals.finance.answering.compute import compute
from verticals.finance.answering.computed import Computed
from verticals.finance.metrics.fact_source import KnownFact, MemoryFacts
from verticals.finance.questions.entities import Entity, EntityDirectory
from verticals.finance.questions.reading import question_read

NAMES = {"alder": "Alder Works", "birch": "Birch Foods", "cedar": "Cedar Lines", "dogwood": "Dogwood Mills"}
DIRECTORY = EntityDirectory([Entity(key=key, name=name) for key, name in NAMES.items()])
SEGMENTS, PRODUCTS = "us-gaap:StatementBusinessSegmentsAxis", "srt:ProductOrServiceAxis"
# company -> revenue and inventory of 2022 and of 2023, in millions
FIGURES = {
    "alder": ((1000, 1300), (50, 45)),
    "birch": ((9000, 9400), (700, 760)),
    "cedar": ((400, 300), (90, 20)),
    "dogwood": ((5000, 4700), (300, 301)),
}


def facts(figures: dict[str, tuple[tuple[int, int], tuple[int, int]]]) -> list[KnownFact]:
    found = []
    for company, (revenue, inventory) in figures.items():
        for at, year in enumerate((2022, 2023)):
            source = filing(f"{year}-12-31", year, entity=company)
            span = f"{year}-01-01/{year}-12-31"
            found += stated(source, span, {"Revenues": revenue[at] * 1_000_000}, decimals=-6)
            found += stated(source, f"{year}-12-31", {"InventoryNet": inventory[at] * 1_000_000}, decimals=-6)
    return found


def parts() -> list[KnownFact]:
    """Segments of Alder, and its products with one that holds two others."""
    found = []
    members = {
        (SEGMENTS, "x:TimberMember"): (700, 800),
        (SEGMENTS, "x:PaperMember"): (300, 500),
        (PRODUCTS, "x:GoodsMember"): (800, 1000),
        (PRODUCTS, "x:PlanksMember"): (500, 550),
        (PRODUCTS, "x:PulpMember"): (300, 450),
        (PRODUCTS, "x:ServicesMember"): (200, 300),
    }
    for at, year in enumerate((2022, 2023)):
        source = filing(f"{year}-12-31", year, entity="alder")
        span = f"{year}-01-01/{year}-12-31"
        for pair, values in members.items():
            found += stated(source, span, {"Revenues": values[at] * 1_000_000}, dims=(pair,), decimals=-6)
    return found


def asked(text: str, figures: dict = FIGURES) -> Computed:  # type: ignore[type-arg]
    query = question_read(text, DIRECTORY, today=TODAY)
    return compute(query, MemoryFacts([*facts(figures), *parts()]), list(NAMES))


def told(text: str, figures: dict = FIGURES) -> Composed:  # type: ignore[type-arg]
    return composed(asked(text, figures), NAMES)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Which company had the highest revenue in 2023?", ["birch"]),
        ("Which company had the biggest increase in revenue in 2023?", ["birch"]),
        ("Which company grew revenue the fastest in 2023?", ["alder"]),
        ("Which company had the largest percentage increase in revenue in 2023?", ["alder"]),
        ("Which company had the largest decline in revenue in 2023?", ["dogwood"]),
        ("Which company had the smallest decrease in revenue in 2023?", ["cedar"]),
        ("Which company had the largest percentage decline in revenue in 2023?", ["cedar"]),
        ("Which company had the biggest change in inventory in 2023?", ["cedar"]),
        ("Rank companies by increase in revenue in 2023", ["birch", "alder"]),
        ("Rank companies by revenue growth in 2023", ["alder", "birch", "dogwood", "cedar"]),
        ("2023年哪家公司营业收入增长最多？", ["birch"]),
        ("2023年营业收入增幅最大的公司是哪家？", ["alder"]),
        ("2023年营业收入下降最多的公司是哪家？", ["dogwood"]),
        ("2023年哪家公司营业收入降幅最大？", ["cedar"]),
    ],
)
def test_companies_are_ranked_by_what_the_question_says(text, order):
    assert list(asked(text).order) == order


@pytest.mark.parametrize(
    ("text", "sentence", "other"),
    [
        (
            "Which company had the biggest increase in revenue in 2023?",
            "Birch Foods had the largest increase in revenue in FY2023: +USD 400.00 million",
            "Ranked by the amount of the change; by its rate, Alder Works comes first (+30.00%).",
        ),
        (
            "Which company grew revenue the fastest in 2023?",
            "Alder Works had the highest revenue growth in FY2023: +30.00%",
            "Ranked by the rate of the change; by its amount, Birch Foods comes first (+USD 400.00 million).",
        ),
        (
            "2023年营业收入增幅最大的公司是哪家？",
            "2023年度营业收入增幅最大的是Alder Works，为+30.00%",
            "按变动率排名；若按变动额排名，居首的是Birch Foods（+4.00亿美元）。",
        ),
        (
            "2023年营业收入下降最多的公司是哪家？",
            "2023年度营业收入减少额最大的是Dogwood Mills，为-3.00亿美元",
            "按变动额排名；若按变动率排名，居首的是Cedar Lines（-25.00%）。",
        ),
    ],
)
def test_the_reading_that_was_taken_is_said_and_the_other_offered(text, sentence, other):
    answer = told(text)
    assert answer.sentences[0].startswith(sentence)
    assert other in answer.interpretation


def test_where_nothing_fell_no_fall_is_made_up():
    grown = {"alder": FIGURES["alder"], "birch": FIGURES["birch"]}
    answer = told("Which company had the largest decline in revenue in 2023?", grown)
    assert answer.sentences[0].startswith(
        "Alder Works had the lowest change in revenue in FY2023: +USD 300.00"
    )
    assert "No company had a decrease." in answer.sentences


def test_a_place_that_two_share_names_both():
    alike = {"alder": ((100, 200), (1, 1)), "cedar": ((500, 600), (1, 1)), "birch": ((500, 510), (1, 1))}
    assert asked("Which company had the biggest increase in revenue in 2023?", alike).order == (
        "alder",
        "cedar",
    )


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Which segment of Alder Works had the highest revenue in 2023?", ["x:TimberMember"]),
        ("Which segment of Alder Works had the lowest revenue in 2023?", ["x:PaperMember"]),
        ("Which segment of Alder Works grew fastest in 2023?", ["x:PaperMember"]),
        ("Rank Alder Works' segments by revenue in 2023", ["x:TimberMember", "x:PaperMember"]),
        ("Alder Works 2023年哪个分部收入最高？", ["x:TimberMember"]),
        ("Alder Works 2023年哪个业务收入增长最快？", ["x:PaperMember"]),
    ],
)
def test_segments_are_ranked(text, order):
    assert list(asked(text).order) == order


def test_a_product_that_is_the_sum_of_others_does_not_rank_beside_them():
    assert asked("Which product of Alder Works had the highest revenue in 2023?").order == ("x:PlanksMember",)


def test_the_first_segment_is_named_as_one_of_its_company():
    assert told("Which segment of Alder Works had the highest revenue in 2023?").sentences == (
        "Of Alder Works' segments, Timber had the highest revenue in FY2023: USD 800.00 million (800,000,000).",
    )
    assert told("Alder Works 2023年哪个分部收入最高？").sentences == (
        "Alder Works2023年度营业收入最高的分部是Timber，为8.00亿美元（800,000,000美元）。",
    )


def test_without_segments_the_total_is_given_and_nothing_ranked():
    answer = asked("Which segment of Birch Foods had the highest revenue in 2023?")
    assert not answer.order and [one.code for one in answer.remarks][:1] == ["no_breakdown"]
    assert (
        composed(answer, NAMES).sentences[0].startswith("Birch Foods' revenue in FY2023 was USD 9.40 billion")
    )


def test_growth_by_segment_is_that_of_each_segment_and_of_the_whole():
    answer = asked("Alder Works revenue growth by segment in 2023")
    moved = {
        one.member: round(one.value.value, 4) for one in answer.cells if one.role == "movement" and one.value
    }
    assert {name: str(value) for name, value in moved.items()} == {
        "Timber": "0.1429", "Paper": "0.6667", "": "0.3000",
    }  # fmt: skip
    told = composed(answer, NAMES).sentences
    assert any("revenue of Paper" in line and "up 66.67%" in line for line in told)
    assert [one.member for one in asked("Alder Works 2023年分部收入增长率").cells if one.role == "movement"] == [
        "Paper", "Timber", "",
    ]  # fmt: skip


def test_segments_that_a_pdf_and_xbrl_name_differently_count_once():
    printed = filing("2023-12-31", 2023, entity="alder", form="annual report")
    span = "2023-01-01/2023-12-31"
    again = [
        *stated(
            printed,
            span,
            {"Revenues": 800_000_000},
            dims=((SEGMENTS, "ext:TimberAndBoardsMember"),),
            decimals=-6,
        ),
        *stated(
            printed, span, {"Revenues": 500_000_000}, dims=((SEGMENTS, "ext:PapersMember"),), decimals=-6
        ),
    ]
    query = question_read("Alder Works revenue by segment in 2023", DIRECTORY, today=TODAY)
    source = MemoryFacts([*facts(FIGURES), *parts(), *again])
    answer = compute(query, source, list(NAMES))
    assert [one.member for one in answer.cells if one.role == "asked" and one.value] == ["Paper", "Timber"]


def test_a_segment_that_a_later_report_names_anew_counts_once_in_the_year_that_both_state():
    found = []
    for year, name, values in ((2022, "x:OldMember", (7, 8)), (2024, "x:NewMember", (8, 9, 10))):
        source = filing(f"{year}-12-31", year, entity="alder")
        for back, value in enumerate(reversed(values)):
            span = f"{year - back}-01-01/{year - back}-12-31"
            found += stated(source, span, {"Revenues": value}, dims=((SEGMENTS, name),))
            found += stated(source, span, {"Revenues": 1}, dims=((SEGMENTS, "x:RestMember"),))
    query = question_read("Alder Works revenue by segment in 2021, 2022 and 2023", DIRECTORY, today=TODAY)
    answer = compute(query, MemoryFacts(found), list(NAMES))
    shown = [(one.member, one.period.year) for one in answer.cells if one.dims and one.member != "Rest"]
    assert shown == [("New", 2022), ("New", 2023), ("Old", 2021)]


def test_two_segments_of_one_filing_with_equal_figures_both_count():
    source = filing("2023-12-31", 2023, entity="alder")
    twins = [
        fact
        for name in ("x:NorthMember", "x:SouthMember")
        for fact in stated(source, "2023-01-01/2023-12-31", {"Revenues": 5}, dims=((SEGMENTS, name),))
    ]
    query = question_read("Alder Works revenue by segment in 2023", DIRECTORY, today=TODAY)
    answer = compute(query, MemoryFacts(twins), list(NAMES))
    assert len([one for one in answer.cells if one.dims]) == 2
