"""A Llama checkpoint read from a GGUF file, with its tokenizer, without torch.

GGUF holds query and key rows in the order that interleaved rotary embeddings want; Hugging Face's form wants
the two halves of each head one after the other. `_halves` turns the one into the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy.typing as npt
from gguf import GGUFReader
from gguf.quants import dequantize
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from engine.errors import ModelInvalid

Array = npt.NDArray[Any]
CONTROL_TOKEN = 3  # gguf's token type of <|im_start|> and its like
NAMES = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}
TOP_NAMES = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


@dataclass(slots=True)
class LlamaGguf:
    """An open GGUF file of a Llama model."""

    reader: GGUFReader

    @classmethod
    def open(cls, path: Path) -> "LlamaGguf":
        """Opens a file; raises ModelInvalid when it is no GGUF file of a Llama."""
        try:
            found = cls(GGUFReader(path))
        except (OSError, ValueError) as error:
            raise ModelInvalid(f"{path}: is not a GGUF file ({error})") from error
        if found.value("general.architecture") != "llama":
            raise ModelInvalid(f"{path}: holds a {found.value('general.architecture')}, not a llama")
        return found

    def value(self, key: str) -> Any:
        """A metadata value; raises ModelInvalid when the file has none of that name."""
        entry = self.reader.get_field(key)
        if entry is None:
            raise ModelInvalid(f"the GGUF file has no {key}")
        return entry.contents()

    def config(self) -> dict[str, Any]:
        """The config.json of the LlamaForCausalLM that the file holds."""
        heads, hidden = self.value("llama.attention.head_count"), self.value("llama.embedding_length")
        theta = float(self.value("llama.rope.freq_base"))
        return {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "vocab_size": self.value("llama.vocab_size"),
            "hidden_size": hidden,
            "intermediate_size": self.value("llama.feed_forward_length"),
            "num_hidden_layers": self.value("llama.block_count"),
            "num_attention_heads": heads,
            "num_key_value_heads": self.value("llama.attention.head_count_kv"),
            "head_dim": hidden // heads,
            "hidden_act": "silu",
            "max_position_embeddings": self.value("llama.context_length"),
            # The file holds a float32; the decimal it stands for is wanted.
            "rms_norm_eps": float(f"{self.value('llama.attention.layer_norm_rms_epsilon'):.6g}"),
            "rope_theta": theta,
            "rope_parameters": {"rope_type": "default", "rope_theta": theta},
            "bos_token_id": self.value("tokenizer.ggml.bos_token_id"),
            "eos_token_id": self.value("tokenizer.ggml.eos_token_id"),
            "pad_token_id": self.value("tokenizer.ggml.padding_token_id"),
            "tie_word_embeddings": all(t.name != "output.weight" for t in self.reader.tensors),
            "dtype": "bfloat16",
        }

    def weights(self) -> Iterator[tuple[str, Array]]:
        """Each weight under its Hugging Face name, in bfloat16."""
        config = self.config()
        heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
        for tensor in self.reader.tensors:
            value = dequantize(tensor.data, tensor.tensor_type)
            stem = tensor.name.removesuffix(".weight")
            if stem in TOP_NAMES:
                name = TOP_NAMES[stem]
            elif (parts := stem.split("."))[0] == "blk" and parts[-1] in NAMES:
                name = f"model.layers.{parts[1]}.{NAMES[parts[-1]]}"
                value = _halves(value, heads[parts[-1]]) if parts[-1] in heads else value
            else:
                raise ModelInvalid(f"the GGUF file has a tensor of no Llama: {tensor.name}")
            yield f"{name}.weight", value.astype(ml_dtypes.bfloat16)

    def tokenizer(self) -> Tokenizer:
        """The byte-level BPE tokenizer; digits are tokens of their own, as SmolLM was trained."""
        kind = (self.value("tokenizer.ggml.model"), self.value("tokenizer.ggml.pre"))
        if kind != ("gpt2", "smollm"):
            raise ModelInvalid(f"the GGUF file has a tokenizer of another kind: {kind}")
        tokens: list[str] = self.value("tokenizer.ggml.tokens")
        merges = [tuple(m.split(" ", 1)) for m in self.value("tokenizer.ggml.merges")]
        tokenizer = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, merges))
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
        tokenizer.decoder = decoders.ByteLevel()
        types = self.value("tokenizer.ggml.token_type")
        control = [t for t, kind in zip(tokens, types, strict=True) if kind == CONTROL_TOKEN]
        tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in control])
        return tokenizer

    def tokenizer_config(self) -> dict[str, Any]:
        """The tokenizer_config.json that goes with it, chat template included."""
        tokens: list[str] = self.value("tokenizer.ggml.tokens")
        named = {
            f"{kind}_token": tokens[self.value(f"tokenizer.ggml.{key}_token_id")]
            for kind, key in (("bos", "bos"), ("eos", "eos"), ("pad", "padding"), ("unk", "unknown"))
        }
        return {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": self.value("llama.context_length"),
            "clean_up_tokenization_spaces": False,
            "chat_template": self.value("tokenizer.chat_template"),
            **named,
        }


def _halves(rows: Array, heads: int) -> Array:
    """Rows [heads * (pairs of 2), in], from interleaved pairs to first halves, then second halves."""
    per_head = rows.reshape(heads, -1, 2, rows.shape[1])
    return per_head.swapaxes(1, 2).reshape(rows.shape)
