"""All that a training needs to go on where it was: weights, optimizer, generators, and how far it is.

Random numbers beside the generators' need no state: dropout is seeded at each step from the job's seed. The
samples without privacy and the learning rate follow from the number of the step.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.errors import CheckpointCorrupt, ConfigInvalid
from engine.train.bases import Parameters
from engine.train.checkpoints import Checkpoint, CheckpointStore
from engine.train.errors import AdapterOfAnotherBase
from engine.train.events import Tell
from engine.train.material import Material
from engine.train.tuning import TuningJob

WEIGHT, MOMENT, GENERATOR = "weight.", "optimizer.", "generator."


@dataclass(slots=True)
class Progress:
    """How far a training is. `losses` has that of each step; with privacy it stays empty."""

    step: int = 0
    losses: list[float] = field(default_factory=list)
    tokens: int = 0
    seconds: float = 0.0
    best_loss: float | None = None
    best_step: int = 0
    worse: int = 0
    physical_batch: int = 0
    halved: bool = False
    base_held_out_loss: float | None = None
    held_out_loss: float | None = None
    ended: bool = False

    @property
    def train_loss(self) -> float | None:
        """The mean loss over the last tenth of the steps taken."""
        last = self.losses[-max(1, len(self.losses) // 10) :]
        return sum(last) / len(last) if last else None

    def as_json(self) -> dict[str, Any]:
        """All of it by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


def state_tensors(
    parameters: Parameters, optimizer: torch.optim.Optimizer, generators: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """The tensors of a checkpoint."""
    found = {WEIGHT + name: value.detach() for name, value in parameters.items()}
    for name, value in parameters.items():
        for key, moment in optimizer.state.get(value, {}).items():
            found[f"{MOMENT}{name}.{key}"] = torch.as_tensor(moment)
    return found | {GENERATOR + name: state for name, state in generators.items()}


def state_restore(
    tensors: Mapping[str, Tensor], parameters: Parameters, optimizer: torch.optim.Optimizer
) -> dict[str, Tensor]:
    """Puts weights and optimizer back; returns the generators' states by name."""
    weights_restore(tensors, parameters)
    for name, value in parameters.items():
        prefix = f"{MOMENT}{name}."
        moments = {key.removeprefix(prefix): t for key, t in tensors.items() if key.startswith(prefix)}
        if moments:
            optimizer.state[value] = {
                # AdamW counts its steps on the CPU, unless it is fused.
                key: moment.clone() if key == "step" else moment.to(value.device, copy=True)
                for key, moment in moments.items()
            }
    return {n.removeprefix(GENERATOR): t for n, t in tensors.items() if n.startswith(GENERATOR)}


@torch.no_grad()
def weights_restore(tensors: Mapping[str, Tensor], parameters: Parameters) -> None:
    """Puts weights back; raises CheckpointCorrupt when they are not those of this model."""
    held = {name.removeprefix(WEIGHT) for name in tensors if name.startswith(WEIGHT)}
    if held != set(parameters):
        other = sorted(held ^ set(parameters))[0]
        raise CheckpointCorrupt(f"a checkpoint and this training do not have the same weights: {other}")
    for name, value in parameters.items():
        there = tensors[WEIGHT + name]
        if there.shape != value.shape:
            raise CheckpointCorrupt(f"{name} is {list(there.shape)} there, here {list(value.shape)}")
        value.copy_(there)


def progress_restore(state: Mapping[str, Any]) -> Progress:
    """How far a checkpoint is."""
    try:
        return Progress(**state["progress"])
    except (KeyError, TypeError) as error:
        raise CheckpointCorrupt(f"a checkpoint's state is not of this version ({error})") from error


def identity_require(state: Mapping[str, Any], identity: Mapping[str, Any]) -> None:
    """Raises AdapterOfAnotherBase or ConfigInvalid when a checkpoint belongs to another training."""
    there = state.get("identity", {})
    if there.get("base") != identity["base"]:
        raise AdapterOfAnotherBase(
            f"the checkpoint was trained on a base with digest {str(there.get('base'))[:12]}; this one has "
            f"{str(identity['base'])[:12]}: resume with the base that it was trained on"
        )
    if other := sorted(_differing(there, identity)):
        raise ConfigInvalid(
            f"the checkpoint is of a training with other {', '.join(other)}: resume with the same job"
        )


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterable[str]:
    return (key for key in set(one) | set(other) if one.get(key) != other.get(key))


def checkpoint_found(folder: Path, tell: Tell) -> Checkpoint | None:
    """The newest sound checkpoint in a folder, or in that of a training's result; tells of corrupt ones.

    Raises CheckpointCorrupt when there are only such.
    """
    inner = folder / "checkpoints"
    store = CheckpointStore(inner if inner.is_dir() else folder)
    found = store.newest()
    for error in store.passed_over:
        tell("note", message=f"{error}: the checkpoint before it is taken")
    if found is None and store.passed_over:
        raise CheckpointCorrupt(f"{store.passed_over[-1]}; there is no sound one before it")
    return found


def job_identity(job: TuningJob, material: Material, base_digest: str) -> dict[str, Any]:
    """What must be the same for a training to go on from a checkpoint, as JSON has it."""
    values: dict[str, Any] = {
        "base": base_digest,
        "data": material.data_sha256,
        "method": asdict(job.method),
        "descent": asdict(job.descent),
        "privacy": None if material.privacy is None else asdict(material.privacy),
        "steps": material.steps,
        "seed": job.seed,
        "dtype": job.dtype,
    }
    values["descent"].pop("physical_batch")  # how much passes at once changes nothing
    found: dict[str, Any] = json.loads(json.dumps(values))
    return found


@torch.no_grad()
def fingerprint(parameters: Parameters) -> list[tuple[float, float]]:
    """Two numbers for each weight that change when it does."""
    return [(float(p.double().sum()), float(p.double().square().sum())) for p in parameters.values()]
