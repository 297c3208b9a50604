"""What the comparison of forms says of the figures that it measured."""

import math

import pytest

from engine.bench.compress import Quality, quality_of, windows_of
from engine.bench.served_form import Scored

EXACT = [Scored((1.0, 2.0), (5, 6)), Scored((3.0, 2.0), (7, 8))]


def test_a_form_is_as_good_as_itself():
    quality = quality_of(EXACT, EXACT)
    assert quality.perplexity == pytest.approx(math.exp(2.0))
    assert (quality.ratio, quality.interval, quality.agreement) == (1.0, 0.0, 1.0) and quality.passes


def test_the_ratio_is_that_of_perplexities_and_the_interval_that_of_the_windows():
    worse = [Scored((1.1, 2.1), (5, 6)), Scored((3.3, 2.3), (7, 0))]
    quality = quality_of(EXACT, worse)
    assert quality.ratio == pytest.approx(math.exp(0.2))
    assert quality.perplexity / math.exp(2.0) == pytest.approx(quality.ratio)
    assert quality.interval == pytest.approx(quality.ratio * 1.96 * math.sqrt(0.02) / math.sqrt(2))
    assert quality.agreement == 0.75 and not quality.passes


@pytest.mark.parametrize(("ratio", "agreement"), [(1.011, 1.0), (1.0, 0.969)])
def test_either_figure_alone_closes_the_gate(ratio, agreement):
    assert not Quality(8.0, ratio, 0.0, agreement).passes
    assert Quality(8.0, 1.01, 0.0, 0.97).passes


def test_text_is_cut_into_whole_windows(language_model, tmp_path):
    path = tmp_path / "text.md"
    path.write_text("The company's revenue rose by nine percent. " * 150)
    windows = windows_of(language_model, [path], most=2)
    assert [len(window) for window in windows] == [512, 512] and windows_of(language_model, [path], 1) != []
    path.write_text("Too short.")
    assert windows_of(language_model, [path], most=2) == []
