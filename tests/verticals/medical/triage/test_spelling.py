"""Slips are read as the words that are meant, and words that are right are left alone."""

import pytest

from verticals.medical.triage.spelling import sounded, word_corrected


@pytest.mark.parametrize(
    ("slip", "word"), [("diabtes", "diabetes"), ("hedache", "headache"), ("swolen", "swollen")]
)
def test_a_slip_is_read_as_the_word_that_it_comes_near(slip, word):
    assert word_corrected(slip) == word


@pytest.mark.parametrize("word", ["shin", "spotting", "dummy", "cast", "flushing", "numbness", "confusion"])
def test_a_word_that_is_right_is_left_alone(word):
    assert word_corrected(word) == word


def test_characters_that_sound_alike_are_one():
    assert sounded("一天没有抬动了") == sounded("一天没有胎动了")
    assert sounded("头痛") != sounded("头晕")
