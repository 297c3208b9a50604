"""Hostile and broken regular expressions are refused, or stopped in time."""

import time

import pytest

from verticals.finance.compliance import patterns
from verticals.finance.compliance.patterns import PatternSlow, pattern_compile, text_normalised
from verticals.finance.compliance.problem import PatternProblem

REFUSED = [
    ("(a", "no regular expression"),
    ("", "empty"),
    ("a*", "everything"),
    (r"(a)\1", "not allowed"),
    ("(?R)", "not allowed"),
    ("(?P<n>a)", "not allowed"),
    ("(?i)a", "not allowed"),
    ("(?:ab){e<=2}", "a count is expected"),
    ("a" * 2001, "longer than"),
    ("(?(1)a|b)", "not allowed"),
    ("a{1<=e<=2}", "a count is expected"),
    ("(?:a?){1000000}", "repeats so much"),
    ("(?:(?:ab){1000}){1000}c", "repeats so much"),
    ("((((((a{10}){10}){10}){10}){10}){10})", "repeats so much"),
]


@pytest.mark.parametrize(("written", "why"), REFUSED)
def test_what_could_run_away_or_means_nothing_is_refused(written, why):
    with pytest.raises(PatternProblem, match=why):
        pattern_compile(written)


@pytest.mark.parametrize("written", [r"(?:\w+\s?)+\d!", "(?:.*.*.*.*.*)x{3}", "(?:(?:a{1,20}){1,20}){1,20}b"])
def test_a_pattern_that_backtracks_without_end_is_stopped_in_time(written, monkeypatch):
    monkeypatch.setattr(patterns, "SEARCH_TIMEOUT_S", 0.05)
    pattern = pattern_compile(written)
    begun = time.process_time()
    for text in ("a" * 2000, "word " * 400):
        try:
            pattern.spans(text)
        except PatternSlow:
            continue
    assert time.process_time() - begun < 2


def test_a_slow_search_says_that_nothing_is_known(monkeypatch):
    monkeypatch.setattr(patterns, "SEARCH_TIMEOUT_S", 0.01)
    with pytest.raises(PatternSlow):
        pattern_compile("(?:(?:a{1,20}){1,20}){1,20}b").spans("a" * 2000)


def test_full_width_forms_and_invisible_characters_do_not_hide_words():
    assert text_normalised("ｇｕａｒａｎｔｅｅｄ\u200b  ８％，好") == "guaranteed 8%,好"


def test_a_full_width_sign_in_a_pattern_means_the_sign_and_not_its_power():
    assert pattern_compile("保本（100%）").search(text_normalised("产品保本（100%）。"))
    assert pattern_compile("真的？吗").search(text_normalised("真的？吗"))
    assert not pattern_compile("真的？吗").search("真吗")


def test_at_most_twenty_matches_are_looked_at():
    assert len(pattern_compile("a").spans("a" * 500)) == 20
