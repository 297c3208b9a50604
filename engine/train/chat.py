"""Conversations as tokens, in the model's own chat template; what the assistant says is marked.

Only marked tokens are to be predicted: the content of each assistant turn and the token that ends it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoTokenizer

from engine.errors import ConfigInvalid
from engine.train.data.example import Example

ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Tokens:
    """One example: `ids` [L] int64, `wanted` [L] bool says which of them are to be predicted."""

    ids: Tensor
    wanted: Tensor

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def answers(self) -> int:
        """How many tokens are to be predicted; the first of a text never is."""
        return int(self.wanted[1:].sum())


class ChatTokenizer:
    """The tokenizer and chat template of a model directory."""

    def __init__(self, model: Path) -> None:
        if not (model / "tokenizer.json").is_file():
            raise ConfigInvalid(
                f"{model / 'tokenizer.json'}: is missing; training needs the model's tokenizer"
            )
        self._tokenizer: Any = AutoTokenizer.from_pretrained(model, local_files_only=True)
        if not self._tokenizer.chat_template:
            raise ConfigInvalid(
                f"{model}: its tokenizer has no chat template, so no conversation can be told"
            )
        self._end: str = self._tokenizer.eos_token or ""
        pad = self._tokenizer.pad_token_id
        self.padding: int = 0 if pad is None else pad

    def tokens(self, example: Example, max_tokens: int) -> Tokens:
        """An example as at most `max_tokens` tokens; of one that is longer, the middle of the prompt goes."""
        text, spans = self._spans(example)
        found = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids = torch.tensor(found["input_ids"], dtype=torch.int64)
        wanted = torch.zeros(len(ids), dtype=torch.bool)
        for number, (start, end) in enumerate(found["offset_mapping"]):
            wanted[number] = any(low <= start and end <= high for low, high in spans) and end > start
        return _shortened(Tokens(ids, wanted), max_tokens)

    def _spans(self, example: Example) -> tuple[str, list[tuple[int, int]]]:
        """The whole conversation, and where in it the assistant speaks."""
        turns = [{"role": m.role, "content": m.content} for m in example.messages]
        spans = []
        for number, turn in enumerate(turns):
            if turn["role"] != ASSISTANT:
                continue
            before = self._told(turns[:number], asks=True)
            after = self._told(turns[: number + 1])
            if not after.startswith(before):
                raise ConfigInvalid("the chat template tells a conversation otherwise once it is answered")
            said = after[len(before) :]
            end = said.find(self._end, len(turn["content"].strip())) if self._end else -1
            length = end + len(self._end) if end >= 0 else len(said.rstrip())
            spans.append((len(before), len(before) + length))
        return self._told(turns), spans

    def _told(self, turns: Sequence[dict[str, str]], *, asks: bool = False) -> str:
        try:
            return str(self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=asks))
        except Exception as error:  # a template is a program: it may raise anything
            raise ConfigInvalid(f"the chat template refuses a conversation: {error}") from error


def _shortened(tokens: Tokens, limit: int) -> Tokens:
    over = len(tokens) - limit
    if over <= 0:
        return tokens
    marked = torch.nonzero(tokens.wanted)
    prompt = int(marked[0]) if len(marked) else len(tokens)
    cut = min(over, max(0, prompt - 8))  # the turn's header stays
    start = (prompt - cut) // 2
    kept = torch.cat([torch.arange(start), torch.arange(start + cut, len(tokens))])[:limit]
    return Tokens(tokens.ids[kept], tokens.wanted[kept])


def chats_read(tokenizer: ChatTokenizer, examples: Iterable[Example], max_tokens: int) -> list[Tokens]:
    """All examples as tokens."""
    return [tokenizer.tokens(example, max_tokens) for example in examples]
