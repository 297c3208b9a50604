"""The balancer against its published example, against every possible placement, and against the plain order.

Shapes as in engine.moe.placement.
"""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ConfigInvalid
from engine.moe.packing import balanced_pack, replicas_choose
from engine.moe.placement import (
    RoutingLoad,
    Topology,
    imbalance,
    placement_of,
    placement_propose,
    rank_loads,
)

# The example in the README of github.com/deepseek-ai/EPLB, and what is printed there for it.
EXAMPLE = [
    [90, 132, 40, 61, 104, 165, 39, 4, 73, 56, 183, 86],
    [20, 107, 104, 64, 19, 197, 187, 157, 172, 86, 16, 27],
]
EXAMPLE_OUTPUT = [
    [5, 6, 5, 7, 8, 4, 3, 4, 10, 9, 10, 2, 0, 1, 11, 1],
    [7, 10, 6, 8, 6, 11, 8, 9, 2, 4, 5, 1, 5, 0, 3, 1],
]
LARGEST_TO_OPTIMUM = 4 / 3 + 1e-9  # the bound of the greedy packing without replicas; found to hold with them


def load_of(*rows: list[int]) -> RoutingLoad:
    return RoutingLoad(np.array(rows, np.int64), tuple(range(len(rows))))


def test_the_published_example_gives_the_published_placement():
    proposal = placement_propose(load_of(*EXAMPLE), Topology(ranks=8, nodes=2, groups=4), replicas=16)
    assert proposal.placement.physical_to_logical.tolist() == EXAMPLE_OUTPUT
    assert proposal.after.per_layer == pytest.approx((1.2081316, 1.2422145), abs=1e-6)
    assert proposal.before.per_layer == pytest.approx((2.0832527, 1.7854671), abs=1e-6)


def test_the_two_directions_of_a_placement_agree():
    placement = placement_propose(load_of(*EXAMPLE), Topology(8, 2, 4), replicas=16).placement
    for layer, row in enumerate(placement.physical_to_logical):
        for expert in range(12):
            places = placement.logical_to_physical[layer, expert]
            count = placement.replica_counts[layer, expert]
            assert (places[:count] >= 0).all() and (places[count:] == -1).all()
            assert (row[places[:count]] == expert).all()


def test_groups_stay_whole_on_a_node():
    placement = placement_propose(load_of(*EXAMPLE), Topology(8, 2, 4), replicas=16).placement
    for row in placement.physical_to_logical:
        nodes = [{int(expert) // 3 for expert in half} for half in np.split(row, 2)]
        assert nodes[0].isdisjoint(nodes[1])


def test_groups_that_the_nodes_do_not_divide_are_balanced_as_a_whole():
    whole = placement_propose(load_of(*EXAMPLE), Topology(8), replicas=16)
    odd = placement_propose(load_of(*EXAMPLE), Topology(8, nodes=2, groups=3), replicas=16)
    assert odd.placement.physical_to_logical.tolist() == whole.placement.physical_to_logical.tolist()
    grouped = placement_propose(load_of(*EXAMPLE), Topology(8, 2, 4), replicas=16)
    assert whole.after.overall <= grouped.after.overall


def test_an_expert_gets_no_more_replicas_than_there_are_packs():
    assert np.bincount(replicas_choose(np.array([1000.0, 1, 1]), 6, most=3)).tolist() == [3, 2, 1]
    assert placement_propose(load_of([900, 0, 0]), Topology(3), replicas=6).after.overall == pytest.approx(1)


def test_packs_are_of_equal_number():
    packs = balanced_pack(np.array([9.0, 1, 1, 1, 1, 1]), 2)
    assert packs.shape == (2, 3)
    assert sorted(packs.ravel().tolist()) == list(range(6))


def test_a_load_of_nothing_is_even():
    proposal = placement_propose(load_of([0, 0, 0, 0]), Topology(2))
    assert proposal.before.overall == proposal.after.overall == 1.0
    assert proposal.after.per_layer == (1.0,)


def test_the_overall_imbalance_weighs_layers_by_their_load():
    load = load_of([30, 10], [1, 1])
    assert imbalance(load, placement_of(np.array([[0, 1], [0, 1]]), 2, 2)).overall == pytest.approx(31 / 21)


def cases() -> st.SearchStrategy[tuple[list[list[int]], Topology, int]]:
    @st.composite
    def draw(of: st.DrawFn) -> tuple[list[list[int]], Topology, int]:
        nodes, per_node = of(st.integers(1, 2)), of(st.integers(1, 3))
        groups = nodes * of(st.integers(1, 2))
        experts = groups * of(st.integers(1, 4))
        ranks = nodes * per_node
        replicas = -(-experts // ranks) * ranks + ranks * of(st.integers(0, 1))
        count = st.integers(0, 2000)
        rows = of(st.lists(st.lists(count, min_size=experts, max_size=experts), min_size=1, max_size=3))
        return rows, Topology(ranks, nodes, groups), replicas

    return draw()


@settings(max_examples=150, deadline=None)
@given(cases())
def test_every_expert_is_placed_every_rank_is_full_and_the_plain_order_is_never_better(case):
    rows, topology, replicas = case
    load = load_of(*rows)
    proposal = placement_propose(load, topology, replicas=replicas)
    placement = proposal.placement
    assert placement.physical_to_logical.shape == (len(rows), replicas)
    assert (placement.replica_counts >= 1).all()
    assert (placement.replica_counts.sum(axis=1) == replicas).all()
    assert rank_loads(load, placement).sum() == pytest.approx(load.counts.sum())
    for after, before in zip(proposal.after.per_layer, proposal.before.per_layer, strict=True):
        assert 1 - 1e-9 <= after <= before + 1e-9


@settings(max_examples=100, deadline=None)
@given(
    st.integers(2, 3),
    st.integers(1, 3),
    st.integers(0, 2),
    st.lists(st.integers(0, 300), min_size=9, max_size=9),
)
def test_the_busiest_rank_is_within_a_third_of_the_best_possible(ranks, capacity, redundant, weights):
    replicas = ranks * capacity
    experts = max(1, replicas - redundant)
    load = load_of(weights[:experts])
    placement = placement_propose(load, Topology(ranks), replicas=replicas).placement
    best = least_busiest([float(w) for w in weights[:experts]], ranks, replicas)
    assert rank_loads(load, placement).max() <= best * LARGEST_TO_OPTIMUM + 1e-9


def least_busiest(weights: list[float], ranks: int, replicas: int) -> float:
    """The least load that the busiest rank can have, by trying every number of replicas and every packing."""
    best = float("inf")
    for counts in compositions(replicas, len(weights)):
        things = [w / c for w, c in zip(weights, counts, strict=True) for _ in range(c)]
        best = packed(sorted(things, reverse=True), [0.0] * ranks, [replicas // ranks] * ranks, best)
    return best


def compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(1, total - parts + 2):
        for rest in compositions(total - first, parts - 1):
            yield (first, *rest)


def packed(things: list[float], loads: list[float], room: list[int], best: float) -> float:
    if not things:
        return min(best, max(loads))
    for rank, load in enumerate(loads):
        if room[rank] and load + things[0] < best:
            loads[rank], room[rank] = load + things[0], room[rank] - 1
            best = packed(things[1:], loads, room, best)
            loads[rank], room[rank] = load, room[rank] + 1
    return best


@pytest.mark.parametrize(
    ("topology", "replicas", "says"),
    [
        (Topology(8, 2, 4), 11, "fewer than the 12 experts"),
        (Topology(8, 2, 4), 17, "17 replicas cannot be spread evenly over 8 ranks"),
        (Topology(4, 2, 8), 12, "12 experts cannot be cut into 8 groups"),
    ],
)
def test_numbers_that_do_not_divide_are_refused_by_name(topology, replicas, says):
    with pytest.raises(ConfigInvalid, match=says):
        placement_propose(load_of(*EXAMPLE), topology, replicas=replicas)


def test_a_placement_that_loses_an_expert_is_refused():
    with pytest.raises(ConfigInvalid, match="each of the 3 experts"):
        placement_of(np.array([[0, 1, 1, 0]]), 3, 2)


@pytest.mark.parametrize(
    ("counts", "layers"), [(np.zeros(3, np.int64), (0,)), (np.array([[-1]]), (0,)), (np.array([[1]]), (0, 1))]
)
def test_a_load_that_is_none_is_refused(counts, layers):
    with pytest.raises(ConfigInvalid):
        RoutingLoad(counts, layers)


def test_ranks_that_the_nodes_do_not_divide_are_refused():
    with pytest.raises(ConfigInvalid, match="3 ranks cannot be spread evenly over 2 nodes"):
        Topology(ranks=3, nodes=2)
