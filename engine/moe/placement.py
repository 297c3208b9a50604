"""Which rank holds which experts: an expert-parallel load balancer.

Experts that are asked for often get replicas, and the replicas are packed on ranks so that each layer's
busiest rank, for which all others wait, has as little to do as possible. The method is that of DeepSeek's
balancer (arXiv 2412.19437, section 3.4; github.com/deepseek-ai/EPLB): groups of experts go to nodes, busy
experts are replicated within their node, replicas are packed on the node's ranks. Ours gives no expert more
replicas than there are ranks, goes on with exchanges between ranks, and holds the result against the plain
order of experts: it is never worse.

Shapes: L layers, E experts of a layer, P replicas of a layer (its physical experts), R ranks, X the most
replicas that an expert has. Rank r holds the physical experts r * P / R up to (r + 1) * P / R.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.errors import ConfigInvalid
from engine.moe.packing import balanced_pack, pack_exchange, replicas_choose

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RoutingLoad:
    """Tokens routed to each expert: `counts` [L, E]; `layers` are the numbers of its rows in the model."""

    counts: Ints
    layers: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.counts.ndim != 2 or not self.counts.size:
            raise ConfigInvalid("a routing load needs counts of shape [layers, experts]")
        if len(self.layers) != len(self.counts):
            raise ConfigInvalid(f"{len(self.layers)} layers are named for {len(self.counts)} rows of counts")
        if self.counts.min() < 0:
            raise ConfigInvalid("a routing load holds a negative count")


@dataclass(frozen=True, slots=True)
class Topology:
    """Where experts go: `ranks`, spread evenly over `nodes`; the router chooses among `groups` first."""

    ranks: int
    nodes: int = 1
    groups: int = 1

    def __post_init__(self) -> None:
        if min(self.ranks, self.nodes, self.groups) < 1:
            raise ConfigInvalid("a topology needs at least one rank, one node and one group")
        if self.ranks % self.nodes:
            raise ConfigInvalid(f"{self.ranks} ranks cannot be spread evenly over {self.nodes} nodes")


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Which expert each physical expert is.

    physical_to_logical [L, P]; logical_to_physical [L, E, X], -1 where an expert has fewer replicas;
    replica_counts [L, E].
    """

    physical_to_logical: Ints
    logical_to_physical: Ints
    replica_counts: Ints
    ranks: int


@dataclass(frozen=True, slots=True)
class Imbalance:
    """The busiest rank's load over the mean, 1.0 at best: of each layer, and of all, one after the other."""

    per_layer: tuple[float, ...]
    overall: float


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A placement, with the imbalance of the plain order and of the placement under the same load."""

    placement: Placement
    before: Imbalance
    after: Imbalance


def placement_propose(load: RoutingLoad, topology: Topology, *, replicas: int | None = None) -> Proposal:
    """Proposes a placement for a load; `replicas` is P, by default one of each expert.

    Raises ConfigInvalid when the numbers do not divide.
    """
    experts = load.counts.shape[1]
    replicas = experts if replicas is None else replicas
    before = placement_plain(load, topology, replicas=replicas)
    topology = _topology_checked(topology, experts, replicas)
    rows = [
        _layer_order(weights, topology, plain)
        for weights, plain in zip(load.counts.astype(np.float64), before.physical_to_logical, strict=True)
    ]
    placement = placement_of(np.stack(rows), experts, topology.ranks)
    return Proposal(placement, imbalance(load, before), imbalance(load, placement))


def placement_plain(load: RoutingLoad, topology: Topology, *, replicas: int | None = None) -> Placement:
    """Experts as they come, each node its own, and its first ones again where replicas are left."""
    layers, experts = load.counts.shape
    replicas = experts if replicas is None else replicas
    topology = _topology_checked(topology, experts, replicas)
    of_node, per_node = experts // topology.nodes, replicas // topology.nodes
    starts = np.arange(topology.nodes) * of_node
    row = (starts[:, None] + np.arange(per_node) % of_node).ravel()
    return placement_of(np.tile(row, (layers, 1)), experts, topology.ranks)


def placement_of(physical_to_logical: Ints, experts: int, ranks: int) -> Placement:
    """The placement that a table [L, P] of experts describes; every expert must be in every row."""
    layers, replicas = physical_to_logical.shape
    if replicas % ranks:
        raise ConfigInvalid(f"{replicas} physical experts cannot be spread evenly over {ranks} ranks")
    counts = np.stack([np.bincount(row, minlength=experts) for row in physical_to_logical])
    if counts.shape[1] != experts or counts.min() < 1:
        raise ConfigInvalid(f"a placement must hold each of the {experts} experts at least once")
    inverse = np.full((layers, experts, int(counts.max())), -1, np.int64)
    for layer, row in enumerate(physical_to_logical):
        for expert in range(experts):
            places = np.flatnonzero(row == expert)
            inverse[layer, expert, : len(places)] = places
    return Placement(physical_to_logical, inverse, counts, ranks)


def rank_loads(load: RoutingLoad, placement: Placement) -> Floats:
    """The load of each rank [L, R], where replicas share their expert's load evenly."""
    each = load.counts / placement.replica_counts
    physical = np.take_along_axis(each, placement.physical_to_logical, axis=1)
    return physical.reshape(len(physical), placement.ranks, -1).sum(axis=2)


def imbalance(load: RoutingLoad, placement: Placement) -> Imbalance:
    """How uneven a placement's ranks are under a load; a layer without load is even."""
    loads = rank_loads(load, placement)
    busiest, mean = loads.max(axis=1), loads.mean(axis=1)
    per_layer = np.divide(busiest, mean, out=np.ones_like(mean), where=mean > 0)
    total = float(mean.sum())
    return Imbalance(tuple(map(float, per_layer)), float(busiest.sum()) / total if total else 1.0)


def _topology_checked(topology: Topology, experts: int, replicas: int) -> Topology:
    """The topology to place for; groups that the nodes do not divide are of no use, as on one node."""
    if replicas < experts:
        raise ConfigInvalid(f"{replicas} replicas are fewer than the {experts} experts")
    if replicas % topology.ranks:
        raise ConfigInvalid(f"{replicas} replicas cannot be spread evenly over {topology.ranks} ranks")
    if topology.groups % topology.nodes:
        return Topology(topology.ranks)
    if experts % topology.groups:
        raise ConfigInvalid(f"{experts} experts cannot be cut into {topology.groups} groups")
    return topology


def _layer_order(weights: Floats, topology: Topology, plain: Ints) -> Ints:
    """The experts of one layer in the order of ranks [P]: the better of the balanced and the plain order."""
    ranks_of_node = topology.ranks // topology.nodes
    candidates = (_balanced_order(weights, topology, len(plain)), plain)
    best, least = plain, np.inf
    for order in candidates:
        nodes = order.reshape(topology.nodes, -1)
        each = weights / np.bincount(order, minlength=len(weights))
        better = np.concatenate([node[pack_exchange(each[node], ranks_of_node)] for node in nodes])
        busiest = float(each[better].reshape(topology.ranks, -1).sum(axis=1).max())
        if busiest < least:
            best, least = better, busiest
    return best


def _balanced_order(weights: Floats, topology: Topology, replicas: int) -> Ints:
    """EPLB's three steps for the loads [E] of one layer: groups to nodes, replicas, replicas to ranks."""
    group_size = len(weights) // topology.groups
    group_loads = weights.reshape(topology.groups, group_size).sum(axis=1)
    per_node, packs = replicas // topology.nodes, topology.ranks // topology.nodes
    parts = []
    for groups in balanced_pack(group_loads, topology.nodes):
        own = (groups[:, None] * group_size + np.arange(group_size)).ravel()
        chosen = replicas_choose(weights[own], per_node, most=max(packs, -(-per_node // len(own))))
        each = (weights[own] / np.bincount(chosen))[chosen]
        parts.append(own[chosen[balanced_pack(each, packs).ravel()]])
    return np.concatenate(parts)
