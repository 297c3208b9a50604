"""Balances the load of a mixture's experts by its routing bias, and nothing else.

The scores of calibration texts are recorded, the bias of each layer is brought to even load within each
owner's group (engine.moe.balance), and again, since what a layer chooses changes what the next one sees.

Shapes: N tokens, B blocks, L tokens of a block, D hidden width, E experts.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import Glm4MoeForCausalLM

from engine.manifest import Manifest
from engine.moe.balance import Groups, bias_balanced, deviations
from engine.moe.rewrite import model_rewrite
from engine.moe.trainable import routers
from engine.moe.upcycle import ROUTER_BIAS
from engine.train.router import router_tensors
from engine.train.upper import computing, routing_counted, routing_watched, upper_states


@torch.no_grad()
def model_balance(
    model: Glm4MoeForCausalLM,
    lower_BLD: Tensor,
    groups: Groups,
    *,
    passes: int = 2,
    compute: str = "float32",
    batch: int = 4,
) -> None:
    """Sets the routing bias of each layer so that these texts load the experts of each group evenly."""
    for _ in range(passes):
        scores: list[list[Tensor]] = [[] for _ in routers(model)]

        def keep(
            layer: int,
            tokens_ND: Tensor,
            found: tuple[Tensor, Tensor, Tensor],
            to: list[list[Tensor]] = scores,
        ) -> None:
            to[layer].append(found[0].sigmoid())

        with computing(compute), routing_watched(model, keep):
            for states in torch.split(lower_BLD, batch):
                upper_states(model, states)
        for router, parts in zip(routers(model), scores, strict=True):
            bias = router.e_score_correction_bias
            balanced_E = bias_balanced(torch.cat(parts).numpy(), bias.numpy(), groups, router.top_k)
            bias.copy_(torch.from_numpy(balanced_E.astype(np.float32)))


def balanced_write(model: Glm4MoeForCausalLM, source: Path, out: Path, *, version: str) -> Manifest:
    """Writes the model of `source` with the routing bias that was found; all other tensors are copied."""
    return model_rewrite(source, out, router_tensors(model, source, ROUTER_BIAS), version=version)


@torch.no_grad()
def deviations_measure(
    model: Glm4MoeForCausalLM, lower_BLD: Tensor, groups: Groups, *, compute: str = "float32", batch: int = 4
) -> list[dict[str, float]]:
    """Per layer, the mean absolute deviation from even load within each owner's group, over these texts."""
    with computing(compute), routing_counted(model) as counts:
        for states in torch.split(lower_BLD, batch):
            upper_states(model, states)
    return [deviations(load, groups) for load in counts]
