"""One answer in the making, for a client that waits or one that listens."""

import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.answers.services import ask_events
from collegium.api.problems import problem_body, problem_from
from collegium.api.streaming.relay import NothingYet, Numbered, Relay
from collegium.api.streaming.replay import EventKeeper
from collegium.api.streaming.slots import Slot
from collegium.errors import Problem, Unavailable
from collegium.sdk.answering import Turn

FIRST_EVENT_S = 60.0


class Answering:
    """Makes an answer event by event; whoever leaves `events` early stops the generation.

    `begin` raises what is wrong with the question, before anything is sent to the client.
    """

    def __init__(self, asker: Asker, make: Callable[[], Iterator[Any]]) -> None:
        self._keeper = EventKeeper()
        self._slot = Slot(asker.workspace_id)
        self._relay = Relay(make, keep=self._kept, pause=self._keeper.flush, end=self._ended)
        self._first: Numbered | None = None

    async def begin(self) -> Numbered:
        """Take one of the workspace's streams and return the first event, which names the answer."""
        await sync_to_async(self._slot.take, thread_sensitive=False)()
        try:
            self._relay.start()
            self._first = await self._relay.next(FIRST_EVENT_S)
        except NothingYet as error:
            raise Unavailable(_("The answer did not begin in time; try again.")) from error
        finally:
            if self._first is None:
                self._relay.stop()
        if self._first is None:
            raise Unavailable(_("No answer was made; try again."))
        return self._first

    async def events(self) -> AsyncIterator[Numbered | None]:
        """The events from the first on; None where none came for a while. A failure ends them as `error`."""
        number = 0
        event = self._first
        try:
            while event is not None:
                number = event.number
                yield event
                event = None
                while event is None:
                    try:
                        event = await self._relay.next(settings.STREAM_HEARTBEAT_S)
                        break
                    except NothingYet:
                        await sync_to_async(self._slot.renew, thread_sensitive=False)()
                        yield None
        except Exception as error:  # the status has been sent: the client is told by an event
            yield _failure(number + 1, error)
        finally:
            self._relay.stop()

    async def result(self) -> dict[str, Any]:
        """Wait for the stored answer; a failure is raised as the Problem that it is."""
        async for event in self.events():
            if event is not None and event.name == "error":
                raise problem_of(event.data)
            if event is not None and event.name == "done":
                return event.data
        raise Unavailable(_("The answer was not finished; try again."))

    def _kept(self, event: Numbered) -> None:
        self._keeper.keep(event)
        self._slot.renew()

    def _ended(self, failure: Exception | None) -> None:
        self._slot.release()
        gone = Problem(_("The answer was stopped: its client went away."), code="cancelled", status=499)
        self._keeper.end(failure or gone)


def _failure(number: int, error: Exception) -> Numbered:
    return Numbered(number, "error", problem_body(problem_from(error)))


def problem_of(data: dict[str, Any]) -> Problem:
    """The Problem that an `error` event tells of."""
    extra = {key: value for key, value in data.items() if key in {"id", "searched"}}
    problem = Problem(
        str(data.get("detail", "")),
        code=str(data.get("code", "answer_failed")),
        status=int(data.get("status") or 500),
        **{"answer": extra.pop("id")} if "id" in extra else {},
    )
    problem.title = str(data.get("title") or problem.title)
    return problem


def answering(
    asker: Asker,
    *,
    vertical: str,
    question: str,
    knowledge_bases: Sequence[uuid.UUID] = (),
    conversation: uuid.UUID | None = None,
    language: str | None = None,
    history: Sequence[Turn] = (),
    context: Mapping[str, Any] | None = None,
) -> Answering:
    """An answer that has not begun."""
    return Answering(
        asker,
        lambda: ask_events(
            asker=asker,
            vertical=vertical,
            question=question,
            knowledge_bases=knowledge_bases,
            conversation=conversation,
            language=language,
            history=history,
            context=context,
        ),
    )
