"""Epsilon against Google's accountant by privacy loss distributions, and the noise that is solved for."""

import pytest
from dp_accounting import GaussianDpEvent, PoissonSampledDpEvent, SelfComposedDpEvent
from dp_accounting.pld import PLDAccountant

from engine.errors import ConfigInvalid
from engine.train.accounting import delta_for, epsilon_of, noise_for, steps_within
from engine.train.errors import BudgetTooSmall, NoNoiseReaches


def reference(noise, rate, steps, delta):
    accountant = PLDAccountant()
    accountant.compose(SelfComposedDpEvent(PoissonSampledDpEvent(rate, GaussianDpEvent(noise)), steps))
    return accountant.get_epsilon(delta)


@pytest.mark.parametrize("noise", [1.0, 4.27, 12.0])
@pytest.mark.parametrize(("rate", "steps"), [(512 / 5000, 30), (0.01, 300), (0.3, 10)])
@pytest.mark.parametrize("delta", [1e-5, 1e-3])
def test_epsilon_agrees_with_another_accountant_and_never_claims_less(noise, rate, steps, delta):
    ours, theirs = epsilon_of(noise, rate, steps, delta), reference(noise, rate, steps, delta)
    allowed = max(0.005 * theirs, 0.001)
    assert theirs <= ours <= theirs + allowed


def test_the_noise_for_half_an_epsilon_is_the_known_one():
    found = noise_for(0.5, 512 / 5000, 30, 1e-5)
    assert found == pytest.approx(4.27, rel=0.01)
    assert 0.4985 < epsilon_of(found, 512 / 5000, 30, 1e-5) <= 0.5


@pytest.mark.parametrize(
    ("target", "rate", "steps", "delta"),
    [(2.0, 0.1, 20, 1e-5), (0.05, 0.05, 10, 1e-4)],
)
def test_solved_noise_keeps_to_its_target_closely(target, rate, steps, delta):
    found = noise_for(target, rate, steps, delta)
    assert epsilon_of(found, rate, steps, delta) <= target < epsilon_of(found * 0.998, rate, steps, delta)


def test_a_target_below_what_the_accountant_resolves_is_refused():
    with pytest.raises(NoNoiseReaches, match="no noise keeps 10 steps .* under epsilon 0.0005"):
        noise_for(0.0005, 0.1, 10, 1e-5)


def test_given_noise_that_costs_too_much_is_refused_with_what_it_pays_for():
    steps_within(0.6, 4.27, 512 / 5000, 1e-5, 30)
    with pytest.raises(BudgetTooSmall, match=r"30 steps spend epsilon 0\.50.*; 0\.3 pays for 1\d of them"):
        steps_within(0.3, 4.27, 512 / 5000, 1e-5, 30)


def test_delta_is_at_most_that_of_the_number_of_units():
    assert delta_for(5000, None) == pytest.approx(5000**-1.1)
    assert delta_for(5000, 1e-5) == 1e-5
    with pytest.raises(ConfigInvalid, match=r"delta is 0\.001; with 5000 records .* at most 8\.5\de-05"):
        delta_for(5000, 0.001)
