"""Restarts leave nothing behind: part of `make soak`, for each takes the time of a load."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from engine.parallel.machine import SHARED_MEMORY
from engine.parallel.remains import memory_owner
from engine.parallel.seal import key_read
from tests.engine.parallel.cluster import Cluster, cluster, wait_until
from tests.engine.parallel.serving import STORY, Serving

pytestmark = [pytest.mark.slow, pytest.mark.alone]
RESTARTS = 20 if os.environ.get("COLLEGIUM_SOAK") else 0


def left(made: Cluster) -> tuple[list[str], int, int]:
    """Our shared memory, what listens in the workers, and how many processes they have."""
    processes = []
    for worker in made.workers.values():
        processes += [psutil.Process(worker.pid), *psutil.Process(worker.pid).children(recursive=True)]
    listening = 0
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # it has just ended
            listening += sum(c.status == psutil.CONN_LISTEN for c in process.net_connections("tcp"))
    owner = memory_owner(key_read(made.key_file))
    names = [path.name for path in SHARED_MEMORY.iterdir() if owner in path.name]
    return names, listening, len(processes)


@pytest.mark.skipif(not RESTARTS, reason="part of make soak")
def test_restarts_leave_no_shared_memory_no_port_and_no_process(padded_model: Path):
    with cluster(padded_model) as made:
        made.start_broker()
        made.start_workers(2)
        wait_until(lambda: left(made)[2] == 2 * len(made.workers), 30, "the workers' pools of one process")
        before = left(made)
        assert before[0] == [] and before[1] == 0
        for number in range(RESTARTS):
            with made.serve(name=f"s{number}") as (client, server):
                serving = Serving(made, client, server.pid)
                assert client.chat(STORY, max_tokens=8)[0]
                if number % 3 == 1:
                    os.kill(serving.executor_pid(), signal.SIGKILL)
                elif number % 3 == 2:
                    os.kill(made.rank_pids()[number % 2], signal.SIGKILL)
            print(f"restart {number + 1} of {RESTARTS}", flush=True)
            wait_until(lambda: left(made) == before, 30, f"after restart {number}: {left(made)}")
