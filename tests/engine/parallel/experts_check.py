"""Runs vLLM's experts on small tensors, in a process of its own: prints how far each case is from the truth,
first with vLLM as it is, then with the plugin.

Two ranks hold four of eight experts each. The reference adds up one expert after the other.
"""

import json
from types import SimpleNamespace

import torch
from vllm._custom_ops import cpu_prepack_moe_weight
from vllm.model_executor.layers.fused_moe.activation import MoEActivation
from vllm.model_executor.layers.fused_moe.experts.cpu_moe import CPUUnquantizedExperts

from engine.parallel.cpu_experts import register

M, D, F, EXPERTS, HELD = 24, 64, 96, 8, 4


def reference(x, w13, w2, weights, ids, wanted, weight_in_input):
    out = torch.zeros_like(x)
    for token in range(x.shape[0]):
        for weight, expert in zip(weights[token], ids[token].tolist(), strict=True):
            if expert in wanted:
                gate, up = (w13[expert] @ x[token]).chunk(2)
                value = w2[expert] @ (torch.nn.functional.silu(gate) * up)
                out[token] += value if weight_in_input else weight * value
    return out


def computed(x, w13, w2, weights, ids, expert_map, weight_in_input):
    rank = SimpleNamespace(_use_zentorch=False, w1_bias=None, w2_bias=None, isa="vec")
    output = torch.full_like(x, 7.0)
    empty = torch.empty(0)
    packed13, packed2 = (cpu_prepack_moe_weight(w.contiguous(), "vec") for w in (w13, w2))
    CPUUnquantizedExperts.apply(
        *(rank, output, x, packed13, packed2, weights, ids, MoEActivation.SILU, EXPERTS, expert_map),
        **{"a1q_scale": None, "a2_scale": None, "workspace13": empty, "workspace2": empty},
        **{"expert_tokens_meta": None, "apply_router_weight_on_input": weight_in_input},
    )
    return output


def errors(choices, highest, weight_in_input):
    """The greatest error of each rank, and of the two ranks' sum; experts up to `highest` are chosen."""
    torch.manual_seed(choices)
    x, w13, w2 = torch.randn(M, D), torch.randn(EXPERTS, 2 * F, D) / 8, torch.randn(EXPERTS, D, F) / 8
    ids = torch.stack([torch.randperm(highest)[:choices] for _ in range(M)]).to(torch.int32)
    weights = torch.rand(M, choices)
    total, found = torch.zeros_like(x), []
    for rank in range(EXPERTS // HELD):
        held = range(rank * HELD, (rank + 1) * HELD)
        expert_map = torch.full((EXPERTS,), -1, dtype=torch.int32)
        expert_map[list(held)] = torch.arange(HELD, dtype=torch.int32)
        mine = slice(rank * HELD, (rank + 1) * HELD)
        out = computed(x, w13[mine], w2[mine], weights, ids, expert_map, weight_in_input)
        truth = reference(x, w13, w2, weights, ids, held, weight_in_input)
        found.append(float((out - truth).abs().max()))
        total += out
    truth = reference(x, w13, w2, weights, ids, range(EXPERTS), weight_in_input)
    return [*found, float((total - truth).abs().max())]


def main() -> None:
    # As they are: only experts whose global number is also a local one, so that nothing outside is read.
    stock = errors(2, HELD, False)
    register()
    register()
    cases = [
        (1, EXPERTS, False),
        (1, EXPERTS, True),
        (2, EXPERTS, False),
        (8, EXPERTS, False),
        (2, HELD, False),
    ]
    print(json.dumps({"stock": stock, "mended": {str(case): errors(*case) for case in cases}}))


if __name__ == "__main__":
    main()
