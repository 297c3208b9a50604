"""How a rank's process is started: its pipes, and the environment that torch reads as it is imported."""

import json
import os
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import psutil

from engine.moe.routing import routing_arguments
from engine.parallel.app import WorkerSettings
from engine.parallel.order import Order
from engine.parallel.remains import memory_owner, shared_memory_mark
from engine.serve.lifetime import die_with_parent


def rank_start(settings: WorkerSettings, order: Order) -> tuple[subprocess.Popen[bytes], IO[str]]:
    """Starts the rank of an order; returns its process and the pipe of its reports, a JSON object a line."""
    read, write = os.pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "engine.parallel.rank", str(write)],
            env={**os.environ, **rank_environment(settings, order)},
            stdin=subprocess.PIPE,
            pass_fds=(write,),
            preexec_fn=die_with_parent,  # noqa: PLW1509
        )
    except OSError:
        os.close(read)
        raise
    finally:
        os.close(write)
    assert process.stdin is not None
    task = {
        "order": order.body(),
        "address": settings.address,
        "meeting": meeting(order, settings.key),
        "own": {"model": settings.model, "additional_config": routing_arguments(settings.routing_dir)},
    }
    process.stdin.write(json.dumps(task).encode() + b"\n")
    process.stdin.flush()
    return process, os.fdopen(read, encoding="utf-8")


def meeting(order: Order, key: bytes) -> str:
    """Where torch's ranks meet, as its URL; the query names run and owner, see engine.parallel.remains."""
    return f"{order.store}?{shared_memory_mark(order.run, memory_owner(key))}"


def rank_environment(settings: WorkerSettings, order: Order) -> dict[str, str]:
    """The variables that must be set before torch is imported."""
    interface = interface_of(settings.address)
    environment = dict(order.environment) | {
        "VLLM_HOST_IP": settings.address,
        "GLOO_SOCKET_IFNAME": interface,
        "NCCL_SOCKET_IFNAME": interface,
        # The executor keeps the store where ranks meet: on the address that was configured, and no longer
        # than itself. This is how torch is told to join one instead of opening one on all addresses.
        "TORCHELASTIC_USE_AGENT_STORE": "True",
    }
    if settings.device is not None:
        return environment | {"CUDA_VISIBLE_DEVICES": ",".join(map(str, order.devices))}
    return environment | {
        "OMP_NUM_THREADS": str(len(settings.cores)),
        "OMP_PLACES": "{" + ",".join(map(str, settings.cores)) + "}",
        "OMP_PROC_BIND": "true",
        "LD_PRELOAD": ":".join([*preloads(), *filter(None, [os.environ.get("LD_PRELOAD")])]),
    }


def preloads() -> list[str]:
    """What vLLM has its own ranks load first on a CPU: torch's OpenMP, and vLLM's allocator where it has one.

    Without the first, torch and vLLM's kernels may have an OpenMP each, and a rank's threads share one core
    (vllm-project/vllm#27369). Found without importing either.
    """
    torch, vllm = package_folder("torch"), package_folder("vllm")
    openmp = [*(torch.parent / "torch.libs").glob("libgomp*.so*"), *(torch / "lib").glob("libgomp*.so*")]
    allocator = [*(vllm / "libs").glob("libtcmalloc*.so*")]
    return [str(path) for path in (*allocator[:1], *openmp[:1])]


def package_folder(name: str) -> Path:
    """Where a package lies, without importing it."""
    spec = find_spec(name)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


def interface_of(address: str) -> str:
    """The name of the network interface that has an address; the libraries bind by name."""
    for name, entries in psutil.net_if_addrs().items():
        for entry in entries:
            if entry.family in (socket.AF_INET, socket.AF_INET6) and entry.address.split("%")[0] == address:
                return name
    return "lo"
