"""How good a ranking is: nDCG and recall among the first ten, of documents that are right or not.

Source: Järvelin and Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques"; gains are 1 or 0.
"""

import math
from collections.abc import Collection, Sequence

DEPTH = 10


def ndcg(found: Sequence[str], right: Collection[str], depth: int = DEPTH) -> float:
    """Gains discounted by the logarithm of their place, as a share of what the best ranking has."""
    gained = sum(1 / math.log2(place + 1) for place, one in enumerate(found[:depth], 1) if one in right)
    best = sum(1 / math.log2(place + 1) for place in range(1, min(depth, len(right)) + 1))
    return gained / best if best else 0.0


def recall(found: Sequence[str], right: Collection[str], depth: int = DEPTH) -> float:
    """The share of the right documents that is among the first."""
    return len(set(found[:depth]) & set(right)) / len(right) if right else 0.0
