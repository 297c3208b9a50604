"""The body of a rank's task: checks the order, starts the rank, and sees that it does not outlive its engine.

The rank is a process of its own. It tells through a pipe that it lives, and is told so through its input;
both sides end when the other is silent. So a rank that hangs in a collective, or is stopped, is killed from
here, and nothing stays behind: this process cleans up what a killed rank cannot.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any

import redis

from engine.parallel.app import WorkerSettings
from engine.parallel.cpu_experts import vllm_version
from engine.parallel.errors import OrderInvalid, RankRefused
from engine.parallel.machine import code_version, model_fingerprint
from engine.parallel.order import ORDER_PURPOSE, Order, order_read
from engine.parallel.rank_process import rank_start
from engine.parallel.registry import RankStatus, Registry
from engine.parallel.remains import memory_owner, shared_memory_remove
from engine.parallel.seal import unsealed
from engine.parallel.silence import SILENT_FOR_S, Silence

LOOK_EVERY_S = 0.25
TELL_EVERY_S = 1.0
LOADING_SILENT_FOR_S = 60.0  # imports and kernels hold the interpreter for a while
TERMINATE_GRACE_S = 2.0

logger = logging.getLogger(__name__)


def rank_supervise(settings: WorkerSettings, text: str) -> None:
    """Runs the rank that a sealed order asks for, until its engine stops or either side fails.

    Raises OrderInvalid or RankRefused for an order that must not be followed.
    """
    order = order_read(unsealed(settings.key, ORDER_PURPOSE, text))
    registry = Registry(settings.url, settings.key)
    try:
        _order_check(order, settings)
    except RankRefused as error:
        registry.status_write(order.run, order.rank, RankStatus(state="failed", beat=0, reason=str(error)))
        raise
    if registry.executor_read(order.run) is None or not registry.claim_hold(settings.name, order.run):
        raise RankRefused(f"run {order.run} does not hold this worker any more: its order came too late")
    supervision = Supervision(settings, order, registry)
    signal.signal(signal.SIGTERM, _leave)  # the worker is stopping
    try:
        supervision.run()
    finally:
        supervision.end()


def _order_check(order: Order, settings: WorkerSettings) -> None:
    """Raises RankRefused unless code, vLLM and model here are what the engine has."""
    if order.worker != settings.name:
        raise RankRefused(f"the order is for worker {order.worker}, this is {settings.name}")
    if settings.device is not None and order.devices[order.local_rank] != settings.device:
        raise RankRefused(f"the order is for another GPU than {settings.device}")
    for what, own, wanted in (
        ("code", code_version(), order.code),
        ("vLLM", vllm_version(), order.vllm),
        ("model", model_fingerprint(settings.model), order.model),
    ):
        if own != wanted:
            raise RankRefused(f"{settings.name}: its {what} is {own or 'missing'}, the engine's is {wanted}")


@dataclass(slots=True)
class Supervision:
    """One rank under way."""

    settings: WorkerSettings
    order: Order
    registry: Registry
    process: subprocess.Popen[bytes] | None = None
    state: str = "starting"
    reason: str = ""
    report: dict[str, Any] = field(default_factory=dict)
    beat: int = 0
    parent: int = field(default_factory=os.getppid)

    def run(self) -> None:
        """Starts the rank, and returns once it or its engine has ended; `state` and `reason` say how."""
        self.process, reports = rank_start(self.settings, self.order)
        threading.Thread(target=self._reports_read, args=(reports,), daemon=True).start()
        rank, executor, broker = Silence(), Silence(), Silence()
        told_at = 0.0
        while self.state in ("starting", "ready"):
            rank.saw(self.report.get("beat"))
            if time.monotonic() - told_at >= TELL_EVERY_S:
                told_at = time.monotonic()
                self._rank_tell()
                if self._broker_tell(executor):
                    broker.saw(told_at)
                else:
                    executor.forgive()
            self._judge(rank.seconds, executor.seconds, broker.seconds)
            time.sleep(LOOK_EVERY_S)

    def end(self) -> None:
        """Ends the rank, removes what it left, and says so."""
        # A failure is told at once: a rank that hangs takes a while to end.
        if self.state == "failed":
            with suppress(redis.RedisError):
                self._status_write()
        if self.process is not None:
            rank_end(self.process)
        shared_memory_remove(self.order.run, memory_owner(self.settings.key))
        if self.state in ("starting", "ready"):  # left by an exception of this process
            self.state, self.reason = "failed", f"its supervision ended: {sys.exc_info()[1]}"
        if self.state == "failed":
            logger.error("run %s, rank %d: %s", self.order.run, self.order.rank, self.reason)
        with suppress(redis.RedisError):
            self._status_write()
            self.registry.claim_drop(self.settings.name, self.order.run)

    def _reports_read(self, reports: IO[str]) -> None:
        with reports:
            for line in reports:
                if line.endswith("\n"):  # not cut short by a kill
                    self.report = json.loads(line)

    def _rank_tell(self) -> None:
        """Tells the rank that this process lives."""
        assert self.process is not None and self.process.stdin is not None
        with suppress(OSError):  # it is gone: _judge sees that
            self.process.stdin.write(b"\n")
            self.process.stdin.flush()

    def _broker_tell(self, executor: Silence) -> bool:
        """Says how the rank fares and hears from the executor; false when the broker does not answer."""
        self.beat += 1
        try:
            self._status_write()
            self.registry.claim_hold(self.settings.name, self.order.run)
            said = self.registry.executor_read(self.order.run)
        except redis.RedisError:
            return False
        except OrderInvalid as error:
            self.state, self.reason = "failed", str(error)
            return True
        if said and said.get("stop"):
            self.state = "ended"
        executor.saw(said and said.get("beat"))
        return True

    def _status_write(self) -> None:
        status = RankStatus(
            state=self.state,
            beat=self.beat,
            reason=self.reason,
            queue=self.report.get("queue", ""),
            pid=self.process.pid if self.process else 0,
            memory_bytes=self.report.get("memory_bytes", 0),
        )
        self.registry.status_write(self.order.run, self.order.rank, status)

    def _judge(self, rank_s: float, executor_s: float, broker_s: float) -> None:
        """Sets `state` and `reason` from how long each of the others has been silent."""
        assert self.process is not None
        if self.state not in ("starting", "ready"):
            return
        if (code := self.process.poll()) is not None:
            self.reason = (
                self.report.get("reason") or f"the process of the rank ended by itself ({_death(code)})"
            )
        elif self.report.get("state") == "failed":
            self.reason = self.report["reason"]
        elif rank_s > (SILENT_FOR_S if self.state == "ready" else LOADING_SILENT_FOR_S):
            self.reason = f"the rank has shown no sign of life for {rank_s:.0f} s"
        elif executor_s > SILENT_FOR_S:
            self.reason = f"the engine has shown no sign of life for {executor_s:.0f} s"
        elif broker_s > SILENT_FOR_S:
            self.reason = f"the broker has not answered for {broker_s:.0f} s"
        elif os.getppid() != self.parent:
            self.reason = "the worker that this task belongs to is gone"
        elif self.report.get("state") == "ready":
            self.state = "ready"
        if self.reason:
            self.state = "failed"


def rank_end(process: subprocess.Popen[bytes]) -> None:
    """Ends a rank's process, which may hang in a collective or be stopped."""
    with suppress(OSError):
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(TERMINATE_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()


def _leave(number: int, frame: object) -> None:
    raise SystemExit("the worker is stopping")


def _death(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit {code}"
