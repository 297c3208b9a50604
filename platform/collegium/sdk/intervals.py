"""How sure a measured share, mean or difference is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Z_95 = 1.959964
BOOTSTRAP_ROUNDS = 4000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, and the interval around it at 95 %."""

    mean: float
    low: float
    high: float


def wilson_interval(found: int, total: int) -> tuple[float, float]:
    """The score interval of a share at 95 % (Wilson 1927, JASA 22:209); of nothing counted, 0 to 1."""
    if not total:
        return 0.0, 1.0
    share = found / total
    centre = (share + Z_95 * Z_95 / (2 * total)) / (1 + Z_95 * Z_95 / total)
    half = (
        Z_95
        / (1 + Z_95 * Z_95 / total)
        * math.sqrt(share * (1 - share) / total + Z_95 * Z_95 / (4 * total * total))
    )
    return max(0.0, centre - half), min(1.0, centre + half)


def bootstrap_mean(values: Sequence[float], *, seed: int = 1) -> Interval:
    """The mean of values, one for each example, with the percentiles of its bootstrap (Efron 1979).

    The same values give the same interval. Raises ValueError where there are none.
    """
    if not values:
        raise ValueError("There are no values to take a mean of.")
    row = np.asarray(values, dtype=np.float64)
    rng = np.random.default_rng(seed)
    means = [float(row[rng.integers(0, row.size, row.size)].mean()) for _ in range(BOOTSTRAP_ROUNDS)]
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(row.mean()), float(low), float(high))


def bootstrap_difference(first: Sequence[float], second: Sequence[float], *, seed: int = 1) -> Interval:
    """By how much the second exceeds the first in the mean, of values paired by example.

    Pairs are drawn whole: what makes an example hard for both does not widen the interval.
    """
    return bootstrap_mean([b - a for a, b in zip(first, second, strict=True)], seed=seed)
