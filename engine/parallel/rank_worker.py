"""vLLM's worker process, spoken to over TCP queues whose addresses the order names."""

from typing import Any

from vllm.v1.executor.multiproc_executor import WorkerProc

from engine.parallel.order import Order
from engine.parallel.queues import SLICE_S, queue_join, queue_open, queue_ready

MEETING_TIMEOUT_S = 60.0


class RankWorker(WorkerProc):
    """Loads the model's part of one rank; `serve` then does what the executor asks."""

    def __init__(self, config: Any, order: Order, *, address: str, meeting: str) -> None:
        self._order, self._address = order, address
        super().__init__(
            vllm_config=config,
            local_rank=order.local_rank,
            rank=order.rank,
            distributed_init_method=meeting,
            input_shm_handle=None,
            shared_worker_lock=None,
            is_driver_worker=order.rank % order.arguments.get("tensor_parallel_size", 1) == 0,
        )

    def _init_message_queues(self, input_shm_handle: Any, vllm_config: Any) -> None:
        """Called by vLLM once the model is loaded."""
        self.requests = queue_join(self._order.control)
        self.answers = queue_open(self._address, readers=1)
        self.rpc_broadcast_mq, self.worker_response_mq = self.requests, self.answers  # vLLM's names
        self.peer_response_handles: list[Any] = []

    def serve(self) -> None:
        """Does what comes, until the process is ended."""
        queue_ready(self.requests, MEETING_TIMEOUT_S)
        queue_ready(self.answers, MEETING_TIMEOUT_S)
        while True:
            try:
                request = self.requests.dequeue(timeout=SLICE_S)
            except TimeoutError:
                continue
            self._execute_worker_rpc(request)
