"""What waits to be embedded in one lane, and which of it is embedded together.

A run of the encoder costs what about 12 tokens cost, beside its tokens. So short texts gain by company, and
a text that would be filled up by more than that loses. Measured (engine.bench.embeddings), batches are 2.4
times as fast as single texts at 8 tokens, 1.4 times at 16, and even from 32 tokens on: a batch holds no more
tokens than one long text may have, and takes no longer.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

PADDING_TOKENS = 8  # a text is filled up by at most so many
SLICE_TEXTS = 8  # of a request, before it is the next one's turn
WINDOW_BATCHES = 8  # how many batches are looked ahead for texts of like length

Rows = npt.NDArray[np.float32]
Ids = list[int]


@dataclass(slots=True, eq=False)
class Job:
    """The texts of one request; its future gives the vectors [texts, dims] and the number of tokens."""

    texts: Sequence[str]
    rows: list[Rows | None]
    left: int
    chars: int = 0
    tokens: int = 0
    taken: int = 0  # how many of the texts were taken to be tokenised
    future: "Future[tuple[Rows, int]]" = field(default_factory=Future)


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One text of a job, tokenised."""

    job: Job
    index: int
    ids: Ids


class Lane:
    """The jobs of one priority. Not safe between threads: whoever has it holds the schedule's lock.

    Jobs take turns by a few texts, so that a large one does not hold up a small one. Their texts are
    tokenised a little ahead, into a window; a batch is the oldest text there with those nearest to its
    length, so that no text waits for others like it.
    """

    def __init__(self, batch_tokens: int) -> None:
        self._batch_tokens = batch_tokens
        self._window_tokens = max(1, WINDOW_BATCHES * batch_tokens)
        self._turns: deque[Job] = deque()
        self._window: list[Piece] = []
        self._open: dict[int, Job] = {}

    def add(self, job: Job) -> None:
        """Queues a job."""
        self._open[id(job)] = job
        self._turns.append(job)

    def drop(self, job: Job) -> None:
        """Forgets a job that is done, or that nobody waits for."""
        if self._open.pop(id(job), None) is not None and job.left:
            self._turns = deque(other for other in self._turns if other is not job)
            self._window = [piece for piece in self._window if piece.job is not job]

    def open_jobs(self) -> list[Job]:
        """The jobs that are not done."""
        return list(self._open.values())

    def has_work(self) -> bool:
        """Whether there is something to tokenise or to embed."""
        return bool(self._window or self._turns)

    def waiting(self) -> int:
        """How many texts are not yet begun to be embedded."""
        return len(self._window) + sum(len(job.texts) - job.taken for job in self._turns)

    def chars(self) -> int:
        """How much text the jobs that are not done hold."""
        return sum(job.chars for job in self._open.values())

    def unread_take(self) -> list[tuple[Job, int]]:
        """The next texts to tokenise; none while the window is full."""
        if not self._turns or sum(len(piece.ids) for piece in self._window) >= self._window_tokens:
            return []
        job = self._turns.popleft()
        first, job.taken = job.taken, min(job.taken + SLICE_TEXTS, len(job.texts))
        if job.taken < len(job.texts):
            self._turns.append(job)
        return [(job, index) for index in range(first, job.taken)]

    def window_add(self, pieces: Iterable[Piece]) -> None:
        """Takes tokenised texts into the window, but for those that nobody waits for any more."""
        self._window += [piece for piece in pieces if id(piece.job) in self._open]

    def batch_take(self, threads: int) -> list[Piece]:
        """The texts to embed next, of a window that so many threads share."""
        if not self._window:
            return []
        oldest, *others = self._window
        most = -(-len(self._window) // threads) if self._batch_tokens else 1
        batch, shortest, longest = [oldest], len(oldest.ids), len(oldest.ids)
        for piece in sorted(others, key=lambda piece: abs(len(piece.ids) - len(oldest.ids))):
            low, high = min(shortest, len(piece.ids)), max(longest, len(piece.ids))
            if len(batch) >= most or (len(batch) + 1) * longest > self._batch_tokens:
                break
            if high - low <= PADDING_TOKENS and (len(batch) + 1) * high <= self._batch_tokens:
                batch, shortest, longest = [*batch, piece], low, high
        taken = {id(piece) for piece in batch}
        self._window = [piece for piece in self._window if id(piece) not in taken]
        return batch
