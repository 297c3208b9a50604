"""What is counted while serving is what the model routes; and how the counts are kept, read and told."""

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from engine.config import ServeConfig
from engine.errors import ConfigInvalid
from engine.manifest import ExpertRecord, manifest_write
from engine.moe import routing_plugin
from engine.moe.eplb import eplb_arguments
from engine.moe.expert_order import ExpertOrder, order_write
from engine.moe.permute import experts_permute
from engine.moe.placement import RoutingLoad
from engine.moe.routing import (
    RoutingCollector,
    RoutingInvalid,
    routing_arguments,
    routing_prepare,
    routing_read,
    routing_state,
    routing_write,
)
from engine.moe.routing_observer import routing_observe
from engine.moe.routing_plugin import RoutingCounter
from engine.serve.observers import Observers
from tests.engine.moe.routing_check import NEW_TOKENS, PROMPTS
from tests.engine.moe.tiny_models import CHOSEN, EXPERTS, GLM4, MIXTRAL, manifest_for, mixture_write
from tests.engine.servers import ROOT


def routed(model: Path, texts: list[list[int]]) -> dict[int, list[int]]:
    """Tokens that transformers routes to each expert of each layer, by the same weights."""
    import torch
    from transformers import AutoModelForCausalLM

    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    found: dict[int, torch.Tensor] = {}

    def count(layer: int, inputs) -> None:
        chosen = next(x for x in inputs if not x.is_floating_point())
        counts = torch.bincount(chosen.flatten(), minlength=EXPERTS)
        found[layer] = found.get(layer, torch.zeros(EXPERTS, dtype=torch.int64)) + counts

    for number, layer in enumerate(network.model.layers):
        if hasattr(layer.mlp, "experts"):
            layer.mlp.experts.register_forward_pre_hook(
                lambda _, inputs, number=number: count(number, inputs)
            )
    with torch.inference_mode():
        for text in texts:
            network(torch.tensor([text]))
    return {layer: counts.tolist() for layer, counts in found.items()}


@pytest.mark.slow
def test_vllm_counts_what_transformers_routes_and_an_order_changes_places_alone(tmp_path):
    order = ExpertOrder(dict.fromkeys((1, 2), (7, 3, 0, 5, 1, 6, 2, 4)))
    glm4 = mixture_write(tmp_path / "glm4", GLM4)
    models = [
        mixture_write(tmp_path / "mixtral", MIXTRAL),
        glm4,
        experts_permute(glm4, order, tmp_path / "ordered"),
    ]
    command = [
        sys.executable,
        "-m",
        "tests.engine.moe.routing_check",
        str(tmp_path / "counts"),
        *map(str, models),
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    mixtral, plain, ordered = json.loads(run.stdout.splitlines()[-1])
    for model, found in zip(models[:2], (mixtral, plain), strict=True):
        texts = [p + new[:-1] for p, new in zip(PROMPTS, found["tokens"], strict=True)]
        expected = routed(model, texts)
        assert found["layers"] == sorted(expected)
        assert found["counts"] == [expected[layer] for layer in found["layers"]]
        tokens = sum(map(len, PROMPTS)) + len(PROMPTS) * (NEW_TOKENS - 1)
        assert {sum(row) for row in found["counts"]} == {tokens * CHOSEN}
    assert ordered["tokens"] == plain["tokens"]
    assert ordered["counts"] != plain["counts"]
    told = order.original(RoutingLoad(np.array(ordered["counts"]), tuple(ordered["layers"])))
    assert told.counts.tolist() == plain["counts"]


def test_vllm_finds_the_plugin():
    found = {point.name: point.value for point in entry_points(group="vllm.general_plugins")}
    assert found["collegium_routing"] == "engine.moe.routing_plugin:register"


def test_an_unknown_version_of_vllm_is_left_alone(monkeypatch):
    monkeypatch.setattr(routing_plugin, "vllm_version", lambda: "0.33.0")
    monkeypatch.setitem(sys.modules, "vllm.v1.worker.worker_base", None)  # importing it would raise
    routing_plugin.register()


def test_a_counter_adds_up_the_rows_of_a_step_and_no_others(tmp_path):
    import torch

    capturer = SimpleNamespace(device_buffer=torch.full((8, 3, 2), 3, dtype=torch.int32))
    path = tmp_path / "data0-stage0.routing.npz"
    counter = RoutingCounter(capturer, (1, 2), 4, path)
    found = routing_read(tmp_path)
    assert found is not None and found.counts.sum() == 0
    capturer.device_buffer[0, 1] = torch.tensor([0, 2])
    capturer.device_buffer[1, 2] = torch.tensor([1, 1])
    counter.step(2)
    counter.step(1)
    counter.write()
    found = routing_read(tmp_path)
    assert found is not None
    assert found.layers == (1, 2)
    assert found.counts.tolist() == [[2, 0, 2, 2], [0, 2, 0, 4]]


def test_the_first_rank_of_a_tensor_parallel_group_counts_and_the_others_do_not():
    ranks = [SimpleNamespace(rank=rank, tensor_parallel_size=2) for rank in range(4)]
    assert [routing_plugin.counts_here(rank) for rank in ranks] == [True, False, True, False]


def load_of(counts: list[list[int]], *layers: int) -> RoutingLoad:
    return RoutingLoad(np.array(counts, np.int64), layers)


def test_files_of_several_workers_add_up(tmp_path):
    assert routing_read(tmp_path) is None
    routing_write(tmp_path / "data0-stage0.routing.npz", load_of([[1, 2], [3, 4]], 0, 1))
    routing_write(tmp_path / "data1-stage0.routing.npz", load_of([[10, 0], [0, 10]], 0, 1))
    routing_write(tmp_path / "data0-stage1.routing.npz", load_of([[5, 5]], 2))
    found = routing_read(tmp_path)
    assert found is not None
    assert found.layers == (0, 1, 2)
    assert found.counts.tolist() == [[11, 2], [3, 14], [5, 5]]
    routing_prepare(tmp_path)
    assert routing_read(tmp_path) is None


def test_files_of_two_models_are_refused_and_so_is_rubbish(tmp_path):
    routing_write(tmp_path / "data0-stage0.routing.npz", load_of([[1, 2]], 0))
    routing_write(tmp_path / "data1-stage0.routing.npz", load_of([[1, 2, 3]], 0))
    with pytest.raises(RoutingInvalid, match="another number of experts"):
        routing_read(tmp_path)
    (tmp_path / "data1-stage0.routing.npz").write_bytes(b"PK\x03\x04 not a file of counts")
    with pytest.raises(RoutingInvalid, match="no file of routing counts"):
        routing_read(tmp_path)


def test_a_pickle_among_the_counts_is_refused(tmp_path):
    with (tmp_path / "data0-stage0.routing.npz").open("wb") as stream:
        np.savez(stream, counts=np.array([{"code": "runs"}], dtype=object), layers=np.array([0]))
    with pytest.raises(RoutingInvalid):
        routing_read(tmp_path)


def test_prometheus_is_told_by_original_expert(tmp_path):
    routing_write(tmp_path / "data0-stage0.routing.npz", load_of([[7, 5]], 3))
    registry = CollectorRegistry()
    registry.register(RoutingCollector(tmp_path, ExpertOrder({3: (1, 0)})))
    text = generate_latest(registry).decode()
    assert 'collegium_engine_expert_tokens_total{expert="1",layer="3"} 7.0' in text
    assert 'collegium_engine_expert_tokens_total{expert="0",layer="3"} 5.0' in text


def test_the_state_tells_counts_and_how_uneven_ranks_are():
    state = routing_state(load_of([[30, 10], [1, 1]], 0, 2), ranks=2)
    assert state["layers"] == [0, 2]
    assert state["tokens"] == [[30, 10], [1, 1]]
    assert state["imbalance"]["per_layer"] == pytest.approx((1.5, 1.0))
    assert "imbalance" not in routing_state(load_of([[1, 1, 1]], 0), ranks=2)
    ordered = routing_state(load_of([[30, 10]], 0), ExpertOrder({0: (1, 0)}), ranks=2)
    assert ordered["tokens"] == [[10, 30]]
    assert ordered["imbalance"]["per_layer"] == pytest.approx((1.5,))
    json.dumps(state)


async def told(observers: Observers) -> tuple[dict, str]:
    return (await observers.states())["experts"], (await observers.figures()).decode()


def test_the_front_tells_owners_and_what_was_routed(tmp_path):
    model = mixture_write(tmp_path / "model", GLM4)
    records = tuple(
        ExpertRecord(
            index=i, owner="common" if i % 2 else "law", base="b", licence="Apache-2.0", sha256="0" * 64
        )
        for i in range(EXPERTS)
    )
    manifest_write(model, replace(manifest_for(model), experts=records))
    order_write(model, ExpertOrder({1: (1, 0, 2, 3, 4, 5, 6, 7)}))
    observers = Observers()
    config = ServeConfig(
        model=str(model), routing_dir=tmp_path / "counts", ranks=2, broker="x", rank_key_file=model
    )
    routing_observe(observers, config)
    state, figures = asyncio.run(told(observers))
    assert state == {"owners": {"law": [0, 2, 4, 6], "common": [1, 3, 5, 7]}}
    assert "expert=" not in figures
    routing_write(tmp_path / "counts" / "data0-stage0.routing.npz", load_of([[8, 1, 1, 1, 1, 1, 1, 2]], 1))
    state, figures = asyncio.run(told(observers))
    assert state["tokens"] == [[1, 8, 1, 1, 1, 1, 1, 2]]
    assert state["imbalance"]["overall"] == pytest.approx(11 / 8)
    assert 'collegium_engine_expert_tokens_total{expert="1",layer="1"} 8.0' in figures
    (tmp_path / "counts" / "data0-stage0.routing.npz").write_bytes(b"rubbish")
    state, figures = asyncio.run(told(observers))
    assert "no file of routing counts" in state["problem"]
    assert "expert=" not in figures


def test_a_model_without_experts_of_its_own_says_nothing_of_them(tmp_path):
    observers = Observers()
    routing_observe(observers, ServeConfig(model="owner/name"))
    assert asyncio.run(told(observers))[0] is None


def test_nothing_is_counted_unless_a_directory_is_named(tmp_path):
    assert routing_arguments(None) == {}
    assert routing_arguments(tmp_path / ".." / tmp_path.name) == {"collegium_routing_dir": str(tmp_path)}


def test_vllms_balancer_is_asked_for_on_gpus_alone():
    assert eplb_arguments(None, ranks=1, cuda=False) == {}
    arguments = eplb_arguments(4, ranks=8, cuda=True)
    assert arguments["enable_eplb"] is True
    assert arguments["eplb_config"]["num_redundant_experts"] == 4
    with pytest.raises(ConfigInvalid, match=r"engine\.moe\.place --out"):
        eplb_arguments(0, ranks=2, cuda=False)
    with pytest.raises(ConfigInvalid, match="at least 2 ranks"):
        eplb_arguments(0, ranks=1, cuda=True)
