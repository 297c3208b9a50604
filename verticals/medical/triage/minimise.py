"""Minima of smooth functions by L-BFGS (Liu & Nocedal, Math Program 1989;45:503-528; the two loops are
algorithm 7.4 of Nocedal & Wright, Numerical Optimization, 2006).
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Function = Callable[[Floats], tuple[float, Floats]]
HISTORY = 10
STEPS = 200
ENOUGH = 1e-6  # a step that gains less ends the search
_DECREASE, _SHORTEST, _CURVED = 1e-4, 1e-8, 1e-12


def minimum_find(function: Function, start: Floats) -> Floats:
    """Where a function that returns value and slope is least, beginning at `start`."""
    here, (value, slope) = start, function(start)
    pairs: list[tuple[Floats, Floats]] = []
    for _ in range(STEPS):
        direction = _direction(slope, pairs)
        length = 1.0 if pairs else 1 / max(float(np.linalg.norm(slope)), 1.0)
        while True:
            there = here - length * direction
            value_there, slope_there = function(there)
            if value_there <= value - _DECREASE * length * (slope @ direction) or length < _SHORTEST:
                break
            length /= 2
        moved, turned = there - here, slope_there - slope
        if moved @ turned > _CURVED:
            pairs = [*pairs, (moved, turned)][-HISTORY:]
        gained = value - value_there
        here, value, slope = there, value_there, slope_there
        if gained < ENOUGH:
            break
    return here


def _direction(slope: Floats, pairs: list[tuple[Floats, Floats]]) -> Floats:
    direction = slope.copy()
    shares = []
    for moved, turned in reversed(pairs):
        share = (moved @ direction) / (turned @ moved)
        shares.append(share)
        direction -= share * turned
    if pairs:
        moved, turned = pairs[-1]
        direction *= (moved @ turned) / (turned @ turned)
    for (moved, turned), share in zip(pairs, reversed(shares), strict=True):
        direction += moved * (share - (turned @ direction) / (turned @ moved))
    return direction
