"""A step under differential privacy (DP-SGD: Abadi et al. 2016, arXiv:1607.00133), by Opacus.

The gradient of each unit is clipped to one norm, the sum gets Gaussian noise, and nothing else of the data
reaches the weights. LoRA goes by hooks, which keep each unit's small gradient; experts by ghost clipping,
which goes backwards once for the norm of each unit's gradient, without making any, and once more with the
losses weighted. A unit is a record, or a patient with several: then what is clipped is the gradient of the
mean loss over the patient's records.

Several processes draw the same samples and the same noise, and add up their parts of the clipped sum before
the noise, so that together they do what one would.
"""

import warnings
from typing import Any, cast

import torch
from opacus.grad_sample import GradSampleModule, GradSampleModuleFastGradientClipping
from opacus.optimizers import DPOptimizer, DPOptimizerFastGradientClipping
from torch import Tensor

from engine.train import processes
from engine.train.answer_loss import AnswerLoss, unit_losses
from engine.train.errors import NotPrivate
from engine.train.rows import Rows
from engine.train.tuning import ATTENTION, ExpertsMethod, FullMethod, LoraMethod, TuningJob


def private_require(job: TuningJob) -> None:
    """Raises NotPrivate with the reason when a job asks for what has no sound form under privacy."""
    method, descent = job.method, job.descent
    if descent.packing:
        raise NotPrivate("with privacy there is no packing: examples that share a row have one gradient")
    if descent.curriculum:
        raise NotPrivate("with privacy there is no curriculum: the order would tell of the texts' lengths")
    if isinstance(method, FullMethod):
        raise NotPrivate(
            "with privacy not all weights can be trained: tied embeddings, fused experts and routers have no "
            "gradient by example; choose the method lora or experts"
        )
    if isinstance(method, ExpertsMethod) and method.router == "trained":
        raise NotPrivate(
            "with privacy the router stays frozen, since its choices have no gradient by example: "
            'set method.router to "frozen"'
        )
    if isinstance(method, LoraMethod) and (other := sorted(set(method.targets) - set(ATTENTION))):
        raise NotPrivate(
            f"with privacy LoRA goes on {', '.join(ATTENTION)} alone, not on {', '.join(other)}: in a mixture"
            " the tokens of all examples pass the feed-forward together, and whose gradient is whose is lost"
        )


class _SummedBefore:
    """Adds up the processes' clipped sums before the noise, which is the same in all of them."""

    params: list[Any]

    def add_noise(self) -> None:
        """Adds the noise once to what all processes have together."""
        processes.tensors_sum(parameter.summed_grad for parameter in self.params)
        super().add_noise()  # type: ignore[misc]


class HookOptimizer(_SummedBefore, DPOptimizer):
    """Clips gradients that hooks have kept."""


class GhostOptimizer(_SummedBefore, DPOptimizerFastGradientClipping):
    """Takes sums that were clipped on the way back."""


class PrivateStep:
    """Makes private steps of an optimizer over a model's trained weights.

    `batch` is the expected number of units of a step, `generator` makes the noise.
    """

    def __init__(
        self,
        loss: AnswerLoss,
        optimizer: torch.optim.Optimizer,
        *,
        ghost: bool,
        noise_multiplier: float,
        max_grad_norm: float,
        batch: float,
        generator: torch.Generator,
    ) -> None:
        self._ghost = ghost
        # Losses are summed: each unit's gradient comes as it is.
        self._module: Any = (
            GradSampleModuleFastGradientClipping(loss, loss_reduction="sum", max_grad_norm=max_grad_norm)
            if ghost
            else GradSampleModule(loss, loss_reduction="sum")
        )
        self._optimizer = (GhostOptimizer if ghost else HookOptimizer)(
            optimizer,
            noise_multiplier=noise_multiplier,
            max_grad_norm=max_grad_norm,
            expected_batch_size=batch,
            generator=generator,
        )
        self._parameters: list[Any] = [p for p in loss.parameters() if p.requires_grad]
        self._model = loss.model
        self._embedded: Tensor | None = None
        if ghost:
            self._model.get_input_embeddings().register_forward_hook(self._embedded_keep)
        self.clear()

    def clear(self) -> None:
        """Forgets a step that was begun."""
        self._optimizer._step_skip_queue.clear()
        self._optimizer._is_last_step_skipped = False
        self._module.enable_hooks()
        for module in self._module.modules():
            module.__dict__.pop("activations", None)
            module.__dict__.pop("max_batch_len", None)
        for parameter in self._parameters:
            parameter.grad_sample = parameter.summed_grad = parameter.grad = None
            parameter._forward_counter = 0
            parameter.__dict__.pop("_current_grad_sample", None)

    def add(self, rows: Rows) -> Tensor:
        """Adds the clipped gradients of some units to those of this step; returns the units' losses [U]."""
        sums_B, counts_B = self._module(rows)
        losses_U = unit_losses(sums_B, counts_B, rows.unit, rows.units)
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", "Full backward hook is firing"
            )  # as it should in the first layer
            if self._ghost:
                self._ghost_backward(losses_U)
            else:
                losses_U.sum().backward()  # type: ignore[no-untyped-call]
        if not self._ghost:
            self._units_join(rows)
        self._optimizer.signal_skip_step(True)
        self._optimizer.step()
        self._optimizer.zero_grad()
        return losses_U.detach()

    def finish(self) -> None:
        """Adds the noise and takes the step, also when there was no unit at all."""
        for parameter in self._parameters:
            if self._ghost:
                parameter.grad = torch.zeros_like(parameter)
            else:
                parameter.grad_sample = parameter.new_zeros(0, *parameter.shape)
        self._optimizer.signal_skip_step(False)
        self._optimizer.step()
        self._optimizer.zero_grad()

    def _embedded_keep(self, module: Any, inputs: Any, output: Tensor) -> None:
        self._embedded = output.requires_grad_() if torch.is_grad_enabled() else None

    def _ghost_backward(self, losses_U: Tensor) -> None:
        """Leaves the sum of the clipped gradients in the parameters."""
        # Norms need what comes back at the experts' outputs: the way to the embeddings passes them all, and
        # no gradients of weights are made, which would be thrown away. Recomputed layers can't do so.
        recomputed = self._model.is_gradient_checkpointing
        self._embedded, embedded = None, self._embedded
        torch.autograd.backward(
            losses_U.sum(), retain_graph=True, inputs=None if recomputed else [cast(Tensor, embedded)]
        )
        self._optimizer.zero_grad()
        factor_U = self._module.get_clipping_coef()
        self._module.disable_hooks()
        torch.autograd.backward((factor_U * losses_U).sum(), inputs=None if recomputed else self._parameters)
        self._module.enable_hooks()

    def _units_join(self, rows: Rows) -> None:
        """Makes of the gradients of rows those of units: the gradient of a sum is the sum of gradients."""
        if rows.units == len(rows.unit):
            return
        for parameter in self._parameters:
            by_row = parameter.grad_sample
            joined = by_row.new_zeros(rows.units, *by_row.shape[1:])
            parameter.grad_sample = joined.index_add_(0, rows.unit, by_row)
