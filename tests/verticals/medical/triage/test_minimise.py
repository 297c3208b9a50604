"""The minimiser finds minima that are known."""

import numpy as np

from verticals.medical.triage.minimise import minimum_find


def test_the_minimum_of_a_bowl_is_found():
    centre = np.array([3.0, -2.0, 0.5])
    found = minimum_find(lambda at: (float((at - centre) @ (at - centre)), 2 * (at - centre)), np.zeros(3))
    assert np.allclose(found, centre, atol=1e-3)


def test_the_minimum_of_a_bent_valley_is_found():
    """Rosenbrock's function, whose minimum is at (1, 1)."""

    def valley(at):
        x, y = at
        slope = np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])
        return float((1 - x) ** 2 + 100 * (y - x * x) ** 2), slope

    assert np.allclose(minimum_find(valley, np.array([-1.2, 1.0])), [1, 1], atol=2e-2)
