"""Balances the load of a mixture's experts by its routing bias, and nothing else.

The layers are balanced from the lowest up, since what a layer chooses changes what the next one sees: the
scores that calibration texts have in it are recorded, its bias is brought to even load within each owner's
group (engine.moe.balance), and the texts pass it again on their way to the next.

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
from engine.train.upper import computing, layers_run, routing_counted, upper_layers, upper_states


@torch.no_grad()
def model_balance(
    model: Glm4MoeForCausalLM,
    lower_BLD: Tensor,
    groups: Groups,
    *,
    compute: str = "float32",
    batch: int = 16,
) -> None:
    """Sets the routing bias of each layer so that these texts load the experts of each group evenly."""
    with computing(compute):
        for layer, router in zip(upper_layers(model), routers(model), strict=True):
            scores_NE: list[Tensor] = []
            hook = router.register_forward_hook(
                lambda _, __, found, to=scores_NE: to.append(found[0].sigmoid())
            )
            for states in torch.split(lower_BLD, batch):
                layers_run(model, [layer], states)
            hook.remove()
            bias = router.e_score_correction_bias
            scores = torch.cat(scores_NE).numpy()
            balanced_E = bias_balanced(scores, bias.numpy(), groups, router.top_k)
            bias.copy_(torch.from_numpy(balanced_E.astype(np.float32)))
            lower_BLD = torch.cat([layers_run(model, [layer], s) for s in torch.split(lower_BLD, batch)])


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
