"""A mixture-of-experts feed-forward in plain torch, in the parts that a kernel is timed by.

Shapes: N tokens, D hidden width, F inner width, E experts, k experts per token, R = N * k routed rows.
Routing is DeepSeek-V3's (arXiv 2412.19437, section 2.1.2): sigmoid scores, a bias for the choice alone.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """router [E, D], bias [E] (float32), gate_up [E, 2F, D], down [E, D, F]; one dtype and device."""

    router: torch.Tensor
    bias: torch.Tensor
    gate_up: torch.Tensor
    down: torch.Tensor


@dataclass(frozen=True, slots=True)
class Routed:
    """Rows in the order of their experts: `token` [R] whose row it is, `ends` [E] where each expert's rows
    end (int32), `weight` [R] of each row in its token's sum.
    """

    token: torch.Tensor
    ends: torch.Tensor
    weight: torch.Tensor


def route(x_ND: torch.Tensor, weights: LayerWeights, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The chosen experts [N, k] and their weights [N, k], which sum to 1 for each token."""
    scores = torch.sigmoid(F.linear(x_ND.float(), weights.router.float()))
    chosen = torch.topk(scores + weights.bias, k, dim=-1, sorted=False).indices
    picked = scores.gather(1, chosen)
    return chosen, picked / picked.sum(-1, keepdim=True)


def permute(chosen_Nk: torch.Tensor, weight_Nk: torch.Tensor, experts: int) -> Routed:
    """Sorts the routed rows by expert, so that each expert's rows lie together."""
    flat = chosen_Nk.flatten()
    order = torch.argsort(flat, stable=True)
    counts = torch.bincount(flat, minlength=experts)
    token = torch.div(order, chosen_Nk.shape[1], rounding_mode="floor")
    return Routed(token, counts.cumsum(0).to(torch.int32), weight_Nk.flatten()[order])


def grouped_linear(x_R: torch.Tensor, weight_E: torch.Tensor, ends: torch.Tensor) -> torch.Tensor:
    """Each expert's rows by its own matrix: x [R, in], weight [E, out, in] -> [R, out].

    One kernel where torch has it for this device and dtype, otherwise one product per expert.
    """
    if x_R.is_cuda and x_R.dtype == torch.bfloat16:
        return F.grouped_mm(x_R, weight_E.transpose(-2, -1), offs=ends)
    out = x_R.new_empty(x_R.shape[0], weight_E.shape[1])
    start = 0
    for expert, end in enumerate(ends.tolist()):
        if end > start:
            torch.mm(x_R[start:end], weight_E[expert].t(), out=out[start:end])
        start = end
    return out


def activate(gate_up_R2F: torch.Tensor) -> torch.Tensor:
    """SiLU of the gate times the rest: [R, 2F] -> [R, F]."""
    gate, up = gate_up_R2F.chunk(2, dim=-1)
    return F.silu(gate) * up


def combine(rows_RD: torch.Tensor, routed: Routed, tokens: int) -> torch.Tensor:
    """The weighted sum of each token's rows: [R, D] -> [N, D]."""
    out = rows_RD.new_zeros(tokens, rows_RD.shape[1])
    return out.index_add_(0, routed.token, rows_RD * routed.weight.to(rows_RD.dtype).unsqueeze(1))


def forward(x_ND: torch.Tensor, weights: LayerWeights, k: int) -> torch.Tensor:
    """The whole layer: [N, D] -> [N, D]."""
    chosen, weight = route(x_ND, weights, k)
    routed = permute(chosen, weight, weights.router.shape[0])
    hidden = activate(grouped_linear(x_ND[routed.token], weights.gate_up, routed.ends))
    return combine(grouped_linear(hidden, weights.down, routed.ends), routed, x_ND.shape[0])
