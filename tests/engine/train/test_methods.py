"""What each method trains, and what comes out: adapters, and models that can be served."""

import json

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from engine.errors import ExpertsInvalid, ModelInvalid
from engine.manifest import manifest_read, manifest_verify
from engine.moe.tensors import tensor_hashes
from engine.train.__main__ import main
from engine.train.bases import base_load, mixtures_place, parameters_named
from engine.train.methods import method_apply
from engine.train.rows import Rows
from engine.train.tuning import ExpertsMethod
from tests.engine.train.tuning import base_write, events, examples_write, job_values, job_write

KINDS = ("mixtral", "glm")


def trained(tmp_path, capsys, kind="mixtral", **changes):
    base = base_write(tmp_path / "base", kind)
    examples = examples_write(tmp_path / "e.jsonl")
    held_out = str(examples_write(tmp_path / "h.jsonl", 8, seed=2))
    values = job_values(base, examples, tmp_path / "out", held_out=held_out, **changes)
    assert main([str(job_write(tmp_path / "job.json", values))]) == 0
    return base, tmp_path / "out", events(capsys.readouterr().out)


def logits(model):
    ids = torch.arange(3, 40)[None]
    with torch.no_grad():
        return model(input_ids=ids, use_cache=False).logits


def loaded(directory):
    return AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).train(False)


@pytest.mark.parametrize("kind", KINDS)
def test_lora_merged_computes_what_base_and_adapter_compute(tmp_path, capsys, kind):
    base, out, _ = trained(tmp_path, capsys, kind)
    assert sorted(p.name for p in (out / "adapter").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    both = logits(PeftModel.from_pretrained(loaded(base), out / "adapter").train(False))
    assert torch.allclose(logits(loaded(out / "model")), both, atol=1e-4)
    assert not torch.allclose(logits(loaded(base)), both, atol=1e-2), "the adapter does nothing"
    config = json.loads((out / "adapter" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == f"tiny-{kind}"
    assert config["revision"] == manifest_read(base).digest
    manifest = manifest_verify(out / "model")
    assert (manifest.name, manifest.version) == ("tuned", "2")
    changed = changed_between(base, out / "model")
    assert changed and all(name.endswith(("q_proj.weight", "v_proj.weight")) for name in changed)


def changed_between(base, model):
    before, after = tensor_hashes(base), tensor_hashes(model)
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


def test_all_experts_of_a_base_without_owners_are_trained_and_nothing_else(tmp_path, capsys):
    base, out, told = trained(tmp_path, capsys, method={"kind": "experts"})
    changed = changed_between(base, out / "model")
    assert len(changed) > 60 and all(".block_sparse_moe.experts." in name for name in changed)
    assert not (out / "adapter").exists()
    assert told[-1]["result"]["train_loss"] < told[-1]["result"]["base_held_out_loss"]


def test_the_experts_of_one_owner_are_trained_and_the_manifest_says_on_what(tmp_path, capsys):
    base, out, _ = trained(tmp_path, capsys, "glm", method={"kind": "experts", "owner": "law"})
    records = manifest_verify(out / "model").experts
    own = {record.index for record in records if record.owner == "law"}
    assert {r.index for r in records if r.trained_on == "letters" and r.licence == "CC0-1.0"} == own
    changed = changed_between(base, out / "model")
    assert changed and all(any(f".mlp.experts.{index}." in name for index in own) for name in changed)


@pytest.mark.parametrize("kind", KINDS)
def test_a_router_is_trained_only_where_it_is_asked_for(tmp_path, capsys, kind):
    owner = "" if kind == "mixtral" else "botany"
    method = {"kind": "experts", "owner": owner, "router": "trained"}
    base, out, _ = trained(tmp_path, capsys, kind, method=method)
    changed = changed_between(base, out / "model")
    assert any(name.endswith("gate.weight") for name in changed)
    assert all(".experts." in name or name.endswith("gate.weight") for name in changed)


@pytest.mark.parametrize("kind", KINDS)
def test_full_training_changes_all_weights_and_lowers_the_loss(tmp_path, capsys, kind):
    base, out, told = trained(tmp_path, capsys, kind, method={"kind": "full"})
    # An expert that no token chose has nothing to learn from.
    same = set(tensor_hashes(base)) - changed_between(base, out / "model")
    assert all(".experts." in name or name.endswith("e_score_correction_bias") for name in same)
    result = json.loads((out / "result.json").read_text())
    assert result == told[-1]["result"]
    assert result["held_out_loss"] < result["base_held_out_loss"] - 1


@pytest.mark.parametrize("kind", KINDS)
def test_weights_named_as_served_are_those_of_the_files(tmp_path, kind):
    directory = base_write(tmp_path / "base", kind)
    base = base_load(directory, torch.float32)
    there = load_file(directory / "model.safetensors")
    named = dict(parameters_named(base))
    assert {n for n in there if "correction_bias" not in n} == set(named)
    assert all(torch.equal(there[name], value) for name, value in named.items())


@pytest.mark.parametrize("kind", KINDS)
def test_a_mixture_put_in_its_place_computes_the_same(tmp_path, kind):
    base = base_load(base_write(tmp_path / "base", kind), torch.float32)
    before = logits(base.model)
    placed = mixtures_place(base, (1, 4))
    rows = Rows(torch.zeros(1, 2), torch.zeros(1, 2), torch.zeros(1, dtype=torch.int64))
    for mixture in placed.values():
        mixture.unit_B = rows.unit
    assert placed and torch.allclose(logits(base.model), before, atol=1e-4)


def test_an_owner_that_a_base_does_not_know_is_refused(tmp_path):
    base = base_load(base_write(tmp_path / "base"), torch.float32)
    with pytest.raises(ExpertsInvalid, match="has experts without owners: leave method.owner out"):
        method_apply(base, ExpertsMethod(owner="law"))


def test_a_base_that_was_altered_is_refused(tmp_path):
    base = base_write(tmp_path / "base")
    (base / "config.json").write_text((base / "config.json").read_text() + " ")
    with pytest.raises(ModelInvalid, match="differs from the manifest"):
        base_load(base, torch.float32)


def test_bfloat16_trains_as_well(tmp_path, capsys):
    for name, method in (("lora", {"kind": "lora", "r": 4}), ("full", {"kind": "full"})):
        (tmp_path / name).mkdir()
        _, _, told = trained(tmp_path / name, capsys, method=method, dtype="bfloat16")
        result = told[-1]["result"]
        assert result["held_out_loss"] < result["base_held_out_loss"]
