"""Mixtures small enough to be served in seconds, with experts that differ: random weights in the served forms."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from engine.manifest import Manifest, files_hash

LAYERS, HIDDEN, INNER, EXPERTS, CHOSEN, VOCABULARY = 3, 64, 32, 8, 2, 128
HEADS, HEAD_WIDTH = 4, 32
COMMON = {
    "vocab_size": VOCABULARY,
    "hidden_size": HIDDEN,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "num_key_value_heads": HEADS,
    "head_dim": HEAD_WIDTH,
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-5,
    "hidden_act": "silu",
    "num_experts_per_tok": CHOSEN,
    "tie_word_embeddings": False,
    "torch_dtype": "float32",
    "bos_token_id": 1,
    "eos_token_id": 2,
}
MIXTRAL = COMMON | {
    "architectures": ["MixtralForCausalLM"],
    "model_type": "mixtral",
    "intermediate_size": INNER,
    "num_local_experts": EXPERTS,
    "rope_theta": 10000.0,
    "sliding_window": None,
}
# The first layer is dense, as in the models of this family.
GLM4 = COMMON | {
    "architectures": ["Glm4MoeForCausalLM"],
    "model_type": "glm4_moe",
    "intermediate_size": INNER,
    "moe_intermediate_size": INNER,
    "n_routed_experts": EXPERTS,
    "n_shared_experts": 1,
    "first_k_dense_replace": 1,
    "n_group": 1,
    "topk_group": 1,
    "norm_topk_prob": True,
    "routed_scaling_factor": 1.0,
    "use_qk_norm": False,
    "attention_bias": False,
    "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 1.0},
}


def mixture_write(directory: Path, config: dict[str, Any], *, seed: int = 7) -> Path:
    """Writes a mixture whose router prefers some experts; returns the directory."""
    directory.mkdir(parents=True)
    (directory / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    weights = mixtral_weights(seed) if config["model_type"] == "mixtral" else glm4_weights(seed)
    save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    return directory


def manifest_for(model: Path) -> Manifest:
    """A manifest of what the directory holds now."""
    return Manifest(
        **{
            "name": "tiny",
            "version": "1",
            "kind": "generation",
            "architecture": "tiny",
            "languages": ("en",),
        },
        **{"base": "none", "licence": "Apache-2.0", "max_tokens": 256, "files": files_hash(model)},
    )


def mixtral_weights(seed: int) -> dict[str, Any]:
    new = np.random.default_rng(seed)
    weights = _outside(new)
    for layer in range(LAYERS):
        block = f"model.layers.{layer}.block_sparse_moe"
        weights[f"{block}.gate.weight"] = _router(new)
        for expert in range(EXPERTS):
            name = f"{block}.experts.{expert}"
            weights |= {
                f"{name}.w1.weight": _matrix(new, INNER, HIDDEN),
                f"{name}.w3.weight": _matrix(new, INNER, HIDDEN),
            }
            weights[f"{name}.w2.weight"] = _matrix(new, HIDDEN, INNER)
    return weights


def glm4_weights(seed: int) -> dict[str, Any]:
    new = np.random.default_rng(seed)
    weights = _outside(new)
    for layer in range(LAYERS):
        block = f"model.layers.{layer}.mlp"
        if layer == 0:
            weights |= _mlp(new, block)
            continue
        weights[f"{block}.gate.weight"] = _router(new)
        weights[f"{block}.gate.e_score_correction_bias"] = new.normal(0, 0.05, EXPERTS).astype(np.float32)
        weights |= _mlp(new, f"{block}.shared_experts")
        for expert in range(EXPERTS):
            weights |= _mlp(new, f"{block}.experts.{expert}")
    return weights


def _outside(new: np.random.Generator) -> dict[str, Any]:
    """What is not feed-forward."""
    weights = {
        name: _matrix(new, VOCABULARY, HIDDEN, 1.0)
        for name in ("model.embed_tokens.weight", "lm_head.weight")
    }
    weights["model.norm.weight"] = np.ones(HIDDEN, np.float32)
    for layer in range(LAYERS):
        for norm in ("input_layernorm", "post_attention_layernorm"):
            weights[f"model.layers.{layer}.{norm}.weight"] = np.ones(HIDDEN, np.float32)
        attention = f"model.layers.{layer}.self_attn"
        for projection in ("q_proj", "k_proj", "v_proj"):
            weights[f"{attention}.{projection}.weight"] = _matrix(new, HEADS * HEAD_WIDTH, HIDDEN)
        weights[f"{attention}.o_proj.weight"] = _matrix(new, HIDDEN, HEADS * HEAD_WIDTH)
    return weights


def _mlp(new: np.random.Generator, name: str) -> dict[str, Any]:
    return {
        f"{name}.gate_proj.weight": _matrix(new, INNER, HIDDEN),
        f"{name}.up_proj.weight": _matrix(new, INNER, HIDDEN),
        f"{name}.down_proj.weight": _matrix(new, HIDDEN, INNER),
    }


def _router(new: np.random.Generator) -> Any:
    """Rows of different length: the long ones win more often, and lose more often."""
    return _matrix(new, EXPERTS, HIDDEN) * np.linspace(0.5, 3.0, EXPERTS, dtype=np.float32)[:, None]


def _matrix(new: np.random.Generator, rows: int, columns: int, scale: float | None = None) -> Any:
    return (new.normal(0, 1, (rows, columns)) * (scale or columns**-0.5)).astype(np.float32)
