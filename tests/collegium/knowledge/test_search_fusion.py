"""The order that comes of two orders."""

import pytest

from collegium.knowledge.fusion import DENSE_WEIGHT, DENSE_WEIGHT_CHINESE, Scores, best, dense_weight


def test_scores_are_spread_and_weighed():
    candidates = {1: Scores(0.9, 0.0), 2: Scores(0.5, 1.0), 3: Scores(0.1, 0.5)}
    # spread: 1 -> (1, 0), 2 -> (.5, 1), 3 -> (0, .5); weighed by .5: .5, .75, .25
    ranked = best(candidates, 0.5, 10)
    assert [chunk for chunk, _score in ranked] == [2, 1, 3]
    top = 0.5 * 0.5 + 0.5 * 1.0
    assert [score for _chunk, score in ranked] == pytest.approx([top, top * 0.5 / 0.75, top * 0.25 / 0.75])


@pytest.mark.parametrize(("weight", "order"), [(1.0, [1, 2, 3]), (0.0, [2, 3, 1])])
def test_a_weight_of_one_or_none_leaves_a_half_alone(weight, order):
    candidates = {1: Scores(0.9, 0.0), 2: Scores(0.5, 1.0), 3: Scores(0.1, 0.5)}
    assert [chunk for chunk, _score in best(candidates, weight, 3)] == order


def test_without_similarities_words_decide():
    ranked = best({1: Scores(None, 0.2), 2: Scores(None, 0.8)}, 0.9, 2)
    assert ranked == [(2, pytest.approx(0.8)), (1, pytest.approx(0.0))]


def test_a_passage_without_a_vector_counts_as_far_away():
    ranked = best({1: Scores(None, 0.5), 2: Scores(0.6, 0.5), 3: Scores(0.4, 0.1)}, 0.5, 3)
    assert [chunk for chunk, _score in ranked] == [2, 1, 3]


def test_scores_lie_between_0_and_1():
    ranked = best({1: Scores(1.0, 1.7), 2: Scores(-0.3, 0.0)}, 0.5, 2)
    assert ranked[0] == (1, pytest.approx(1.0)) and ranked[1][1] == pytest.approx(0.0)


def test_one_candidate_or_none_is_no_error():
    assert best({}, 0.5, 10) == []
    assert best({7: Scores(0.4, 0.2)}, 0.5, 10) == [(7, pytest.approx(0.3))]
    assert best({7: Scores(0.0, 0.0), 8: Scores(0.0, 0.0)}, 0.5, 10) == [(7, 0.0), (8, 0.0)]


def test_equal_scores_keep_the_order_of_passages():
    same = {chunk: Scores(0.5, 0.5) for chunk in (9, 3, 6)}
    assert [chunk for chunk, _score in best(same, 0.5, 3)] == [3, 6, 9]


def test_chinese_questions_lean_on_words():
    assert dense_weight(0.9) == DENSE_WEIGHT_CHINESE < dense_weight(0.0) == DENSE_WEIGHT
