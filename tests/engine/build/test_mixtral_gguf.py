"""A Mixtral written for llama.cpp: what its graph computes of the file is what transformers computes of the model."""

import json
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader

from engine.build.generation import source_file
from engine.build.mixtral_gguf import mixtral_gguf_write
from engine.errors import ModelInvalid
from tests.engine.bench.tiny_language import tiny_language_write, tokenizer_gguf_write
from tests.engine.moe.tiny_models import GLM4, mixture_write


@pytest.fixture
def model(tmp_path) -> Path:
    return tiny_language_write(tmp_path / "tiny")


@pytest.fixture
def tokenizer(tmp_path) -> Path:
    return tokenizer_gguf_write(tmp_path / "tokenizer.gguf")


def test_llama_cpp_computes_of_the_file_what_transformers_computes_of_the_model(tmp_path, model, tokenizer):
    import torch
    from transformers import MixtralForCausalLM

    mixtral_gguf_write(model, tokenizer, tmp_path / "m.gguf")
    ids = [3, 17, 90, 41, 41, 127, 8, 60, 99]
    exact = MixtralForCausalLM.from_pretrained(model, dtype=torch.float32)
    with torch.no_grad():
        wanted = exact(torch.tensor([ids])).logits[0].numpy()
    found = LlamaCpp(tmp_path / "m.gguf").logits(ids)
    assert np.abs(found - wanted).max() < 1e-4 * np.abs(wanted).max()


def test_the_tokenizer_is_copied_as_it_is(tmp_path, language_model):
    mixtral_gguf_write(language_model, source_file(), tmp_path / "m.gguf")
    ours, theirs = (GGUFReader(path).fields for path in (tmp_path / "m.gguf", source_file()))
    named = [key for key in theirs if key.startswith("tokenizer.")]
    assert len(named) > 8
    for key in named:
        assert ours[key].types == theirs[key].types and ours[key].contents() == theirs[key].contents()
    assert ours["llama.expert_count"].contents() == ours["llama.expert_used_count"].contents() == 8


def test_a_tokenizer_of_another_size_is_refused(tmp_path, model):
    with pytest.raises(ModelInvalid, match="tokenizer is not that of a model with 128 tokens"):
        mixtral_gguf_write(model, source_file(), tmp_path / "m.gguf")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"architectures": ["LlamaForCausalLM"]}, "only a MixtralForCausalLM"),
        ({"sliding_window": 64}, "sliding window"),
        ({"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}}, "type yarn"),
        ({"hidden_act": "gelu"}, "not gelu"),
        ({"num_hidden_layers": 4}, "no tensor model.layers.3"),
        ({"num_local_experts": 7}, "of no Mixtral: .*experts.7"),
    ],
)
def test_what_llama_cpp_would_compute_otherwise_is_refused(tmp_path, model, tokenizer, changes, why):
    path = model / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(ModelInvalid, match=why):
        mixtral_gguf_write(model, tokenizer, tmp_path / "m.gguf")


def test_another_mixture_is_refused(tmp_path, tokenizer):
    model = mixture_write(tmp_path / "glm4", GLM4)
    with pytest.raises(ModelInvalid, match="not \\['Glm4MoeForCausalLM'\\]"):
        mixtral_gguf_write(model, tokenizer, tmp_path / "m.gguf")


def test_a_tied_embedding_is_written_once(tmp_path, tokenizer):
    model = tiny_language_write(tmp_path / "tied", tie_word_embeddings=True)
    mixtral_gguf_write(model, tokenizer, tmp_path / "m.gguf")
    names = {tensor.name for tensor in GGUFReader(tmp_path / "m.gguf").tensors}
    assert "token_embd.weight" in names and "output.weight" not in names


class LlamaCpp:
    """llama.cpp's graph of a "llama" with experts, slowly: src/models/llama.cpp and build_moe_ffn there."""

    def __init__(self, path: Path) -> None:
        reader = GGUFReader(path)
        self.weights = {t.name.removesuffix(".weight"): np.array(t.data) for t in reader.tensors}
        self.key = {
            name.removeprefix("llama."): field.contents()
            for name, field in reader.fields.items()
            if name.startswith("llama.")
        }
        assert reader.fields["general.architecture"].contents() == "llama"
        assert all(value.dtype == np.float32 for value in self.weights.values())

    def logits(self, ids: list[int]) -> np.ndarray:
        """The logits [tokens, vocabulary] of a text."""
        x = self.weights["token_embd"][ids]
        for layer in range(self.key["block_count"]):
            x = x + self.attention(self.norm(x, f"blk.{layer}.attn_norm"), f"blk.{layer}")
            x = x + self.experts(self.norm(x, f"blk.{layer}.ffn_norm"), f"blk.{layer}")
        return self.norm(x, "output_norm") @ self.weights["output"].T

    def norm(self, x: np.ndarray, name: str) -> np.ndarray:
        epsilon = self.key["attention.layer_norm_rms_epsilon"]
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * self.weights[name]

    def attention(self, x: np.ndarray, block: str) -> np.ndarray:
        width = self.key["attention.key_length"]
        q, k, v = (
            (x @ self.weights[f"{block}.attn_{n}"].T).reshape(len(x), -1, width) for n in ("q", "k", "v")
        )
        group = self.key["attention.head_count"] // self.key["attention.head_count_kv"]
        k, v = (np.repeat(part, group, axis=1) for part in (self.rotated(k), v))
        scores = np.einsum("thd,shd->hts", self.rotated(q), k) / np.sqrt(width)
        scores += np.triu(np.full(scores.shape[1:], -np.inf), 1)
        out = np.einsum("hts,shd->thd", softmax(scores), v).reshape(len(x), -1)
        return out @ self.weights[f"{block}.attn_output"].T

    def rotated(self, x: np.ndarray) -> np.ndarray:
        """Each pair (2 i, 2 i + 1) of a head is turned by position * base ** (-2 i / width)."""
        width, base = self.key["rope.dimension_count"], self.key["rope.freq_base"]
        angles = np.arange(len(x))[:, None] * base ** (-np.arange(0, width, 2) / width)
        cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
        even, odd = x[..., 0::2], x[..., 1::2]
        return np.stack([even * cos - odd * sin, even * sin + odd * cos], -1).reshape(x.shape)

    def experts(self, x: np.ndarray, block: str) -> np.ndarray:
        shares = softmax(x @ self.weights[f"{block}.ffn_gate_inp"].T)
        out = np.zeros_like(x)
        for token, row in enumerate(x):
            chosen = np.argsort(-shares[token])[: self.key["expert_used_count"]]
            for expert in chosen:
                gate, up, down = (
                    self.weights[f"{block}.ffn_{n}_exps"][expert] for n in ("gate", "up", "down")
                )
                inner = gate @ row
                value = down @ (inner / (1 + np.exp(-inner)) * (up @ row))
                out[token] += shares[token, expert] / shares[token, chosen].sum() * value
        return out


def softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)
