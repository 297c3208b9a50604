"""One engine process per wanted version: the real front over an engine without a model, real processes."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from collegium.accounts.asker import Asker
from collegium.ops.installation import child_environment
from collegium.ops.parts import ProgramPart
from collegium.serving.engines import client_of
from collegium.serving.fleet import EngineFleet, engines_known
from collegium.serving.management.commands.engines import folders_prepare
from collegium.serving.models import ModelVersion, engine_socket
from collegium.serving.resolution import engine_for
from collegium.serving.services import (
    alias_move,
    candidate_set,
    version_add,
    version_promote,
    version_rollback,
)
from collegium.serving.wanted import versions_wanted
from engine.client import ChatMessage
from tests.engine.serve.fronts import LIMITS
from tests.services import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
MANY = json.dumps(LIMITS | {"sequences": 32, "waiting": 200, "waiting_of_workspace": 200})


def fake_part(version: ModelVersion) -> ProgramPart:
    from django.conf import settings

    socket = engine_socket(version)
    client = client_of(f"unix://{socket}")
    return ProgramPart(
        name=f"engine-{version.pk}",
        log=settings.HOME.logs / f"engine-{version.pk}.log",
        command=lambda: [sys.executable, "-m", "tests.engine.serve.front_over_fake", str(socket), MANY],
        cwd=ROOT,
        env=child_environment(),
        ready=lambda: client.health().state == "ready",
    )


@pytest.fixture
def fleet(settings) -> Iterator[EngineFleet]:
    folders_prepare()
    made = EngineFleet(fake_part, quiet_s=0.5)
    yield made
    pids = [one.part.process.pid for one in made.kept.values() if one.part.process]
    family = [child for pid in pids if psutil.pid_exists(pid) for child in psutil.Process(pid).children(True)]
    made.stop()
    assert not psutil.wait_procs(family, timeout=10)[1]
    assert not any(psutil.pid_exists(pid) for pid in pids)


@pytest.fixture
def versions(trained) -> list[ModelVersion]:
    return [version_add(directory=trained(str(number)), base=None) for number in (1, 2, 3)]


def ticked(fleet: EngineFleet, until: Callable[[], bool], seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        fleet.tick(versions_wanted())
        if until():
            return True
        time.sleep(0.05)
    return False


def states(fleet: EngineFleet) -> dict[str, str]:
    return {one.version.version: one.part.state for one in fleet.kept.values()}


def test_what_is_wanted_runs_and_what_no_alias_names_does_not(fleet, versions, admin_asker, settings):
    one, two, _ = versions
    alias_move(name="production", model_version=one)
    candidate_set(asker=admin_asker, version_id=two.uid)
    assert ticked(fleet, lambda: states(fleet) == {"1": "ready", "2": "ready"})
    known = engines_known()
    assert known[str(one.uid)]["state"] == "ready" and str(versions[2].uid) not in known
    candidate_set(asker=admin_asker, version_id=None)
    assert ticked(fleet, lambda: states(fleet) == {"1": "ready"})


def test_an_engine_that_died_is_started_again(fleet, versions):
    alias_move(name="production", model_version=versions[0])
    assert ticked(fleet, lambda: states(fleet) == {"1": "ready"})
    kept = fleet.kept[versions[0].pk]
    first = kept.part.process.pid
    os.kill(first, signal.SIGKILL)
    assert ticked(fleet, lambda: states(fleet) == {"1": "ready"} and kept.part.process.pid != first)
    assert kept.restarts == 1


def test_an_engine_with_a_request_is_not_stopped_before_it_has_ended(fleet, versions):
    alias_move(name="production", model_version=versions[0])
    assert ticked(fleet, lambda: states(fleet) == {"1": "ready"})
    client, pieces = client_of(versions[0].address), []
    body = {"model": "fake", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 10}
    ended = threading.Event()

    def ask() -> None:
        import httpx

        transport = httpx.HTTPTransport(uds=client.url.removeprefix("unix://"))
        with httpx.Client(transport=transport, base_url="http://e", timeout=30) as http:
            asked = body | {"stream": True, "fake": {"tokens": 30, "pause_s": 0.1}}
            with http.stream("POST", "/v1/chat/completions", json=asked) as reply:
                pieces.extend(line for line in reply.iter_lines() if line)
        ended.set()

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.5)
    ModelVersion.objects.get(pk=versions[0].pk).aliases.all().delete()
    assert ticked(fleet, ended.is_set, 20) and states(fleet) == {"1": "ready"}
    thread.join()
    assert pieces[-1] == "data: [DONE]" and len(pieces) > 30
    assert ticked(fleet, lambda: states(fleet) == {})


def test_the_least_important_engine_gives_way_to_what_answers(fleet, versions, admin_asker):
    one, two, three = versions
    fleet.engines_max = 2
    alias_move(name="production", model_version=one)
    candidate_set(asker=admin_asker, version_id=two.uid)
    assert ticked(fleet, lambda: states(fleet) == {"1": "ready", "2": "ready"})
    alias_move(name="previous", model_version=one)
    alias_move(name="production", model_version=three)
    assert ticked(fleet, lambda: states(fleet) == {"1": "ready", "3": "ready"})
    assert "COLLEGIUM_MAX_ENGINES" in engines_known()[str(two.uid)]["detail"]


def test_what_memory_does_not_hold_waits_and_says_so(fleet, versions):
    fleet.available_bytes = lambda: 2 * 1024**3
    alias_move(name="production", model_version=versions[0])
    fleet.tick(versions_wanted())
    assert states(fleet) == {}
    detail = engines_known()[str(versions[0].uid)]["detail"]
    assert "3.0 GiB" in detail and "2.0 GiB are free" in detail


def test_previous_is_kept_for_its_time_only(fleet, versions, settings):
    one, two, _ = versions
    alias_move(name="production", model_version=one)
    alias_move(name="previous", model_version=two)
    assert [str(want.version) for want in versions_wanted()] == ["small-moe@1", "small-moe@2"]
    settings.PREVIOUS_KEPT_MIN = 0
    assert [str(want.version) for want in versions_wanted()] == ["small-moe@1"]


class Load:
    """Streams without pause, each to the engine that answers when it begins."""

    def __init__(self, asker: Asker, streams: int) -> None:
        self.asker, self.done, self.failed = asker, [], []
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(streams)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def answered(self, label: str) -> int:
        return sum(one == label for one in self.done)

    def _run(self) -> None:
        from django.db import connection

        while not self._ended.is_set():
            try:
                engine = engine_for(self.asker)
                text, _usage = engine.client.chat([ChatMessage("user", "Hi")], max_tokens=5)
                assert text
                self.done.append(engine.label)
            except Exception as error:
                self.failed.append(repr(error))
            finally:
                connection.close()


def test_promotion_and_rollback_under_a_load_of_streams_fail_no_request(
    fleet, versions, admin_asker, settings
):
    one, two, _ = versions
    alias_move(name="production", model_version=one)
    assert ticked(fleet, lambda: states(fleet) == {"1": "ready"})
    moved: list[float] = []

    def move(act: Callable) -> None:
        from django.db import connection

        began = time.monotonic()
        act()
        moved.append(time.monotonic() - began)
        connection.close()

    with Load(admin_asker, streams=8) as load:
        assert ticked(fleet, lambda: load.answered("small-moe@1") > 50)
        promote = threading.Thread(
            target=move, args=[lambda: version_promote(asker=admin_asker, version_id=two.uid, reason="tried")]
        )
        promote.start()
        assert ticked(fleet, lambda: load.answered("small-moe@2") > 50)
        promote.join()
        assert states(fleet) == {"1": "ready", "2": "ready"}
        before = load.answered("small-moe@1")
        back = threading.Thread(target=move, args=[lambda: version_rollback(asker=admin_asker)])
        back.start()
        assert ticked(fleet, lambda: load.answered("small-moe@1") > before + 50)
        back.join()
        settings.PREVIOUS_KEPT_MIN = 0
        ModelVersion.objects.update(wanted_until=None)
        assert ticked(fleet, lambda: states(fleet) == {"1": "ready"})  # drained under the load
    assert load.failed == []
    assert moved[1] < 10  # what was previous still ran: no load, whatever else the machine does
