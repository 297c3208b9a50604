"""A mixture some of whose experts are trained, in a form whose gradient can be told apart by example.

The trained experts of a layer are one module whose input begins with the batch, with samplers of its own for
Opacus: the fused experts of transformers lose sight of whose token is whose. `expert_norms` finds the norm of
each unit's gradient without keeping the gradients (ghost clipping: Li et al. 2022, arXiv:2110.05679, section
4), for a unit of several rows too: what counts is the gradient of their sum.

Shapes: B rows, L tokens of a row, N tokens of all rows, M tokens of a unit, K experts per token, D hidden
width, F inner width, G = 2 F, E experts of this module, U units of privacy.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from opacus.grad_sample import register_grad_sampler, register_norm_sampler
from torch import Tensor, nn
from torch.nn import functional

NOT_HERE = -1  # the place of an expert that is another module's


def experts_apply(
    hidden_ND: Tensor, gate_up_EGD: Tensor, down_EDF: Tensor, place_NK: Tensor, weight_NK: Tensor
) -> Tensor:
    """The weighted sum of what the experts here make of each token, [N, D]."""
    out_ND = torch.zeros_like(hidden_ND)
    for expert in range(len(gate_up_EGD)):
        token, choice = torch.where(place_NK == expert)
        if len(token):
            gate, up = (hidden_ND[token] @ gate_up_EGD[expert].T).chunk(2, -1)
            part = (functional.silu(gate) * up) @ down_EDF[expert].T * weight_NK[token, choice, None]
            out_ND = out_ND.index_add(0, token, part.to(out_ND.dtype))
    return out_ND


class TrainedExperts(nn.Module):
    """The experts of a layer that are trained, in float32 whatever the rest computes in."""

    def __init__(self, gate_up_EGD: Tensor, down_EDF: Tensor) -> None:
        super().__init__()
        self.gate_up = nn.Parameter(gate_up_EGD.float())
        self.down = nn.Parameter(down_EDF.float())

    def forward(self, hidden_BLD: Tensor, place_BLK: Tensor, weight_BLK: Tensor, unit_B: Tensor) -> Tensor:
        """What these experts add to each token, [B, L, D]; `unit_B` is for the samplers alone."""
        hidden_ND = hidden_BLD.flatten(0, 1).float()
        out_ND = experts_apply(
            hidden_ND, self.gate_up, self.down, place_BLK.flatten(0, 1), weight_BLK.flatten(0, 1).float()
        )
        return out_ND.view(hidden_BLD.shape).to(hidden_BLD.dtype)


class Mixture(nn.Module):
    """A mixture in the place of a layer's own: router, trained experts, and what else there is.

    `trained` lists the indices of the trained experts; `frozen` has the weights of the others, in order;
    `shared` is what every token passes.
    """

    def __init__(
        self,
        router: Any,
        experts: int,
        trained: Sequence[int],
        weights: tuple[Tensor, Tensor],
        *,
        shared: nn.Module | None = None,
    ) -> None:
        super().__init__()
        gate_up_EGD, down_EDF = weights
        others = [index for index in range(experts) if index not in set(trained)]
        self.gate, self.shared = router, shared
        self.trained = TrainedExperts(gate_up_EGD[list(trained)], down_EDF[list(trained)])
        self.frozen_gate_up = nn.Parameter(gate_up_EGD[others], requires_grad=False)
        self.frozen_down = nn.Parameter(down_EDF[others], requires_grad=False)
        self.register_buffer("trained_place", _places(trained, experts), persistent=False)
        self.register_buffer("frozen_place", _places(others, experts), persistent=False)
        self.unit_B: Tensor | None = None

    def forward(self, hidden_BLD: Tensor) -> Tensor:
        """What the mixture makes of each token, [B, L, D]."""
        assert self.unit_B is not None
        shape = (*hidden_BLD.shape[:2], -1)
        hidden_ND = hidden_BLD.flatten(0, 1)
        _, weight_NK, chosen_NK = self.gate(hidden_ND)
        place_NK: Tensor = self.trained_place[chosen_NK]  # type: ignore[index]
        out_BLD: Tensor = self.trained(hidden_BLD, place_NK.view(shape), weight_NK.view(shape), self.unit_B)
        if len(self.frozen_gate_up):
            place_NK = self.frozen_place[chosen_NK]  # type: ignore[index]
            out_ND = experts_apply(hidden_ND, self.frozen_gate_up, self.frozen_down, place_NK, weight_NK)
            out_BLD = out_BLD + out_ND.view(hidden_BLD.shape)
        return out_BLD if self.shared is None else out_BLD + self.shared(hidden_BLD)


def _places(experts: Sequence[int], total: int) -> Tensor:
    places = torch.full((total,), NOT_HERE, dtype=torch.int64)
    places[list(experts)] = torch.arange(len(experts))
    return places


class _Part(NamedTuple):
    """One expert's tokens, padded by zeros per group of them, with the gradients at its two matrices."""

    expert: int
    input_UMD: Tensor
    inner_UMF: Tensor
    into_inner_UMG: Tensor  # the gradient behind gate_up
    out_UMD: Tensor  # the gradient behind down


def _parts(
    layer: TrainedExperts, inputs: Sequence[Tensor], gradient_BLD: Tensor, of_row_B: Tensor, groups: int
) -> Iterator[_Part]:
    """What each expert saw and what gradient came back, for tokens grouped by their row's number."""
    hidden_ND = inputs[0].flatten(0, 1).float()
    place_NK, weight_NK = inputs[1].flatten(0, 1), inputs[2].flatten(0, 1).float()
    gradient_ND = gradient_BLD.flatten(0, 1).float()
    group_N = of_row_B.repeat_interleave(inputs[0].shape[1])
    for expert in range(len(layer.gate_up)):
        token, choice = torch.where(place_NK == expert)
        if not len(token):
            continue
        pad = _Padding(group_N[token], groups)
        gate, up = (hidden_ND[token] @ layer.gate_up[expert].detach().T).chunk(2, -1)
        out = gradient_ND[token] * weight_NK[token, choice, None]
        sigmoid = torch.sigmoid(gate)
        silu = gate * sigmoid
        back = out @ layer.down[expert].detach()
        into = torch.cat([back * up * sigmoid * (1 + gate * (1 - sigmoid)), back * silu], -1)
        yield _Part(expert, pad(hidden_ND[token]), pad(silu * up), pad(into), pad(out))


class _Padding:
    """Puts tokens side by side by their group, in their order."""

    def __init__(self, group_T: Tensor, groups: int) -> None:
        self._group, self._groups = group_T, groups
        counts_U = torch.bincount(group_T, minlength=groups)
        starts_U = counts_U.cumsum(0) - counts_U
        # Rows of a unit lie together and `where` goes by tokens, so groups come in order.
        self._place = torch.arange(len(group_T), device=group_T.device) - starts_U[group_T]
        self._most = int(counts_U.max())

    def __call__(self, values_TX: Tensor) -> Tensor:
        padded = values_TX.new_zeros(self._groups, self._most, values_TX.shape[1])
        padded[self._group, self._place] = values_TX
        return padded


@register_grad_sampler(TrainedExperts)
def expert_gradients(
    layer: TrainedExperts, inputs: list[Tensor], gradient_BLD: Tensor
) -> dict[nn.Parameter, Tensor]:
    """The gradient of each row, [B, E, G, D] and [B, E, D, F]."""
    rows = len(gradient_BLD)
    gate_up = layer.gate_up.new_zeros(rows, *layer.gate_up.shape)
    down = layer.down.new_zeros(rows, *layer.down.shape)
    for part in _parts(layer, inputs, gradient_BLD, torch.arange(rows, device=gradient_BLD.device), rows):
        gate_up[:, part.expert] = part.into_inner_UMG.transpose(1, 2) @ part.input_UMD
        down[:, part.expert] = part.out_UMD.transpose(1, 2) @ part.inner_UMF
    return {layer.gate_up: gate_up, layer.down: down}


@register_norm_sampler(TrainedExperts)
def expert_norms(
    layer: TrainedExperts, inputs: list[Tensor], gradient_BLD: Tensor
) -> dict[nn.Parameter, Tensor]:
    """The norm of each unit's gradient, [U], at either matrix."""
    unit_B = inputs[3]
    units = int(unit_B[-1]) + 1
    gate_up_U, down_U = (gradient_BLD.new_zeros(units, dtype=torch.float32) for _ in range(2))
    for part in _parts(layer, inputs, gradient_BLD, unit_B, units):
        gate_up_U += _squares(part.into_inner_UMG, part.input_UMD)
        down_U += _squares(part.out_UMD, part.inner_UMF)
    return {layer.gate_up: gate_up_U.sqrt(), layer.down: down_U.sqrt()}


def _squares(back_UMX: Tensor, seen_UMY: Tensor) -> Tensor:
    """The squared norm [U] of each unit's back^T seen, the cheaper way of two.

    Through the products of tokens with one another it costs M^2 (X + Y), through the matrix itself M X Y.
    """
    tokens, wide, high = back_UMX.shape[1], back_UMX.shape[2], seen_UMY.shape[2]
    if tokens * (wide + high) < wide * high:
        products = (back_UMX @ back_UMX.transpose(1, 2)) * (seen_UMY @ seen_UMY.transpose(1, 2))
        return products.sum((1, 2)).clamp(min=0)
    return (back_UMX.transpose(1, 2) @ seen_UMY).square().sum((1, 2))
