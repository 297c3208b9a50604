"""A tiny random Llama, and the mixture that is made of it."""

import json
from pathlib import Path

import torch
from safetensors.numpy import save_file
from transformers import LlamaConfig, LlamaForCausalLM

from engine.build.staging import manifest_add
from engine.manifest import Manifest, files_hash
from engine.moe.ownership import Ownership
from engine.moe.records import records_made
from engine.moe.tensors import tensors_open
from engine.moe.upcycle import Layout, experts_added, glm4_config

SIZES = {
    "vocab_size": 97,
    "hidden_size": 72,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "head_dim": 8,
    "max_position_embeddings": 64,
    "tie_word_embeddings": True,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 2,
}
LAYOUT = Layout(routed=8, width=32, per_token=2, first_layer=1)
SHARES = {"botany": 2, "law": 3}


def dense_model(**changes) -> LlamaForCausalLM:
    torch.manual_seed(1)
    return LlamaForCausalLM(LlamaConfig(**SIZES | changes, initializer_range=0.2)).eval()


def mixture_write(dense: LlamaForCausalLM, directory: Path, layout: Layout = LAYOUT) -> Path:
    """The mixture of a dense model as a directory that can be served, with two owners."""
    directory.mkdir(parents=True)
    llama = dense.config.to_dict()
    weights = ((name, value.numpy()) for name, value in dense.state_dict().items())
    save_file(dict(experts_added(weights, llama, layout)), directory / "model.safetensors")
    config = glm4_config(llama, layout) | {"dtype": "float32"}
    (directory / "config.json").write_text(json.dumps(config))
    ownership = Ownership.dealt(SHARES, layout.routed)
    manifest = Manifest(
        name="tiny",
        version="1",
        kind="generation",
        architecture="Glm4MoeForCausalLM",
        languages=("en",),
        base="a random Llama",
        licence="Apache-2.0",
        max_tokens=64,
        files=files_hash(directory),
        experts=records_made(tensors_open(directory), ownership, base="a random Llama", licence="Apache-2.0"),
    )
    manifest_add(directory, manifest)
    return directory


def token_ids(rows: int = 2, length: int = 33, seed: int = 2) -> torch.Tensor:
    return torch.randint(
        0, SIZES["vocab_size"], (rows, length), generator=torch.Generator().manual_seed(seed)
    )
