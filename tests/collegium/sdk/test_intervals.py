"""Intervals of means and paired differences."""

import random

import pytest

from collegium.sdk.intervals import bootstrap_difference, bootstrap_mean


def test_the_interval_of_a_mean_is_that_of_the_normal_for_many_values():
    rng = random.Random(7)
    values = [rng.gauss(10, 2) for _ in range(400)]
    interval = bootstrap_mean(values)
    assert interval.mean == pytest.approx(sum(values) / 400)
    half = 1.96 * 2 / 400**0.5
    assert interval.high - interval.low == pytest.approx(2 * half, rel=0.15)
    assert bootstrap_mean(values) == interval


def test_pairs_are_compared_example_by_example():
    rng = random.Random(7)
    first = [rng.gauss(0, 50) for _ in range(100)]
    second = [value + 1 + rng.gauss(0, 0.1) for value in first]
    difference = bootstrap_difference(first, second)
    assert 0.9 < difference.low < difference.mean < difference.high < 1.1


def test_nothing_has_no_mean_and_unpaired_values_are_refused():
    with pytest.raises(ValueError, match="no values"):
        bootstrap_mean([])
    with pytest.raises(ValueError):
        bootstrap_difference([1.0], [1.0, 2.0])
