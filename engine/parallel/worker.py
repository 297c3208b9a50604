"""A rank worker: announces this machine's device to engines, and runs a rank for the one that claims it.

python -m engine.parallel.worker --broker URL --key-file FILE --model DIR_OR_ID [--name NAME]
    [--broker-password-file FILE] [--address IP] [--device N | --cores 0-3 | --share I/N]
    [--routing-dir DIR]
"""

import argparse
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

import psutil
import redis
from celery import signals

from engine.errors import ConfigInvalid, EngineError
from engine.parallel import app as application
from engine.parallel.broker import broker_url
from engine.parallel.cpu_experts import vllm_version
from engine.parallel.machine import (
    WorkerState,
    code_version,
    cores_read,
    gpu_memory_bytes,
    host_key,
    memory_bytes,
    model_fingerprint,
)
from engine.parallel.order import NAME
from engine.parallel.registry import ANNOUNCE_EVERY_S, Registry
from engine.parallel.remains import SharedMemorySweep, memory_owner
from engine.parallel.seal import key_read


def worker_state(settings: application.WorkerSettings) -> WorkerState:
    """What this worker says of itself now."""
    return WorkerState(
        name=settings.name,
        host=host_key(),
        host_name=socket.gethostname(),
        address=settings.address,
        device=settings.device,
        cores=settings.cores,
        memory_bytes=memory_bytes(settings.device),
        code=code_version(),
        vllm=vllm_version(),
        model=model_fingerprint(settings.model),
    )


class Announcer:
    """Says every two seconds that the worker is there, until it is stopped."""

    def __init__(self, settings: application.WorkerSettings) -> None:
        self._settings = settings
        self._registry = Registry(settings.url, settings.key)
        self._sweep = SharedMemorySweep(memory_owner(settings.key))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="announcer", daemon=True)

    def start(self) -> None:
        """Begins to announce."""
        self._thread.start()

    def stop(self) -> None:
        """Takes the announcement back."""
        self._over.set()
        self._thread.join(5)
        with suppress(redis.RedisError):
            self._registry.leave(self._settings.name)

    def _run(self) -> None:
        silent = False
        while not self._over.is_set():
            try:
                self._registry.announce(worker_state(self._settings))
                self._sweep.sweep(self._registry.runs())
                silent = False
            except redis.RedisError as error:
                if not silent:
                    print(f"engine.parallel.worker: the broker does not answer: {error}", file=sys.stderr)
                silent = True
            self._over.wait(ANNOUNCE_EVERY_S)


def main(arguments: list[str] | None = None) -> int:
    """Works until SIGTERM or SIGINT; 1 with a message when it cannot start."""
    try:
        settings = settings_read(arguments)
    except EngineError as error:
        print(f"engine.parallel.worker: {error}", file=sys.stderr)
        return 1
    application.worker_settings = settings
    app = application.app_configure(settings.url)
    announcer = Announcer(settings)
    signal.signal(signal.SIGTERM, _leave)  # until Celery sets its own
    signals.worker_shutting_down.connect(_task_end, weak=False)
    where = f"GPU {settings.device}" if settings.device is not None else f"cores {settings.cores}"
    print(f"rank worker {settings.name}: {where}, {settings.model}", flush=True)
    announcer.start()
    try:
        app.worker_main(_celery_arguments(settings))
    finally:
        announcer.stop()
    return 0


def _leave(number: int, frame: object) -> None:
    raise SystemExit(0)


def _task_end(**_: object) -> None:
    """Celery would wait for the task, which ends only with its engine: tell the pool's process to end it."""
    for child in psutil.Process().children():
        child.terminate()


def _celery_arguments(settings: application.WorkerSettings) -> list[str]:
    options = ["-q", "worker", "-P", "prefork", "-c", "1", "--max-tasks-per-child", "1"]
    options += ["-Q", application.queue_name(settings.name), "-n", f"{settings.name}@{socket.gethostname()}"]
    return [*options, "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]


def settings_read(arguments: list[str] | None) -> application.WorkerSettings:
    """The settings that a command line gives; raises ConfigInvalid where this machine cannot meet them."""
    parser = argparse.ArgumentParser(prog="python -m engine.parallel.worker")
    parser.add_argument("--broker", required=True, help="the Redis URL of the engine, without a password")
    parser.add_argument("--broker-password-file", type=Path)
    parser.add_argument("--key-file", type=Path, required=True, help="the key that orders are signed with")
    parser.add_argument("--model", required=True, help="the model's directory here, or its hub id")
    parser.add_argument("--name", help="unique among all workers; the host's and the device's by default")
    parser.add_argument("--address", default="127.0.0.1", help="where other ranks and the engine reach it")
    parser.add_argument("--share", help="I/N: the I-th of N equal parts of this machine's GPUs or cores")
    parser.add_argument("--device", type=int, help="the number of the GPU; none: a CPU's cores")
    parser.add_argument("--routing-dir", type=Path, help="where to count what is routed to each expert")
    parser.add_argument("--cores", help="the cores of this rank alone, as 0-3,8; all by default")
    options = parser.parse_args(arguments)
    device, cores = _device(options.share, options.device, options.cores)
    place = f"gpu{device}" if device is not None else f"cpu{cores[0]}"
    name = options.name or f"{socket.gethostname()}-{place}"
    if not NAME.fullmatch(name):
        raise ConfigInvalid(f"{name!r} is no usable name for a worker: letters, digits, . _ @ - only")
    memory_bytes(device)  # says now that there is no such GPU
    return application.WorkerSettings(
        name=name,
        url=broker_url(options.broker, options.broker_password_file),
        key=key_read(options.key_file),
        model=options.model,
        address=address_own(options.address),
        device=device,
        cores=cores,
        routing_dir=options.routing_dir,
    )


def _device(share: str | None, device: int | None, cores: str | None) -> tuple[int | None, tuple[int, ...]]:
    """The GPU or the cores of this worker; raises ConfigInvalid when more than one of them is named."""
    if sum(option is not None for option in (share, device, cores)) > 1:
        raise ConfigInvalid("a worker has a GPU (--device), cores (--cores) or a share (--share): name one")
    if share is not None:
        return share_read(share, sorted(gpu_memory_bytes()))
    if device is not None:
        return device, ()
    return None, cores_read(cores) if cores else tuple(sorted(os.sched_getaffinity(0)))


def share_read(share: str, gpus: list[int]) -> tuple[int | None, tuple[int, ...]]:
    """The GPU, or where there is none the cores, that a share I/N of this machine stands for."""
    part, _, parts = share.partition("/")
    if not (part.isdigit() and parts.isdigit() and int(part) < int(parts)):
        raise ConfigInvalid(f"a share is I/N with I below N, as 0/2, not {share!r}")
    units = gpus or sorted(os.sched_getaffinity(0))
    if int(parts) > len(units):
        raise ConfigInvalid(
            f"this machine has {len(units)} {'GPUs' if gpus else 'cores'}, too few for {parts} ranks"
        )
    return (gpus[int(part)], ()) if gpus else (None, tuple(units[int(part) :: int(parts)]))


def address_own(address: str) -> str:
    """The address, when this machine has it; raises ConfigInvalid otherwise."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError as error:
        raise ConfigInvalid(f"{address} is no address of this machine: {error.strerror}") from error
    return address


if __name__ == "__main__":
    sys.exit(main())
