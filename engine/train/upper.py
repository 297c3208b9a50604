"""The mixture in two parts: what lies below its first routed expert never changes, and is computed once.

Shapes: B blocks, L tokens of a block, D hidden width, V vocabulary, N tokens, E experts, K experts per token.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import Glm4MoeForCausalLM

from engine.errors import ConfigInvalid
from engine.moe.balance import Ints, load_counts
from engine.moe.trainable import routers
from engine.train.texts import Blocks

COMPUTE = ("float32", "bfloat16")


def computing(compute: str) -> AbstractContextManager[Any]:
    """A context in which matrices are multiplied in this type; weights and sums stay float32."""
    if compute not in COMPUTE:
        raise ConfigInvalid(f"compute must be one of {', '.join(COMPUTE)}, not {compute!r}")
    if compute == "float32":
        return nullcontext()
    return torch.autocast("cpu", torch.bfloat16)


def layers_run(model: Glm4MoeForCausalLM, layers: Any, hidden_BLD: Tensor) -> Tensor:
    """What some of the model's layers, one after another, make of hidden states."""
    positions = torch.arange(hidden_BLD.shape[1])[None]
    rotary = model.model.rotary_emb(hidden_BLD, positions)
    for layer in layers:
        hidden_BLD = layer(hidden_BLD, position_embeddings=rotary, position_ids=positions)
    return hidden_BLD


@torch.no_grad()
def lower_states(
    model: Glm4MoeForCausalLM, blocks: Blocks, *, compute: str = "float32", batch: int = 4
) -> Tensor:
    """What enters the first mixture, [B, L, D]."""
    layers = model.model.layers[: model.config.first_k_dense_replace]
    parts = []
    with computing(compute):
        for ids_BL in torch.split(blocks.ids, batch):
            parts.append(layers_run(model, layers, model.model.embed_tokens(ids_BL)).float())
    return torch.cat(parts)


def upper_states(model: Glm4MoeForCausalLM, lower_BLD: Tensor) -> Tensor:
    """What leaves the last layer, normalised, [B, L, D], for what entered the first mixture."""
    normed: Tensor = model.model.norm(layers_run(model, upper_layers(model), lower_BLD))
    return normed


def upper_layers(model: Glm4MoeForCausalLM) -> Any:
    """The layers from the first mixture on."""
    return model.model.layers[model.config.first_k_dense_replace :]


def token_losses(model: Glm4MoeForCausalLM, normed_BLD: Tensor, ids_BL: Tensor) -> Tensor:
    """The negative log-likelihood of each token after the first of its block, [B, L - 1]."""
    wanted_BL = ids_BL[:, 1:]
    logits_NV = model.lm_head(normed_BLD[:, :-1].flatten(0, 1)).float()
    losses_N = functional.cross_entropy(logits_NV, wanted_BL.flatten(), reduction="none")
    return losses_N.view(wanted_BL.shape)


@contextmanager
def routing_watched(
    model: Glm4MoeForCausalLM, seen: Callable[[int, Tensor, tuple[Tensor, Tensor, Tensor]], None]
) -> Iterator[None]:
    """Calls seen(layer, tokens [N, D], (logits, weights, chosen)) whenever a router has routed."""

    def hook(layer: int) -> Callable[..., None]:
        def called(module: object, inputs: tuple[Tensor], found: tuple[Tensor, Tensor, Tensor]) -> None:
            seen(layer, inputs[0].reshape(-1, inputs[0].shape[-1]), found)

        return called

    handles = [router.register_forward_hook(hook(n)) for n, router in enumerate(routers(model))]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def routing_counted(model: Glm4MoeForCausalLM) -> Iterator[list[Ints]]:
    """Counts how many tokens each expert is chosen for, per layer [E]."""
    experts = model.config.n_routed_experts
    counts: list[Ints] = [np.zeros(experts, np.int64) for _ in routers(model)]

    def seen(layer: int, tokens_ND: Tensor, found: tuple[Tensor, Tensor, Tensor]) -> None:
        counts[layer] += load_counts(found[2].numpy(), experts)

    with routing_watched(model, seen):
        yield counts
