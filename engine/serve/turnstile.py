"""Where requests wait for their turn: admission's decisions, carried out on the event loop."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from engine.serve.admission import Admission, Ticket

LEARNING = 0.1
READ_S_FIRST = 0.002  # per prompt token, until it has been seen how fast the engine reads
READ_S_LONGEST = 30.0


@dataclass(slots=True)
class Passage:
    """A request's stay with the engine."""

    turnstile: "Turnstile"
    ticket: Ticket
    admitted_s: float
    used_tokens: int | None = None

    def begun(self) -> None:
        """The first token has come."""
        self.turnstile.begun(self)

    def begins_unseen(self) -> None:
        """The first token will not be seen: it is taken to come when prompts of this length are read."""
        wait_s = min(self.ticket.prompt_tokens * self.turnstile.read_s_per_token, READ_S_LONGEST)
        asyncio.get_running_loop().call_later(wait_s, self.turnstile.let_next, self.ticket)


class Turnstile:
    """Lets requests through one by one while it is open; those that wait may leave at any time."""

    def __init__(self, admission: Admission, clock: Callable[[], float] = time.monotonic) -> None:
        self.admission = admission
        self.read_s_per_token = READ_S_FIRST
        self._clock = clock
        self._open = False
        self._waiting: dict[Ticket, asyncio.Future[None]] = {}

    def open(self) -> None:
        """Lets requests through from now on."""
        self._open = True
        self._admit()

    def close(self) -> None:
        """Holds requests back; those that are through stay so."""
        self._open = False

    @asynccontextmanager
    async def passed(self, ticket: Ticket) -> AsyncIterator[Passage]:
        """Waits for the request's turn and holds its place for the block. Raises QueueFull."""
        self.admission.submit(ticket, self._clock())
        turn = self._waiting[ticket] = asyncio.get_running_loop().create_future()
        passage = Passage(self, ticket, 0.0)
        try:
            self._admit()
            await turn
            passage.admitted_s = self._clock()
            yield passage
        finally:
            self._waiting.pop(ticket, None)
            self.admission.leave(ticket, passage.used_tokens)
            self._admit()

    def begun(self, passage: Passage) -> None:
        """A prompt was read: learns how long that takes, and lets the next be read."""
        ticket = passage.ticket
        if ticket.reading and ticket.prompt_tokens:
            took = (self._clock() - passage.admitted_s) / ticket.prompt_tokens
            self.read_s_per_token += LEARNING * (took - self.read_s_per_token)
        self.let_next(ticket)

    def let_next(self, ticket: Ticket) -> None:
        """The prompt is read, or taken to be: another's may be."""
        self.admission.begun(ticket)
        self._admit()

    def _admit(self) -> None:
        if not self._open:
            return
        for ticket in self.admission.admit(self._clock()):
            turn = self._waiting.pop(ticket)
            if not turn.done():
                turn.set_result(None)
