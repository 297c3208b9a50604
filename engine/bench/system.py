"""What every measured system can be asked, the prompts it is given, and the figures that are taken of it."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import Protocol

import psutil
from tokenizers import Tokenizer

from engine.bench.stolen import undisturbed
from engine.build.sample_texts import SENTENCES

PROMPT_TOKENS = 512
SHORT_TOKENS = 16
FIRST_RUNS = 5
TRIES = 4  # of one figure
BATCHES = (1, 8, 32)
DECODE_TOKENS = 48
CLIENTS = 16
CLIENT_REQUESTS = 2
CLIENT_PROMPT_TOKENS = 128
CLIENT_TOKENS = 32
COMPARED = 8
COMPARED_TOKENS = 48
COMPARED_FIRST = 1000  # beyond what is timed: no prefix cache knows them

Prompt = Sequence[int]


@dataclass(frozen=True, slots=True)
class Choice:
    """A token that was chosen, and by how much its log-probability exceeds the second best's.

    A system that does not tell the second best is taken to be sure.
    """

    token: int
    lead: float = math.inf


class System(Protocol):
    """A system that continues prompts of token ids; an end of text does not end what is timed."""

    def first_token_s(self, prompt: Prompt) -> float:
        """Seconds until the first new token of a prompt is there."""

    def batch_s(self, prompts: Sequence[Prompt], new_tokens: int) -> float:
        """Seconds until prompts that are given at once have so many new tokens each."""

    def clients_s(self, prompts: Sequence[Prompt], new_tokens: int, clients: int) -> float:
        """Seconds until so many clients, of which each asks for one prompt after another, have them all."""

    def greedy(self, prompts: Sequence[Prompt], new_tokens: int) -> list[list[Choice]]:
        """Each prompt's likeliest continuation, at most so many tokens, up to the end of the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured of a system: seconds, new tokens per second at each batch size, bytes."""

    first_token_s: float
    decode_tokens_s: tuple[float, ...]
    clients_tokens_s: float
    memory_bytes: int
    start_s: float


class Prompts:
    """Prompts of real text, always the same ones in the same order; no two begin alike.

    `first` is the number of the first: sequences that do not overlap share no prompt.
    """

    def __init__(self, model: Path, first: int = 0) -> None:
        tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
        self._ids = tokenizer.encode(" ".join(s for s in SENTENCES if s.isascii())).ids
        config = json.loads((model / "config.json").read_text(encoding="utf-8"))
        self._vocabulary: int = config["vocab_size"]
        self._numbers = count(self._vocabulary // 2 + first)

    def take(self, tokens: int) -> list[int]:
        """The next prompt, of so many tokens."""
        number = next(self._numbers)
        start = number * 7 % len(self._ids)
        text = (self._ids * (2 + tokens // len(self._ids)))[start : start + tokens - 1]
        return [number % self._vocabulary, *text]

    def several(self, prompts: int, tokens: int) -> list[list[int]]:
        """The next prompts."""
        return [self.take(tokens) for _ in range(prompts)]


def started_bytes() -> int:
    """Memory of all processes that this one started, and of theirs; what they share counts once (PSS)."""
    found = 0
    for process in psutil.Process().children(recursive=True):
        try:
            found += process.memory_full_info().pss
        except psutil.NoSuchProcess:  # it ended meanwhile
            continue
    return found


def measure(system: System, prompts: Prompts, start_s: float) -> Figures:
    """Takes all figures of a system that just started; nothing else that this process started may run.

    Each is taken again, of new prompts, while the machine's host keeps much of the processors for others.
    """
    for batch in BATCHES[:2]:  # what is made at first use is not counted
        system.batch_s(prompts.several(batch, SHORT_TOKENS), 2)

    def first() -> float:
        return median(system.first_token_s(prompts.take(PROMPT_TOKENS)) for _ in range(FIRST_RUNS))

    def decode(batch: int) -> float:
        return batch * DECODE_TOKENS / system.batch_s(prompts.several(batch, SHORT_TOKENS), DECODE_TOKENS)

    def clients() -> float:
        asked = prompts.several(CLIENTS * CLIENT_REQUESTS, CLIENT_PROMPT_TOKENS)
        return len(asked) * CLIENT_TOKENS / system.clients_s(asked, CLIENT_TOKENS, CLIENTS)

    timed: list[Callable[[], float]] = [first, *(partial(decode, batch) for batch in BATCHES), clients]
    first_s, *decode_tokens_s, clients_tokens_s = (undisturbed(one, tries=TRIES)[0] for one in timed)
    return Figures(
        first_token_s=first_s,
        decode_tokens_s=tuple(decode_tokens_s),
        clients_tokens_s=clients_tokens_s,
        memory_bytes=started_bytes(),
        start_s=start_s,
    )


def greedy_choices(system: System, model: Path) -> list[list[Choice]]:
    """A system's continuations of the same prompts that every other is asked for."""
    asked = Prompts(model, COMPARED_FIRST).several(COMPARED, CLIENT_PROMPT_TOKENS)
    return system.greedy(asked, COMPARED_TOKENS)
