"""Grafting: an owner's experts get in, and everything else stays bit for bit what it was."""

import dataclasses
import json

import numpy as np
import pytest

from engine.errors import ExpertsInvalid, ModelInvalid
from engine.manifest import manifest_read, manifest_verify, manifest_write
from engine.moe.expert_set import set_read, set_write
from engine.moe.graft import experts_graft, main
from engine.moe.records import dense_sha256, experts_sha256, ownership_of, records_made
from engine.moe.rewrite import model_rewrite
from engine.moe.tensors import RawTensor, tensor_hashes, tensors_open
from tests.engine.moe.models import dense_model, mixture_write

ABOUT = {"base": "a random Llama", "licence": "CC-BY-4.0", "trained_on": "herbals"}


@pytest.fixture
def model(tmp_path):
    return mixture_write(dense_model(), tmp_path / "model")


def trained(model, directory, owner="botany", *, experts=None, dense=None):
    """A set of experts as training would leave it: the model's own, with other numbers in them."""
    tensors = tensors_open(model)
    experts = experts or ownership_of(manifest_read(model)).experts_of(owner)
    rng = np.random.default_rng(len(owner))
    changed = {
        name: RawTensor(t.dtype, t.shape, rng.normal(size=t.shape).astype(np.float32).tobytes())
        for name, t in tensors.items()
        if any(f".mlp.experts.{index}." in name for index in experts)
    }
    about = ABOUT | {"owner": owner, "dense_sha256": dense or dense_sha256(tensors)}
    set_write(directory, about, changed)
    return directory


def test_only_the_tensors_of_the_grafted_experts_change(model, tmp_path):
    experts = trained(model, tmp_path / "set")
    out = tmp_path / "grafted"
    experts_graft(model, [experts], out, version="2")
    own = ownership_of(manifest_read(model)).experts_of("botany")
    before, after = tensor_hashes(model), tensor_hashes(out)
    changed = {name for name in before if before[name] != after[name]}
    assert set(before) == set(after)
    assert changed == {n for n in before if any(f".mlp.experts.{index}." in n for index in own)}
    assert len(changed) == len(own) * 3 * 2, "two layers of three have experts"


def test_the_manifest_says_whose_the_new_experts_are_and_what_they_learnt_from(model, tmp_path):
    manifest = experts_graft(model, [trained(model, tmp_path / "s")], tmp_path / "grafted", version="2")
    assert manifest == manifest_verify(tmp_path / "grafted")
    assert (manifest.name, manifest.version) == ("grafted", "2")
    hashes = experts_sha256(tensors_open(tmp_path / "grafted"))
    for record, old in zip(manifest.experts, manifest_read(model).experts, strict=True):
        assert record.sha256 == hashes[record.index]
        if record.owner == "botany":
            assert (record.licence, record.trained_on) == ("CC-BY-4.0", "herbals")
            assert record.sha256 != old.sha256
        else:
            assert record == old


def test_two_owners_are_grafted_at_once_or_one_after_the_other_with_the_same_result(model, tmp_path):
    sets = [trained(model, tmp_path / "a"), trained(model, tmp_path / "b", "law")]
    experts_graft(model, sets, tmp_path / "at-once", version="2")
    experts_graft(model, sets[:1], tmp_path / "first", version="2")
    experts_graft(tmp_path / "first", sets[1:], tmp_path / "then", version="3")
    assert tensor_hashes(tmp_path / "at-once") == tensor_hashes(tmp_path / "then")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda m, t: [trained(m, t / "s", "nobody", experts=[0, 1])], "'nobody' owns no experts"),
        (lambda m, t: [trained(m, t / "s", experts=[0, 1, 2])], "holds 3 experts; botany owns 2"),
        (lambda m, t: [trained(m, t / "s", dense="0" * 64)], "trained on another model"),
        (lambda m, t: [trained(m, t / "s"), trained(m, t / "r")], "a second set of experts for botany"),
        (lambda m, t: [t], "holds no trained experts"),
    ],
)
def test_experts_that_do_not_fit_are_refused(model, tmp_path, make, said):
    with pytest.raises(ExpertsInvalid, match=said):
        experts_graft(model, make(model, tmp_path), tmp_path / "out", version="2")
    assert not (tmp_path / "out").exists()


def test_a_set_that_was_altered_is_refused(model, tmp_path):
    path = trained(model, tmp_path / "s")
    about = json.loads((path / "experts.json").read_text())
    (path / "experts.json").write_text(json.dumps(about | {"sha256": "0" * 64}))
    with pytest.raises(ExpertsInvalid, match="its tensors differ"):
        set_read(path)
    (path / "experts.json").write_text(json.dumps(about | {"surprise": 1}))
    with pytest.raises(ExpertsInvalid, match="other keys"):
        set_read(path)


def test_a_model_whose_experts_have_no_owners_takes_no_graft(model, tmp_path):
    experts = trained(model, tmp_path / "s")
    manifest_write(model, dataclasses.replace(manifest_read(model), experts=()))
    with pytest.raises(ExpertsInvalid, match="no experts with owners"):
        experts_graft(model, [experts], tmp_path / "out", version="2")


def test_owners_must_be_named_for_all_experts_that_there_are(model):
    ownership = dataclasses.replace(ownership_of(manifest_read(model)), owners=("common",) * 9)
    with pytest.raises(ExpertsInvalid, match="named for 9 experts; there are 8"):
        records_made(tensors_open(model), ownership, base="b", licence="l")


def test_a_rewrite_takes_only_tensors_that_are_there_in_their_own_shape(model, tmp_path):
    router = "model.layers.1.mlp.gate.weight"
    right = tensors_open(model)[router]
    expert = "model.layers.1.mlp.experts.0.up_proj.weight"
    other = dataclasses.replace(
        tensors_open(model)[expert], data=bytes(len(tensors_open(model)[expert].data))
    )
    for replaced, said in (
        ({"model.layers.0.mlp.gate.weight": right}, "has no tensor"),
        ({router: dataclasses.replace(right, dtype="BF16")}, "is BF16"),
        ({router: dataclasses.replace(right, shape=right.shape[::-1])}, r"\[72, 8\]"),
        ({expert: other}, "expert 0 of .* was changed"),
    ):
        with pytest.raises(ExpertsInvalid, match=said):
            model_rewrite(model, tmp_path / "out", replaced, version="2")
    assert not (tmp_path / "out").exists()


def test_the_command_grafts_or_says_what_is_wrong(model, tmp_path, capsys):
    arguments = ["--model", str(model), "--out", str(tmp_path / "out"), "--experts"]
    assert main([*arguments, str(trained(model, tmp_path / "s"))]) == 0
    assert manifest_verify(tmp_path / "out").version == "grafted"
    assert main([*arguments, str(tmp_path)]) == 1
    assert "holds no trained experts" in capsys.readouterr().err
    (tmp_path / "router.json").write_text("[]")
    arguments += [str(tmp_path / "s"), "--router", str(tmp_path / "router.json")]
    assert main(arguments) == 1
    assert "router.json: is not a JSON object" in capsys.readouterr().err


def test_an_altered_model_is_not_grafted(model, tmp_path):
    (model / "config.json").write_text("{}")
    with pytest.raises(ModelInvalid, match="differs from the manifest"):
        experts_graft(model, [], tmp_path / "out", version="2")
