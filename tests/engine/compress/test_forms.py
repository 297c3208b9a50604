"""Which weights a form changes, and which shapes it refuses."""

import pytest

from engine.compress.forms import FORMS, form_named, layers_compressed
from engine.errors import CompressionFailed, ConfigInvalid
from tests.engine.compress import tiny

GLM = {
    "lm_head.weight": (96, 64),
    "model.embed_tokens.weight": (96, 64),
    "model.layers.0.mlp.down_proj.weight": (64, 128),
    "model.layers.1.mlp.gate.weight": (16, 64),
    "model.layers.1.mlp.gate.e_score_correction_bias": (16,),
    "model.layers.1.mlp.shared_experts.up_proj.weight": (128, 64),
    "model.layers.1.mlp.experts.11.up_proj.weight": (32, 64),
}


def shapes():
    return {name: value.shape for name, value in tiny.weights().items()}


def test_attention_is_compressed_and_experts_router_embeddings_and_norms_are_not():
    chosen = layers_compressed(shapes(), experts=False)
    assert sorted(chosen) == [f"model.layers.0.self_attn.{n}_proj.weight" for n in "koqv"]


def test_the_routed_experts_are_compressed_when_asked_for_and_their_router_never():
    chosen = layers_compressed(shapes(), experts=True)
    assert sum(".experts." in name for name in chosen) == 6 and len(chosen) == 10
    assert not [name for name in chosen if "gate" in name]


def test_shared_experts_and_dense_layers_count_as_linear_layers():
    assert layers_compressed(GLM, experts=False) == [
        "model.layers.0.mlp.down_proj.weight",
        "model.layers.1.mlp.shared_experts.up_proj.weight",
    ]


def test_a_shape_that_the_kernels_cannot_read_is_named():
    odd = {"model.layers.0.self_attn.q_proj.weight": (48, 64)}
    with pytest.raises(CompressionFailed, match="q_proj.weight is 48 x 64.*multiples of 32"):
        layers_compressed(odd, experts=False)


def test_a_model_without_linear_layers_is_refused():
    with pytest.raises(CompressionFailed, match="no linear layers"):
        layers_compressed({"model.embed_tokens.weight": (96, 64)}, experts=False)


def test_an_unknown_form_is_refused_with_those_that_exist():
    with pytest.raises(ConfigInvalid, match="'int3'; there are int8, int4"):
        form_named("int3")


def test_groups_of_inputs_are_as_wide_as_what_the_shapes_are_checked_for():
    weights = FORMS["int4"].scheme["weights"]
    assert all(side % weights["group_size"] == 0 for side in (576, 192, 1536))
    assert "input_activations" not in FORMS["int4"].scheme, "int4 changes weights only"
