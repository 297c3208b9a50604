"""A mixture small enough to make in a test: one layer, random weights, a manifest that fits."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from engine.manifest import ExpertRecord, Manifest, files_hash, manifest_write

HIDDEN, INNER, VOCABULARY = 64, 32, 96


def weights(hidden: int = HIDDEN) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)

    def of(*shape: int) -> np.ndarray:
        return rng.normal(scale=0.1, size=shape).astype(np.float32)

    layer = "model.layers.0."
    named = {f"{layer}self_attn.{n}_proj.weight": of(hidden, hidden) for n in "qkvo"}
    for expert in range(2):
        prefix = f"{layer}block_sparse_moe.experts.{expert}."
        named |= {f"{prefix}w{n}.weight": of(INNER, hidden) for n in (1, 3)}
        named[f"{prefix}w2.weight"] = of(hidden, INNER)
    named[f"{layer}block_sparse_moe.gate.weight"] = of(2, hidden)
    named[f"{layer}input_layernorm.weight"] = of(hidden)
    named[f"{layer}post_attention_layernorm.weight"] = of(hidden)
    return named | {"model.embed_tokens.weight": of(VOCABULARY, hidden), "model.norm.weight": of(hidden)}


def config(hidden: int = HIDDEN) -> dict[str, object]:
    return {
        "architectures": ["MixtralForCausalLM"],
        "model_type": "mixtral",
        "vocab_size": VOCABULARY,
        "hidden_size": hidden,
        "intermediate_size": INNER,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "num_local_experts": 2,
        "num_experts_per_tok": 2,
        "max_position_embeddings": 128,
        "tie_word_embeddings": True,
        "dtype": "float32",
    }


def model_write(directory: Path, *, hidden: int = HIDDEN, owned: bool = False, **changes: object) -> Path:
    """Writes the model; `changes` are added to its config.json."""
    directory.mkdir(parents=True)
    save_file(weights(hidden), directory / "model.safetensors", metadata={"format": "pt"})
    (directory / "config.json").write_text(json.dumps(config(hidden) | changes))
    record = ExpertRecord(index=0, owner="medical", base="b", licence="l", sha256="0" * 64)
    manifest_write(
        directory / "manifest.json",
        Manifest(
            name="tiny",
            version="1",
            kind="generation",
            architecture="MixtralForCausalLM",
            languages=("en",),
            base="nothing",
            licence="Apache-2.0",
            max_tokens=128,
            files=files_hash(directory),
            experts=(record,) if owned else (),
        ),
    )
    return directory
