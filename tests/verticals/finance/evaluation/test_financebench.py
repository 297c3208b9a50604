"""Questions over filings are told apart, and their answers judged, by the rules that the module states."""

import json

import pytest

from verticals.finance.evaluation.financebench import FIGURES, TEXT, figures_of, financebench_read, verdict

NAMES = {"d1": "ACME_2022_10K"}


def row(question, answer, **more):
    return {
        "financebench_id": "1", "question": question, "answer": answer, "question_type": "novel-generated",
        "question_reasoning": None, "evidence": [{"doc_name": "ACME_2022_10K", "evidence_page_num": 6}],
    } | more  # fmt: skip


def asked(tmp_path, question, answer, **more):
    (tmp_path / "questions.jsonl").write_text(json.dumps(row(question, answer, **more)))
    (one,) = financebench_read(tmp_path, ["ACME_2022_10K"])
    return one


def given(*values, others=(), citations=()):
    """An answer whose sentences state `values`, and `others` as what another reading comes to."""
    return {
        "computations": [{"value": value, "shown": f"<{value}>"} for value in (*values, *others)],
        "blocks": [{"kind": "computed", "text": " ".join(f"<{value}>" for value in values)}],
        "citations": [{"document": "d1", "page": page, "quote": quote} for page, quote in citations],
    }


@pytest.mark.parametrize(
    ("question", "answer", "more", "kind"),
    [
        ("What is the FY2022 capex?", "$12.00", {"question_type": "metrics-generated"}, FIGURES),
        (
            "Did the margin improve?",
            "Yes, to 5.3% in FY2022.",
            {"question_reasoning": "Numerical reasoning"},
            FIGURES,
        ),
        ("How much did it pay?", "It paid $229 million.", {}, FIGURES),
        ("How much did sales change?", "They were flat in FY 2022.", {}, TEXT),
        ("Which region grew?", "Asia, by 12%.", {}, TEXT),
    ],
)
def test_questions_for_figures_are_those_that_the_set_or_their_words_call_so(
    tmp_path, question, answer, more, kind
):
    one = asked(tmp_path, question, answer, **more)
    assert one.kind == kind and one.pages == {("ACME_2022_10K", 7)}


def test_years_remarks_and_figures_of_the_question_are_no_figures_asked_for():
    (found,) = figures_of(
        "From 0.67 times to 0.69 in FY 2023 and 2022 (a 3.4% jump), above 20%.", "more than 20%?"
    )
    assert [str(number.written) for number in found] == ["0.67", "0.69"]


@pytest.mark.parametrize(
    ("right", "value", "judged"),
    [
        ("$382.00", "381603000", "right"),  # zeros after the point are how whole dollars are written
        ("$382.00", "382600000", "wrong"),
        ("24.26", "24.258", "right"),
        ("24.26", "24.27", "wrong"),
        ("1.9%", "0.0194", "right"),
        ("1.9%", "0.0196", "wrong"),
        ("Debt decreased by $229 million.", "-229000000", "right"),
        ("Debt decreased by $229 million.", "-230000000", "wrong"),
    ],
)
def test_a_figure_is_right_at_the_digits_and_in_any_scale_that_the_right_answer_shows(
    tmp_path, right, value, judged
):
    one = asked(tmp_path, "How much?", right)
    assert verdict(one, given(value), NAMES) == judged


def test_another_reading_a_quotation_and_nothing_are_told_apart(tmp_path):
    one = asked(
        tmp_path, "What is the quick ratio?", "It was 0.54.", question_reasoning="Numerical reasoning"
    )
    assert verdict(one, given("0.71", others=["0.5404"]), NAMES) == "reading"
    assert verdict(one, given("0.71"), NAMES) == "wrong"
    assert verdict(one, given(citations=[(7, "The quick ratio stood at 0.54.")]), NAMES) == "right"
    assert verdict(one, given(citations=[(8, "The quick ratio stood at 0.54.")]), NAMES) == "no_figure"
    assert verdict(one, given(), NAMES) == "no_figure"


def test_every_figure_of_a_sentence_has_to_be_given(tmp_path):
    one = asked(tmp_path, "How much did it change?", "From 24.6% in FY2021 to 21.6% in FY2022.")
    assert verdict(one, given("0.216"), NAMES) == "wrong"
    assert verdict(one, given("0.216", "0.2461"), NAMES) == "right"


def test_a_text_is_right_where_a_quotation_of_the_page_says_half_of_it(tmp_path):
    one = asked(tmp_path, "Who buys from Acme?", "Airlines and the government buy jets.")
    assert (
        verdict(one, given(citations=[(7, "Customers are airlines and the US government.")]), NAMES)
        == "right"
    )
    assert verdict(one, given(citations=[(7, "Acme has many employees.")]), NAMES) == "page"
    assert verdict(one, given(citations=[(9, "Airlines, the government, jets.")]), NAMES) == "elsewhere"
    assert verdict(one, given(), NAMES) == "refused"
    yes = asked(tmp_path, "Did Acme keep its customers?", "Yes.")
    assert verdict(yes, given(citations=[(7, "Retention stayed high.")]), NAMES) == "right"
