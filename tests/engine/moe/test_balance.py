"""Loss-free balance: against an example worked by hand, and on loads that start far from even."""

import numpy as np
import pytest

from engine.moe.balance import bias_balanced, bias_step, deviations, experts_chosen, load_counts

GROUPS = {"common": (0, 1), "law": (2, 3)}


def test_the_bias_only_chooses_and_the_best_of_the_sums_win():
    scores = np.array([[0.9, 0.5, 0.1], [0.2, 0.3, 0.8]])
    assert sorted(experts_chosen(scores, np.zeros(3), 2)[0]) == [0, 1]
    assert sorted(experts_chosen(scores, np.array([0, 0, 0.45]), 2)[0]) == [0, 2]
    assert load_counts(np.array([[0, 1], [2, 1]]), 4).tolist() == [1, 2, 1, 0]


def test_an_update_worked_by_hand():
    """Loads 30 and 10 of one owner (even: 20), 5 and 5 of the other: only the first group's biases move."""
    bias = np.array([0.5, 0.0, 0.25, 0.0])
    changed = bias_step(bias, np.array([30, 10, 5, 5]), GROUPS, 0.1)
    assert changed.tolist() == pytest.approx([0.4, 0.1, 0.25, 0.0])
    assert bias.tolist() == [0.5, 0.0, 0.25, 0.0], "the given bias is not changed in place"


def test_an_update_in_a_group_of_three_keeps_the_groups_sum():
    """Loads 9, 3, 3 (even: 5): signs -, +, +, which sum to one rate; a third of it is taken back from each."""
    changed = bias_step(np.zeros(3), np.array([9, 3, 3]), {"common": (0, 1, 2)}, 0.3)
    assert changed.tolist() == pytest.approx([-0.4, 0.2, 0.2])


def test_deviation_is_measured_within_each_owners_group():
    found = deviations(np.array([30, 10, 7, 7]), GROUPS)
    assert found == pytest.approx({"common": 0.5, "law": 0.0})
    assert deviations(np.array([1, 1, 0, 0]), GROUPS) == {"common": 0.0}, "no load, nothing to share"


def skewed_scores(tokens: int = 8000, seed: int = 3):
    """Experts 0 and 4 are favoured by far, each within its own group."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(tokens, 8)) + np.array([2.0, 0, 0, 0, 1.5, 0, -1, 0])
    return 1 / (1 + np.exp(-logits))


def test_a_skewed_load_becomes_even_for_tokens_that_were_not_seen():
    groups = {"common": (0, 1, 2, 3), "law": (4, 5, 6, 7)}
    bias = bias_balanced(skewed_scores(seed=3), np.zeros(8), groups, 2)
    held_out = skewed_scores(seed=4)
    before = load_counts(experts_chosen(held_out, np.zeros(8), 2), 8)
    after = load_counts(experts_chosen(held_out, bias, 2), 8)
    assert min(deviations(before, groups).values()) > 0.3, "it was not skewed"
    assert max(deviations(after, groups).values()) < 0.05
    assert bias[:4].sum() == pytest.approx(0) and bias[4:].sum() == pytest.approx(0)
