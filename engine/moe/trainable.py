"""The mixture as a torch module that can be trained, and back into the form that is served.

The module is transformers' Glm4MoeForCausalLM with one change: its experts are modules of their own, not
slices of one fused tensor, so that some of them can be trained and the others left alone. Their names are
those of the served files, and the conversion both ways is a copy: what was not trained comes back bit for
bit.

Shapes: N tokens, D hidden width, E experts, K experts per token.
"""

import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import Glm4MoeConfig, Glm4MoeForCausalLM
from transformers.models.glm4_moe.modeling_glm4_moe import (
    Glm4MoeMLP,
    Glm4MoeMoE,
    Glm4MoeRotaryEmbedding,
    Glm4MoeTopkRouter,
)

from engine.errors import ModelInvalid
from engine.manifest import MANIFEST_NAME
from engine.moe.tensors import RawTensor, tensors_open

ROUTER_PARTS = ("mlp.gate.weight", "mlp.gate.e_score_correction_bias")


class Router(Glm4MoeTopkRouter):
    """A router that computes in float32 whatever the rest computes in, as the serving engine does."""

    def forward(self, hidden_states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits [N, E], and weights and indices of the chosen experts [N, K]."""
        with torch.autocast(hidden_states.device.type, enabled=False):
            found: tuple[Tensor, Tensor, Tensor] = super().forward(  # type: ignore[no-untyped-call]
                hidden_states.float()
            )
            return found


class Experts(nn.ModuleList):
    """The routed experts of one layer."""

    def __init__(self, config: Any) -> None:
        width = config.moe_intermediate_size
        super().__init__(
            Glm4MoeMLP(config, width)  # type: ignore[no-untyped-call]
            for _ in range(config.n_routed_experts)
        )

    def forward(self, hidden_ND: Tensor, chosen_NK: Tensor, weight_NK: Tensor) -> Tensor:
        """The weighted sum of what the chosen experts make of each token, [N, D]."""
        out_ND = torch.zeros_like(hidden_ND)
        for index, expert in enumerate(self):
            token, place = torch.where(chosen_NK == index)
            if len(token):
                part = expert(hidden_ND[token]) * weight_NK[token, place, None]
                out_ND = out_ND.index_add(0, token, part.to(out_ND.dtype))
        return out_ND


def trainable_load(directory: Path, *, dtype: torch.dtype = torch.float32) -> Glm4MoeForCausalLM:
    """Reads a served Glm4Moe into a module whose parameters are all frozen; the router stays float32.

    Raises ModelInvalid when the directory holds another architecture, or not exactly its tensors.
    """
    config = _config(directory)
    with torch.device("meta"):
        model = Glm4MoeForCausalLM(config)  # type: ignore[no-untyped-call]
        for layer in mixtures(model):
            layer.experts = Experts(config)  # type: ignore[assignment]
            layer.gate = Router(config)  # type: ignore[no-untyped-call]
    model.to_empty(device="cpu")
    # What is not in the files: made anew, since `to_empty` left it undefined.
    model.model.rotary_emb = Glm4MoeRotaryEmbedding(config)
    state = {name: _cast(name, value, dtype) for name, value in _state(directory).items()}
    try:
        model.load_state_dict(state, assign=True)
    except RuntimeError as error:
        raise ModelInvalid(f"{directory}: its tensors are not those of its config.json: {error}") from error
    model.requires_grad_(False)
    model.train(False)
    return model


def _config(directory: Path) -> Glm4MoeConfig:
    raw = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    if raw.get("architectures") != ["Glm4MoeForCausalLM"]:
        raise ModelInvalid(f"{directory}: holds a {raw.get('architectures')}, not a Glm4MoeForCausalLM")
    return Glm4MoeConfig(**raw)


def _state(directory: Path) -> dict[str, Tensor]:
    state: dict[str, Tensor] = {}
    for path in sorted(directory.glob("*.safetensors")):
        state |= load_file(path)
    return state


def _cast(name: str, value: Tensor, dtype: torch.dtype) -> Tensor:
    return value.to(torch.float32 if name.endswith(ROUTER_PARTS) else dtype)


def served_write(model: Glm4MoeForCausalLM, source: Path, out: Path) -> None:
    """Writes a module that was read from `source` in the served form, each tensor in the type it had there.

    The tokenizer and the configuration are copied; the manifest is not: the caller says what it now is.
    """
    types = {name: getattr(torch, _TORCH_NAMES[raw.dtype]) for name, raw in tensors_open(source).items()}
    state = {name: value.detach().to(types[name]).contiguous() for name, value in model.state_dict().items()}
    out.mkdir(parents=True, exist_ok=True)
    save_file(state, out / "model.safetensors", metadata={"format": "pt"})
    (out / "model.safetensors").chmod(0o644)  # written for this user alone; the engine may be another
    for path in source.iterdir():
        if path.is_file() and path.suffix != ".safetensors" and path.name != MANIFEST_NAME:
            shutil.copyfile(path, out / path.name)


_TORCH_NAMES = {"BF16": "bfloat16", "F16": "float16", "F32": "float32"}


def raw_tensor(value: Tensor, dtype: str) -> RawTensor:
    """A tensor as the bytes of a file, in the type that the file has for it."""
    there = value.detach().to(getattr(torch, _TORCH_NAMES[dtype])).contiguous()
    return RawTensor(dtype, tuple(there.shape), there.view(torch.uint8).numpy().tobytes())


def mixtures(model: Glm4MoeForCausalLM) -> list[Glm4MoeMoE]:
    """The mixture of each layer that has one, in order."""
    return [layer.mlp for layer in model.model.layers if isinstance(layer.mlp, Glm4MoeMoE)]


def routers(model: Glm4MoeForCausalLM) -> list[Router]:
    """The router of each layer that has one, in order."""
    return [mixture.gate for mixture in mixtures(model)]  # type: ignore[misc]


def expert_parameters(
    model: Glm4MoeForCausalLM, experts: Iterable[int]
) -> Iterator[tuple[str, nn.Parameter]]:
    """The named parameters of some experts, in all layers."""
    wanted = tuple(f".mlp.experts.{index}." for index in experts)
    return ((n, p) for n, p in model.named_parameters() if any(part in n for part in wanted))
