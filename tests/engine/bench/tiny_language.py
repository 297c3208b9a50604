"""A mixture small enough to be served in seconds, with a tokenizer of 128 tokens that reads ASCII."""

import json
from pathlib import Path

import numpy as np
from gguf import GGUFWriter
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from engine.manifest import manifest_write
from tests.engine.moe.tiny_models import HEAD_WIDTH, MIXTRAL, VOCABULARY, manifest_for, mixtral_weights

CONTEXT_TOKENS = 2048
KV_HEADS = 2
SPECIAL = ("<unk>", "<s>", "</s>")


def tokens() -> list[str]:
    """The special tokens, one for each byte of ASCII that is seen in texts, and some that are not used."""
    seen = sorted(set(pre_tokenizers.ByteLevel.alphabet()) & {"Ġ", "Ċ", *map(chr, range(33, 127))})
    named = [*SPECIAL, *seen]
    return named + [f"<unused{n}>" for n in range(VOCABULARY - len(named))]


def tiny_language_write(directory: Path, **changes: object) -> Path:
    """Writes the model with its tokenizer and manifest; `changes` are made to its config.json."""
    config = MIXTRAL | {"max_position_embeddings": CONTEXT_TOKENS, "num_key_value_heads": KV_HEADS} | changes
    directory.mkdir(parents=True)
    (directory / "config.json").write_text(json.dumps(config))
    save_file(_weights(), directory / "model.safetensors", metadata={"format": "pt"})
    tokenizer = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens())}, [], unk_token=SPECIAL[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.save(str(directory / "tokenizer.json"))
    names = dict(zip(("unk_token", "bos_token", "eos_token"), SPECIAL, strict=True))
    kind = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": CONTEXT_TOKENS}
    (directory / "tokenizer_config.json").write_text(json.dumps(kind | names))
    manifest_write(directory / "manifest.json", manifest_for(directory))
    return directory


def _weights() -> dict[str, np.ndarray]:
    """Fewer key/value heads than query heads, and norms that differ: nothing may be mixed up unseen."""
    new, found = np.random.default_rng(3), {}
    for name, value in mixtral_weights(7).items():
        if ".k_proj." in name or ".v_proj." in name:
            value = np.ascontiguousarray(value[: KV_HEADS * HEAD_WIDTH])
        elif "norm" in name:
            value = new.uniform(0.5, 1.5, value.shape).astype(np.float32)
        found[name] = value
    return found


def tokenizer_gguf_write(path: Path) -> Path:
    """Writes a GGUF file that has the same tokenizer, and no model."""
    writer = GGUFWriter(path, "llama")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens())
    writer.add_token_types([3] * len(SPECIAL) + [1] * (VOCABULARY - len(SPECIAL)))
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    return path
