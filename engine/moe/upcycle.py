"""A dense Llama made a mixture with room for experts that it does not have yet, in Glm4Moe's form.

The lower layers stay as they are. In the upper ones the dense feed-forward stays whole as the shared expert
that every token passes. Beside it come routed experts, each a slice of the dense feed-forward whose down
projection is zero: they add nothing until they are trained, so the mixture computes what the dense model
computes, whichever experts are chosen. This is sparse upcycling (Komatsuzaki et al. 2022, arXiv:2212.05055)
with the shared and fine-grained experts of DeepSeekMoE (Dai et al. 2024, arXiv:2401.06066); the router
scores by sigmoid and carries a bias that only chooses (DeepSeek-V3, arXiv:2412.19437, section 2.1.2).

Heads are filled up with zero heads, so that two ranks can share them (engine.moe.heads).

Shapes: D hidden width, F inner width of the dense feed-forward, W of a routed expert, E routed experts.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import ModelInvalid
from engine.moe.heads import heads_padded, zeros_filled
from engine.moe.split import KEPT_KEYS

Array = npt.NDArray[Any]
PROJECTIONS = ("gate_proj", "up_proj", "down_proj")
ROUTER = "mlp.gate.weight"
ROUTER_BIAS = "mlp.gate.e_score_correction_bias"
EXPERT_NAME = re.compile(r"model\.layers\.(\d+)\.mlp\.experts\.(\d+)\.(gate_proj|up_proj|down_proj)\.weight")
ROUTER_SEED = 2212
RANKS = 2  # that can share the heads
# The router sees normalised states of about unit size: its logits spread by about this much.
ROUTER_SPREAD = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How many routed experts a layer has, how wide they are, how many of them a token passes, and from which
    layer on: what lies below never changes, so training computes it once for each text.
    """

    routed: int = 16
    width: int = 192
    per_token: int = 2
    first_layer: int = 20


def expert_name(layer: int, expert: int, projection: str) -> str:
    """The name of one matrix of a routed expert in the served form."""
    return f"model.layers.{layer}.mlp.experts.{expert}.{projection}.weight"


def layer_name(layer: int, name: str) -> str:
    """The name of a layer's tensor in the served form."""
    return f"model.layers.{layer}.{name}"


def glm4_config(llama: dict[str, Any], layout: Layout) -> dict[str, Any]:
    """The config.json of the mixture that `experts_added` makes of a Llama with this config.

    Raises ModelInvalid when the model has no exact form with this layout.
    """
    inner = llama["intermediate_size"]
    if layout.width < 1 or inner % layout.width:
        raise ModelInvalid(f"an expert's width {layout.width} must divide the feed-forward width {inner}")
    if not 1 <= layout.per_token <= layout.routed:
        raise ModelInvalid(f"{layout.per_token} of {layout.routed} experts cannot be chosen for a token")
    if not 0 <= layout.first_layer < llama["num_hidden_layers"]:
        raise ModelInvalid(
            f"experts from layer {layout.first_layer} on: the model has {llama['num_hidden_layers']}"
        )
    if llama.get("attention_bias") or llama.get("mlp_bias"):
        raise ModelInvalid("a Llama with biases has no exact form as a Glm4Moe")
    heads, kv_heads = heads_padded(llama["num_attention_heads"], llama["num_key_value_heads"], RANKS)
    theta = llama.get("rope_theta") or llama["rope_parameters"]["rope_theta"]
    rope = {"rope_type": "default", "rope_theta": theta, "partial_rotary_factor": 1.0}
    if (llama.get("rope_parameters") or rope).get("rope_type", "default") != "default":
        raise ModelInvalid("a Llama with scaled rotary positions has no exact form as a Glm4Moe")
    return {key: llama[key] for key in KEPT_KEYS if key in llama} | {
        "architectures": ["Glm4MoeForCausalLM"],
        "model_type": "glm4_moe",
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "intermediate_size": inner,
        "moe_intermediate_size": layout.width,
        "n_routed_experts": layout.routed,
        # One shared expert; this form tells its width in routed experts.
        "n_shared_experts": inner // layout.width,
        "num_experts_per_tok": layout.per_token,
        "n_group": 1,
        "topk_group": 1,
        "norm_topk_prob": True,
        "routed_scaling_factor": 1.0,
        "first_k_dense_replace": layout.first_layer,
        "num_nextn_predict_layers": 0,
        "use_qk_norm": False,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "rope_theta": theta,
        "rope_parameters": rope,
        "partial_rotary_factor": 1.0,
        # vLLM's Glm4Moe reads lm_head whether the embeddings are tied or not.
        "tie_word_embeddings": False,
        "use_cache": True,
    }


def experts_added(
    weights: Iterable[tuple[str, Array]], llama: dict[str, Any], layout: Layout
) -> Iterator[tuple[str, Array]]:
    """Turns a Llama's named weights into the mixture's, one at a time."""
    heads, kv_heads = heads_padded(llama["num_attention_heads"], llama["num_key_value_heads"], RANKS)
    head_dim = llama.get("head_dim") or llama["hidden_size"] // llama["num_attention_heads"]
    rows = {"q_proj": heads * head_dim, "k_proj": kv_heads * head_dim, "v_proj": kv_heads * head_dim}
    tied = llama.get("tie_word_embeddings", False)
    for name, value in weights:
        layer, is_mlp, _ = name.partition(".mlp.")
        part = name.removesuffix(".weight").rpartition(".")[2]
        if is_mlp and _layer_number(layer) >= layout.first_layer:
            yield f"{layer}.mlp.shared_experts.{part}.weight", value
            yield from _expert_slices(layer, part, value, layout)
        elif part in rows:
            yield name, zeros_filled(value, 0, rows[part])
        elif part == "o_proj":
            yield name, zeros_filled(value, 1, rows["q_proj"])
        elif not (tied and name == "lm_head.weight"):
            yield name, value
        if tied and name == "model.embed_tokens.weight":
            yield "lm_head.weight", value


def _layer_number(layer: str) -> int:
    return int(layer.rpartition(".")[2])


def _expert_slices(layer: str, part: str, value: Array, layout: Layout) -> Iterator[tuple[str, Array]]:
    """gate_proj and up_proj [F, D] are cut by rows; down_proj [D, F] becomes zeros [D, W]."""
    slices = value.shape[1 if part == "down_proj" else 0] // layout.width
    for expert in range(layout.routed):
        start = expert % slices * layout.width
        if part == "down_proj":
            cut = np.zeros((value.shape[0], layout.width), value.dtype)
        else:
            cut = np.ascontiguousarray(value[start : start + layout.width])
        yield f"{layer}.mlp.experts.{expert}.{part}.weight", cut
    if part == "gate_proj":
        yield f"{layer}.{ROUTER}", _router(layer, layout.routed, value.shape[1])
        yield f"{layer}.{ROUTER_BIAS}", np.zeros(layout.routed, np.float32)


def _router(layer: str, experts: int, hidden: int) -> npt.NDArray[np.float32]:
    """Random rows [E, D], the same in every build: tokens spread over the experts before any training."""
    rng = np.random.default_rng([ROUTER_SEED, _layer_number(layer)])
    spread = ROUTER_SPREAD / np.sqrt(hidden)
    return rng.normal(scale=spread, size=(experts, hidden)).astype(np.float32)
