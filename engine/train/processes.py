"""Several processes that train one model: each takes a part of every batch, and gradients are summed.

They find each other by the variables that torchrun sets. `processes_start` sets them for processes on this
machine, as `torchrun --nproc-per-node` would, and passes SIGTERM on; between machines, use torchrun itself.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from types import FrameType

import torch
import torch.distributed as distributed
from torch import Tensor

GRACE_S = 60.0


def joined() -> bool:
    """Whether this process was started as one of several."""
    return "RANK" in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1


def join(device: str) -> None:
    """Meets the others."""
    if device == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    distributed.init_process_group("nccl" if device == "cuda" else "gloo")


def leave() -> None:
    """Parts from the others."""
    if distributed.is_initialized():
        distributed.destroy_process_group()


def rank() -> int:
    """This process's number; the first one is 0 and tells, measures and writes."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def world() -> int:
    """The number of processes."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def tensors_sum(tensors: Iterable[Tensor]) -> None:
    """Adds up, in place, what each process has, so that all have the same."""
    if not distributed.is_initialized():
        return
    found = list(tensors)
    flat = torch.cat([tensor.reshape(-1) for tensor in found])
    distributed.all_reduce(flat)
    start = 0
    for tensor in found:
        tensor.copy_(flat[start : start + tensor.numel()].view_as(tensor))
        start += tensor.numel()


def tensor_shared(value: Tensor) -> Tensor:
    """The first process's tensor, in all of them."""
    if distributed.is_initialized():
        there = value.cuda() if distributed.get_backend() == "nccl" else value
        distributed.broadcast(there, 0)
        return there.cpu() if there is not value else value
    return value


def agreed(flag: bool, device: torch.device) -> bool:
    """Whether any process says so."""
    if not distributed.is_initialized():
        return flag
    said = torch.tensor([float(flag)], device=device)
    distributed.all_reduce(said)
    return bool(said.item())


def processes_start(count: int, arguments: Sequence[str]) -> int:
    """Runs `python -m engine.train` with these arguments in so many processes; returns the exit status."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {"WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    command = [sys.executable, "-m", "engine.train", *arguments]
    children = [
        subprocess.Popen(command, env=os.environ | shared | {"RANK": str(n), "LOCAL_RANK": str(n)})
        for n in range(count)
    ]

    def stop(number: int, frame: FrameType | None) -> None:
        for child in children:
            child.terminate()

    before = signal.signal(signal.SIGTERM, stop)
    try:
        return _waited(children)
    finally:
        signal.signal(signal.SIGTERM, before)
        for child in children:
            if child.poll() is None:
                child.kill()
                child.wait()


def _waited(children: Sequence[subprocess.Popen[bytes]]) -> int:
    """The first failure's status; the others then get some time to end by themselves."""
    failed, until = 0, float("inf")
    while any(child.poll() is None for child in children) and time.monotonic() < until:
        found = next((c.returncode for c in children if c.returncode), 0)
        if found and not failed:
            failed, until = found, time.monotonic() + GRACE_S
        time.sleep(0.05)
    # What the first process says tells more than that another lost sight of it.
    codes = [child.returncode for child in children if child.returncode is not None]
    told = codes[0] if codes else failed
    return next((code if code > 0 else 128 - code for code in (told, failed, *codes) if code), 0)
