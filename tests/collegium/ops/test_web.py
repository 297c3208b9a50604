"""The web process as the supervisor starts it, with several workers on one socket."""

import socket
import subprocess
import sys
import time

import httpx
import psutil
import pytest


@pytest.fixture
def web(session_environment, tmp_path):
    """A web process of two workers, and its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        command = [
            sys.executable, "-m", "collegium.ops.web", "--fd", str(listener.fileno()), "--workers", "2"
        ]  # fmt: skip
        with (tmp_path / "web.log").open("wb") as log:
            process = subprocess.Popen(
                command, env=session_environment, pass_fds=[listener.fileno()], stdout=log, stderr=log
            )
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    yield psutil.Process(process.pid), address
    process.kill()
    process.wait()


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    return [one for one in process.children() if "resource_tracker" not in " ".join(one.cmdline())]


def test_several_workers_answer_and_end_with_their_process(web):
    process, address = web
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if httpx.get(f"{address}/v1/models", timeout=5).status_code == 401:
                break
        except httpx.HTTPError:
            time.sleep(0.2)
    workers = workers_of(process)
    assert len(workers) == 2
    assert {httpx.get(f"{address}/v1/models", timeout=5).status_code for _ in range(10)} == {401}
    process.terminate()
    assert process.wait(15) == 0
    assert not psutil.wait_procs(workers, timeout=10)[1]
