"""Trains the routers of a grafted mixture on a mix of texts, and nothing else.

python -m engine.train.router JOB.json
Each part of the mix names the owner whose experts know such texts. The rows of an owner's experts first
turn to where that owner's tokens lie, found by linear regression; then all rows are trained on the mix by
the loss of the language model (branch-train-mix, arXiv:2403.07816, section 2.2). The routing bias stays as
it is.

Shapes: N tokens, D hidden width, E experts.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import Glm4MoeForCausalLM

from engine.errors import ConfigInvalid
from engine.manifest import Manifest, manifest_verify
from engine.moe.ownership import Ownership
from engine.moe.records import ownership_of
from engine.moe.rewrite import model_rewrite
from engine.moe.tensors import tensors_open
from engine.moe.trainable import raw_tensor, routers, trainable_load
from engine.moe.upcycle import ROUTER, layer_name
from engine.train.descent import Descent
from engine.train.job import job_run
from engine.train.texts import Blocks, blocks_pack, texts_read, tokenizer_open
from engine.train.upper import computing, lower_states, routing_watched, token_losses, upper_states

RIDGE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterJob:
    """What to train: `mix` maps owners to files of JSON lines, of which `max_tokens` each are taken.

    `turn` is how far the logits of an owner's experts rise on its own tokens before the training.
    """

    model: str
    out: str
    mix: Mapping[str, str]
    version: str = "mixed"
    epochs: int = 1
    block_tokens: int = 256
    batch: int = 4
    max_tokens: int = 16384
    learning_rate: float = 1e-3
    turn: float = 2.0
    seed: int = 1
    threads: int = 2
    compute: str = "float32"


def router_train(job: RouterJob) -> Manifest:
    """Trains the routers of a model and writes it with them; its other tensors are copied."""
    torch.manual_seed(job.seed)
    torch.set_num_threads(job.threads)
    directory = Path(job.model)
    ownership = ownership_of(manifest_verify(directory))
    blocks, owners = _mix_read(job, ownership)
    model = trainable_load(directory)
    lower_BLD = lower_states(model, blocks, compute=job.compute, batch=job.batch)
    routers_turn(model, lower_BLD, owners, ownership, turn=job.turn, compute=job.compute)
    _steps_run(model, lower_BLD, blocks, job)
    return model_rewrite(
        directory, Path(job.out), router_tensors(model, directory, ROUTER), version=job.version
    )


def router_tensors(model: Glm4MoeForCausalLM, source: Path, part: str) -> dict[str, Any]:
    """One part of all routers, their weights or their bias, under its names in the served form."""
    tensors = tensors_open(source)
    first = model.config.first_k_dense_replace
    names = [layer_name(first + n, part) for n in range(len(routers(model)))]
    attribute = part.rpartition(".")[2]
    return {
        name: raw_tensor(getattr(router, attribute), tensors[name].dtype)
        for name, router in zip(names, routers(model), strict=True)
    }


def _mix_read(job: RouterJob, ownership: Ownership) -> tuple[Blocks, Sequence[str]]:
    """The blocks of the whole mix, and the owner of each."""
    if not isinstance(job.mix, Mapping) or len(job.mix) < 2:
        raise ConfigInvalid("mix must map at least two owners to files of texts")
    tokenizer = tokenizer_open(Path(job.model))
    ids: list[Tensor] = []
    owners: list[str] = []
    for owner, path in job.mix.items():
        ownership.experts_of(owner)
        part = blocks_pack(tokenizer, texts_read(Path(path)), job.block_tokens, max_tokens=job.max_tokens)
        ids.append(part.ids)
        owners += [owner] * len(part)
    whole = torch.cat(ids)
    return Blocks(whole, torch.zeros_like(whole)), owners


@torch.no_grad()
def routers_turn(
    model: Glm4MoeForCausalLM,
    lower_BLD: Tensor,
    owners: Sequence[str],
    ownership: Ownership,
    *,
    turn: float,
    compute: str = "float32",
    batch: int = 4,
) -> None:
    """Turns the rows of each owner's experts towards that owner's tokens, by ridge regression per layer.

    `owners` names the owner of each block; `turn` is the distance, in logits, between the mean of the owner's
    tokens and that of the others which the turn adds.
    """
    names = list(dict.fromkeys(owners))
    sums = [_Moments(model.config.hidden_size, len(names)) for _ in routers(model)]
    numbers_B = torch.tensor([names.index(owner) for owner in owners])
    for states, numbers in zip(torch.split(lower_BLD, batch), torch.split(numbers_B, batch), strict=True):
        owner_N = numbers.repeat_interleave(lower_BLD.shape[1])

        def add(layer: int, tokens_ND: Tensor, found: object, owner_N: Tensor = owner_N) -> None:
            sums[layer].add(tokens_ND.float(), owner_N)

        with computing(compute), routing_watched(model, add):
            upper_states(model, states)
    for router, moments in zip(routers(model), sums, strict=True):
        for number, owner in enumerate(names):
            router.weight[list(ownership.experts_of(owner))] += turn * moments.direction(number)


class _Moments:
    """What a regression of owners on a router's inputs needs of them, summed up batch by batch."""

    def __init__(self, hidden: int, owners: int) -> None:
        self.gram_DD = torch.zeros(hidden, hidden)
        self.sum_OD = torch.zeros(owners, hidden)
        self.tokens_O = torch.zeros(owners)

    def add(self, tokens_ND: Tensor, owner_N: Tensor) -> None:
        """Counts tokens in, each with the number of its owner."""
        self.gram_DD += tokens_ND.T @ tokens_ND
        self.sum_OD.index_add_(0, owner_N, tokens_ND)
        self.tokens_O += torch.bincount(owner_N, minlength=len(self.tokens_O))

    def direction(self, owner: int) -> Tensor:
        """The direction [D] along which an owner's tokens lie 1 further than the others do, on average."""
        everyone = self.tokens_O.sum()
        own = self.sum_OD[owner] / self.tokens_O[owner]
        others = (self.sum_OD.sum(0) - self.sum_OD[owner]) / (everyone - self.tokens_O[owner])
        scale = self.gram_DD.diagonal().mean()
        ridge_DD = RIDGE * scale * torch.eye(len(self.gram_DD))
        found_D = torch.linalg.solve((self.gram_DD + ridge_DD) / everyone, own - others)
        gap: Tensor = found_D @ (own - others)
        return found_D / gap


def _steps_run(model: Glm4MoeForCausalLM, lower_BLD: Tensor, blocks: Blocks, job: RouterJob) -> None:
    parameters = [router.weight.requires_grad_(True) for router in routers(model)]
    descent = Descent(
        parameters,
        title="train the routers",
        learning_rate=job.learning_rate,
        blocks=len(blocks),
        batch=job.batch,
        epochs=job.epochs,
        seed=job.seed,
    )
    for chosen in descent:
        with computing(job.compute):
            losses = token_losses(model, upper_states(model, lower_BLD[chosen]), blocks.ids[chosen])
        descent.step(losses.mean())


def main(arguments: list[str] | None = None) -> int:
    """Runs the job that the command line names; 1 with a message when it cannot."""
    return job_run(
        "engine.train.router",
        RouterJob,
        lambda job: f"the routers of {router_train(job).name} trained",
        arguments,
    )


if __name__ == "__main__":
    sys.exit(main())
