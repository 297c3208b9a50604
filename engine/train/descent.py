"""The steps of a training: which blocks in which order, at which learning rate, and when it has diverged."""

import math
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from engine.errors import ConfigInvalid
from engine.train.job import progress


class Descent:
    """AdamW over some parameters: iterate over the indices of each step's blocks, and `step` on its loss."""

    def __init__(
        self,
        parameters: Sequence[Tensor],
        *,
        title: str,
        learning_rate: float,
        blocks: int,
        batch: int,
        epochs: int,
        seed: int,
    ) -> None:
        self._parameters, self._title, self._done = parameters, title, 0
        self._order = list(batches(blocks, batch, epochs, seed))
        self._optimizer = torch.optim.AdamW(parameters, lr=learning_rate, betas=(0.9, 0.95), weight_decay=0.0)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimizer, rate_of(len(self._order)))

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self._order)

    def step(self, loss: Tensor) -> None:
        """Goes down the gradient of a loss, and tells of it. Raises ConfigInvalid when training diverged."""
        self._done += 1
        loss_require(loss, self._done)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()
        self._schedule.step()
        progress(self._title, self._done, len(self._order), loss=loss.item())


def batches(blocks: int, batch: int, epochs: int, seed: int) -> Iterator[Tensor]:
    """Indices of the blocks of each step: every block once an epoch, in another order each time."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        yield from torch.split(torch.randperm(blocks, generator=generator), batch)


def rate_of(steps: int, warm_up: float = 0.1) -> Callable[[int], float]:
    """The learning rate's factor at each step: up over a share of the steps, then down by a cosine."""
    warm = max(1, int(steps * warm_up))

    def factor(step: int) -> float:
        if step < warm:
            return (step + 1) / warm
        return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))

    return factor


def loss_require(loss: Tensor, step: int) -> None:
    """Raises ConfigInvalid when training has diverged."""
    if not torch.isfinite(loss):
        raise ConfigInvalid(f"the loss is {loss.item()} at step {step}: choose a lower learning_rate")
