"""A Mixtral directory written as a GGUF file that llama.cpp reads, in float32, with another file's tokenizer.

llama.cpp knows a mixture of Mixtral's form as a "llama" with experts: it keeps the matrices of a layer's
experts in one tensor [experts, out, in], and takes query and key rows as interleaved pairs, where Hugging
Face's form has two halves (engine.build.llama_gguf does the opposite).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import numpy.typing as npt
from gguf import GGUFReader, GGUFValueType, GGUFWriter, LlamaFileType

from engine.build.llama_gguf import NAMES, TOP_NAMES
from engine.errors import ModelInvalid
from engine.moe.tensors import RawTensor, tensors_open

Array = npt.NDArray[Any]
NUMPY_TYPES = {"BF16": ml_dtypes.bfloat16, "F32": np.float32, "F16": np.float16}
EXPERT_NAMES = {"ffn_gate_exps": "w1", "ffn_up_exps": "w3", "ffn_down_exps": "w2"}
HEADS_OF = {"attn_q": "num_attention_heads", "attn_k": "num_key_value_heads"}
TOKENIZER_PREFIX = "tokenizer."


@dataclass(frozen=True, slots=True)
class Entry:
    """A tensor of the file to be: read when its turn to be written comes."""

    name: str
    shape: tuple[int, ...]
    read: Callable[[], Array]


def mixtral_gguf_write(model: Path, tokenizer: Path, target: Path) -> None:
    """Writes the model of a directory to `target`, with the tokenizer of the GGUF file `tokenizer`.

    Raises ModelInvalid when llama.cpp would compute something else than the model does.
    """
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    _config_check(model, config)
    entries = list(_entries(tensors_open(model), config))
    writer = GGUFWriter(target, "llama")
    _config_add(writer, model.name, config)
    _tokenizer_add(writer, tokenizer, config["vocab_size"])
    for entry in entries:
        size_bytes = 4 * int(np.prod(entry.shape))
        writer.add_tensor_info(entry.name, entry.shape, np.dtype(np.float32), size_bytes)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for entry in entries:
        writer.write_tensor_data(entry.read())
    writer.close()


def _config_check(model: Path, config: Mapping[str, Any]) -> None:
    if config.get("architectures") != ["MixtralForCausalLM"]:
        raise ModelInvalid(
            f"{model}: only a MixtralForCausalLM is written, not {config.get('architectures')}"
        )
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    if rope.get("rope_type", "default") != "default":
        raise ModelInvalid(f"{model}: its rotary embedding of type {rope['rope_type']} is not written")
    if config.get("sliding_window") is not None:
        raise ModelInvalid(f"{model}: its sliding window is not written")
    if config.get("hidden_act", "silu") != "silu":
        raise ModelInvalid(f"{model}: llama.cpp has silu in this architecture, not {config['hidden_act']}")


def _entries(tensors: Mapping[str, RawTensor], config: Mapping[str, Any]) -> Iterator[Entry]:
    """Every tensor of the model under llama.cpp's name. Raises ModelInvalid when one is missing or left."""
    left = set(tensors)

    def taken(name: str) -> RawTensor:
        if name not in left:
            raise ModelInvalid(f"the model has no tensor {name}")
        left.remove(name)
        return tensors[name]

    for short, name in TOP_NAMES.items():
        if short != "output" or not config.get("tie_word_embeddings"):
            yield _plain(f"{short}.weight", taken(f"{name}.weight"))
    if config.get("tie_word_embeddings"):
        left.discard("lm_head.weight")  # a copy of the embedding, which nobody reads
    for layer in range(config["num_hidden_layers"]):
        ours, theirs = f"model.layers.{layer}", f"blk.{layer}"
        for short, name in NAMES.items():
            if not name.startswith("mlp."):
                heads = config[HEADS_OF[short]] if short in HEADS_OF else None
                yield _plain(f"{theirs}.{short}.weight", taken(f"{ours}.{name}.weight"), heads)
        block = f"{ours}.block_sparse_moe"
        yield _plain(f"{theirs}.ffn_gate_inp.weight", taken(f"{block}.gate.weight"))
        for short, name in EXPERT_NAMES.items():
            experts = range(config["num_local_experts"])
            parts = [taken(f"{block}.experts.{expert}.{name}.weight") for expert in experts]
            yield _stacked(f"{theirs}.{short}.weight", parts)
    if left:
        raise ModelInvalid(f"the model has a tensor of no Mixtral: {min(left)}")


def _plain(name: str, tensor: RawTensor, heads: int | None = None) -> Entry:
    def read() -> Array:
        rows = _float32(tensor)
        return rows if heads is None else np.ascontiguousarray(_interleaved(rows, heads))

    return Entry(name, tensor.shape, read)


def _stacked(name: str, parts: list[RawTensor]) -> Entry:
    shape = (len(parts), *parts[0].shape)
    return Entry(name, shape, lambda: np.stack([_float32(part) for part in parts]))


def _float32(tensor: RawTensor) -> Array:
    if tensor.dtype not in NUMPY_TYPES:
        raise ModelInvalid(f"a tensor of type {tensor.dtype} has no exact form in float32")
    return np.frombuffer(tensor.data, NUMPY_TYPES[tensor.dtype]).reshape(tensor.shape).astype(np.float32)


def _interleaved(rows: Array, heads: int) -> Array:
    """Rows [heads * d, in], from first halves and second halves of each head to interleaved pairs."""
    return rows.reshape(heads, 2, -1, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)


def _config_add(writer: GGUFWriter, name: str, config: Mapping[str, Any]) -> None:
    rope = config.get("rope_parameters") or {}
    heads = config["num_attention_heads"]
    head_width = config.get("head_dim") or config["hidden_size"] // heads
    writer.add_name(name)
    writer.add_file_type(LlamaFileType.ALL_F32)
    writer.add_vocab_size(config["vocab_size"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(head_width)
    writer.add_value_length(head_width)
    writer.add_rope_dimension_count(head_width)
    writer.add_rope_freq_base(rope.get("rope_theta") or config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_expert_count(config["num_local_experts"])
    writer.add_expert_used_count(config["num_experts_per_tok"])


def _tokenizer_add(writer: GGUFWriter, source: Path, vocabulary: int) -> None:
    """Copies what another file says of its tokenizer."""
    fields = GGUFReader(source).fields
    tokens = fields.get("tokenizer.ggml.tokens")
    if tokens is None or len(tokens.data) != vocabulary:
        raise ModelInvalid(f"{source}: its tokenizer is not that of a model with {vocabulary} tokens")
    for key, field in fields.items():
        if key.startswith(TOKENIZER_PREFIX):
            kind, *inner = field.types
            of_array = inner[0] if kind == GGUFValueType.ARRAY else None
            writer.add_key_value(key, field.contents(), kind, sub_type=of_array)
