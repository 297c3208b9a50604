"""The transitive closure, against a slow search upwards."""

import random

import pytest

from verticals.medical.terminology.closure import Cyclic, lineages


def above(child, edges):
    found, front = set(), {child}
    while front:
        front = {parent for one, parent in edges if one in front} - found
        found |= front
    return found


def test_a_concept_with_two_parents_has_the_ancestors_of_both_once():
    assert lineages([(4, 2), (4, 3), (2, 1), (3, 1), (4, 2)]) == {2: (1,), 3: (1,), 4: (1, 2, 3)}


def test_a_random_hierarchy_agrees_with_a_slow_search():
    chance = random.Random(7)
    edges = [(child, chance.randrange(child)) for child in range(1, 200) for _ in range(chance.randint(1, 3))]
    chance.shuffle(edges)
    found = lineages(edges)
    assert set(found) == set(range(1, 200))
    assert all(found[child] == tuple(sorted(above(child, edges))) for child in found)


@pytest.mark.parametrize(
    "edges", [[(1, 1)], [(1, 2), (2, 1)], [(5, 4), (1, 2), (2, 3), (3, 1), (4, 1), (1, 9)]]
)
def test_a_circle_is_named_from_child_to_parent(edges):
    with pytest.raises(Cyclic) as met:
        lineages(edges)
    around = met.value.around
    assert all(
        (child, parent) in edges for child, parent in zip(around, [*around[1:], around[0]], strict=True)
    )


def test_without_edges_there_is_nothing_to_close():
    assert lineages([]) == {}
