"""One front over an engine that fails on command, for all tests that do not end it."""

import time
from collections.abc import Iterator

import pytest

from tests.engine.serve.fronts import CONTENDED_S, Running, front_running


@pytest.fixture(scope="package")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with front_running(tmp_path_factory.mktemp("f") / "f.sock") as running:
        yield running


@pytest.fixture(autouse=True)
def ready(request: pytest.FixtureRequest) -> None:
    """Tests that kill the engine leave it to be rebuilt; others leave the front contended for a moment."""
    if "front" in request.fixturenames:
        running = request.getfixturevalue("front")
        time.sleep(CONTENDED_S)
        assert running.wait(lambda: running.client.health().state == "ready")
        assert running.wait(lambda: running.state()["in_flight"] == {"requests": 0, "tokens": 0})
