"""A run: one executor and its ranks, from the claim of their workers to the end of the last."""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import redis
from kombu.exceptions import OperationalError

from engine.errors import ConfigInvalid
from engine.parallel.app import TASK, app_configure, queue_name
from engine.parallel.broker import broker_url
from engine.parallel.cpu_experts import vllm_version
from engine.parallel.errors import OrderInvalid, RankLost, RanksUnavailable
from engine.parallel.machine import code_version
from engine.parallel.order import ORDER_PURPOSE, Order, arguments_check, environment_check
from engine.parallel.placement import Need, Place, ranks_place, workers_fit
from engine.parallel.registry import RankStatus, Registry
from engine.parallel.seal import key_read, sealed
from engine.parallel.silence import SILENT_FOR_S, Silence

ORDER_LIFETIME_S = 60.0
LOADING_TIMEOUT_S = 1800.0
LOOK_EVERY_S = 0.5
END_TIMEOUT_S = 5.0

logger = logging.getLogger("vllm.collegium.run")  # under vLLM's, so that it reaches vLLM's log


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What an executor must know to run ranks: plain values, for they travel among vLLM's own arguments."""

    broker: str
    broker_password_file: str | None
    key_file: str
    address: str
    cuda: bool
    memory_bytes: int
    model: str
    arguments: Mapping[str, Any]
    environment: Mapping[str, str]

    def __post_init__(self) -> None:
        arguments_check(self.arguments)
        environment_check(self.environment)

    @classmethod
    def from_mapping(cls, values: Any) -> "RunSettings":
        """Settings from vLLM's additional_config; raises ConfigInvalid when a field is missing or unknown."""
        if not isinstance(values, Mapping) or set(values) != {f.name for f in fields(cls)}:
            raise ConfigInvalid(
                "this executor is started by engine.serve.vllm_server, which tells it of its ranks"
            )
        return cls(**values)

    def need(self) -> Need:
        """What a worker must have."""
        return Need(
            cuda=self.cuda,
            memory_bytes=self.memory_bytes,
            code=code_version(),
            vllm=vllm_version(),
            model=self.model,
        )

    def registry(self) -> Registry:
        """The registry of this broker."""
        password_file = Path(self.broker_password_file) if self.broker_password_file else None
        return Registry(broker_url(self.broker, password_file), key_read(Path(self.key_file)))


@dataclass(slots=True)
class Run:
    """The ranks of one engine. `id` marks everything that belongs to them; `lost` says why they are gone."""

    settings: RunSettings
    ranks: int
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    lost: str = ""
    _registry: Registry = field(init=False)
    _places: list[Place] = field(default_factory=list)
    _tasks: list[str] = field(default_factory=list)
    _statuses: list[RankStatus | None] = field(default_factory=list)
    _silences: list[Silence] = field(default_factory=list)
    _broker: Silence = field(default_factory=Silence)
    _beat: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _began: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self._registry = self.settings.registry()

    def claim(self) -> list[Place]:
        """Takes a worker for each rank. Raises RanksUnavailable, with every reason, when they are too few."""
        with broker_named():
            self._registry.run_count()
            self._registry.executor_beat(self.id, self._beat)
            while True:
                fit, reasons = workers_free(self._registry, self.settings.need())
                if len(fit) < self.ranks:
                    raise RanksUnavailable(too_few(self.ranks, len(fit), reasons))
                places = ranks_place(fit, self.ranks)
                if all(self._registry.claim(place.worker.name, self.id) for place in places):
                    self._places = places
                    return places
                for place in places:  # another engine was faster: look again
                    self._registry.claim_drop(place.worker.name, self.id)

    def order(self, *, control: str, store: str, facts: Mapping[str, Any]) -> None:
        """Sends each rank its order."""
        app = app_configure(self._registry.url)
        need = self.settings.need()
        for place in self._places:
            order = Order(
                run=self.id,
                rank=place.rank,
                ranks=self.ranks,
                worker=place.worker.name,
                local_rank=place.local_rank,
                devices=self._devices(place.worker.host),
                control=control,
                store=store,
                arguments=self.settings.arguments,
                environment=self.settings.environment,
                facts=facts,
                code=need.code,
                vllm=need.vllm,
                model=need.model,
            )
            text = sealed(self._registry.key, ORDER_PURPOSE, order.body(), lifetime_s=ORDER_LIFETIME_S)
            with broker_named():
                sent = app.send_task(
                    TASK,
                    args=[text],
                    queue=queue_name(place.worker.name),
                    expires=ORDER_LIFETIME_S,
                    retry=False,
                )
            self._tasks.append(str(sent.id))
        self._statuses = [None] * self.ranks
        self._silences = [Silence() for _ in range(self.ranks)]
        self._broker.forgive()

    def _devices(self, host: str) -> tuple[int, ...]:
        mates = [place.worker for place in self._places if place.worker.host == host]
        return tuple(worker.device for worker in mates if worker.device is not None)

    def ready(self, timeout_s: float = LOADING_TIMEOUT_S) -> list[str]:
        """Waits until all ranks have loaded; returns where each one's answers are read. Raises RankLost."""
        deadline = time.monotonic() + timeout_s
        while not all(status and status.state == "ready" for status in self._statuses):
            self.look()
            self.check()
            if time.monotonic() > deadline:
                raise RankLost(f"the ranks were not ready within {timeout_s:.0f} s")
            time.sleep(LOOK_EVERY_S)
        return [status.queue for status in self._statuses if status]

    def watch(self, on_lost: Callable[[], None]) -> None:
        """Looks after the ranks from now on, in a thread; calls `on_lost` once when they are lost."""

        def work() -> None:
            while not self._over.wait(LOOK_EVERY_S):
                self.look()
                if self.lost:
                    logger.error("run %s: %s", self.id, self.lost)
                    on_lost()
                    return

        threading.Thread(target=work, name="ranks", daemon=True).start()

    def check(self) -> None:
        """Raises RankLost when a rank is lost or the engine stops."""
        if self.lost:
            raise RankLost(self.lost)
        if self._over.is_set():
            raise RankLost("the engine is stopping")

    def look(self) -> None:
        """Shows that the executor lives and sees how the ranks fare; sets `lost` when one is gone."""
        self._beat += 1
        try:
            self._registry.executor_beat(self.id, self._beat)
            self._statuses = self._registry.statuses(self.id, self.ranks)
            self._registry.engine_state_write(self._state())
        except redis.RedisError as error:
            for silence in self._silences:
                silence.forgive()
            if self._broker.seconds > SILENT_FOR_S:
                self.lost = f"the broker has not answered for {self._broker.seconds:.0f} s: {error}"
            return
        except OrderInvalid as error:
            self.lost = str(error)
            return
        self._broker.forgive()
        for place, status, silence in zip(self._places, self._statuses, self._silences, strict=True):
            silence.saw(status and status.beat)
            if reason := self._gone(status, silence):
                self.lost = f"rank {place.rank} on {place.worker.name} ({place.worker.host_name}): {reason}"

    def _gone(self, status: RankStatus | None, silence: Silence) -> str:
        """Why a rank must be given up; empty when it need not."""
        if status and status.state in ("failed", "ended"):
            return status.reason or "it has ended"
        limit_s = SILENT_FOR_S if status else ORDER_LIFETIME_S
        if silence.seconds > limit_s:
            return f"its worker has shown no sign of life for {silence.seconds:.0f} s"
        return ""

    def _state(self) -> dict[str, Any]:
        ranks = [
            {
                "rank": place.rank,
                "worker": place.worker.name,
                "host": place.worker.host_name,
                "device": place.worker.device,
                "state": status.state if status else "ordered",
                "memory_bytes": status.memory_bytes if status else 0,
            }
            for place, status in zip(self._places, self._statuses, strict=True)
        ]
        return {"run": self.id, "began": self._began, "seen": time.time(), "lost": self.lost, "ranks": ranks}

    def end(self) -> None:
        """Ends the ranks, and waits a little; a worker that does not answer is told to kill its task."""
        self._over.set()
        if not self._tasks:
            with suppress(redis.RedisError):
                self._claims_drop()
            return
        try:
            self._registry.executor_stop(self.id)
            left = self._end_wait()
            for rank in left:
                app_configure(self._registry.url).control.revoke(
                    self._tasks[rank], terminate=True, signal="SIGKILL"
                )
            self._registry.engine_state_write(self._state())
            self._claims_drop()
        except (redis.RedisError, OSError) as error:
            logger.warning("run %s: its ranks end by themselves, for the broker is gone: %s", self.id, error)

    def _end_wait(self) -> list[int]:
        deadline = time.monotonic() + END_TIMEOUT_S
        while True:
            self._statuses = self._registry.statuses(self.id, self.ranks)
            left = [r for r, s in enumerate(self._statuses) if s and s.state not in ("ended", "failed")]
            if not left or time.monotonic() > deadline:
                return left
            time.sleep(0.1)

    def _claims_drop(self) -> None:
        for place in self._places:
            self._registry.claim_drop(place.worker.name, self.id)


def workers_free(registry: Registry, need: Need) -> tuple[list[Any], list[str]]:
    """The workers that can take a rank now, and why others cannot."""
    workers, unknown = registry.workers()
    busy = registry.claimed([worker.name for worker in workers])
    fit, refusals = workers_fit(workers, need, busy)
    return fit, [*unknown, *map(str, refusals)]


def too_few(wanted: int, found: int, reasons: list[str]) -> str:
    """The message that there are too few workers, and why."""
    why = "; ".join(reasons) if reasons else "no other worker has announced itself"
    return f"{wanted} ranks are wanted and {found} workers can take one ({why})"


@contextmanager
def broker_named() -> Iterator[None]:
    """Turns a broker that does not answer into RanksUnavailable."""
    try:
        yield
    except (redis.RedisError, OperationalError) as error:
        raise RanksUnavailable(f"the broker between engine and ranks does not answer: {error}") from error
