"""Padding heads changes no output."""

import json

import numpy as np
import pytest

from engine.errors import ModelInvalid
from engine.manifest import Manifest, files_hash, manifest_read, manifest_write
from engine.moe.heads import config_padded, directory_pad, heads_fit, heads_padded, weights_padded

SIZES = {
    "vocab_size": 97,
    "hidden_size": 72,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "max_position_embeddings": 64,
    "architectures": ["LlamaForCausalLM"],
}


def logits(config, weights):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    state = {name: torch.from_numpy(value.copy()) for name, value in weights}
    model = LlamaForCausalLM.from_pretrained(None, config=LlamaConfig(**config), state_dict=state).eval()
    ids = torch.randint(0, SIZES["vocab_size"], (2, 33), generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        return model(ids).logits


def model_weights(**more):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    config = SIZES | {"head_dim": 8, "initializer_range": 0.2} | more
    model = LlamaForCausalLM(LlamaConfig(**config))
    for name, value in model.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(value)
    return config, [(name, value.numpy()) for name, value in model.state_dict().items()]


@pytest.mark.parametrize("ranks", [2, 4])
@pytest.mark.parametrize("bias", [False, True])
def test_the_padded_model_gives_the_same_logits(ranks, bias):
    config, weights = model_weights(attention_bias=bias)
    padded = config_padded(config, ranks)
    assert padded["num_key_value_heads"] % ranks == 0
    wanted = logits(config, weights)
    got = logits(padded, weights_padded(weights, config, ranks))
    assert wanted.abs().max() > 0.5
    assert (wanted - got).abs().max() < 1e-5


def test_what_was_there_is_unchanged_and_what_was_added_is_zero():
    config, weights = model_weights()
    before = dict(weights)
    for name, value in weights_padded(weights, config, 2):
        old = before[name]
        assert np.array_equal(value[tuple(slice(0, n) for n in old.shape)], old)
        assert np.count_nonzero(value) == np.count_nonzero(old)


@pytest.mark.parametrize(
    ("heads", "kv_heads", "ranks", "wanted"),
    [(9, 3, 2, (12, 4)), (9, 3, 3, (9, 3)), (12, 4, 2, (12, 4)), (32, 8, 16, (32, 8)), (6, 1, 4, (24, 4))],
)
def test_the_padded_heads_can_be_shared_by_the_ranks(heads, kv_heads, ranks, wanted):
    assert heads_padded(heads, kv_heads, ranks) == wanted
    assert heads_fit(*wanted, ranks)


def test_an_architecture_that_computes_its_head_width_is_refused():
    with pytest.raises(ModelInvalid, match="Qwen2MoeForCausalLM"):
        config_padded(SIZES | {"architectures": ["Qwen2MoeForCausalLM"]}, 2)


def test_a_padded_directory_is_whole_and_made_once(tmp_path):
    from safetensors.numpy import load_file, save_file

    source, target = tmp_path / "m", tmp_path / "m-2"
    source.mkdir()
    config, weights = model_weights()
    save_file(dict(weights), source / "model.safetensors", metadata={"format": "pt"})
    (source / "config.json").write_text(json.dumps(config))
    (source / "tokenizer.json").write_text("{}")
    known = {"kind": "generation", "architecture": "a", "languages": ("en",), "base": "b", "licence": "l"}
    manifest_write(source, Manifest(name="m", version="1", max_tokens=64, files=files_hash(source), **known))
    assert directory_pad(source, target, 2) == target
    made = (target / "model.safetensors").stat().st_mtime_ns
    directory_pad(source, target, 2)
    assert (target / "model.safetensors").stat().st_mtime_ns == made
    assert manifest_read(target).version == "1-heads2" and manifest_read(target).name == "m-2"
    assert json.loads((target / "config.json").read_text())["num_attention_heads"] == 12
    assert directory_pad(source, tmp_path / "m-3", 3) == source, "three ranks can share nine heads"
    assert load_file(target / "model.safetensors")["model.layers.0.self_attn.o_proj.weight"].shape == (72, 96)
