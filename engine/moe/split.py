"""A dense Llama made a mixture of experts that computes the same, in Mixtral's form.

The feed-forward of each layer is cut into E slices of its inner width, and each slice becomes an expert:
sparse upcycling (Komatsuzaki et al. 2022, arXiv:2212.05055) with the fine-grained experts of DeepSeekMoE
(Dai et al. 2024, arXiv:2401.06066). The router starts at zero and all experts are active, so each gets the
weight 1/E; the down projection is multiplied by E, and the weighted sum is the dense feed-forward.
With E a power of two that is exact in any floating-point format.

Shapes: D hidden width, F inner width of the dense feed-forward, E experts.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import ModelInvalid

Array = npt.NDArray[Any]
KEPT_KEYS = (
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
    "hidden_act",
    "max_position_embeddings",
    "rms_norm_eps",
    "rope_theta",
    "rope_parameters",
    "bos_token_id",
    "eos_token_id",
    "pad_token_id",
    "tie_word_embeddings",
    "dtype",
)
EXPERT_NAMES = {"gate_proj": "w1", "up_proj": "w3", "down_proj": "w2"}


def mixtral_config(llama: dict[str, Any], experts: int) -> dict[str, Any]:
    """The config.json of the mixture that `experts_split` makes of a Llama with this config.

    Raises ModelInvalid when the model cannot be cut exactly.
    """
    inner = llama["intermediate_size"]
    if experts < 2 or experts & (experts - 1) or inner % experts:
        raise ModelInvalid(
            f"{experts} experts: must be a power of two that divides the feed-forward width {inner}"
        )
    if llama.get("attention_bias") or llama.get("mlp_bias"):
        raise ModelInvalid("a Llama with biases has no exact form as a Mixtral")
    return {key: llama[key] for key in KEPT_KEYS if key in llama} | {
        "architectures": ["MixtralForCausalLM"],
        "model_type": "mixtral",
        "intermediate_size": inner // experts,
        "num_local_experts": experts,
        "num_experts_per_tok": experts,
        "sliding_window": None,
        "attention_dropout": 0.0,
        "output_router_logits": False,
        "router_aux_loss_coef": 0.01,
        "router_jitter_noise": 0.0,
        "use_cache": True,
    }


def experts_split(weights: Iterable[tuple[str, Array]], experts: int) -> Iterator[tuple[str, Array]]:
    """Turns a Llama's named weights into the mixture's, one at a time."""
    for name, value in weights:
        layer, is_mlp, projection = name.partition(".mlp.")
        if not is_mlp:
            yield name, value
            continue
        projection = projection.removesuffix(".weight")
        block = f"{layer}.block_sparse_moe"
        for index, part in enumerate(_slices(projection, value, experts)):
            yield f"{block}.experts.{index}.{EXPERT_NAMES[projection]}.weight", part
        if projection == "gate_proj":
            yield f"{block}.gate.weight", np.zeros((experts, value.shape[1]), value.dtype)


def _slices(projection: str, value: Array, experts: int) -> list[Array]:
    """gate_proj and up_proj [F, D] are cut by rows; down_proj [D, F] by columns, and scaled by E."""
    if projection == "down_proj":
        scale = value.dtype.type(experts)
        return [np.ascontiguousarray(part) * scale for part in np.split(value, experts, axis=1)]
    return [np.ascontiguousarray(part) for part in np.split(value, experts, axis=0)]
