"""A question is read without what it says of how to answer, and by the definition that it gives."""

from dataclasses import replace

import pytest

from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.questions.definition import definition_taken, definition_terms
from verticals.finance.questions.entities import Entity, EntityDirectory
from verticals.finance.questions.metric_words import metric_words
from verticals.finance.questions.normalise import spaced
from verticals.finance.questions.proper import question_proper
from verticals.finance.questions.query import Op, TypedQuery


@pytest.mark.parametrize(
    ("text", "proper"),
    [
        (
            "We need a metric. Please answer the following question: what is Tarnbeck's FY2018 capex? Answer in USD.",
            "what is Tarnbeck's FY2018 capex?",
        ),
        (
            "Using only the information within the balance sheet, how much total assets did Tarnbeck have?",
            "how much total assets did Tarnbeck have?",
        ),
        (
            "Does Tarnbeck have an improving gross margin? If gross margin is not useful, then state that.",
            "Does Tarnbeck have an improving gross margin?",
        ),
        ("Revenue of Tarnbeck Inc. in 2023. And the year before", "Revenue of Tarnbeck Inc. in 2023. And the year before"),
        ("What was revenue in 2023? And in 2022?", "What was revenue in 2023? And in 2022?"),
        ("霁川仪器2023年的毛利率是多少?请保留两位小数。", "霁川仪器2023年的毛利率是多少?请保留两位小数。"),
    ],
)  # fmt: skip
def test_only_the_sentences_that_ask_are_read(text, proper):
    assert question_proper(text) == proper


def read(text, metric):
    query = TypedQuery(text=text, language="en", op=Op.VALUE, metrics=(metric,))
    return definition_taken(query, text, catalogue(), metric_words())


def test_a_definition_chooses_the_reading_that_it_names():
    purchases = (
        "What is the DPO? DPO is defined as: 365 * (average accounts payable) / (COGS + change in inventory)."
    )
    assert read(purchases, "days_payable").metrics == ("days_payable_with_inventory",)
    plain = "What is the DPO? DPO is calculated as 365 * average accounts payable / COGS."
    assert read(plain, "days_payable").metrics == ("days_payable",)
    inner = "What is the EBITDA margin? Define EBITDA as operating income + depreciation and amortization."
    assert read(inner, "ebitda_margin").metrics == ("ebitda_margin",)


def test_a_definition_that_no_reading_has_is_not_computed_by_another():
    other = "What is the DPO? DPO is defined as: accounts payable / total assets."
    assert read(other, "days_payable") is None
    assert read("What is the DPO?", "days_payable").metrics == ("days_payable",)
    assert definition_terms("应付账款周转天数定义为应付账款除以营业成本", metric_words()) == frozenset()


def test_where_to_look_is_no_part_of_a_definition():
    text = "Calculate EBITDA using operating income and D&A (from the cash flow statement)."
    assert definition_terms(text, metric_words()) == {"operating_income", "depreciation_amortization"}


def codes(text):
    return metric_words().find(text, spaced(text)).codes


def test_a_vague_word_yields_to_one_of_its_meanings_by_name_and_commas_may_stand_before_and():
    assert codes("its liquidity based on its quick ratio") == ("quick_ratio",)
    assert codes("its liquidity") == ("current_ratio",)
    assert codes("net property, plant, and equipment") == ("fixed_assets",)


def companies(*names):
    return EntityDirectory(Entity(key=name, name=name) for name in names)


def found(text, *names):
    return companies(*names).find(text, spaced(text)).keys


def test_companies_are_known_by_initials_short_first_words_and_blends():
    names = ("MGM Resorts International", "American Express Company", "Advanced Micro Devices, Inc.")
    assert found("What drove revenue for MGM in 2022?", *names) == (names[0],)
    assert found("Does AMEX have an improving margin?", *names) == (names[1],)
    assert found("AMD's revenue", *names) == (names[2],)
    assert found("an amex card of mgm", *names) == ()
    assert found("What is the EPS?", "Eastern Power Systems Inc.") == ()


def test_a_company_called_by_an_everyday_word_is_named_where_it_stands_as_a_name():
    assert found("How much did Block (formerly known as Square) earn?", "SQUARE, INC.") == ("SQUARE, INC.",)
    assert found("Square's revenue in 2020", "SQUARE, INC.") == ("SQUARE, INC.",)
    assert found("revenue per square metre", "SQUARE, INC.") == ()
    assert found("Square metres sold", "SQUARE, INC.") == ()


def test_a_query_without_metrics_has_no_definition():
    query = replace(TypedQuery(text="", language="en"), metrics=())
    assert (
        definition_taken(query, "X is defined as revenue / total assets.", catalogue(), metric_words())
        == query
    )
