"""Perplexity over texts, with the interval that the choice of texts leaves."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from transformers import Glm4MoeForCausalLM

from engine.errors import ConfigInvalid
from engine.train.texts import Blocks
from engine.train.upper import computing, token_losses, upper_states

ROUNDS = 2000
INTERVAL = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Losses:
    """Per text: the sum of its tokens' negative log-likelihoods, and their number."""

    nats: npt.NDArray[np.float64]
    tokens: npt.NDArray[np.float64]

    @property
    def perplexity(self) -> float:
        """exp of the mean over all tokens."""
        return float(np.exp(self.nats.sum() / self.tokens.sum()))


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the bounds of its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@torch.no_grad()
def losses_measure(
    model: Glm4MoeForCausalLM, lower_BLD: Tensor, blocks: Blocks, *, compute: str = "float32", batch: int = 4
) -> Losses:
    """The losses of texts whose lower states are known."""
    texts = int(blocks.text.max()) + 1
    nats, tokens = torch.zeros(texts, dtype=torch.float64), torch.zeros(texts, dtype=torch.float64)
    with computing(compute):
        for states, ids, text in zip(
            *(torch.split(tensor, batch) for tensor in (lower_BLD, blocks.ids, blocks.text)), strict=True
        ):
            losses = token_losses(model, upper_states(model, states), ids).double().flatten()
            nats.index_add_(0, text[:, 1:].flatten(), losses)
            tokens.index_add_(0, text[:, 1:].flatten(), torch.ones_like(losses))
    return Losses(nats.numpy(), tokens.numpy())


def perplexity_interval(losses: Losses, *, seed: int = 0) -> Interval:
    """The perplexity, and its interval when texts are drawn again."""
    nats, tokens = _resampled(losses, seed)
    low, high = np.percentile(np.exp(nats / tokens), INTERVAL)
    return Interval(losses.perplexity, float(low), float(high))


def ratio_interval(losses: Losses, base: Losses, *, seed: int = 0) -> Interval:
    """The ratio of two models' perplexities over the same texts, and its paired interval."""
    if not np.array_equal(losses.tokens, base.tokens):
        raise ConfigInvalid("the two models were not measured on the same texts")
    (nats, tokens), (base_nats, _) = _resampled(losses, seed), _resampled(base, seed)
    low, high = np.percentile(np.exp((nats - base_nats) / tokens), INTERVAL)
    return Interval(losses.perplexity / base.perplexity, float(low), float(high))


def _resampled(losses: Losses, seed: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    kept = losses.tokens > 0
    nats, tokens = losses.nats[kept], losses.tokens[kept]
    draws = np.random.default_rng(seed).multinomial(len(nats), np.full(len(nats), 1 / len(nats)), size=ROUNDS)
    return draws @ nats, draws @ tokens
