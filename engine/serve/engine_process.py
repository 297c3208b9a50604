"""Keeps vLLM's server running: starts it, notices when it is ready, dead or hanging, starts it again."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

from engine.errors import EngineError, EngineUnavailable, ModelInvalid
from engine.serve.child import REFUSED, Child
from engine.serve.failures import EngineAway
from engine.serve.upstream import Upstream

POLL_S = 0.25
HEALTH_EVERY_S = 2.0
HEALTH_TIMEOUT_S = 10.0
SURVIVAL_TIMEOUT_S = 3.0
STOPPED_CHECKS = 8  # two seconds: a stopped process may be continued at once
SILENCE_S = 10.0  # after this without a token, vLLM's own counters are asked
BACK_OFF_S = (
    0.5,
    2.0,
    5.0,
    10.0,
    20.0,
    30.0,
)  # after starts that failed
DEAD_PATIENCE_S = 4.0  # for what is left of a dead engine to clean up after itself
STOP_PATIENCE_S = 6.0
CACHE_TOKENS = re.compile(rb'vllm:cache_config_info\{[^}]*kv_cache_size_tokens="(\d+)"')
UNKNOWN_MODEL = re.compile(r"[Aa]rchitectures? .*not supported|does not recognize")
WORK_DONE = re.compile(
    rb"^vllm:(?:iteration_tokens_total_count|prompt_tokens_total)[^\n]* (\S+)$", re.MULTILINE
)


class State(StrEnum):
    """Where the engine is."""

    LOADING = "loading"
    READY = "ready"
    RESTARTING = "restarting"
    STOPPED = "stopped"


class EngineProcess:
    """vLLM's server behind a private socket. `busy` says whether requests are with it.

    After `start_tries` failures before it was ever ready it is given up, or at once where another start would
    end the same; None tries for ever.
    """

    def __init__(
        self,
        command: Sequence[str],
        socket: Path,
        *,
        stall_s: float,
        start_tries: int | None,
        on_ready: Callable[[], None],
        on_away: Callable[[], None],
        busy: Callable[[], bool],
    ) -> None:
        self.upstream = Upstream(socket)
        self.state = State.LOADING
        self.detail = ""
        self.restarts = 0
        self.context_tokens = 0
        self.cache_tokens = 0
        self.models: dict[str, Any] = {}
        self._command, self._socket = command, socket
        self._stall_s, self._start_tries = stall_s, start_tries
        self._on_ready, self._on_away, self._busy = on_ready, on_away, busy
        self._child: Child | None = None
        self._doubt = asyncio.Event()
        self._judged = asyncio.Event()
        self._progress_s = 0.0
        self._work_done = b""

    def required(self) -> None:
        """Raises EngineAway unless the engine is ready."""
        if self.state == State.LOADING:
            raise EngineAway("the model is loading", retry_after_s=2)
        if self.state != State.READY:  # why, is for operators: /state says it
            raise EngineAway(f"the engine is {self.state}", retry_after_s=10)

    def progressed(self) -> None:
        """Something came from the engine."""
        self._progress_s = time.monotonic()

    def memory_bytes(self) -> dict[str, int]:
        """The memory of the processes behind the front."""
        return self._child.family.memory_bytes() if self._child else {}

    async def survived(self) -> bool:
        """Has the engine looked at now, since a request failed; False when it is found dead."""
        if self.state != State.READY:
            return False
        self._judged.clear()
        self._doubt.set()
        await self._judged.wait()
        return self.state == State.READY

    async def run(self) -> None:
        """Keeps the engine running until cancelled. Raises ModelInvalid when it never becomes ready."""
        failures, ever_ready = 0, False
        try:
            while True:
                self._socket.unlink(missing_ok=True)
                child = self._child = Child(self._command)
                if await self._became_ready(child):
                    failures, ever_ready = 0, True
                    self.detail = await self._watched(child)
                else:
                    self.detail = f"it ended with {child.returncode} while it loaded: {child.reason()}"
                await self._away(child)
                failures += 1
                if not ever_ready and self._hopeless(child, failures):
                    raise ModelInvalid(f"the engine cannot start: {self.detail}")
                await asyncio.sleep(BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1])
        finally:
            self.state = State.STOPPED
            self._judged.set()
            if self._child is not None:
                self._child.end(STOP_PATIENCE_S)
            self._socket.unlink(missing_ok=True)

    def _hopeless(self, child: Child, failures: int) -> bool:
        """Whether another start would end as this one did."""
        if child.returncode == REFUSED or UNKNOWN_MODEL.search(self.detail):
            return True
        return self._start_tries is not None and failures >= self._start_tries

    async def _became_ready(self, child: Child) -> bool:
        """Waits until the engine lists its models; False when it ended before."""
        while child.returncode is None:
            with suppress(EngineError, TimeoutError):
                async with asyncio.timeout(HEALTH_TIMEOUT_S):
                    self.models = await self.upstream.json("GET", "/v1/models")
                    self.context_tokens = int(self.models["data"][0]["max_model_len"])
                    found = CACHE_TOKENS.search(await self._metrics())
                self.cache_tokens = int(found[1]) if found else 0
                self.state = State.READY  # `detail` still says why it was started again
                self.progressed()
                self._on_ready()
                return True
            await asyncio.sleep(POLL_S)
        return False

    async def _away(self, child: Child) -> None:
        """The engine is gone: says so, and ends what is left of it."""
        if self.state == State.READY:
            self.state = State.RESTARTING
            self._on_away()
        self.restarts += 1
        self._judged.set()
        await asyncio.to_thread(child.end, DEAD_PATIENCE_S)

    async def _watched(self, child: Child) -> str:
        """Watches the running engine; returns why it has to be started again."""
        stopped, checked_s = 0, 0.0
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._doubt.wait()
            doubted = self._doubt.is_set()
            self._doubt.clear()
            if child.returncode is not None:
                return f"its process ended with {child.returncode}: {child.reason()}"
            if doubted or time.monotonic() - checked_s > HEALTH_EVERY_S:
                await asyncio.to_thread(child.family.look)  # it reads much of /proc
                stopped = stopped + 1 if child.family.stopped() else 0
                if stopped > STOPPED_CHECKS:
                    return f"its process {child.family.stopped()} is stopped"
                if stopped and not doubted:
                    continue
                if not await self._healthy(SURVIVAL_TIMEOUT_S if doubted else HEALTH_TIMEOUT_S):
                    return "it reports that it died, or does not answer"
                if await self._stalled():
                    return f"it produced nothing for {self._stall_s:.0f} s"
                checked_s = time.monotonic()
            if doubted:
                self._judged.set()

    async def _healthy(self, timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                async with self.upstream.asked("GET", "/health") as answer:
                    return answer.status == 200
        except (EngineError, TimeoutError):
            return False

    async def _stalled(self) -> bool:
        """Whether requests are with the engine and it has done no work for too long."""
        if not self._busy():
            self.progressed()
        silent_s = time.monotonic() - self._progress_s
        if silent_s < min(SILENCE_S, self._stall_s):
            return False
        with suppress(EngineError, TimeoutError):
            async with asyncio.timeout(HEALTH_TIMEOUT_S):
                work_done = b" ".join(WORK_DONE.findall(await self._metrics()))
            if work_done != self._work_done:
                self._work_done = work_done
                self.progressed()
                return False
        return silent_s > self._stall_s

    async def _metrics(self) -> bytes:
        async with self.upstream.asked("GET", "/metrics") as answer:
            return await answer.whole()

    async def metrics(self) -> bytes:
        """vLLM's own figures in Prometheus' text format, empty while it is away. Raises EngineError."""
        if self.state != State.READY:
            return b""
        try:
            async with asyncio.timeout(SURVIVAL_TIMEOUT_S):
                return await self._metrics()
        except TimeoutError as error:
            raise EngineUnavailable("the engine's figures did not come in time") from error
