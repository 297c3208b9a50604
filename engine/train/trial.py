"""A checkpoint tried before it counts: its weights are put into a twin of the model, which has to compute."""

import copy
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from engine.errors import CheckpointCorrupt
from engine.train.answer_loss import AnswerLoss
from engine.train.checkpoints import TENSORS
from engine.train.rows import Rows
from engine.train.state import weights_restore


class Trial:
    """A twin of a model that shares its frozen weights, and some rows for it to pass."""

    def __init__(self, loss: AnswerLoss, probe: Rows) -> None:
        frozen: dict[int, Any] = {id(p): p for p in loss.parameters() if not p.requires_grad}
        self._twin = copy.deepcopy(loss, frozen).train(False)
        self._parameters = {
            name: value for name, value in self._twin.model.named_parameters() if value.requires_grad
        }
        self._probe = probe

    def __call__(self, folder: Path) -> None:
        """Raises CheckpointCorrupt when the checkpoint in a folder does not fit or gives no number."""
        weights_restore(load_file(folder / TENSORS), self._parameters)
        with torch.no_grad():
            sums_B, _ = self._twin(self._probe)
        if not torch.isfinite(sums_B).all():
            raise CheckpointCorrupt(f"{folder}: a model with these weights gives no finite loss")
