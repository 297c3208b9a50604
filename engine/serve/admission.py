"""Which request goes to the engine next: by tokens in flight, fairly between workspaces, people before jobs.

Fairness is that of the virtual token counter (Sheng et al., "Fairness in serving large language models", OSDI
2024, arXiv 2401.00588): each workspace has a counter of the tokens it was served, and the one with the least
goes first; one that comes back after a pause is lifted to where the others are. What a request may take is
charged when it is admitted, and what it did not take is given back at its end.
"""

from collections import deque
from dataclasses import dataclass, field, replace
from enum import StrEnum

from engine.errors import EngineUnavailable


class Priority(StrEnum):
    """Who waits for an answer: a person, or a job."""

    INTERACTIVE = "interactive"
    BATCH = "batch"


class QueueFull(EngineUnavailable):
    """Too many requests wait; `status` is 429 where the workspace's own fill its part, else 503."""

    code = "queue_full"
    retry_after_s = 5

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be in flight and what may wait.

    `reading_tokens` bounds the prompts that the engine reads at the same time: whoever comes waits for them.
    No workspace takes more than `workspace_part` of each bound, jobs together no more than `batch_part`, so
    that the next to come finds room. While more than one workspace, or people and jobs, have asked within
    `contended_s`, the bounds that begin with `contended_` hold instead: each has less, and nobody waits for
    long. Alone, one has more, since the engine does more at a time the more it is given. A job that waited
    `ageing_s` is treated as a person's request.
    """

    tokens: int
    sequences: int = 32
    reading_tokens: int = 2048
    workspace_part: float = 0.75
    batch_part: float = 0.5
    contended_reading_tokens: int = 384
    contended_workspace_part: float = 0.5
    contended_batch_part: float = 0.25
    contended_s: float = 10.0
    waiting: int = 256
    waiting_of_workspace: int = 128
    ageing_s: float = 20.0


@dataclass(slots=True, eq=False, kw_only=True)
class Ticket:
    """One request: what it may take at most, and since when it waits."""

    workspace: str
    priority: Priority
    prompt_tokens: int
    new_tokens: int
    sequences: int = 1
    arrived_s: float = 0.0
    reading: bool = False

    @property
    def tokens(self) -> int:
        """What it may take at most."""
        return self.prompt_tokens + self.new_tokens


@dataclass(slots=True)
class Held:
    """What a group of requests holds of each bound."""

    tokens: int = 0
    sequences: int = 0
    reading_tokens: int = 0

    def change(self, ticket: Ticket, sign: int) -> None:
        """Adds (1) or takes off (-1) an admitted request."""
        self.tokens += sign * ticket.tokens
        self.sequences += sign * ticket.sequences
        if ticket.reading:
            self.reading_tokens += sign * ticket.prompt_tokens

    def admits(self, ticket: Ticket, limits: Limits, part: float) -> bool:
        """Whether the request fits beside what is held; each bound lets a single request pass."""
        reading = self.reading_tokens == 0 or (
            self.reading_tokens + ticket.prompt_tokens <= limits.reading_tokens * part
        )
        return self.sequences == 0 or (
            reading
            and self.tokens + ticket.tokens <= limits.tokens * part
            and self.sequences + ticket.sequences <= limits.sequences * part
        )


@dataclass(slots=True)
class Workspace:
    """A workspace's queues, what it holds, and its virtual token counter."""

    served: float = 0.0
    held: Held = field(default_factory=Held)
    queues: dict[Priority, deque[Ticket]] = field(default_factory=lambda: {p: deque() for p in Priority})

    @property
    def waiting(self) -> int:
        """How many of its requests wait."""
        return sum(map(len, self.queues.values()))

    @property
    def idle(self) -> bool:
        """Whether it has nothing here."""
        return not self.waiting and not self.held.sequences


class Admission:
    """Decides, and knows no clock, no socket and no thread: times are given to it, in seconds."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._seen_s: dict[tuple[str, Priority], float] = {}
        self.held = Held()
        self._of_priority = {p: Held() for p in Priority}
        self._workspaces: dict[str, Workspace] = {}
        self._admitted: set[Ticket] = set()
        self._virtual = 0.0

    def submit(self, ticket: Ticket, now: float) -> None:
        """Queues a request. Raises QueueFull."""
        place = self._workspaces.get(ticket.workspace)
        if self.waiting() >= self.limits.waiting:
            raise QueueFull(f"{self.waiting()} requests wait already: try again later", status=503)
        if place and place.waiting >= self.limits.waiting_of_workspace:
            raise QueueFull(
                f"{place.waiting} requests of this workspace wait already: send fewer at once", status=429
            )
        if place is None:
            place = self._workspaces[ticket.workspace] = Workspace()
        if place.idle:  # it earns nothing by having paused
            place.served = max(place.served, self._virtual)
        ticket.arrived_s = now
        self._seen_s[ticket.workspace, ticket.priority] = now
        place.queues[ticket.priority].append(ticket)

    def admit(self, now: float) -> list[Ticket]:
        """Takes from the queues all that may begin now, in order."""
        admitted: list[Ticket] = []
        limits = self._limits_now(now)
        while (ticket := self._next(now, limits)) is not None and self.held.admits(ticket, limits, 1.0):
            place = self._workspaces[ticket.workspace]
            place.queues[ticket.priority].remove(ticket)
            self._virtual = max(self._virtual, place.served)
            place.served += ticket.tokens
            ticket.reading = True
            self._change(ticket, 1)
            self._admitted.add(ticket)
            admitted.append(ticket)
        return admitted

    def begun(self, ticket: Ticket) -> None:
        """The engine has read the prompt: another's may be read."""
        if ticket in self._admitted and ticket.reading:
            self._change(ticket, -1)
            ticket.reading = False
            self._change(ticket, 1)

    def leave(self, ticket: Ticket, used_tokens: int | None = None) -> None:
        """The request is over, served or given up, wherever it was; a second call does nothing.

        `used_tokens` is what it really took; unknown, it keeps what it was charged.
        """
        place = self._workspaces.get(ticket.workspace)
        if place is None:
            return
        if ticket in self._admitted:
            self._admitted.remove(ticket)
            self._change(ticket, -1)
            if used_tokens is not None:
                place.served += used_tokens - ticket.tokens
        elif ticket in place.queues[ticket.priority]:
            place.queues[ticket.priority].remove(ticket)
        self._forget()

    def waiting(self, priority: Priority | None = None) -> int:
        """How many requests wait."""
        places = self._workspaces.values()
        return sum(len(q) for place in places for p, q in place.queues.items() if priority in (None, p))

    def waiting_tokens(self) -> int:
        """What the waiting requests may take."""
        places = self._workspaces.values()
        return sum(t.tokens for place in places for queue in place.queues.values() for t in queue)

    def _limits_now(self, now: float) -> Limits:
        """The limits, or those that hold while several ask."""
        limits = self.limits
        self._seen_s = {who: at for who, at in self._seen_s.items() if now - at < limits.contended_s}
        asking = self._seen_s.keys() | {(t.workspace, t.priority) for t in self._admitted}
        asking |= {(n, p) for n, place in self._workspaces.items() for p, q in place.queues.items() if q}
        if len(asking) < 2:
            return limits
        people = any(priority == Priority.INTERACTIVE for _, priority in asking)
        return replace(
            limits,
            reading_tokens=min(limits.reading_tokens, limits.contended_reading_tokens),
            workspace_part=limits.contended_workspace_part,
            batch_part=limits.contended_batch_part if people else limits.batch_part,
        )

    def _next(self, now: float, limits: Limits) -> Ticket | None:
        """The request whose turn it is; where it does not fit yet, it is waited for, lest it starve."""
        turns: list[tuple[bool, float, float, Ticket]] = []
        for place in self._workspaces.values():
            for ticket in (queue[0] for queue in place.queues.values() if queue):
                if self._within_parts(ticket, place, limits):
                    aged = now - ticket.arrived_s >= limits.ageing_s
                    can_wait = ticket.priority == Priority.BATCH and not aged
                    turns.append((can_wait, place.served, ticket.arrived_s, ticket))
        return min(turns, key=lambda turn: turn[:3])[3] if turns else None

    def _within_parts(self, ticket: Ticket, place: Workspace, limits: Limits) -> bool:
        jobs = self._of_priority[Priority.BATCH]
        if ticket.priority == Priority.BATCH and not jobs.admits(ticket, limits, limits.batch_part):
            return False
        return place.held.admits(ticket, limits, limits.workspace_part)

    def _change(self, ticket: Ticket, sign: int) -> None:
        groups = (
            self.held,
            self._of_priority[ticket.priority],
            self._workspaces[ticket.workspace].held,
        )
        for held in groups:
            held.change(ticket, sign)

    def _forget(self) -> None:
        """Drops workspaces that have nothing here and no lead over the others: names must not pile up."""
        if not self.waiting():  # where nobody waits, nobody is ahead
            self._virtual = max(place.served for place in self._workspaces.values())
        for name, place in list(self._workspaces.items()):
            if place.idle and place.served <= self._virtual:
                del self._workspaces[name]
