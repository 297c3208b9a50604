"""Packing weighted things into packs of equal number, as even in weight as can be: the balancer's steps."""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def balanced_pack(weights: Floats, packs: int) -> Ints:
    """Packs N things of these weights into packs of N / packs; returns the things of each [packs, N / packs].

    The heaviest thing that is left goes to the lightest pack that has room.
    """
    capacity = len(weights) // packs
    if capacity == 1:
        return np.arange(packs)[:, None]
    members: list[list[int]] = [[] for _ in range(packs)]
    loads = np.zeros(packs)
    for thing in np.argsort(-weights, kind="stable"):
        pack = int(np.argmin(loads))
        members[pack].append(int(thing))
        loads[pack] += weights[thing]
        if len(members[pack]) == capacity:
            loads[pack] = np.inf
    return np.array(members, np.int64)


def replicas_choose(weights: Floats, replicas: int, *, most: int) -> Ints:
    """Which expert each of the replicas is [replicas]: each once, then those with most load per replica.

    No expert gets more than `most` replicas, for a second one in a pack relieves nothing.
    """
    counts = np.ones(len(weights))
    chosen = list(range(len(weights)))
    for _ in range(replicas - len(weights)):
        busiest = int(np.argmax(np.where(counts < most, weights / counts, -1.0)))
        chosen.append(busiest)
        counts[busiest] += 1
    return np.array(chosen, np.int64)


def pack_exchange(weights: Floats, packs: int) -> Ints:
    """The order of things [N], cut into packs of equal number, after exchanges that relieve the heaviest.

    Each gives the heaviest pack a lighter thing, so that neither pack of the two ends as heavy as it was.
    """
    order = np.arange(len(weights)).reshape(packs, -1)
    for _ in range(4 * len(weights)):  # each step lowers a maximum; a limit, for there may be very many steps
        loads = weights[order].sum(axis=1)
        heaviest = int(np.argmax(loads))
        relief = (
            weights[order[heaviest]][:, None, None] - weights[order]
        )  # [things of it, packs, things of them]
        after = np.maximum(loads[heaviest] - relief, loads[None, :, None] + relief)
        after[:, heaviest] = np.inf
        at = np.unravel_index(int(np.argmin(after)), after.shape)
        if not after[at] < loads[heaviest] * (1 - 1e-12):
            break
        own, other = (heaviest, int(at[0])), (int(at[1]), int(at[2]))
        order[own], order[other] = order[other], order[own]
    return order.ravel()
