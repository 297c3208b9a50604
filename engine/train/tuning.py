"""A fine-tuning job: what `python -m engine.train` reads, checked before anything is loaded."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engine.errors import ConfigInvalid
from engine.train.data.options import DataOptions
from engine.train.record import record_read

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraMethod:
    """Low-rank adapters (Hu et al. 2021, arXiv:2106.09685) of rank `r` on the linear maps in `targets`."""

    kind: Literal["lora"] = "lora"
    r: int = 16
    alpha: float = 32.0
    dropout: float = 0.0
    targets: tuple[str, ...] = ("q_proj", "v_proj")

    def __post_init__(self) -> None:
        _require(self.r >= 1, "method.r must be at least 1")
        _require(self.alpha > 0, "method.alpha must be positive")
        _require(0 <= self.dropout < 1, "method.dropout must be in [0, 1)")
        _require(bool(self.targets), "method.targets must name at least one linear map")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertsMethod:
    """The routed experts of one owner; all of them, with `owner` empty, where experts have no owners."""

    kind: Literal["experts"] = "experts"
    owner: str = ""
    router: Literal["frozen", "trained"] = "frozen"


@dataclass(frozen=True, slots=True, kw_only=True)
class FullMethod:
    """All weights."""

    kind: Literal["full"] = "full"


Method = LoraMethod | ExpertsMethod | FullMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class DescentOptions:
    """How the weights go down: exactly one of `steps` and `epochs` says how far.

    `batch` examples (patients, where a patient is the unit of privacy) make a step, `physical_batch` of them
    pass the model at once. `warm_up` is a share of the steps, `clip` the largest norm of a step's gradient
    without privacy. `patience` ends a training after so many measurements without a better held-out loss,
    taken every `evaluate_every` steps (0: at each checkpoint where there is patience, else at the end alone).
    """

    steps: int | None = None
    epochs: float | None = None
    batch: int = 16
    physical_batch: int = 8
    learning_rate: float = 2e-4
    weight_decay: float = 0.0
    warm_up: float = 0.1
    clip: float = 1.0
    max_tokens: int = 512
    packing: bool = False
    curriculum: bool = False
    patience: int = 0
    evaluate_every: int = 0
    recompute: bool = False

    def __post_init__(self) -> None:
        _require((self.steps is None) != (self.epochs is None), "descent needs either steps or epochs")
        _require(self.steps is None or self.steps >= 1, "descent.steps must be at least 1")
        _require(self.epochs is None or self.epochs > 0, "descent.epochs must be positive")
        for name in ("batch", "physical_batch"):
            _require(getattr(self, name) >= 1, f"descent.{name} must be at least 1")
        _require(self.learning_rate > 0, "descent.learning_rate must be positive")
        _require(self.weight_decay >= 0, "descent.weight_decay must not be negative")
        _require(0 <= self.warm_up <= 1, "descent.warm_up must be a share of the steps, in [0, 1]")
        _require(self.clip > 0, "descent.clip must be positive")
        _require(self.max_tokens >= 8, "descent.max_tokens must be at least 8")
        _require(self.patience >= 0, "descent.patience must not be negative")
        _require(self.evaluate_every >= 0, "descent.evaluate_every must not be negative")

    def steps_over(self, units: int) -> int:
        """The number of steps over so many examples."""
        if self.steps is not None:
            return self.steps
        assert self.epochs is not None
        return max(1, math.ceil(self.epochs * units / self.batch))


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyOptions:
    """Differential privacy: noise for `target_epsilon` is solved for unless `noise_multiplier` gives it.

    `delta` is 1 / N^1.1 over the N units where it is not given, and at most that.
    """

    target_epsilon: float = 0.5
    delta: float | None = None
    unit: Literal["record", "group"] = "record"
    max_grad_norm: float = 1.0
    noise_multiplier: float | None = None

    def __post_init__(self) -> None:
        _require(self.target_epsilon > 0, "privacy.target_epsilon must be positive")
        _require(self.delta is None or 0 < self.delta < 1, "privacy.delta must lie between 0 and 1")
        _require(self.max_grad_norm > 0, "privacy.max_grad_norm must be positive")
        given = self.noise_multiplier
        _require(given is None or given > 0, "privacy.noise_multiplier must be positive")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointOptions:
    """A checkpoint every so many steps, of which the last ones and the best are kept."""

    every_steps: int = 10
    keep_last: int = 3

    def __post_init__(self) -> None:
        _require(self.every_steps >= 1, "checkpoints.every_steps must be at least 1")
        _require(self.keep_last >= 1, "checkpoints.keep_last must be at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningJob:
    """What to train on what, how, and where the result goes: the whole of JOB.json."""

    base: str
    name: str
    version: str
    examples: str
    out: str
    method: Method
    descent: DescentOptions
    trained_on: str
    licence: str
    held_out: str | None = None
    data: DataOptions = field(default_factory=DataOptions)
    privacy: PrivacyOptions | None = None
    checkpoints: CheckpointOptions = field(default_factory=CheckpointOptions)
    resume_from: str | None = None
    seed: int = 1
    threads: int = 2
    device: Literal["cpu", "cuda"] = "cpu"
    dtype: Literal["float32", "bfloat16"] = "float32"
    processes: int = 1

    def __post_init__(self) -> None:
        _require(bool(self.name) and "/" not in self.name, f"{self.name!r} is no usable model name")
        _require(self.threads >= 1, "threads must be at least 1")
        _require(self.processes >= 1, "processes must be at least 1")
        _require(self.seed >= 0, "seed must not be negative")


def _require(fits: bool, message: str) -> None:
    if not fits:
        raise ConfigInvalid(message)


def tuning_read(path: Path) -> TuningJob:
    """Reads a job; raises ConfigInvalid for what is unknown, missing or unusable in it."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigInvalid(f"{path}: is no readable job ({error})") from error
    return record_read(TuningJob, raw, path.name)
