"""What a rank's process is started with, before it imports anything."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from engine.parallel.app import WorkerSettings
from engine.parallel.order import Order
from engine.parallel.rank_process import preloads, rank_environment

ON_CORES = WorkerSettings(
    name="w0", url="", key=b"", model="", address="127.0.0.1", device=None, cores=(0, 1)
)


@pytest.fixture
def order() -> Order:
    return Order(
        **{"run": "r", "rank": 0, "ranks": 1, "worker": "w0", "local_rank": 0, "devices": ()},
        **{"control": "tcp://127.0.0.1:1", "store": "tcp://127.0.0.1:1", "arguments": {}, "environment": {}},
        **{"facts": {}, "code": "c", "vllm": "v", "model": "m"},
    )


def test_a_rank_on_cores_loads_the_openmp_of_torch_first(order, monkeypatch):
    monkeypatch.setenv("LD_PRELOAD", "/lib/other.so")
    *first, last = rank_environment(ON_CORES, order)["LD_PRELOAD"].split(":")
    assert first == preloads() and last == "/lib/other.so"
    assert [Path(path).name.startswith("libgomp") for path in preloads()][-1]


def test_a_rank_has_one_openmp_beside_those_that_packages_bring_for_themselves(order):
    code = "import torch, vllm._C; print({x.split()[-1] for x in open('/proc/self/maps') if 'libgomp' in x})"
    environment = os.environ | rank_environment(ON_CORES, order)
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    assert run.stdout.decode().strip().splitlines()[-1] == str(set(preloads()[-1:]))


def test_a_rank_on_a_gpu_is_given_its_devices_and_preloads_nothing(order):
    environment = rank_environment(replace(ON_CORES, device=3), replace(order, devices=(3,)))
    assert environment["CUDA_VISIBLE_DEVICES"] == "3" and "LD_PRELOAD" not in environment
