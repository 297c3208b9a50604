"""From the served form to a torch module and back: nothing changes but what is trained."""

import json

import pytest
import torch

from engine.errors import ModelInvalid
from engine.moe.tensors import tensor_hashes
from engine.moe.trainable import expert_parameters, served_write, trainable_load
from tests.engine.moe.models import dense_model, mixture_write, token_ids


@pytest.fixture
def served(tmp_path):
    return mixture_write(dense_model(), tmp_path / "served")


def test_there_and_back_every_tensor_has_the_same_hash(served, tmp_path):
    served_write(trainable_load(served), served, tmp_path / "back")
    assert tensor_hashes(tmp_path / "back") == tensor_hashes(served)
    names = {path.name for path in (tmp_path / "back").iterdir()}
    assert names == {"model.safetensors", "config.json"}, "the manifest is the caller's to write"


def test_there_and_back_is_exact_for_weights_that_are_served_in_bfloat16(served, tmp_path):
    from safetensors.torch import load_file, save_file

    half = {
        k: v if ".gate." in k else v.bfloat16() for k, v in load_file(served / "model.safetensors").items()
    }
    save_file(half, served / "model.safetensors")
    served_write(trainable_load(served, dtype=torch.float32), served, tmp_path / "back")
    assert tensor_hashes(tmp_path / "back") == tensor_hashes(served)


def test_what_is_trained_and_nothing_else_differs_afterwards(served, tmp_path):
    model = trainable_load(served)
    assert not any(p.requires_grad for p in model.parameters())
    trained = dict(expert_parameters(model, [1, 3]))
    for parameter in trained.values():
        parameter.requires_grad_(True)
    optimizer = torch.optim.SGD(trained.values(), lr=1.0)
    for _ in range(2):  # gate and up projections get a gradient once the down projection is not zero
        ids = token_ids(4)
        loss = torch.nn.functional.cross_entropy(
            model(ids).logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten()
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    served_write(model, served, tmp_path / "out")
    before, after = tensor_hashes(served), tensor_hashes(tmp_path / "out")
    assert {name for name in before if before[name] != after[name]} == set(trained)


def test_another_architecture_is_refused(served):
    config = json.loads((served / "config.json").read_text())
    (served / "config.json").write_text(json.dumps(config | {"architectures": ["MixtralForCausalLM"]}))
    with pytest.raises(ModelInvalid, match="not a Glm4MoeForCausalLM"):
        trainable_load(served)


def test_a_model_whose_tensors_are_not_those_of_its_configuration_is_refused(served):
    config = json.loads((served / "config.json").read_text())
    (served / "config.json").write_text(json.dumps(config | {"n_routed_experts": 9}))
    with pytest.raises(ModelInvalid, match="not those of its config"):
        trainable_load(served)
