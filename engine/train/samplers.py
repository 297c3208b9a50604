"""Which examples each step takes."""

from collections.abc import Sequence

import torch
from torch import Tensor


class Epochs:
    """Every example once an epoch, in an order that the seed and the epoch's number give.

    With `lengths` the first epoch goes from the short to the long ones (a curriculum: Bengio et al. 2009).
    """

    def __init__(self, examples: int, batch: int, seed: int, lengths: Sequence[int] | None = None) -> None:
        self._examples, self._batch, self._seed = examples, batch, seed
        self._lengths = lengths
        self._known: tuple[int, Tensor] = (-1, torch.empty(0))
        self.steps_an_epoch = -(-examples // batch)

    def batch(self, step: int) -> list[int]:
        """The indices of a step, counted from 0."""
        epoch, place = divmod(step, self.steps_an_epoch)
        if self._known[0] != epoch:
            self._known = (epoch, self._order(epoch))
        return self._known[1][place * self._batch : (place + 1) * self._batch].tolist()

    def _order(self, epoch: int) -> Tensor:
        if self._lengths is not None and epoch == 0:
            return torch.tensor(self._lengths).argsort(stable=True)
        generator = torch.Generator().manual_seed(self._seed * 1_000_003 + epoch)
        return torch.randperm(self._examples, generator=generator)


class Poisson:
    """Every unit with the same chance at each step, whatever happened before; a step may have none."""

    def __init__(self, units: int, sample_rate: float, generator: torch.Generator) -> None:
        self._units, self._rate, self.generator = units, sample_rate, generator

    def batch(self, step: int) -> list[int]:
        """The indices of the units of a step; every call draws anew."""
        drawn = torch.rand(self._units, generator=self.generator, dtype=torch.float64)
        return torch.nonzero(drawn < self._rate)[:, 0].tolist()

    def some(self, examples: int, most: int) -> list[int]:
        """At most so many of a unit's examples, drawn by chance, in their order."""
        if examples <= most:
            return list(range(examples))
        return torch.randperm(examples, generator=self.generator)[:most].sort().values.tolist()
