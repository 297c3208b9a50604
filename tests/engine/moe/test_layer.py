"""The layer in plain torch against one token after another."""

import pytest
import torch

from engine.bench.moe_layer import (
    SHAPES,
    Limits,
    Shape,
    kernels_name,
    limits_measure,
    parts_measure,
    weights_random,
)
from engine.moe import layer

SMALL = Shape(hidden=16, inner=8, experts=6, top=2)


def slow(x, weights, k):
    """Token by token, expert by expert, in float64."""
    rows = []
    for token in x.double():
        scores = torch.sigmoid(weights.router.double() @ token)
        chosen = sorted(range(len(scores)), key=lambda e: -(scores[e] + weights.bias[e]))[:k]
        total = sum(scores[e] for e in chosen)
        row = torch.zeros_like(token)
        for e in chosen:
            gate, up = (weights.gate_up[e].double() @ token).chunk(2)
            row += scores[e] / total * (weights.down[e].double() @ (torch.nn.functional.silu(gate) * up))
        rows.append(row)
    return torch.stack(rows)


@pytest.mark.parametrize("tokens", [1, 7, 40])
def test_the_layer_computes_what_its_definition_says(tokens):
    weights = weights_random(SMALL, "cpu", torch.float32)
    weights.bias[2] = 0.7  # changes who is chosen, not the weights
    x = torch.randn(tokens, SMALL.hidden, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        layer.forward(x, weights, SMALL.top).double(), slow(x, weights, SMALL.top), atol=1e-5, rtol=1e-4
    )


def test_an_expert_without_tokens_is_left_out():
    weights = weights_random(SMALL, "cpu", torch.float32)
    weights.bias[:] = torch.tensor([9.0, 9.0, 0, 0, 0, 0])
    x = torch.randn(5, SMALL.hidden)
    chosen, weight = layer.route(x, weights, 2)
    routed = layer.permute(chosen, weight, SMALL.experts)
    assert routed.ends.tolist() == [5, 10, 10, 10, 10, 10]
    assert torch.equal(routed.token[:5].sort().values, torch.arange(5))


def test_each_part_has_its_limit_and_the_larger_one_binds():
    weights = weights_random(SMALL, "cpu", torch.float32)
    rows = parts_measure(SMALL, 4, weights, Limits(bytes_per_s=1e30, operations_per_s=1e6))
    by_name = {row["part"]: row for row in rows}
    # 4 tokens by 2 experts by two matrices of 8 x 16, a multiplication and an addition each
    assert by_name["gate and up"]["limit us"] == pytest.approx(4 * 2 * 2 * 8 * 16 * 2)
    assert by_name["gate and up"]["bound by"] == "arithmetic" and by_name["activate"]["bound by"] == "memory"
    assert set(by_name) == {"route", "permute", "gate and up", "activate", "down", "combine", "layer"}
    assert kernels_name(SMALL, 4, weights)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_the_layer_on_a_gpu_agrees_with_the_one_on_a_cpu():
    shape = SHAPES["deepseek-v2-lite"]
    weights = weights_random(shape, "cuda", torch.bfloat16)
    x = torch.randn(64, shape.hidden, device="cuda").to(torch.bfloat16)
    whole = layer.LayerWeights(
        *(getattr(weights, name).float().cpu() for name in layer.LayerWeights.__slots__)
    )
    expected = layer.forward(x.float().cpu(), whole, shape.top)
    torch.testing.assert_close(
        layer.forward(x, weights, shape.top).float().cpu(), expected, atol=3e-2, rtol=3e-2
    )
    limits = limits_measure("cuda", torch.bfloat16)
    for row in parts_measure(shape, 64, weights, limits):
        assert 0 < row["share"] < 1.5, row
