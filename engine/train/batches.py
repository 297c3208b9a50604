"""The batches of a training: which examples each step takes, and how they pass the model."""

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from engine.train import processes
from engine.train.chat import Tokens
from engine.train.material import Material
from engine.train.randomness import generator_secret
from engine.train.rows import Rows, rows_joined, rows_packed, rows_padded, units_split
from engine.train.samplers import Epochs, Poisson
from engine.train.tuning import TuningJob


class Batches:
    """Draws batches, with privacy by secret generators, which all processes share: `generators` by name."""

    def __init__(self, job: TuningJob, material: Material) -> None:
        self._job, self._material = job, material
        self.generators: dict[str, torch.Generator] = {}
        if material.privacy is not None:
            for name, device in (("sample", "cpu"), ("noise", job.device)):
                generator = generator_secret(device)
                generator.set_state(processes.tensor_shared(generator.get_state()))
                self.generators[name] = generator
        self._sampler = self._sampler_made()

    def _sampler_made(self) -> Epochs | Poisson:
        descent, units, plan = self._job.descent, self._material.units, self._material.privacy
        if plan is not None:
            return Poisson(len(units), plan.sample_rate, self.generators["sample"])
        lengths = [len(unit[0]) for unit in units] if descent.curriculum else None
        return Epochs(len(units), descent.batch, self._job.seed, lengths)

    def states(self) -> dict[str, Tensor]:
        """The generators' states by name."""
        return {name: generator.get_state() for name, generator in self.generators.items()}

    def states_set(self, states: Mapping[str, Tensor]) -> None:
        """Puts the generators back to states that were taken before."""
        for name, generator in self.generators.items():
            generator.set_state(states[name])

    def rows(self, step: int, physical_batch: int) -> Iterator[Rows]:
        """This process's part of a step's batch, in physical batches of at most so many rows."""
        drawn = self._sampler.batch(step)
        units = [self._unit(index, physical_batch) for index in drawn]
        return self._physical(units[processes.rank() :: processes.world()], physical_batch)

    def _unit(self, index: int, most: int) -> Sequence[Tokens]:
        """A unit's examples; of one with more than pass at once, so many drawn by chance at each step.

        What one unit can do to a step stays bounded, whichever of its examples are taken.
        """
        unit = self._material.units[index]
        if not isinstance(self._sampler, Poisson) or len(unit) == 1:
            return unit
        return [unit[n] for n in self._sampler.some(len(unit), most)]

    def _physical(self, units: list[Sequence[Tokens]], most: int) -> Iterator[Rows]:
        padding = self._material.padding
        if self._job.descent.packing:
            packed = rows_packed([unit[0] for unit in units], self._job.descent.max_tokens)
            for start in range(0, len(packed), most):
                yield rows_joined(packed[start : start + most], padding)
            return
        units.sort(key=lambda unit: max(map(len, unit)))  # like lengths together, so that little is padded
        for held in units_split(units, most):
            yield rows_padded(held, padding)
