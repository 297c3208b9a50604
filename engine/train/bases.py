"""The models that can be trained: read into torch, and their weights named as the served files name them.

Shapes: E experts, D hidden width, F inner width, G = 2 F.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

from engine.errors import ConfigInvalid, ExpertsInvalid, ModelInvalid
from engine.manifest import Manifest, manifest_verify
from engine.moe.records import ownership_of
from engine.moe.trainable import trainable_load
from engine.moe.upcycle import expert_name
from engine.train.mixture import Mixture

MIXTRAL, GLM4 = "MixtralForCausalLM", "Glm4MoeForCausalLM"
_FUSED = re.compile(r"model\.layers\.(\d+)\.mlp\.experts\.(gate_up_proj|down_proj)")


@dataclass(frozen=True, slots=True)
class Base:
    """A model that is to be trained; none of its weights asks for a gradient yet."""

    directory: Path
    manifest: Manifest
    architecture: str
    model: Any

    def experts_of(self, owner: str) -> tuple[int, ...]:
        """The experts that a job's `owner` names. Raises ExpertsInvalid when there are none of that name."""
        if self.manifest.experts:
            return ownership_of(self.manifest).experts_of(owner)
        if owner:
            raise ExpertsInvalid(
                f"{self.manifest.name} has experts without owners: leave method.owner out to train them all, "
                f"or build a model in which {owner!r} has a share (python -m engine.build owned)"
            )
        return tuple(range(self.model.config.num_local_experts))


def base_load(directory: Path, dtype: torch.dtype) -> Base:
    """Reads a model whose files are as its manifest says.

    Raises ModelInvalid for one that is altered, and ConfigInvalid for a kind that cannot be trained.
    """
    manifest = manifest_verify(directory)
    names = json.loads((directory / "config.json").read_text(encoding="utf-8")).get("architectures") or [""]
    if names[0] == GLM4:
        model: Any = trainable_load(directory, dtype=dtype)
    elif names[0] == MIXTRAL:
        model = _mixtral_load(directory, dtype)
    else:
        raise ConfigInvalid(f"{directory}: holds a {names[0] or 'model'}; only {MIXTRAL} and {GLM4} train")
    model.requires_grad_(False)
    return Base(directory, manifest, names[0], model)


def _mixtral_load(directory: Path, dtype: torch.dtype) -> Any:
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    read: Any = AutoModelForCausalLM.from_pretrained
    model, found = read(directory, dtype=dtype, local_files_only=True, output_loading_info=True)
    wrong = [*found["missing_keys"], *found["unexpected_keys"], *found["mismatched_keys"]]
    if wrong:
        raise ModelInvalid(f"{directory}: its tensors are not those of its config.json: {wrong[0]}")
    model.config.router_jitter_noise = 0.0
    for layer in model.model.layers:
        layer.mlp.jitter_noise = 0.0
    return model


def mixtures_place(base: Base, trained: Sequence[int]) -> dict[int, Mixture]:
    """Puts a Mixture in the place of each layer's own; returns them by the number of their layer."""
    placed = {}
    for number, layer in enumerate(base.model.model.layers):
        found = layer.mlp
        if base.architecture == MIXTRAL:
            weights = (found.experts.gate_up_proj, found.experts.down_proj)
            layer.mlp = Mixture(found.gate, len(weights[0]), trained, weights)
        elif hasattr(found, "shared_experts"):
            weights = _stacked(found.experts)
            layer.mlp = Mixture(found.gate, len(weights[0]), trained, weights, shared=found.shared_experts)
        else:
            continue
        placed[number] = layer.mlp
    return placed


def _stacked(experts: Sequence[Any]) -> tuple[Tensor, Tensor]:
    gate_up = [torch.cat([one.gate_proj.weight, one.up_proj.weight]) for one in experts]
    return torch.stack(gate_up), torch.stack([one.down_proj.weight for one in experts])


def experts_named(
    base: Base, layer: int, mixture: Mixture, trained: Sequence[int]
) -> Iterator[tuple[str, Tensor]]:
    """The matrices of a layer's trained experts under their names in the served files."""
    for place, expert in enumerate(trained):
        gate_up, down = mixture.trained.gate_up[place], mixture.trained.down[place]
        yield from _expert_named(base.architecture, layer, expert, gate_up, down)


def router_named(base: Base, layer: int) -> str:
    """The name of a router's matrix in the served files."""
    return f"model.layers.{layer}.{'block_sparse_moe' if base.architecture == MIXTRAL else 'mlp'}.gate.weight"


def parameters_named(base: Base) -> Iterator[tuple[str, Tensor]]:
    """All weights of a base that no Mixture was put into, under their names in the served files."""
    fused: dict[int, dict[str, Tensor]] = {}
    for name, value in base.model.named_parameters():
        if base.architecture == MIXTRAL and (match := _FUSED.fullmatch(name)):
            fused.setdefault(int(match[1]), {})[match[2]] = value
        elif base.architecture == MIXTRAL:
            yield name.replace(".mlp.gate.", ".block_sparse_moe.gate."), value
        else:
            yield name, value
    for layer, parts in fused.items():
        for expert, (gate_up, down) in enumerate(zip(parts["gate_up_proj"], parts["down_proj"], strict=True)):
            yield from _expert_named(base.architecture, layer, expert, gate_up, down)


def _expert_named(
    architecture: str, layer: int, expert: int, gate_up_GD: Tensor, down_DF: Tensor
) -> Iterator[tuple[str, Tensor]]:
    gate, up = gate_up_GD.chunk(2)
    if architecture == MIXTRAL:
        name = f"model.layers.{layer}.block_sparse_moe.experts.{expert}"
        yield from ((f"{name}.w1.weight", gate), (f"{name}.w3.weight", up), (f"{name}.w2.weight", down_DF))
        return
    for projection, value in (("gate_proj", gate), ("up_proj", up), ("down_proj", down_DF)):
        yield expert_name(layer, expert, projection), value


Weights = Callable[[], Iterator[tuple[str, Tensor]]]
Parameters = dict[str, nn.Parameter]
