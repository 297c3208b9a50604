"""Trains the experts that one owner has in a mixture on the owner's texts, and nothing else.

python -m engine.train.experts JOB.json
While it trains, all tokens go to the owner's experts, and their load is kept even by the routing bias. What
comes out is a set of experts that engine.moe.graft puts into the mixture.
"""

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import Glm4MoeForCausalLM

from engine.errors import ConfigInvalid, EngineError
from engine.manifest import manifest_verify
from engine.moe.balance import bias_step
from engine.moe.expert_set import ExpertSet, set_write
from engine.moe.records import dense_sha256, ownership_of
from engine.moe.tensors import tensors_open
from engine.moe.trainable import expert_parameters, raw_tensor, routers, trainable_load
from engine.train.job import job_read, progress
from engine.train.texts import Blocks, blocks_pack, texts_read, tokenizer_open
from engine.train.upper import computing, lower_states, routing_counted, token_losses, upper_states

NEVER = -1e4  # a bias with which an expert is not chosen
BIAS_RATE = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertsJob:
    """What to train: `texts` is a file of JSON lines, `trained_on` and `licence` go into the manifest."""

    model: str
    owner: str
    texts: str
    out: str
    trained_on: str
    licence: str
    epochs: int = 2
    block_tokens: int = 256
    batch: int = 4
    max_tokens: int = 10**9
    learning_rate: float = 1e-3
    seed: int = 1
    threads: int = 2
    compute: str = "float32"


def experts_train(job: ExpertsJob) -> ExpertSet:
    """Trains one owner's experts and writes them as a set."""
    torch.manual_seed(job.seed)
    torch.set_num_threads(job.threads)
    directory = Path(job.model)
    manifest = manifest_verify(directory)
    own = ownership_of(manifest).experts_of(job.owner)
    blocks = blocks_pack(
        tokenizer_open(directory), texts_read(Path(job.texts)), job.block_tokens, max_tokens=job.max_tokens
    )
    model = trainable_load(directory)
    _experts_restrict(model, own)
    _steps_run(model, own, blocks, job)
    tensors = tensors_open(directory)
    trained = {n: raw_tensor(p, tensors[n].dtype) for n, p in expert_parameters(model, own)}
    about = {
        "owner": job.owner,
        "base": manifest.base,
        "licence": job.licence,
        "trained_on": job.trained_on,
        "dense_sha256": dense_sha256(tensors),
    }
    return set_write(Path(job.out), about, trained)


def _experts_restrict(model: Glm4MoeForCausalLM, own: tuple[int, ...]) -> None:
    bias = torch.full((model.config.n_routed_experts,), NEVER)
    bias[list(own)] = 0.0
    for router in routers(model):
        router.e_score_correction_bias.copy_(bias)


def _steps_run(model: Glm4MoeForCausalLM, own: tuple[int, ...], blocks: Blocks, job: ExpertsJob) -> None:
    lower_BLD = lower_states(model, blocks, compute=job.compute, batch=job.batch)
    parameters = [p.requires_grad_(True) for _, p in expert_parameters(model, own)]
    optimizer = torch.optim.AdamW(parameters, lr=job.learning_rate, betas=(0.9, 0.95), weight_decay=0.0)
    order = list(batches(len(blocks), job.batch, job.epochs, job.seed))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate_of(len(order)))
    groups = {job.owner: own}
    for step, chosen in enumerate(order, 1):
        with computing(job.compute), routing_counted(model) as counts:
            losses = token_losses(model, upper_states(model, lower_BLD[chosen]), blocks.ids[chosen])
        loss = losses.mean()
        loss_require(loss, step)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        for router, load in zip(routers(model), counts, strict=True):
            bias = bias_step(router.e_score_correction_bias.numpy(), load, groups, BIAS_RATE)
            router.e_score_correction_bias.copy_(torch.from_numpy(bias))
        progress(f"train the experts of {job.owner}", step, len(order), loss=loss.item())


def batches(blocks: int, batch: int, epochs: int, seed: int) -> Iterator[Tensor]:
    """Indices of the blocks of each step: every block once an epoch, in another order each time."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        yield from torch.split(torch.randperm(blocks, generator=generator), batch)


def rate_of(steps: int) -> Callable[[int], float]:
    """The learning rate's factor at each step: up over a tenth of the steps, then down by a cosine."""
    warm = max(1, steps // 10)

    def factor(step: int) -> float:
        if step < warm:
            return (step + 1) / warm
        return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))

    return factor


def loss_require(loss: Tensor, step: int) -> None:
    """Raises ConfigInvalid when training has diverged."""
    if not torch.isfinite(loss):
        raise ConfigInvalid(f"the loss is {loss.item()} at step {step}: choose a lower learning_rate")


def main(arguments: list[str] | None = None) -> int:
    """Runs the job that the command line names; 1 with a message when it cannot."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1:
        print("usage: python -m engine.train.experts JOB.json", file=sys.stderr)
        return 2
    try:
        found = experts_train(job_read(Path(arguments[0]), ExpertsJob))
    except (EngineError, OSError) as error:
        print(f"engine.train.experts: {error}", file=sys.stderr)
        return 1
    progress(f"{found.experts} experts of {found.owner} trained", 1, 1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
