"""Places a model's experts on ranks by what was routed to them, for the next start.

python -m engine.moe.place --model DIR --counts DIR --ranks N [--nodes N] [--redundant N | --out DIR]

Without --out it only tells. With --out it writes the model with its experts in the proposed order: ranks that
hold equal runs of experts, as vLLM's do, are then even. With --redundant it proposes replicas too, which vLLM
makes by itself on GPUs, and tells the arguments of the server that ask for them.
"""

import argparse
import sys
from pathlib import Path

from engine.errors import ConfigInvalid, EngineError
from engine.moe.eplb import eplb_check
from engine.moe.permute import experts_permute, order_propose, router_groups
from engine.moe.placement import Proposal, Topology, placement_propose
from engine.moe.routing import routing_read


def main(arguments: list[str] | None = None) -> int:
    """Proposes and, where asked, writes; 0 when done, 1 with a message when not."""
    parser = argparse.ArgumentParser(prog="python -m engine.moe.place")
    parser.add_argument("--model", type=Path, required=True, help="the directory that was served")
    parser.add_argument("--counts", type=Path, required=True, help="the server's --routing-dir")
    parser.add_argument("--ranks", type=int, required=True, help="how many ranks share the experts")
    parser.add_argument("--nodes", type=int, default=1, help="how many hosts the ranks are on")
    parser.add_argument("--redundant", type=int, default=0, help="replicas of each layer beyond one of each")
    parser.add_argument("--out", type=Path, help="where to write the model with its experts in order")
    options = parser.parse_args(arguments)
    try:
        _place(options)
    except EngineError as error:
        print(f"engine.moe.place: {error}", file=sys.stderr)
        return 1
    return 0


def _place(options: argparse.Namespace) -> None:
    if options.out and options.redundant:
        raise ConfigInvalid("--out writes each expert once: replicas (--redundant) are made by vLLM, on GPUs")
    load = routing_read(options.counts)
    if load is None or not load.counts.any():
        raise ConfigInvalid(f"{options.counts}: nothing was counted there; serve with --routing-dir first")
    groups = router_groups(options.model)
    if options.redundant:
        experts = load.counts.shape[1]
        eplb_check(experts, options.redundant, options.ranks)
        topology = Topology(options.ranks, options.nodes, groups)
        print(told(placement_propose(load, topology, replicas=experts + options.redundant), load.layers))
        print(f"on GPUs: --ranks {options.ranks} --redundant-experts {options.redundant}")
        return
    order, proposal = order_propose(load, options.ranks, groups)
    print(told(proposal, load.layers))
    if options.out:
        print(f"written to {experts_permute(options.model, order, options.out)}")


def told(proposal: Proposal, layers: tuple[int, ...]) -> str:
    """The imbalance of each layer and of all, before and after."""
    pairs = zip(layers, proposal.before.per_layer, proposal.after.per_layer, strict=True)
    lines = [f"layer {layer}: {before:.3f} -> {after:.3f}" for layer, before, after in pairs]
    total = f"all layers: {proposal.before.overall:.3f} -> {proposal.after.overall:.3f}"
    return "\n".join(["busiest rank over the mean, before -> after", *lines, total])


if __name__ == "__main__":
    sys.exit(main())
