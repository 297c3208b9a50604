"""Promote, serve and roll back under streams that never pause: the real engine twice, the real web process.

With COLLEGIUM_TEST_FIGURES=FILE the figures are written there (tests/bench/promotion.py).
"""

import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import httpx
import pytest

from collegium.ops.processes import child_start, child_stop, log_tail
from collegium.serving.models import ModelVersion
from collegium.serving.services import alias_move, model_register, version_add
from engine.manifest import Manifest, manifest_read, manifest_write
from tests.collegium.api.conftest import uvicorn_run
from tests.services import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.alone]
STREAMS = 4
TOKENS = 24
ROLLBACK_LIMIT_S = 60.0
NEW = "smollm2-135m-tuned"


class StreamLoad:
    """Streams one after another on several threads; whatever is not a whole stream is a failure."""

    def __init__(self, address: str, key: str) -> None:
        self._url, self._headers = f"{address}/v1/chat/completions", {"Authorization": f"Bearer {key}"}
        self.ended = threading.Event()
        self.whole: list[tuple[str, float, float]] = []  # model, begun, first piece after
        self.failed: list[str] = []
        self._threads = [threading.Thread(target=self._run) for _ in range(STREAMS)]

    def __enter__(self) -> "StreamLoad":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        for thread in self._threads:
            thread.join()

    def of(self, model: str) -> list[tuple[str, float, float]]:
        return [one for one in self.whole if one[0] == model]

    def _run(self) -> None:
        with httpx.Client(timeout=120) as http:
            while not self.ended.is_set():
                try:
                    self.whole.append(self._stream(http))
                except Exception as error:
                    self.failed.append(repr(error))

    def _stream(self, http: httpx.Client) -> tuple[str, float, float]:
        body = {
            "model": "production",
            "stream": True,
            "max_tokens": TOKENS,
            "messages": [{"role": "user", "content": "Tell a story."}],
        }
        begun, first, lines = time.monotonic(), 0.0, []
        with http.stream("POST", self._url, json=body, headers=self._headers) as reply:
            assert reply.status_code == 200, reply.read()
            for line in reply.iter_lines():
                first = first or time.monotonic() - begun
                if line:
                    lines.append(line.removeprefix("data: "))
        assert lines[-1] == "[DONE]", lines[-1:]
        chunks = [json.loads(line) for line in lines[:-1]]
        assert not [chunk for chunk in chunks if "error" in chunk]
        (model,) = {chunk["model"] for chunk in chunks}  # one model from beginning to end
        return model, begun, first


def waited(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.2)
    return condition()


@pytest.fixture
def versions(language_engine, tmp_path) -> Iterator[tuple[ModelVersion, ModelVersion]]:
    """The default model, which the running engine serves, and a second version whose files are registered."""
    known = manifest_read(language_engine.model)
    base = model_register(
        url=language_engine.url, name=known.name, version=known.version, digest=known.digest,
        manifest={"languages": list(known.languages), "max_tokens": known.max_tokens},
    )  # fmt: skip
    alias_move(name="production", model_version=base)
    copy = tmp_path / "tuned"
    shutil.copytree(language_engine.model, copy)
    values = {field.name: getattr(known, field.name) for field in fields(Manifest)}
    manifest_write(copy, Manifest(**values | {"name": NEW, "version": "2"}))
    tuned = version_add(directory=copy, base=base)
    yield base, tuned
    shutil.rmtree(tuned.folder)


@pytest.fixture
def engines(process_environment, settings) -> Iterator[Path]:
    """manage.py engines as a process."""
    log = settings.HOME.logs / "engines.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    keeper = child_start(
        [sys.executable, ROOT / "manage.py", "engines"],
        log=log,
        env=process_environment | {"COLLEGIUM_LOG_LEVEL": "INFO"},
        cwd=ROOT,
    )
    yield log
    assert child_stop(keeper, grace_s=40), log_tail(log)


def test_promoting_and_rolling_back_under_streams_fails_no_request(
    versions, engines, process_environment, owner, workspace, key_make, tmp_path
):
    owner.is_staff = True
    owner.save()
    base, tuned = versions
    key = key_make(workspace, user=owner)
    http = httpx.Client(headers={"Authorization": f"Bearer {key}"}, timeout=90)
    with uvicorn_run(process_environment, tmp_path / "web.log") as (address, _process), http:
        api = f"{address}/api/v1/models"
        began = time.monotonic()
        http.post(f"{api}/{tuned.uid}/candidate").raise_for_status()

        def ready() -> bool:
            return http.get(f"{api}/{tuned.uid}").json()["engine"]["state"] == "ready"

        assert waited(ready, 170), log_tail(engines)
        loaded_s = time.monotonic() - began
        with StreamLoad(address, key) as load:
            assert waited(lambda: len(load.of(base.name)) >= STREAMS, 60), load.failed
            began = time.monotonic()
            http.post(f"{api}/{tuned.uid}/promote", json={"reason": "A trial."}).raise_for_status()
            promoted_s = time.monotonic() - began
            assert waited(lambda: len(load.of(NEW)) >= 3 * STREAMS, 90), load.failed
            began = time.monotonic()
            http.post(f"{api}/rollback").raise_for_status()
            called_s = time.monotonic() - began
            back = began + called_s
            assert waited(lambda: any(begun > back for _, begun, _ in load.of(base.name)), 90), load.failed
            rollback_s = min(begun + first - began for _, begun, first in load.of(base.name) if begun > back)
            assert waited(lambda: sum(begun > back for _, begun, _ in load.of(base.name)) >= STREAMS, 60)
            since = [model for model, begun, _ in load.whole if begun > back]
    assert load.failed == []
    assert set(since) == {base.name}  # what began after it is answered by the version before
    assert rollback_s < ROLLBACK_LIMIT_S
    figures = {
        "streams_at_once": STREAMS, "streams": len(load.whole), "failed": len(load.failed),
        "of_new": len(load.of(NEW)), "engine_loaded_s": round(loaded_s, 1), "promote_s": round(promoted_s, 2),
        "rollback_call_s": round(called_s, 2), "rollback_first_token_s": round(rollback_s, 2),
    }  # fmt: skip
    print(json.dumps(figures))
    if target := os.environ.get("COLLEGIUM_TEST_FIGURES"):
        Path(target).write_text(json.dumps(figures, indent=1) + "\n")
