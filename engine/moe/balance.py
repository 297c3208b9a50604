"""Even load of the experts within each owner's group, without a loss that would disturb the training.

Each expert has a bias that counts when experts are chosen, and not when they are weighed. The bias of an
expert that had less than its part is raised, that of one that had more is lowered: auxiliary-loss-free load
balancing (DeepSeek-V3, arXiv:2412.19437, section 2.1.2, after Wang et al. 2024, arXiv:2408.15664). Here a
part is that of the expert's owner: how much of the load goes to which owner stays the router's decision.

Shapes: N tokens, E experts, K experts per token.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
Groups = Mapping[str, Sequence[int]]


def experts_chosen(scores_NE: Floats, bias_E: Floats, per_token: int) -> Ints:
    """The experts that the router chooses for each token, [N, K], in no particular order."""
    biased_NE = scores_NE + bias_E
    chosen: Ints = np.argpartition(biased_NE, -per_token, axis=1)[:, -per_token:]
    return chosen


def load_counts(chosen_NK: Ints, experts: int) -> Ints:
    """How many tokens each expert was chosen for, [E]."""
    return np.bincount(chosen_NK.ravel(), minlength=experts)


def deviations(counts_E: Ints, groups: Groups) -> dict[str, float]:
    """The mean absolute deviation from even load within each owner's group, as a part of the even load.

    An owner whose experts were never chosen is left out: it has no load to share.
    """
    found = {}
    for owner, experts in groups.items():
        loads = counts_E[list(experts)]
        if loads.sum():
            found[owner] = float(np.abs(loads / loads.mean() - 1).mean())
    return found


def bias_step(bias_E: Floats, counts_E: Ints, groups: Groups, rate: float) -> Floats:
    """The bias after one update from counted loads.

    The changes within a group sum to zero, so that no owner's experts become likelier than another's.
    """
    changed_E = bias_E.copy()
    for experts in groups.values():
        index = list(experts)
        loads = counts_E[index]
        change = rate * np.sign(loads.mean() - loads)
        changed_E[index] += change - change.mean()
    return changed_E


def bias_balanced(
    scores_NE: Floats,
    bias_E: Floats,
    groups: Groups,
    per_token: int,
    *,
    steps: int = 300,
    rate: float = 0.02,
    last_rate: float = 1e-4,
) -> Floats:
    """The bias that evens out the load of these tokens, by updates at rates from `rate` to `last_rate`."""
    for step_rate in np.geomspace(rate, last_rate, steps):
        counts_E = load_counts(experts_chosen(scores_NE, bias_E, per_token), len(bias_E))
        bias_E = bias_step(bias_E, counts_E, groups, float(step_rate))
    return bias_E
