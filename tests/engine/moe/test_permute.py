"""A model with its experts in another order: the same model, told in other places."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from engine.errors import ConfigInvalid, ModelInvalid
from engine.manifest import manifest_read, manifest_verify, manifest_write
from engine.moe.expert_order import ORDER_NAME, ExpertOrder, order_read
from engine.moe.permute import experts_permute, order_propose
from engine.moe.place import main
from engine.moe.placement import RoutingLoad, Topology, placement_plain, rank_loads
from engine.moe.routing import routing_prepare, routing_write
from tests.engine.moe.tiny_models import EXPERTS, GLM4, LAYERS, MIXTRAL, manifest_for, mixture_write

FORMS = {"mixtral": (MIXTRAL, (0, 1, 2)), "glm4": (GLM4, (1, 2))}


def shuffled(layers: tuple[int, ...], seed: int = 5) -> ExpertOrder:
    new = np.random.default_rng(seed)
    return ExpertOrder({layer: tuple(map(int, new.permutation(EXPERTS))) for layer in layers})


def inverse(order: ExpertOrder) -> ExpertOrder:
    return ExpertOrder({layer: tuple(map(int, np.argsort(row))) for layer, row in order.layers.items()})


@pytest.fixture(params=FORMS)
def form(request, tmp_path: Path) -> tuple[Path, tuple[int, ...]]:
    config, layers = FORMS[request.param]
    return mixture_write(tmp_path / request.param, config), layers


def logits_of(model: Path):
    import torch
    from transformers import AutoModelForCausalLM

    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    with torch.inference_mode():
        return network(torch.arange(3, 60)[None]).logits[0]


def test_the_permuted_model_computes_the_same(form, tmp_path):
    model, layers = form
    out = experts_permute(model, shuffled(layers), tmp_path / "out")
    before, after = logits_of(model), logits_of(out)
    assert float((before - after).abs().max()) < 1e-5 * float(before.abs().max())  # sums in another order
    assert (before.argmax(-1) == after.argmax(-1)).all()


def test_an_expert_moves_with_its_row_of_the_router_and_of_the_bias(form, tmp_path):
    model, layers = form
    order = shuffled(layers)
    old = load_file(model / "model.safetensors")
    new = load_file(experts_permute(model, order, tmp_path / "out") / "model.safetensors")
    block = "block_sparse_moe" if "mixtral" in model.name else "mlp"
    projection = "w2" if "mixtral" in model.name else "down_proj"
    for layer in layers:
        name = f"model.layers.{layer}.{block}"
        routers = [key for key in old if key.startswith(f"{name}.gate.")]
        assert len(routers) == (1 if "mixtral" in model.name else 2)
        for place, expert in enumerate(order.layers[layer]):
            for key in routers:
                assert (new[key][place] == old[key][expert]).all()
            key = f"{name}.experts.{{}}.{projection}.weight"
            assert (new[key.format(place)] == old[key.format(expert)]).all()
    rest = {key for key in old if ".experts." not in key and ".gate." not in key}
    assert all((new[key] == old[key]).all() for key in rest)


def test_there_and_back_gives_the_same_tensors_and_the_first_order(form, tmp_path):
    model, layers = form
    order = shuffled(layers)
    there = experts_permute(model, order, tmp_path / "there")
    back = experts_permute(there, inverse(order), tmp_path / "back")
    old, new = load_file(model / "model.safetensors"), load_file(back / "model.safetensors")
    assert old.keys() == new.keys()
    assert all((old[key] == new[key]).all() for key in old)
    assert order_read(there) == order
    assert order_read(back) == ExpertOrder({layer: tuple(range(EXPERTS)) for layer in layers})


def test_weights_of_any_type_in_several_files_move_with_their_index(form, tmp_path):
    import torch
    from safetensors.torch import load_file as load_torch
    from safetensors.torch import save_file as save_torch

    model, layers = form
    whole = {k: v.to(torch.bfloat16) for k, v in load_torch(model / "model.safetensors").items()}
    (model / "model.safetensors").unlink()
    names = sorted(whole)
    parts = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, some in parts.items():
        save_torch({name: whole[name] for name in some}, model / file, metadata={"format": "pt"})
    index = {"weight_map": {name: file for file, some in parts.items() for name in some}}
    (model / "model.safetensors.index.json").write_text(json.dumps(index))
    out = experts_permute(model, shuffled(layers), tmp_path / "out")
    places = json.loads((out / "model.safetensors.index.json").read_text())["weight_map"]
    found = {file: load_torch(out / file) for file in parts}
    assert places == {name: file for file, tensors in found.items() for name in tensors}
    assert {t.dtype for tensors in found.values() for t in tensors.values()} == {torch.bfloat16}
    back = experts_permute(out, inverse(shuffled(layers)), tmp_path / "back")
    for file, some in parts.items():
        again = load_torch(back / file)
        assert all(torch.equal(again[name], whole[name]) for name in some)


def test_the_manifest_is_checked_before_and_written_for_what_was_made(form, tmp_path):
    model, layers = form
    manifest_write(model, manifest_for(model))
    out = experts_permute(model, shuffled(layers), tmp_path / "out")
    made = manifest_verify(out)
    assert made.version == "1+ordered"
    assert ORDER_NAME in made.files
    assert made.digest != manifest_read(model).digest
    again = experts_permute(out, shuffled(layers), tmp_path / "again")
    assert manifest_verify(again).version == "1+ordered"
    (model / "config.json").write_text("{}")
    with pytest.raises(ModelInvalid, match="differs from the manifest"):
        experts_permute(model, shuffled(layers), tmp_path / "other")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ({0: (0, 1, 2)}, "names 3 experts in layer 0"),
        ({9: tuple(range(EXPERTS))}, "the model has 0 there, without a router"),
    ],
)
def test_an_order_of_another_model_is_refused(tmp_path, layers, says):
    model = mixture_write(tmp_path / "model", MIXTRAL)
    if 0 in layers:  # a router whose rows do not fit the order is found first
        says = "has not one row for each of 3 experts"
    with pytest.raises(ModelInvalid, match=says):
        experts_permute(model, ExpertOrder(layers), tmp_path / "out")


def test_a_dense_layer_has_no_order(tmp_path):
    with pytest.raises(ModelInvalid, match="in layer 0"):
        experts_permute(mixture_write(tmp_path / "model", GLM4), shuffled((0, 1)), tmp_path / "out")


def test_experts_in_one_fused_tensor_are_refused(tmp_path):
    model = mixture_write(tmp_path / "model", MIXTRAL)
    tensors = load_file(model / "model.safetensors")
    kept = {
        name: value for name, value in tensors.items() if ".layers.1." not in name or ".experts." not in name
    }
    kept["model.layers.1.block_sparse_moe.experts.down_proj"] = np.zeros((EXPERTS, 4, 4), np.float32)
    save_file(kept, model / "model.safetensors")
    with pytest.raises(ModelInvalid, match="the model has 0 there, with a router"):
        experts_permute(model, shuffled((1,)), tmp_path / "out")


def test_a_damaged_file_is_refused(tmp_path):
    model = mixture_write(tmp_path / "model", MIXTRAL)
    path = model / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelInvalid, match="cut short"):
        experts_permute(model, shuffled((0,)), tmp_path / "out")


def test_an_order_that_repeats_an_expert_is_refused():
    with pytest.raises(ModelInvalid, match="layer 3"):
        ExpertOrder({3: (0, 0, 1)})


def test_groups_that_the_router_chooses_stay_whole(tmp_path):
    model = mixture_write(tmp_path / "model", GLM4 | {"n_group": 4, "topk_group": 2})
    with pytest.raises(ModelInvalid, match="breaks the 4 groups"):
        experts_permute(model, ExpertOrder({1: (0, 2, 1, 3, 4, 5, 6, 7)}), tmp_path / "out")
    load = RoutingLoad(np.array([[90, 1, 80, 2, 3, 4, 5, 6]]), (1,))
    for ranks in (2, 4, 8):
        order, proposal = order_propose(load, ranks, groups=4)
        assert proposal.after.overall <= proposal.before.overall
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        experts_permute(model, order, tmp_path / "out")
    with pytest.raises(ConfigInvalid, match="cannot stay whole on 3 ranks"):
        order_propose(RoutingLoad(np.ones((1, 12), np.int64), (0,)), 3, groups=4)


def test_the_command_evens_the_ranks_of_what_was_counted(tmp_path, capsys):
    model = mixture_write(tmp_path / "model", MIXTRAL)
    counts = np.array([[80, 70, 60, 50, 4, 3, 2, 1]] * LAYERS, np.int64)
    counted = RoutingLoad(counts, tuple(range(LAYERS)))
    routing_prepare(tmp_path / "counts")
    routing_write(tmp_path / "counts" / "data0-stage0.routing.npz", counted)
    where = ["--model", str(model), "--counts", str(tmp_path / "counts"), "--ranks", "2"]
    assert main([*where, "--out", str(tmp_path / "out")]) == 0
    assert "all layers: 1.926 -> 1.0" in capsys.readouterr().out
    order = order_read(tmp_path / "out")
    assert order is not None
    by_place = np.stack([counts[layer][list(order.layers[layer])] for layer in range(LAYERS)])
    told = RoutingLoad(by_place, counted.layers)
    loads = rank_loads(told, placement_plain(told, Topology(2)))
    assert (loads.max(axis=1) / loads.mean(axis=1)).max() < 1.05
    assert order.original(told).counts.tolist() == counts.tolist()
    assert main([*where, "--redundant", "2"]) == 0
    assert "--redundant-experts 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--redundant", "1"], "2 redundant ones can"),
        (["--redundant", "2", "--out", "x"], "replicas (--redundant) are made by vLLM"),
        ([], "nothing was counted there"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path, capsys, more, says):
    model = mixture_write(tmp_path / "model", MIXTRAL)
    routing_prepare(tmp_path / "counts")
    if more:
        load = RoutingLoad(np.ones((LAYERS, EXPERTS), np.int64), tuple(range(LAYERS)))
        routing_write(tmp_path / "counts" / "data0-stage0.routing.npz", load)
    assert main(["--model", str(model), "--counts", str(tmp_path / "counts"), "--ranks", "2", *more]) == 1
    assert says in capsys.readouterr().err
