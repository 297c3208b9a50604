"""The training itself: steps over batches, checkpoints and measurements on the way, until it is done.

Whatever happens in between, a training that goes on from a checkpoint does what it would have done.
"""

import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from engine.train import processes
from engine.train.accounting import epsilon_of
from engine.train.answer_loss import AnswerLoss, held_out_loss
from engine.train.batches import Batches
from engine.train.chat import Tokens
from engine.train.checkpoints import CheckpointStore
from engine.train.descent import rate_of
from engine.train.errors import NotFinite, NothingLearnt, OutOfMemory
from engine.train.events import Tell
from engine.train.material import Material
from engine.train.memory import memory_bytes, out_of_memory
from engine.train.methods import Tuned, recompute_enable
from engine.train.plain import PlainStep
from engine.train.private import PrivateStep
from engine.train.rows import rows_padded
from engine.train.state import (
    Progress,
    checkpoint_found,
    fingerprint,
    identity_require,
    job_identity,
    progress_restore,
    state_restore,
    state_tensors,
    weights_restore,
)
from engine.train.trial import Trial
from engine.train.tuning import ExpertsMethod, FullMethod, TuningJob

BETAS = (0.9, 0.95)
EPSILONS_TOLD = 10  # how often in a training epsilon is worked out; each time takes up to a second
PROBE_TOKENS = 64


class Stopped(Exception):  # noqa: N818 - it is no error
    """The training was asked to stop, and did so after a checkpoint."""

    def __init__(self, step: int) -> None:
        super().__init__(f"stopped after step {step}")
        self.step = step


class Training:
    """One training of a tuned base; `stopping` says whether it has been asked to stop."""

    def __init__(
        self, job: TuningJob, material: Material, tuned: Tuned, tell: Tell, stopping: Callable[[], bool]
    ) -> None:
        self._job, self._material, self._tuned = job, material, tuned
        self._tell, self._stopping = tell, stopping
        self._device = torch.device(job.device)
        self.progress = Progress(physical_batch=job.descent.physical_batch)
        autocast = job.dtype == "bfloat16" and isinstance(job.method, FullMethod)
        self._loss = AnswerLoss(tuned.base.model, autocast=autocast).to(self._device).train(True)
        if job.descent.recompute:
            recompute_enable(tuned)
        self._optimizer = torch.optim.AdamW(
            list(tuned.parameters.values()),
            lr=job.descent.learning_rate,
            betas=BETAS,
            weight_decay=job.descent.weight_decay,
        )
        self._rate = rate_of(material.steps, job.descent.warm_up)
        self._store = self._store_made()
        self._batches = Batches(job, material)
        self._identity = job_identity(job, material, tuned.base.manifest.digest)
        self._step = self._step_made()

    def _store_made(self) -> CheckpointStore:
        probe = self._material.units[0][0]
        cut = Tokens(probe.ids[:PROBE_TOKENS], torch.ones(len(probe.ids[:PROBE_TOKENS]), dtype=torch.bool))
        rows = rows_padded([[cut]], self._material.padding).to(self._device)
        folder = Path(self._job.out) / "checkpoints"
        if self._material.privacy is not None:
            # Whoever has the generators' states can take the noise away: they are for this user alone.
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        return CheckpointStore(
            folder,
            keep_last=self._job.checkpoints.keep_last,
            verify=Trial(self._loss, rows),
        )

    def _step_made(self) -> PlainStep | PrivateStep:
        plan = self._material.privacy
        if plan is None:
            return PlainStep(self._loss, self._optimizer, clip=self._job.descent.clip)
        return PrivateStep(
            self._loss,
            self._optimizer,
            ghost=isinstance(self._job.method, ExpertsMethod),
            noise_multiplier=plan.noise_multiplier,
            max_grad_norm=plan.max_grad_norm,
            batch=self._job.descent.batch,
            generator=self._batches.generators["noise"],
        )

    def run(self) -> Progress:
        """Trains to the end. Raises Stopped after a checkpoint when asked to, and what stands in the way."""
        self._begin()
        if not self.progress.ended:
            self._tell("started")
        before = fingerprint(self._tuned.parameters)
        first = self.progress.step
        while not self.progress.ended:
            if processes.agreed(self._stopping(), self._device):
                self._stop()
            self._step_take()
            if self.progress.step == first + 1 and fingerprint(self._tuned.parameters) == before:
                raise NothingLearnt("the first step left all weights as they were: nothing is being trained")
            self._look()
        self._store.wait()
        self._best_take()
        self.progress.held_out_loss = self._held_out()
        return self.progress

    def _begin(self) -> None:
        resumed = self._resume()
        if not resumed and processes.rank() == 0:
            self._store.clear()
        if self.progress.base_held_out_loss is None:
            self.progress.base_held_out_loss = self._held_out()
            if self.progress.base_held_out_loss is not None:
                self._tell("held_out", step=0, loss=self.progress.base_held_out_loss)
        if not resumed and self._material.privacy is not None:
            # From here a killed training goes on with the same samples and noise: it is not paid for twice.
            self._checkpoint()
            self._store.wait()

    def _resume(self) -> bool:
        if self._job.resume_from is None:
            return False
        found = checkpoint_found(Path(self._job.resume_from), self._tell)
        if found is None:
            self._tell("note", message=f"{self._job.resume_from} has no checkpoint: training begins anew")
            return False
        identity_require(found.state, self._identity)
        states = state_restore(found.tensors(), self._tuned.parameters, self._optimizer)
        self._batches.states_set(states)
        self.progress = progress_restore(found.state)
        self._tell("note", message=f"resumed after step {self.progress.step}")
        return True

    def _step_take(self) -> None:
        began, number = time.monotonic(), self.progress.step
        for group in self._optimizer.param_groups:
            group["lr"] = self._job.descent.learning_rate * self._rate(number)
        before = self._batches.states()
        try:
            loss, tokens = self._attempted(before)
        except _Asked:
            self._rewind(before)
            self._stop()
        self.progress.step += 1
        self.progress.tokens += tokens
        self.progress.seconds += time.monotonic() - began
        self._finite_require(loss)
        if loss is not None:
            self.progress.losses.append(loss)
        self._step_tell(loss)

    def _attempted(self, before: dict[str, Tensor]) -> tuple[float | None, int]:
        """A step; one that did not fit into memory is tried once more with half the physical batch."""
        while True:
            try:
                return self._gone_down()
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                message = str(error)
            self._rewind(before)
            self._halve(message)

    def _rewind(self, before: dict[str, Tensor]) -> None:
        self._step.clear()
        self._batches.states_set(before)

    def _halve(self, message: str) -> None:
        descent, now = self._job.descent, self.progress.physical_batch
        numbers = (
            f"{now} examples of up to {descent.max_tokens} tokens do not fit into memory "
            f"({memory_bytes(self._job.device) / 1e9:.2f} GB held; {message.splitlines()[0][:200]})"
        )
        shared = processes.world() > 1 and self._material.privacy is not None
        if self.progress.halved or now == 1 or shared:
            raise OutOfMemory(
                f"{numbers}: choose a smaller descent.physical_batch or max_tokens, or descent.recompute"
            )
        self.progress.physical_batch, self.progress.halved = now // 2, True
        if self._job.device == "cuda":
            torch.cuda.empty_cache()
        self._tell("note", message=f"{numbers}: the physical batch is {now // 2} from here on")

    def _gone_down(self) -> tuple[float | None, int]:
        number = self.progress.step
        # Dropout: the same at this step however often the training was interrupted.
        torch.manual_seed((self._job.seed * 1_000_003 + number) * 1009 + processes.rank())
        tokens = 0
        for rows in self._batches.rows(number, self.progress.physical_batch):
            if processes.world() == 1 and self._stopping():
                raise _Asked
            self._step.add(rows.to(self._device))
            tokens += rows.tokens
        return self._step.finish(), tokens

    def _finite_require(self, loss: float | None) -> None:
        step, advice = self.progress.step, "choose a lower descent.learning_rate"
        if loss is None:
            # With privacy the weights are looked at, which are public after the noise, and not the loss.
            if not all(bool(torch.isfinite(p).all()) for p in self._tuned.parameters.values()):
                raise NotFinite(f"a weight is no finite number after step {step}: {advice}")
        elif loss != loss or loss in (float("inf"), float("-inf")):
            raise NotFinite(f"the loss is {loss} at step {step}: {advice}")

    def _step_tell(self, loss: float | None) -> None:
        step, steps, plan = self.progress.step, self._material.steps, self._material.privacy
        tokens = self.progress.tokens
        if plan is not None:
            # How many tokens a sample has tells of it; what it has room for does not.
            tokens = step * self._job.descent.batch * self._job.descent.max_tokens
        epsilon = None
        if plan is not None and (step % max(1, steps // EPSILONS_TOLD) == 0 or step == steps):
            epsilon = epsilon_of(plan.noise_multiplier, plan.sample_rate, step, plan.delta)
        self._tell(
            "step",
            step=step,
            steps=steps,
            loss=loss,
            tokens_per_s=round(tokens / max(self.progress.seconds, 1e-9), 1),
            memory_bytes=memory_bytes(self._job.device),
            epsilon=epsilon,
            learning_rate=self._optimizer.param_groups[0]["lr"],
        )

    def _look(self) -> None:
        """Measures and writes what is due after a step, and says whether the training has ended."""
        step, descent = self.progress.step, self._job.descent
        saves = step % self._job.checkpoints.every_steps == 0
        measures = (
            (step % descent.evaluate_every == 0) if descent.evaluate_every else saves and descent.patience
        )
        best = self._measure() if measures and step < self._material.steps else False
        self.progress.ended = step >= self._material.steps or bool(
            descent.patience and self.progress.worse >= descent.patience
        )
        if saves or best or self.progress.ended:
            self._checkpoint(best=best)

    def _measure(self) -> bool:
        """Measures the held-out loss; whether it is the best so far."""
        loss = self._held_out()
        if loss is None:
            return False
        self._tell("held_out", step=self.progress.step, loss=loss)
        if self.progress.best_loss is None or loss < self.progress.best_loss:
            self.progress.best_loss, self.progress.best_step, self.progress.worse = (
                loss,
                self.progress.step,
                0,
            )
            return True
        self.progress.worse += 1
        return False

    def _held_out(self) -> float | None:
        return held_out_loss(
            self._loss, self._material.held_out, self._material.padding, self.progress.physical_batch
        )

    def _checkpoint(self, *, best: bool = False) -> None:
        if processes.rank() != 0:
            return
        tensors = state_tensors(self._tuned.parameters, self._optimizer, self._batches.states())
        state = {"progress": self.progress.as_json(), "identity": self._identity}
        self._store.write(self.progress.step, tensors, state, best=best)
        self._tell("checkpoint", step=self.progress.step, path=str(self._store.path(self.progress.step)))

    def _stop(self) -> None:
        self._checkpoint()
        self._store.wait()
        raise Stopped(self.progress.step)

    def _best_take(self) -> None:
        """After an early stop, takes the weights that were best."""
        if not self._job.descent.patience or self.progress.best_step == self.progress.step:
            return
        best = self._store.best()
        if best is not None and best.step == self.progress.best_step:
            weights_restore(best.tensors(), self._tuned.parameters)
            self._tell("note", message=f"the weights of step {best.step} had the best held-out loss: taken")


class _Asked(Exception):  # noqa: N818 - it is no error
    """Asked to stop in the middle of a step, which then was none."""
