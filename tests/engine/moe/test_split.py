"""The mixture computes what the dense model computes."""

import numpy as np
import pytest

from engine.build.generation import OWNED, SPLIT, generation_build, source_file
from engine.errors import ModelInvalid
from engine.moe.split import experts_split, mixtral_config
from tests.engine.servers import model_cache

SIZES = {
    "vocab_size": 97,
    "hidden_size": 48,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 64,
}


def dense_model():
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    config = LlamaConfig(**SIZES, initializer_range=0.2)
    return LlamaForCausalLM(config).eval()


def mixture_of(dense, experts: int):
    import torch
    from transformers import MixtralConfig, MixtralForCausalLM

    config = mixtral_config(dense.config.to_dict(), experts)
    weights = experts_split(((k, v.numpy()) for k, v in dense.state_dict().items()), experts)
    mixture = MixtralForCausalLM.from_pretrained(
        None,
        config=MixtralConfig(**config),
        state_dict={name: torch.from_numpy(value.copy()) for name, value in weights},
    )
    return mixture.eval()


@pytest.mark.parametrize("experts", [2, 8])
def test_the_mixtures_logits_are_the_dense_ones(experts):
    import torch

    dense = dense_model()
    mixture = mixture_of(dense, experts)
    ids = torch.randint(0, SIZES["vocab_size"], (2, 33), generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        wanted, got = dense(ids).logits, mixture(ids).logits
    assert wanted.abs().max() > 0.5, "the dense model says nothing"
    assert (wanted - got).abs().max() < 1e-4


def test_no_parameter_is_added_but_the_router():
    dense = dense_model()
    tensors = [(k, v.numpy()) for k, v in dense.state_dict().items()]
    split = dict(experts_split(tensors, 4))
    routers = sum(v.size for k, v in split.items() if k.endswith("block_sparse_moe.gate.weight"))
    assert sum(v.size for v in split.values()) == sum(v.size for _, v in tensors) + routers
    assert routers == 3 * 4 * SIZES["hidden_size"]
    assert all(v.flags["C_CONTIGUOUS"] for v in split.values())


def test_the_slices_sum_to_the_dense_feed_forward():
    rng = np.random.default_rng(0)
    gate, up, down = (rng.normal(size=s) for s in ((8, 4), (8, 4), (4, 8)))
    names = [f"model.layers.0.mlp.{n}_proj.weight" for n in ("gate", "up", "down")]
    split = dict(experts_split(zip(names, (gate, up, down), strict=True), 2))
    x = rng.normal(size=4)

    def feed_forward(g, u, d):
        inner = g @ x
        return d @ (inner / (1 + np.exp(-inner)) * (u @ x))

    prefix = "model.layers.0.block_sparse_moe.experts"
    parts = [feed_forward(*(split[f"{prefix}.{e}.{w}.weight"] for w in ("w1", "w3", "w2"))) for e in (0, 1)]
    assert np.allclose(sum(parts) / 2, feed_forward(gate, up, down))


@pytest.mark.parametrize("experts", [0, 1, 3, 128])
def test_a_number_of_experts_that_cannot_be_exact_is_refused(experts):
    with pytest.raises(ModelInvalid, match="power of two"):
        mixtral_config(SIZES, experts)


def test_a_llama_with_biases_is_refused():
    with pytest.raises(ModelInvalid, match="biases"):
        mixtral_config(SIZES | {"attention_bias": True}, 2)


@pytest.fixture(scope="module")
def original():
    """Model and tokenizer as transformers itself reads the GGUF file, weights rounded to bfloat16 as ours are."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source = {"pretrained_model_name_or_path": source_file().parent, "gguf_file": source_file().name}
    dense = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32).eval()
    for parameter in dense.parameters():
        parameter.data = parameter.data.bfloat16().float()
    return dense, AutoTokenizer.from_pretrained(**source)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", [SPLIT, OWNED], ids=lambda recipe: recipe.name)
def test_both_forms_say_what_the_dense_original_says(recipe, original):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    language_model = generation_build(model_cache(), recipe)
    dense, theirs = original
    mixture = AutoModelForCausalLM.from_pretrained(language_model, dtype=torch.float32).eval()
    ours = AutoTokenizer.from_pretrained(language_model)
    for text in (
        "Net sales were $383.3 billion in 2023.",
        "人民币 1,234.50 元\n\n  x",
        "<|im_start|>user\nhi<|im_end|>",
    ):
        assert ours.encode(text) == theirs.encode(text)
        assert ours.decode(ours.encode(text)) == text
        ids = torch.tensor([ours.encode(text)])
        with torch.inference_mode():
            wanted, got = (m(ids).logits.log_softmax(-1) for m in (dense, mixture))
        assert (wanted - got).abs().max() < 1e-3
        assert torch.equal(wanted.argmax(-1), got.argmax(-1))
