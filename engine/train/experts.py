"""Trains the experts that one owner has in a mixture on the owner's texts, and nothing else.

python -m engine.train.experts JOB.json
While it trains, all tokens go to the owner's experts, and their load is kept even by the routing bias. What
comes out is a set of experts that engine.moe.graft puts into the mixture.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import Glm4MoeForCausalLM

from engine.manifest import manifest_verify
from engine.moe.balance import bias_step
from engine.moe.expert_set import ExpertSet, set_write
from engine.moe.records import dense_sha256, ownership_of
from engine.moe.tensors import tensors_open
from engine.moe.trainable import expert_parameters, raw_tensor, routers, trainable_load
from engine.train.descent import Descent
from engine.train.job import job_run
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
    descent = Descent(
        parameters,
        title=f"train the experts of {job.owner}",
        learning_rate=job.learning_rate,
        blocks=len(blocks),
        batch=job.batch,
        epochs=job.epochs,
        seed=job.seed,
    )
    groups = {job.owner: own}
    for chosen in descent:
        with computing(job.compute), routing_counted(model) as counts:
            losses = token_losses(model, upper_states(model, lower_BLD[chosen]), blocks.ids[chosen])
        descent.step(losses.mean())
        for router, load in zip(routers(model), counts, strict=True):
            bias = bias_step(router.e_score_correction_bias.numpy(), load, groups, BIAS_RATE)
            router.e_score_correction_bias.copy_(torch.from_numpy(bias))


def main(arguments: list[str] | None = None) -> int:
    """Runs the job that the command line names; 1 with a message when it cannot."""
    return job_run(
        "engine.train.experts",
        ExpertsJob,
        lambda job: f"{experts_train(job).experts} experts of {job.owner} trained",
        arguments,
    )


if __name__ == "__main__":
    sys.exit(main())
