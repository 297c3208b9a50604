"""What a model makes of examples: how likely each answer is to it, and what it writes itself.

    python -m engine.train.measure MODEL EXAMPLES.jsonl [--max-tokens 512] [--generate 0] [--threads 2]

Prints a JSON object a line: `{"example": n, "nats": x, "tokens": n, "said": text or null}`. Two models are
told the same examples by the same tokenizer, so that their lines can be paired.

Shapes: L tokens, V vocabulary.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer

from engine.errors import ConfigInvalid, ModelInvalid
from engine.train.answer_loss import AnswerLoss
from engine.train.bases import base_load
from engine.train.chat import ChatTokenizer, Tokens
from engine.train.data.example import Example, examples_read
from engine.train.rows import rows_padded

WRITTEN_TOKENS = 96
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Measured:
    """One example: the sum of negative log-likelihoods of its answer's tokens, and their number.

    `said`: what the model writes in its place, where that was asked for.
    """

    example: int
    nats: float
    tokens: int
    said: str | None = None


class Measure:
    """A model of a directory in evaluation, with its tokenizer and chat template.

    Raises ConfigInvalid or ModelInvalid for a directory that holds none.
    """

    def __init__(self, directory: Path) -> None:
        self._base = base_load(directory, torch.float32)
        self._loss = AnswerLoss(self._base.model).eval()
        self._chat = ChatTokenizer(directory)
        self._tokenizer: Any = AutoTokenizer.from_pretrained(directory, local_files_only=True)

    @torch.no_grad()
    def measured(self, examples: Sequence[Example], *, max_tokens: int, generate: int) -> Iterator[Measured]:
        """Each example in order; of one that is too long the middle of the prompt goes, as in a training."""
        told = [self._chat.tokens(example, max_tokens) for example in examples]
        for at in range(0, len(told), AT_ONCE):
            some = told[at : at + AT_ONCE]
            sums_B, counts_B = self._loss(rows_padded([[one] for one in some], self._chat.padding))
            for row, tokens in enumerate(some):
                said = self._written(tokens) if at + row < generate else None
                yield Measured(at + row, float(sums_B[row]), int(counts_B[row]), said)

    def _written(self, tokens: Tokens) -> str:
        ids_1L = tokens.ids[: int(torch.nonzero(tokens.wanted)[0])][None]
        written_1L = self._base.model.generate(
            ids_1L,
            attention_mask=torch.ones_like(ids_1L),
            max_new_tokens=WRITTEN_TOKENS,
            do_sample=False,
            pad_token_id=self._chat.padding,
        )
        said: str = self._tokenizer.decode(written_1L[0, ids_1L.shape[1] :], skip_special_tokens=True)
        return said.strip()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m engine.train.measure")
    parser.add_argument("model", type=Path)
    parser.add_argument("examples", type=Path)
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument("--generate", type=int, default=0, help="of so many examples what the model writes")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        examples = list(examples_read(options.examples))
        measure = Measure(options.model)
        for found in measure.measured(examples, max_tokens=options.max_tokens, generate=options.generate):
            print(json.dumps(asdict(found), ensure_ascii=False), flush=True)
    except (ConfigInvalid, ModelInvalid) as problem:
        print(f"measure: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
