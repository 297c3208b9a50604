"""`manage.py up` as a real process: what it starts, refuses, restarts, and leaves behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.collegium.ops.installation import Installation

pytestmark = pytest.mark.slow
ALL = ("database", "valkey", "web", "worker", "beat", "embeddings")


@pytest.fixture(scope="module")
def installation(embedding_model: Path):
    running = Installation(embedding_model.parent)
    try:
        running.answered_s = running.start(*ALL)
        yield running
    finally:
        running.remove()


def wait_until(true, timeout_s: float = 30) -> bool:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.1)
    return False


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


def test_the_site_answers_soon_after_the_first_start(installation):
    """5 s on an idle machine of two cores, 15 s are promised; tests share theirs with others."""
    assert installation.answered_s < 30
    assert installation.get("/healthz") == (200, "ok\n")


def test_it_says_where_to_go_and_how_to_sign_in_but_not_the_password(installation):
    said = installation.output.read_text()
    password_file = installation.home / "initial_password"
    assert installation.up()["url"] in said
    assert str(password_file) in said
    assert password_file.stat().st_mode & 0o077 == 0
    assert password_file.read_text().strip() not in said
    assert not [
        log
        for log in installation.home.glob("logs/*.log")
        if password_file.read_text().strip() in log.read_text()
    ]


def test_readyz_knows_that_all_but_the_engine_is_ready(installation):
    status, body = installation.get("/readyz")
    answer = json.loads(body)
    assert (status, answer["status"]) == (200, "degraded")
    states = {name: part["state"] for name, part in answer["parts"].items()}
    assert states == {
        "database": "ready",
        "valkey": "ready",
        "embeddings": "ready",
        "worker": "ready",
        "engine": "down",
    }
    assert all(part["latency_ms"] >= 0 for part in answer["parts"].values())


def test_metrics_count_what_the_web_process_served_and_say_what_is_up(installation):
    installation.get("/healthz")
    status, text = installation.get("/metrics")
    assert status == 200
    assert 'collegium_requests_total{method="GET",route="healthz",status="200"}' in text
    assert 'part="worker"' in text
    assert "collegium_jobs{" in text


def test_log_lines_are_json_and_carry_the_request_id(installation):
    installation.get("/sign-in/?next=secret", **{"X-Request-ID": "asked-by-a-test-1"})
    log = installation.home / "logs" / "web.log"
    assert wait_until(lambda: "asked-by-a-test-1" in log.read_text(), 5)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    line = next(line for line in lines if line.get("request_id") == "asked-by-a-test-1")
    assert (line["route"], line["status"]) == ("sign-in/", 200)
    assert "secret" not in log.read_text()


def test_a_second_start_on_the_same_home_is_refused_with_the_first_ones_pid(installation):
    second = subprocess.run(
        installation.command(), env=installation.environment, capture_output=True, text=True, timeout=60
    )
    assert second.returncode == 1
    assert str(installation.process.pid) in second.stderr
    assert "COLLEGIUM_HOME" in second.stderr


def test_a_taken_port_is_refused_before_anything_starts():
    other = Installation()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        run = subprocess.run(
            other.command("--port", str(port)),
            env=other.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
    started = (other.home / "postgres").exists()
    other.remove()
    assert run.returncode == 1
    assert f"Port {port}" in run.stderr and "COLLEGIUM_PORT" in run.stderr
    assert not started


@pytest.mark.parametrize("part", ["embeddings", "worker", "web", "valkey", "database"])
def test_a_part_that_is_killed_is_started_again_and_works(installation, part):
    killed = installation.up()["children"][part]
    os.kill(killed, signal.SIGKILL)
    assert wait_until(lambda: installation.up()["children"].get(part) not in (None, killed))
    for name in ALL:
        installation.wait_for(name)
    assert wait_until(lambda: installation.get("/readyz")[0] == 200)
    ready = {"database", "valkey", "embeddings", "worker"}

    def all_ready() -> bool:
        parts = json.loads(installation.get("/readyz")[1])["parts"]
        return ready <= {name for name, each in parts.items() if each["state"] == "ready"}

    assert wait_until(all_ready)
    assert not psutil.pid_exists(killed) or psutil.Process(killed).status() == psutil.STATUS_ZOMBIE


def test_nothing_is_left_when_the_supervisor_is_killed_and_the_next_start_works_and_ends_clean(installation):
    family = installation.family()
    assert len(family) > len(ALL) + 6  # with the database's and the worker's own children
    installation.process.kill()
    installation.process.wait()
    assert wait_until(lambda: not living(family), 20), living(family)
    installation.start(*ALL)
    family = installation.family()
    # As Ctrl-C does: the whole foreground group gets it.
    os.killpg(installation.process.pid, signal.SIGINT)
    assert installation.process.wait(90) == 0
    assert not living(family)
    assert not (installation.home / "run" / "up.json").exists()
    assert installation.output.read_text().rstrip().endswith("Collegium has stopped.")


def test_it_stops_when_its_home_is_removed():
    other = Installation()
    try:
        other.start("database")
        family = other.family()
        said = other.output.open()
        shutil.rmtree(other.home, ignore_errors=True)
        assert other.process.wait(30) == 1
        assert not living(family)
        assert "was removed" in said.read()
    finally:
        other.remove()
