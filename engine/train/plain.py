"""A step without privacy: the gradient of the mean loss over all predicted tokens of a batch."""

from typing import Any

import torch

from engine.train import processes
from engine.train.answer_loss import AnswerLoss
from engine.train.rows import Rows


class PlainStep:
    """Makes steps of an optimizer over a model's trained weights, a batch being added up from its parts."""

    def __init__(self, loss: AnswerLoss, optimizer: torch.optim.Optimizer, *, clip: float) -> None:
        self._loss, self._optimizer, self._clip = loss, optimizer, clip
        self._parameters: list[Any] = [p for p in loss.parameters() if p.requires_grad]
        self.clear()

    def clear(self) -> None:
        """Forgets a step that was begun."""
        self._optimizer.zero_grad(set_to_none=True)
        device = self._parameters[0].device
        self._nats, self._tokens = torch.zeros((), device=device), torch.zeros((), device=device)

    def add(self, rows: Rows) -> None:
        """Adds the gradients of some rows to those of this step."""
        sums_B, counts_B = self._loss(rows)
        sums_B.sum().backward()
        self._nats += sums_B.detach().sum()
        self._tokens += counts_B.sum()

    def finish(self) -> float:
        """Returns the mean loss over the batch's tokens, and takes the step if it is a number."""
        for parameter in self._parameters:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        gradients = [parameter.grad for parameter in self._parameters]
        processes.tensors_sum([*gradients, self._nats, self._tokens])
        loss = float(self._nats / self._tokens)
        if torch.isfinite(self._nats):
            torch._foreach_div_(gradients, self._tokens)
            torch.nn.utils.clip_grad_norm_(self._parameters, self._clip)
            self._optimizer.step()
        self.clear()
        return loss
