"""What epsilon a training spends, and what noise keeps it under a target.

Each step is a Gaussian mechanism on a Poisson sample; their composition is accounted numerically through
privacy loss random variables (Gopi, Lee, Wutschitz 2021, arXiv:2106.02848) by Opacus, whose upper bound is
what counts. Its error is set to 0.001: with the default of 0.01 it claims 0.01 more than there is.
"""

import math
import warnings
from functools import cache

from opacus.accountants import PRVAccountant, RDPAccountant
from scipy.optimize import brentq

from engine.errors import ConfigInvalid
from engine.train.errors import BudgetTooSmall, NoNoiseReaches

EPS_ERROR = 0.001
MOST_NOISE = 1e5
LEAST_NOISE = 0.1
PRECISION = 2e-4  # of the noise that is solved for, relative
STRIDE = 0.1  # in the logarithm of the noise


@cache
def epsilon_of(noise_multiplier: float, sample_rate: float, steps: int, delta: float) -> float:
    """An upper bound of epsilon after so many steps."""
    if steps == 0:
        return 0.0
    accountant = PRVAccountant()
    accountant.history = [(noise_multiplier, sample_rate, steps)]
    with warnings.catch_warnings():
        # log(0) where the density ends; bounds by RDP that are only where the grid begins.
        warnings.simplefilter("ignore")
        # Below zero where delta alone hides everything.
        return max(0.0, float(accountant.get_epsilon(delta=delta, eps_error=EPS_ERROR)))


def noise_for(target_epsilon: float, sample_rate: float, steps: int, delta: float) -> float:
    """The least noise multiplier, to within 0.04 %, whose epsilon is at most the target.

    Raises NoNoiseReaches when even the largest does not keep to it.
    """

    def over(noise_log: float) -> float:
        return epsilon_of(math.exp(noise_log), sample_rate, steps, delta) - target_epsilon

    least = epsilon_of(MOST_NOISE, sample_rate, steps, delta)
    if least > target_epsilon:
        raise NoNoiseReaches(
            f"no noise keeps {steps} steps at a sample rate of {sample_rate:.4f} under epsilon "
            f"{target_epsilon} (with {MOST_NOISE:.0f} it is {least:.4f}, of which {EPS_ERROR} is what the "
            "accountant cannot resolve): ask for a larger target_epsilon, fewer steps or a smaller batch"
        )
    high = _noise_by_moments(target_epsilon, sample_rate, steps, delta)
    while (
        over(high) > 0
    ):  # close to what the accountant resolves the other one, which does not err, asks less
        high += STRIDE
    low = high - STRIDE
    while over(low) <= 0:
        low, high = low - STRIDE, low
    found = float(brentq(over, low, high, xtol=PRECISION))
    while over(found) > 0:
        found += PRECISION
    return math.exp(found)


def _noise_by_moments(target_epsilon: float, sample_rate: float, steps: int, delta: float) -> float:
    """The logarithm of a noise that surely keeps to the target, by Renyi moments: a little more than needed.

    They take no time, whereas the other way takes seconds and gigabytes where there is much too little noise.
    """

    def fits(noise_log: float) -> bool:
        accountant = RDPAccountant()
        accountant.history = [(math.exp(noise_log), sample_rate, steps)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that better orders may lie outside those tried
            return bool(accountant.get_epsilon(delta=delta) <= target_epsilon)

    low, high = math.log(LEAST_NOISE), math.log(MOST_NOISE)
    if not fits(high):
        return high
    while high - low > STRIDE / 4:
        middle = (low + high) / 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


def steps_within(target_epsilon: float, noise: float, sample_rate: float, delta: float, steps: int) -> None:
    """Raises BudgetTooSmall, saying how many steps it pays for, when so many cost more than the target."""
    spent = epsilon_of(noise, sample_rate, steps, delta)
    if spent <= target_epsilon:
        return
    low, high = 0, steps
    while high - low > 1:
        middle = (low + high) // 2
        fits = epsilon_of(noise, sample_rate, middle, delta) <= target_epsilon
        low, high = (middle, high) if fits else (low, middle)
    pays = f"pays for {low} of them" if low else "does not pay for one step"
    raise BudgetTooSmall(
        f"with noise multiplier {noise} and a sample rate of {sample_rate:.4f}, {steps} steps spend epsilon "
        f"{spent:.4f}; {target_epsilon} {pays}: ask for more noise, fewer steps or a smaller batch"
    )


def delta_for(units: int, asked: float | None) -> float:
    """The delta over so many units: 1 / N^1.1, or what was asked for.

    Raises ConfigInvalid when that is more.
    """
    most: float = units**-1.1 if units > 1 else 0.5
    if asked is None:
        return most
    if asked > most * (1 + 1e-9):
        raise ConfigInvalid(
            f"privacy.delta is {asked:g}; with {units} records or patients it may be at most {most:.3g} "
            "(1 / N^1.1): a larger one would allow to give one away whole"
        )
    return asked
