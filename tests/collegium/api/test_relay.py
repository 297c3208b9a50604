"""Handing events from a thread to a coroutine."""

import asyncio
import threading
import time

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from collegium.answers.events import Event
from collegium.api.streaming.answering import Answering
from collegium.api.streaming.relay import NothingYet, Numbered, Relay
from collegium.api.streaming.replay import EventKeeper, kept_events
from collegium.api.streaming.slots import Slot
from tests.collegium.api.conftest import SECRET

pytestmark = pytest.mark.django_db


class Source:
    """Yields events until it is closed; knows whether it was."""

    def __init__(self, count: int, pause_s: float = 0.0, fails_at: int | None = None) -> None:
        self.count, self.pause_s, self.fails_at = count, pause_s, fails_at
        self.made = 0
        self.closed = threading.Event()

    def __call__(self):
        try:
            yield Event("started", {"id": "11111111-1111-1111-1111-111111111111"})
            for number in range(self.count):
                time.sleep(self.pause_s)
                if number == self.fails_at:
                    raise RuntimeError("hunter2")
                self.made += 1
                yield Event("delta", {"text": str(number)})
            yield Event("done", {})
        finally:
            self.closed.set()


def gathered(asked: Answering) -> list:
    async def run() -> list:
        await asked.begin()
        return [event async for event in asked.events()]

    return asyncio.run(run())


def test_events_keep_their_order_and_numbers(owner_asker):
    events = gathered(Answering(owner_asker, Source(500)))
    assert [event.number for event in events] == list(range(1, 503))
    assert [event.data["text"] for event in events[1:-1]] == [str(n) for n in range(500)]


def test_silence_is_filled_with_heartbeats(owner_asker, settings):
    settings.STREAM_HEARTBEAT_S = 0.05
    events = gathered(Answering(owner_asker, Source(2, pause_s=0.2)))
    assert events.count(None) >= 4 and [event.name for event in events if event] == [
        "started",
        "delta",
        "delta",
        "done",
    ]


def test_a_failure_after_the_start_is_an_error_event_without_internals(owner_asker):
    events = gathered(Answering(owner_asker, Source(5, fails_at=2)))
    assert [event.name for event in events] == ["started", "delta", "delta", "error"]
    assert (
        events[-1].number == 4 and events[-1].data["status"] == 500 and "hunter2" not in str(events[-1].data)
    )


def test_leaving_closes_the_source_and_tells_whoever_resumes(owner_asker):
    source = Source(1000, pause_s=0.02)

    async def run() -> list:
        asked = Answering(owner_asker, source)
        first = await asked.begin()
        events = asked.events()
        await anext(events)
        await anext(events)
        await events.aclose()
        assert await asyncio.to_thread(source.closed.wait, 5)
        await asyncio.sleep(0.2)
        return [event async for event in kept_events(first.data["id"], 0, running=True, wait_s=1)]

    kept = asyncio.run(run())
    assert source.made < 10
    assert kept[0].name == "started" and kept[-1].name == "error" and kept[-1].data["code"] == "cancelled"


def test_a_relay_may_be_read_from_another_loop_than_it_began_in():
    relay = Relay(Source(3, pause_s=0.05))
    relay.start()
    first = asyncio.run(relay.next(5))
    second = asyncio.run(relay.next(5))
    assert (first.number, second.number) == (1, 2)


def test_waiting_for_an_event_that_does_not_come_loses_none():
    relay = Relay(Source(1, pause_s=0.3))

    async def run() -> list:
        relay.start()
        got = [await relay.next(5)]
        while got[-1].name != "done":
            try:
                got.append(await relay.next(0.01))
            except NothingYet:
                continue
        return got

    assert [event.name for event in asyncio.run(run())] == ["started", "delta", "done"]


def test_slots_are_counted_per_workspace_and_lapse(workspace, foreign, settings, monkeypatch):
    from collegium.api.problems import TooMany

    settings.STREAMS_PER_WORKSPACE = 2
    first, second, third = (Slot(workspace.pk) for _ in range(3))
    first.take()
    second.take()
    with pytest.raises(TooMany) as refused:
        third.take()
    assert refused.value.retry_after_s > 0
    Slot(foreign.pk).take()
    first.release()
    third.take()
    now = time.time()
    monkeypatch.setattr("collegium.api.streaming.slots.time.time", lambda: now + 61)
    Slot(workspace.pk).take()


def test_answers_come_without_valkey(owner_asker, settings):
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    assert [event.name for event in gathered(Answering(owner_asker, Source(1)))] == [
        "started",
        "delta",
        "done",
    ]


def test_a_reader_who_claims_more_than_there_is_does_not_wait_for_ever(owner_asker, settings):
    answer = gathered(Answering(owner_asker, Source(3)))[0].data["id"]

    async def read(after: int, *, running: bool) -> list:
        return [event async for event in kept_events(answer, after, running=running, wait_s=0.1)]

    assert asyncio.run(read(100, running=False)) == []
    assert [event.number for event in asyncio.run(read(3, running=True))] == [4, 5]
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    assert asyncio.run(read(0, running=True)) == []


def test_what_was_closed_meanwhile_is_not_replayed(knowledge, colleague_asker, settings):
    from collegium.answers.models import Answer, Conversation
    from collegium.api.views.answers import answer_now, resumed

    settings.STREAM_HEARTBEAT_S = 0.2
    owner = {"workspace_id": colleague_asker.workspace_id, "user_id": colleague_asker.user_id}
    talk = Conversation.objects.create(vertical="finance", **owner)
    answer = Answer.objects.create(
        conversation=talk, vertical="finance", question="?", language="en", **owner
    )
    document = str(knowledge.document.pk)
    keeper = EventKeeper()
    keeper.keep(Numbered(1, "started", {"id": str(answer.pk)}))
    keeper.keep(Numbered(2, "retrieval", {"found": [{"document": document, "title": "Annual report"}]}))
    keeper.keep(Numbered(3, "citation", {"id": 1, "document": document, "quote": SECRET}))
    keeper.keep(Numbered(4, "delta", {"text": SECRET}))
    keeper.flush()

    async def replayed() -> str:
        parts = []
        known = await sync_to_async(answer_now)(colleague_asker, answer.pk)
        async for part in resumed(colleague_asker, known, 0):
            parts.append(part)
            if len(parts) == 6:
                break
        return b"".join(parts).decode()

    assert SECRET in (before := async_to_sync(replayed)()) and "Annual report" in before
    knowledge.document.access = "restricted"
    knowledge.document.save()
    after = async_to_sync(replayed)()
    assert SECRET not in after and "Annual report" not in after
    assert "started" in after and "events_gone" in after
