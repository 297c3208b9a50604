"""What no pattern finds is found where it reads like a violation; the weights are what learn.py makes."""

import numpy as np
import pytest

from verticals.finance.compliance import learn
from verticals.finance.compliance.book import shipped_rules
from verticals.finance.compliance.likeness import BUCKETS, likeness_model, pieces_of
from verticals.finance.compliance.matcher import rule_match
from verticals.finance.compliance.rule import LANGUAGES
from verticals.finance.compliance.screen import findings_of

PARAPHRASE = (
    "Honestly, my friends, put your whole salary in here and you will be thanking us for your profit."
)


def test_a_violation_in_words_that_no_pattern_names_is_left_out_under_the_nearest_rule():
    rules = shipped_rules()
    assert not any(rule_match(rule, PARAPHRASE, "en") for rule in rules)
    (finding,) = findings_of(PARAPHRASE, rules, "en")
    assert finding.action == "blocked" and finding.message.startswith("It reads like")
    assert finding.rule in {rule.code for rule in rules} and finding.citation


@pytest.mark.parametrize(
    "sentence",
    [
        "The documents describe this.",
        "Gross margin rose to 41.6% in 2024 from 39.0% in 2023.",
        "Net cash provided by operating activities was $412 million, compared with $380 million in 2022.",
        "公司2023年营业收入为12.4亿元，同比增长8.1%。",
        "毛利率提高主要由于产品结构变化和原材料价格下降。",
    ],
)
def test_plain_statements_of_reports_pass(sentence):
    assert findings_of(sentence, shipped_rules(), "en") == []


@pytest.mark.parametrize("text", ["", " ", "…", "12", "\u200b"])
def test_text_without_words_reads_like_nothing(text):
    for language in LANGUAGES:
        assert likeness_model(language).likeness(text) is None


def test_the_names_that_the_weights_give_are_those_of_the_rules():
    for language in LANGUAGES:
        assert set(likeness_model(language).rules) == {rule.code for rule in shipped_rules()}


def test_pieces_do_not_depend_on_figures_or_width_and_lie_in_the_buckets():
    assert np.array_equal(pieces_of("Profit of 41%", "en"), pieces_of("ｐｒｏｆｉｔ of 99%", "en"))
    assert pieces_of("保本保收益", "zh").max() < BUCKETS


def test_fitting_separates_what_can_be_separated_and_the_bias_takes_the_rest():
    samples = [np.array([1, 5]), np.array([1, 6]), np.array([2, 5]), np.array([2, 6])] * 5
    labels = np.array([1.0, 1.0, 0.0, 0.0] * 5)
    weights, bias = learn.weights_fit(samples, labels)
    scores = learn.scores_of(weights, bias, samples)
    assert (scores[labels > 0] > 1).all() and (scores[labels == 0] < -1).all()
    assert abs(weights[5] - weights[6]) < 1e-6


def test_the_threshold_lets_few_enough_negatives_of_either_kind_above():
    draw = np.random.default_rng(0)
    samples = [np.unique(draw.integers(0, 200, 12)) for _ in range(300)]
    labels = np.array([1.0] * 100 + [0.0] * 200)
    reports = np.arange(300) >= 200
    threshold = learn.threshold_of(samples, labels, reports)
    assert np.isfinite(threshold) and threshold == learn.threshold_of(samples, labels, reports)
