"""Which worker gets which rank, and why others get none."""

from dataclasses import replace

import pytest

from engine.errors import ConfigInvalid
from engine.parallel.errors import RanksUnavailable
from engine.parallel.machine import WorkerState
from engine.parallel.placement import Need, ranks_place, ranks_possible, workers_fit

GIB = 1024**3
NEED = Need(cuda=True, memory_bytes=10 * GIB, code="c", vllm="v", model="m")


def gpu(host: str, device: int, **more) -> WorkerState:
    values = {"memory_bytes": 80 * GIB, "code": "c", "vllm": "v", "model": "m", "cores": ()}
    names = {"name": f"{host}-gpu{device}", "host": host, "host_name": host, "address": "10.0.0.1"}
    return WorkerState(**(names | {"device": device} | values | more))


def cpu(name: str, *cores: int, **more) -> WorkerState:
    return replace(gpu("h", 0), name=name, device=None, cores=cores, **more)


def placed(workers, ranks):
    return [(p.rank, p.local_rank, p.worker.name) for p in ranks_place(workers, ranks)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"code": "d"}, "its code is d, the engine's is c"),
        ({"vllm": "w"}, "its vLLM is w, the engine's is v"),
        ({"model": ""}, "its model is missing, the engine's is m"),
        ({"device": None, "cores": (0,)}, "it has CPUs, the engine runs on a GPU"),
        ({"memory_bytes": 4 * GIB}, "it has 4.0 GiB of memory, a rank needs 10.0 GiB"),
    ],
)
def test_a_worker_that_differs_is_refused_with_the_reason(change, said):
    fit, refusals = workers_fit([gpu("a", 0), replace(gpu("b", 0), **change)], NEED)
    assert [w.name for w in fit] == ["a-gpu0"]
    assert [str(r) for r in refusals] == [f"b-gpu0: {said}"]


def test_a_worker_of_another_run_is_busy():
    fit, refusals = workers_fit([gpu("a", 0), gpu("a", 1)], NEED, busy=["a-gpu1"])
    assert len(fit) == 1 and "runs a rank already" in refusals[0].reason


def test_a_device_or_a_core_is_given_once():
    fit, refusals = workers_fit([gpu("a", 0), gpu("a", 0, name="twin"), gpu("b", 0)], NEED)
    assert [w.name for w in fit] == ["a-gpu0", "b-gpu0"] and "GPU 0 is a-gpu0's, too" in refusals[0].reason
    need = replace(NEED, cuda=False)
    fit, refusals = workers_fit([cpu("x", 0, 1), cpu("y", 1, 2), cpu("z", 2, 3)], need)
    assert [w.name for w in fit] == ["x", "z"] and "core 1 is x's, too" in refusals[0].reason


def test_ranks_on_cpus_of_one_host_share_its_memory():
    workers = [cpu(name, core, memory_bytes=25 * GIB) for core, name in enumerate("xyz")]
    fit, refusals = workers_fit(workers, replace(NEED, cuda=False))
    assert len(fit) == 2 and "its host has 25.0 GiB, 3 ranks need 30.0 GiB" in refusals[0].reason


def test_ranks_stay_on_the_smallest_host_that_has_room_for_all():
    big, small = [gpu("big", d) for d in range(4)], [gpu("small", d) for d in range(2)]
    assert placed([*small, *big], 2) == [(0, 0, "small-gpu0"), (1, 1, "small-gpu1")]
    assert {name for _, _, name in placed([*small, *big], 3)} < {w.name for w in big}


def test_ranks_spread_over_as_few_hosts_as_can_be_and_count_locally():
    workers = [gpu("a", 0), gpu("b", 1), gpu("b", 0), gpu("c", 0)]
    assert placed(workers, 3) == [(0, 0, "b-gpu0"), (1, 1, "b-gpu1"), (2, 0, "a-gpu0")]


def test_too_few_workers_are_said_with_both_numbers():
    with pytest.raises(RanksUnavailable, match="3 ranks need 3 workers, and 1 can"):
        ranks_place([gpu("a", 0)], 3)


def test_a_model_is_divided_only_where_heads_and_experts_allow():
    config = {"num_attention_heads": 12, "num_key_value_heads": 4, "num_local_experts": 8}
    assert ranks_possible(config, 4) == [4, 2, 1]
    assert ranks_possible({}, 2) == [2, 1]
    with pytest.raises(
        ConfigInvalid, match=r"9 query and 3 key/value heads.*2 ranks: ask for 1.*engine\.moe\.heads"
    ):
        ranks_possible({"num_attention_heads": 9, "num_key_value_heads": 3}, 2)
    with pytest.raises(ConfigInvalid, match="16 ranks are more than the model's 8 experts"):
        ranks_possible({"num_attention_heads": 32, "num_key_value_heads": 16, "num_experts": 8}, 16)
