"""Texts made into blocks of tokens of one length; each token remembers which text it is from.

Shapes: B blocks, L tokens of a block.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from engine.errors import ConfigInvalid

SEPARATOR = "<|endoftext|>"


@dataclass(frozen=True, slots=True)
class Blocks:
    """`ids` [B, L] are tokens; `text` [B, L] says from which text each is. Both are int64."""

    ids: Tensor
    text: Tensor

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def tokens(self) -> int:
        """The number of tokens in all blocks."""
        return self.ids.numel()


def texts_read(path: Path) -> list[str]:
    """The texts of a file of JSON lines with a `text` each; raises ConfigInvalid naming the line."""
    texts = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{path}: cannot be read ({error})") from error
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line)["text"]
        except (ValueError, TypeError, KeyError) as error:
            raise ConfigInvalid(f'{path}:{number}: is no JSON object with a "text"') from error
        if not isinstance(value, str):
            raise ConfigInvalid(f"{path}:{number}: its text is no string")
        if value.strip():
            texts.append(value)
    return texts


def tokenizer_open(model: Path) -> Tokenizer:
    """The tokenizer of a model directory; raises ConfigInvalid when it has none."""
    path = model / "tokenizer.json"
    if not path.is_file():
        raise ConfigInvalid(f"{path}: is missing; training needs the model's own tokenizer")
    return Tokenizer.from_file(str(path))


def blocks_pack(
    tokenizer: Tokenizer, texts: Sequence[str], length: int, *, max_tokens: int | None = None
) -> Blocks:
    """Puts texts one after another and cuts them into blocks of `length`; the last tokens may be left over.

    Raises ConfigInvalid when the texts do not fill one block.
    """
    separator = tokenizer.token_to_id(SEPARATOR)
    ids: list[int] = []
    origin: list[int] = []
    for number, text in enumerate(texts):
        new = tokenizer.encode(text, add_special_tokens=False).ids
        new += [] if separator is None else [separator]
        ids += new
        origin += [number] * len(new)
        if max_tokens and len(ids) >= max_tokens:
            break
    count = min(len(ids), max_tokens or len(ids)) // length
    if not count:
        raise ConfigInvalid(f"{len(ids)} tokens of text do not fill one block of {length}")
    cut = count * length
    return Blocks(torch.tensor(ids[:cut]).view(-1, length), torch.tensor(origin[:cut]).view(-1, length))
