"""What engine and rank workers tell each other in Redis: who is there, whose a worker is, how a rank fares.

Every value is signed. Whether the other side lives is judged by whether its value changes, by the reader's
own clock: values have times to live only so that nothing stays behind.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.parallel.broker import PREFIX, redis_open
from engine.parallel.errors import OrderInvalid
from engine.parallel.machine import WorkerState, worker_state_read
from engine.parallel.seal import sealed, unsealed

ANNOUNCE_EVERY_S = 2.0
ANNOUNCED_FOR_S = 7
CLAIMED_FOR_S = 15  # from the claim to the first beat of the worker's task, and from beat to beat
RUN_KEPT_S = 3600
# KEYS[1]: a claim. ARGV: the run, and for how many seconds. In one step: meanwhile it could become another's.
HOLD = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
"""
DROP = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class RankStatus:
    """How a rank fares: starting, ready, ended or failed; `beat` grows while it lives.

    `queue` is where its answers are read, tcp://HOST:PORT, once it is ready.
    """

    state: str
    beat: int
    reason: str = ""
    queue: str = ""
    pid: int = 0
    memory_bytes: int = 0


@dataclass(slots=True)
class Registry:
    """The shared notebook, over a broker's URL and a signing key. Raises redis.RedisError when it is down."""

    url: str
    key: bytes
    _redis: Any = field(init=False)

    def __post_init__(self) -> None:
        self._redis = redis_open(self.url)

    # Workers

    def announce(self, state: WorkerState) -> None:
        """Says that a worker is there; it is forgotten unless this is repeated."""
        text = sealed(self.key, "worker", state.body(), lifetime_s=ANNOUNCED_FOR_S)
        self._redis.set(f"{PREFIX}worker:{state.name}", text, ex=ANNOUNCED_FOR_S)

    def leave(self, name: str) -> None:
        """Says that a worker is gone."""
        self._redis.delete(f"{PREFIX}worker:{name}")

    def workers(self) -> tuple[list[WorkerState], list[str]]:
        """The workers that are there, and why others that announce themselves cannot be understood."""
        found, refused = [], []
        keys = sorted(self._redis.scan_iter(match=f"{PREFIX}worker:*"))
        for key, text in zip(keys, self._redis.mget(keys) if keys else [], strict=True):
            if text is None:
                continue
            try:
                found.append(worker_state_read(unsealed(self.key, "worker", text)))
            except OrderInvalid as error:
                refused.append(f"{key.rpartition(':')[2]}: {error}")
        return found, refused

    # Claims: a worker belongs to one run at a time

    def claim(self, worker: str, run: str) -> bool:
        """Takes a worker for a run, unless another run has it."""
        return bool(self._redis.set(f"{PREFIX}claim:{worker}", run, nx=True, ex=CLAIMED_FOR_S))

    def claim_hold(self, worker: str, run: str) -> bool:
        """Renews a claim; false when the worker is another run's by now."""
        return bool(self._redis.eval(HOLD, 1, f"{PREFIX}claim:{worker}", run, CLAIMED_FOR_S))

    def claim_drop(self, worker: str, run: str) -> None:
        """Gives a worker back, if it is this run's."""
        self._redis.eval(DROP, 1, f"{PREFIX}claim:{worker}", run)

    def claimed(self, names: Sequence[str]) -> set[str]:
        """Those of the workers that belong to a run."""
        holders = self._redis.mget([f"{PREFIX}claim:{name}" for name in names]) if names else []
        return {name for name, holder in zip(names, holders, strict=True) if holder}

    def runs(self) -> set[str]:
        """The runs that hold a worker."""
        keys = list(self._redis.scan_iter(match=f"{PREFIX}claim:*"))
        return {run for run in (self._redis.mget(keys) if keys else []) if run}

    # A run

    def executor_beat(self, run: str, beat: int) -> None:
        """Says that the run's executor lives."""
        self._redis.set(f"{PREFIX}run:{run}:executor", sealed(self.key, run, {"beat": beat}), ex=RUN_KEPT_S)

    def executor_stop(self, run: str) -> None:
        """Tells the run's ranks to end."""
        body = {"stop": True, "at": time.time()}
        self._redis.set(f"{PREFIX}run:{run}:executor", sealed(self.key, run, body), ex=RUN_KEPT_S)

    def executor_read(self, run: str) -> dict[str, Any] | None:
        """What the executor said last: its beat, or that it stops; None when nothing is known."""
        text = self._redis.get(f"{PREFIX}run:{run}:executor")
        return None if text is None else unsealed(self.key, run, text)

    def status_write(self, run: str, rank: int, status: RankStatus) -> None:
        """Says how a rank fares."""
        text = sealed(self.key, f"{run}:{rank}", asdict(status))
        self._redis.set(f"{PREFIX}run:{run}:rank:{rank}", text, ex=RUN_KEPT_S)

    def statuses(self, run: str, ranks: int) -> list[RankStatus | None]:
        """How each rank of a run fares; None for one that has said nothing."""
        texts = self._redis.mget([f"{PREFIX}run:{run}:rank:{rank}" for rank in range(ranks)])
        return [
            None if text is None else RankStatus(**unsealed(self.key, f"{run}:{rank}", text))
            for rank, text in enumerate(texts)
        ]

    # The engine's state, for people and metrics

    def engine_state_write(self, state: dict[str, Any]) -> None:
        """Keeps what `engine_state` returns."""
        self._redis.set(f"{PREFIX}engine", sealed(self.key, "engine", state))

    def engine_state(self) -> dict[str, Any]:
        """The last run: its id, when it began, its ranks, how it ended; and how many runs there were."""
        text = self._redis.get(f"{PREFIX}engine")
        state = {} if text is None else unsealed(self.key, "engine", text)
        return state | {"runs": int(self._redis.get(f"{PREFIX}runs") or 0)}

    def run_count(self) -> int:
        """Counts one more run; returns how many there were."""
        return int(self._redis.incr(f"{PREFIX}runs"))
