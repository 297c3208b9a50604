"""Exact intervals of a proportion (Clopper & Pearson, Biometrika 1934;26:404-413)."""

import math
from collections.abc import Callable

_STEPS = 60  # of halving: far below rounding


def lower_bound(count: int, total: int, confidence: float = 0.95) -> float:
    """The one-sided lower bound: the share at which `count` or more of `total` still has 1 - confidence."""
    if count == 0:
        return 0.0
    return _root(lambda share: _at_least(count, total, share) - (1 - confidence))


def upper_bound(count: int, total: int, confidence: float = 0.95) -> float:
    """The one-sided upper bound."""
    return 1 - lower_bound(total - count, total, confidence)


def interval(count: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """The two-sided interval."""
    each = 1 - (1 - confidence) / 2
    return lower_bound(count, total, each), upper_bound(count, total, each)


def _at_least(count: int, total: int, share: float) -> float:
    """The probability of `count` or more successes of `total`."""
    if share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    logs = [
        math.lgamma(total + 1) - math.lgamma(one + 1) - math.lgamma(total - one + 1)
        + one * math.log(share) + (total - one) * math.log1p(-share)
        for one in range(count, total + 1)
    ]  # fmt: skip
    return math.fsum(map(math.exp, logs))


def _root(rising: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2
