"""The mixture with owned experts computes what the dense model computes, until its experts are trained."""

import pytest
import torch

from engine.errors import ModelInvalid
from engine.moe.trainable import expert_parameters, trainable_load
from engine.moe.upcycle import Layout, glm4_config
from tests.engine.moe.models import LAYOUT, SIZES, dense_model, mixture_write, token_ids


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("layout", [LAYOUT, Layout(routed=6, width=64, per_token=1, first_layer=0)])
def test_the_logits_are_the_dense_ones(tmp_path, tied, layout):
    dense = dense_model(tie_word_embeddings=tied)
    mixture = trainable_load(mixture_write(dense, tmp_path / "m", layout))
    with torch.inference_mode():
        wanted, got = dense(token_ids()).logits, mixture(token_ids()).logits
    assert wanted.abs().max() > 0.5, "the dense model says nothing"
    assert (wanted - got).abs().max() < 1e-4


def test_transformers_reads_the_files_as_the_same_model(tmp_path):
    """Independently of our own module: by its own class, with its own fused experts."""
    from transformers import AutoModelForCausalLM

    dense = dense_model()
    directory = mixture_write(dense, tmp_path / "m")
    theirs = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval()
    with torch.inference_mode():
        assert (dense(token_ids()).logits - theirs(token_ids()).logits).abs().max() < 1e-4


def test_a_trained_expert_changes_what_is_computed(tmp_path):
    """So that the exactness above is not that of experts which are never asked."""
    mixture = trainable_load(mixture_write(dense_model(), tmp_path / "m"))
    with torch.inference_mode():
        before = mixture(token_ids()).logits
        for name, parameter in expert_parameters(mixture, range(LAYOUT.routed)):
            if "down_proj" in name:
                parameter.normal_(std=0.2)
        assert (mixture(token_ids()).logits - before).abs().max() > 0.1


def test_heads_are_filled_up_so_that_two_ranks_can_share_them():
    def heads(**changes: int) -> tuple[int, int]:
        config = glm4_config(SIZES | {"rope_theta": 1e4} | changes, LAYOUT)
        return config["num_attention_heads"], config["num_key_value_heads"]

    assert heads() == (12, 4)
    assert heads(num_attention_heads=8, num_key_value_heads=2) == (8, 2)
    assert heads(num_attention_heads=8, num_key_value_heads=1) == (8, 1), "one is repeated for each rank"
    with pytest.raises(ModelInvalid, match="do not divide"):
        heads(num_attention_heads=10)


@pytest.mark.parametrize(
    ("changes", "layout", "said"),
    [
        ({}, Layout(width=48), "must divide"),
        ({}, Layout(width=0), "must divide"),
        ({}, Layout(width=32, first_layer=3), "from layer 3 on: the model has 3"),
        ({}, Layout(routed=2, width=32, per_token=3), "3 of 2 experts"),
        ({"attention_bias": True}, LAYOUT, "biases"),
        ({"rope_parameters": {"rope_type": "llama3", "rope_theta": 1e4}}, LAYOUT, "rotary"),
    ],
)
def test_a_layout_that_cannot_be_exact_is_refused(changes, layout, said):
    with pytest.raises(ModelInvalid, match=said):
        glm4_config(SIZES | {"rope_theta": 1e4} | changes, layout)
