"""A plugin of vLLM: its workers count the tokens that they route to each expert, when they are asked to.

vLLM can return the experts of each token (enable_return_routed_experts); the part of it that sits in the
router writes the chosen experts of a step into one buffer, whatever the platform, the kernel or the parallel
layout. That part is used here without the rest: after each step the buffer's rows are added up, and once a
second a thread writes the sums to a file (engine.moe.routing). Runs without requests, such as those that warm
the model up, are not counted, nor is the padding of captured graphs.

Ranks of one tensor-parallel group see the same tokens: the first of them counts. vLLM loads this module in
each of its processes (pyproject.toml, group vllm.general_plugins).

Shapes: T tokens of a step, L layers of the model, K experts of a token, G experts of a layer.
"""

import functools
import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.moe.placement import RoutingLoad
from engine.moe.routing import DIRECTORY_KEY, SUFFIX, routing_write
from engine.parallel.cpu_experts import vllm_version

if TYPE_CHECKING:
    from torch import Tensor

KNOWN_VERSIONS = frozenset({"0.32.0"})
WRITE_EVERY_S = 1.0
HOOKED = "_collegium_counts"

logger = logging.getLogger("vllm.collegium.routing")  # under vLLM's, so that it reaches vLLM's log


def register() -> None:
    """Lets workers count once they have a model; in known versions of vLLM only."""
    if vllm_version() not in KNOWN_VERSIONS:
        logger.debug("routing is not counted with vLLM %s", vllm_version())
        return
    from vllm.v1.worker.worker_base import WorkerWrapperBase

    wrapper: Any = WorkerWrapperBase
    if not hasattr(wrapper.init_device, HOOKED):
        wrapper.init_device = _hooked(wrapper.init_device)


class RoutingCounter:
    """Counts one worker's routing, step by step, and keeps the file."""

    def __init__(self, capturer: Any, layers: tuple[int, ...], experts: int, path: Path) -> None:
        import torch

        self._buffer: Tensor = capturer.device_buffer  # int32 [most T, L, K]
        device, depth = self._buffer.device, self._buffer.shape[1]
        self._starts = torch.arange(depth, device=device).mul_(experts)[None, :, None]
        self._counts = torch.zeros(depth * experts, dtype=torch.int64, device=device)
        self._one = torch.ones(1, dtype=torch.int64, device=device)
        self._layers, self._experts, self._path = layers, experts, path
        self._written = np.zeros((len(layers), experts), np.int64)
        routing_write(path, RoutingLoad(self._written, layers))
        self._keeper = threading.Thread(target=self._keep, name="routing counts", daemon=True)

    def step(self, tokens: int) -> None:
        """Adds what the first `tokens` rows of the buffer hold. Nothing waits for the device here."""
        chosen = (self._buffer[:tokens] + self._starts).reshape(-1)  # int64 [T * L * K]
        self._counts.scatter_add_(0, chosen, self._one.expand(len(chosen)))
        if self._keeper.ident is None:  # not before: reading a device would break a graph's capture
            self._keeper.start()

    def write(self) -> None:
        """Writes the file when something was counted since."""
        counts = self._counts.cpu().numpy().reshape(-1, self._experts)[list(self._layers)]
        if not np.array_equal(counts, self._written):
            routing_write(self._path, RoutingLoad(counts, self._layers))
            self._written = counts

    def _keep(self) -> None:
        pause = threading.Event()
        while not pause.wait(WRITE_EVERY_S):
            try:
                self.write()
            except OSError as error:
                logger.warning("routing counts end: %s cannot be written (%s)", self._path, error)
                return


def counter_bind(worker: Any, directory: Path) -> RoutingCounter | None:
    """Lets a worker that has its model count; None where another rank counts, or the model has no router.

    What cannot be counted is said in the log: serving goes on.
    """
    from vllm.model_executor.layers.fused_moe.routed_experts_capturer import (
        RoutedExpertsCapturer,
        bind_routed_experts_capturer,
    )
    from vllm.model_executor.layers.fused_moe.runner.moe_runner import MoERunner

    config, model = worker.vllm_config, worker.model_runner.get_model()
    runners = [module for module in model.modules() if isinstance(module, MoERunner)]
    if (reason := _obstacle(config)) or not runners:
        logger.info("routing is not counted: %s", reason or "the model routes nothing")
        return None
    parallel = config.parallel_config
    if not counts_here(parallel) and not parallel.use_sequence_parallel_moe:
        return None
    try:
        capturer = RoutedExpertsCapturer(config.scheduler_config.max_num_batched_tokens, config)
        bind_routed_experts_capturer(model, capturer)
    except ValueError as error:  # so it refuses a kernel that chooses experts inside
        logger.warning("routing is not counted: %s", error)
        return None
    if not counts_here(parallel):  # it only takes part in gathering what each rank routed
        return None
    stage = parallel.rank // parallel.tensor_parallel_size % parallel.pipeline_parallel_size
    path = directory / f"data{parallel.data_parallel_rank}-stage{stage}{SUFFIX}"
    layers = tuple(sorted({int(runner.layer_id) for runner in runners}))
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return RoutingCounter(capturer, layers, config.model_config.get_num_experts(), path)


def counts_here(parallel: Any) -> bool:
    """Whether this worker is the one of its tensor-parallel group that counts."""
    return bool(parallel.rank % parallel.tensor_parallel_size == 0)


def _obstacle(config: Any) -> str:
    """Why this configuration cannot count, or nothing."""
    if config.aux_output_config.enable_return_routed_experts:
        return "the router's hook returns experts to clients"
    if config.parallel_config.enable_dbo:
        return "steps are cut into micro-batches"
    return ""


def _hooked(init_device: Any) -> Any:
    @functools.wraps(init_device)
    def hooked(self: Any) -> None:
        init_device(self)
        if directory := (self.vllm_config.additional_config or {}).get(DIRECTORY_KEY):
            _worker_hook(self.worker, Path(directory))

    setattr(hooked, HOOKED, True)
    return hooked


def _worker_hook(worker: Any, directory: Path) -> None:
    """Binds the counter when the worker loads its model, before anything is compiled or captured."""
    load, execute = worker.load_model, worker.execute_model
    counter: RoutingCounter | None = None

    def load_model(*arguments: Any, **named: Any) -> Any:
        nonlocal counter
        result = load(*arguments, **named)
        counter = counter_bind(worker, directory)
        return result

    def execute_model(scheduler_output: Any) -> Any:
        result = execute(scheduler_output)
        tokens = scheduler_output.total_num_scheduled_tokens
        if counter is not None and tokens > 0:
            counter.step(tokens)
        return result

    worker.load_model, worker.execute_model = load_model, execute_model
