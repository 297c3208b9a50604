"""vLLM's executor over ranks that Celery workers run: --distributed-executor-backend
engine.parallel.executor.CeleryExecutor, as engine.serve.vllm_server sets it.

The engine's process claims workers, sends them signed orders, and from then on talks to the ranks directly,
over vLLM's message queues (requests and answers); the ranks meet each other in a torch.distributed group
whose store this process keeps. When a rank is lost, the engine is told that its executor failed, and ends.
"""

import threading
import weakref
from collections import deque
from typing import Any

from torch import distributed
from vllm.distributed.device_communicators.shm_broadcast import MessageQueue
from vllm.utils.torch_utils import set_torch_threads_for_runtime
from vllm.v1.executor.multiproc_executor import FutureWrapper, MultiprocExecutor

from engine.parallel.facts import config_facts
from engine.parallel.queues import WatchedQueue, queue_address, queue_join, queue_open, queue_ready
from engine.parallel.run import Run, RunSettings
from engine.parallel.start import SETTINGS_KEY
from engine.serve.sockets import tcp_open

MEETING_TIMEOUT_S = 20.0


class CeleryExecutor(MultiprocExecutor):
    """Runs vLLM's calls on ranks that are long-running Celery tasks."""

    supports_pp = False

    def _init_executor(self) -> None:
        """Starts the ranks, and returns when all have loaded their part of the model."""
        self.is_failed = self.shutting_down = False
        self.failure_callback = None
        self.workers: Any = []  # vLLM's own are processes of this one; it has none
        self.response_mqs: Any = []
        self._ending = threading.Lock()
        self._finalizer = weakref.finalize(self, self.shutdown)
        self._get_parallel_sizes()
        settings = RunSettings.from_mapping(settings_of(self.vllm_config.additional_config))
        self.run = Run(settings, self.world_size)
        try:
            self._ranks_start(settings)
        except BaseException:
            self.shutdown()
            raise
        set_torch_threads_for_runtime()  # this process only schedules
        self.futures_queue = deque[FutureWrapper]()
        self.output_rank = self._get_output_rank()

    def _ranks_start(self, settings: RunSettings) -> None:
        self.run.claim()
        self._store = store_open(settings.address)
        requests: MessageQueue = queue_open(settings.address, self.world_size)
        self.rpc_broadcast_mq = requests
        self.run.order(
            control=queue_address(requests),
            store=f"tcp://{bracketed(settings.address)}:{self._store.port}",
            facts=config_facts(self.vllm_config),
        )
        answers = [queue_join(address) for address in self.run.ready()]
        self.start_worker_monitor()  # from now on this thread waits for others
        queue_ready(requests, MEETING_TIMEOUT_S)
        for queue in answers:
            queue_ready(queue, MEETING_TIMEOUT_S)
        self.response_mqs = [WatchedQueue(queue, self.run.check) for queue in answers]

    def start_worker_monitor(self, inline: bool = False) -> None:
        """Looks after the ranks; called once they are ready."""
        self.run.watch(self._fail)

    def _fail(self) -> None:
        """Tells the engine at once, and cleans up after that: ranks that hang take their time to end."""
        self.is_failed = True
        callback, self.failure_callback = self.failure_callback, None
        if callback is not None:
            callback()
        self.shutdown()

    def shutdown(self) -> None:
        """Ends the ranks and closes what this process opened; a second caller waits for the first."""
        with self._ending:
            if self.shutting_down:
                return
            self.shutting_down = True
            self.run.end()
            for queue in (self.rpc_broadcast_mq, *self.response_mqs):
                if queue is not None:
                    queue.shutdown()
            self.rpc_broadcast_mq, self.response_mqs = None, []
            self._store = None


def settings_of(additional_config: Any) -> Any:
    """Our part of vLLM's additional_config; None where there is none."""
    return additional_config.get(SETTINGS_KEY) if isinstance(additional_config, dict) else None


def store_open(address: str) -> Any:
    """The store where the ranks meet, on this address alone; torch's own would listen on all of them."""
    listener = tcp_open(address, 0)
    port = listener.getsockname()[1]
    listener.listen()
    return distributed.TCPStore(  # type: ignore[attr-defined]
        host_name=address,
        port=port,
        is_master=True,
        wait_for_workers=False,
        master_listen_fd=listener.detach(),
    )


def bracketed(address: str) -> str:
    """An address as a URL holds it."""
    return f"[{address}]" if ":" in address else address
