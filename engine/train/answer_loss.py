"""The loss of a language model on what is to be predicted, row by row.

There is no load-balancing loss and no capacity: both make one example's loss depend on the others'.

Shapes: B rows, L tokens, D hidden width, N predicted tokens.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.train import processes
from engine.train.chat import Tokens
from engine.train.mixture import Mixture
from engine.train.rows import Rows, rows_padded, units_split


class AnswerLoss(nn.Module):
    """A causal language model with its loss; `autocast` multiplies its matrices in bfloat16."""

    def __init__(self, model: Any, *, autocast: bool = False) -> None:
        super().__init__()
        self.model = model
        self._autocast = autocast

    def forward(self, rows: Rows) -> tuple[Tensor, Tensor]:
        """The sum of negative log-likelihoods of each row's wanted tokens [B], and their number [B]."""
        for module in self.model.modules():
            if isinstance(module, Mixture):
                module.unit_B = rows.unit
        wanted_BL = rows.wanted[:, 1:]
        with self._computing(rows.ids.device.type):
            hidden_BLD = self.model.model(
                input_ids=rows.ids, use_cache=False, **_attention(rows, self.model.dtype)
            ).last_hidden_state
            # Only what is wanted passes the output layer, by far the widest.
            logits_NV = self.model.lm_head(hidden_BLD[:, :-1][wanted_BL]).float()
        losses_N = functional.cross_entropy(logits_NV, rows.ids[:, 1:][wanted_BL], reduction="none")
        row_N = torch.nonzero(wanted_BL)[:, 0]
        sums_B = losses_N.new_zeros(len(rows.ids)).index_add(0, row_N, losses_N)
        return sums_B, wanted_BL.sum(1)

    def _computing(self, device: str) -> AbstractContextManager[Any]:
        return torch.autocast(device, torch.bfloat16) if self._autocast else nullcontext()


def _attention(rows: Rows, dtype: torch.dtype) -> dict[str, Tensor]:
    """What a packed row needs: examples count from 0 and see themselves alone.

    Rows of one example need nothing: what pads them comes last, and nothing looks ahead.
    """
    if rows.part is None:
        return {}
    same_BLL = rows.part[:, :, None] == rows.part[:, None, :]
    seen_BLL = same_BLL & torch.ones_like(same_BLL[0]).tril()
    hidden = torch.finfo(dtype).min
    mask_B1LL = torch.zeros(seen_BLL.shape, dtype=dtype, device=seen_BLL.device)
    mask_B1LL = mask_B1LL.masked_fill(~seen_BLL, hidden)[:, None]
    places_L = torch.arange(rows.ids.shape[1], device=rows.ids.device)
    # Where each token's example begins: the first place with the same number.
    begins_BL = same_BLL.to(torch.int8).argmax(2)
    return {"attention_mask": mask_B1LL, "position_ids": places_L - begins_BL}


def unit_losses(sums_B: Tensor, counts_B: Tensor, unit_B: Tensor, units: int) -> Tensor:
    """The mean over each unit's rows of the mean over a row's tokens, [U]; no other unit is in it."""
    means_B = sums_B / counts_B.clamp(min=1)
    rows_U = torch.bincount(unit_B, minlength=units).clamp(min=1)
    return means_B.new_zeros(units).index_add(0, unit_B, means_B / rows_U[unit_B])


@torch.no_grad()
def held_out_loss(loss: AnswerLoss, examples: Sequence[Tokens], padding: int, most: int) -> float | None:
    """The mean loss over the wanted tokens of examples, `most` at once; None without any.

    Each process measures a part of them, and all get the whole.
    """
    if not examples:
        return None
    device = next(loss.parameters()).device
    nats, tokens = (torch.zeros((), device=device) for _ in range(2))
    trains = loss.training
    loss.train(False)
    mine = [[example] for example in sorted(examples, key=len)[processes.rank() :: processes.world()]]
    for held in units_split(mine, most):
        sums_B, counts_B = loss(rows_padded(held, padding).to(device))
        nats += sums_B.sum()
        tokens += counts_B.sum()
    loss.train(trains)
    processes.tensors_sum([nats, tokens])
    return float(nats / tokens)
