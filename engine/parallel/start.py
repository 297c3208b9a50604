"""The server's side of a start on ranks: how many there can be, and what vLLM must be told of them."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.config import ServeConfig
from engine.parallel.cpu_experts import expert_parallel_check
from engine.parallel.errors import RanksUnavailable
from engine.parallel.machine import model_fingerprint
from engine.parallel.order import ENVIRONMENT_NAMES
from engine.parallel.placement import experts_count, ranks_possible
from engine.parallel.run import RunSettings, broker_named, too_few, workers_free
from engine.serve.model_check import GIB
from engine.serve.model_check import weights_bytes as directory_bytes

EXECUTOR = "engine.parallel.executor.CeleryExecutor"
SETTINGS_KEY = "collegium_ranks"  # in vLLM's additional_config
RANK_BYTES = 6 * GIB // 10  # measured: a rank without weights and cache
LOOK_EVERY_S = 1.0

Arguments = Mapping[str, str | int | float | bool]


def ranks_arguments(
    config: ServeConfig,
    *,
    arguments: Arguments,
    environment: Mapping[str, str],
    model_config: Mapping[str, Any],
    cuda: bool,
) -> dict[str, Any]:
    """What vLLM must be given beyond `arguments` to run on the rank workers that are there now.

    Waits up to rank_wait_s for as many as are wanted; then takes the greatest number there is that the model
    divides into. Raises ConfigInvalid when it does not divide into those that are wanted, RanksUnavailable
    with each worker's reason when there are none.
    """
    assert config.broker is not None and config.rank_key_file is not None
    possible = ranks_possible(dict(model_config), config.ranks)
    experts = experts_count(dict(model_config))
    if experts and not cuda:
        expert_parallel_check()
    settings = RunSettings(
        broker=config.broker,
        broker_password_file=str(config.broker_password_file) if config.broker_password_file else None,
        key_file=str(config.rank_key_file),
        address=config.rank_address,
        cuda=cuda,
        memory_bytes=0,
        model=model_fingerprint(config.model),
        arguments={},
        environment={name: value for name, value in environment.items() if name in ENVIRONMENT_NAMES},
    )
    ranks = ranks_wait(settings, possible, weights_bytes(config, arguments), config)
    more: dict[str, Any] = {
        "tensor_parallel_size": ranks,
        "enable_expert_parallel": bool(experts),
        "distributed_executor_backend": EXECUTOR,
    }
    settings = replace(
        settings,
        arguments={**arguments, **more},
        memory_bytes=rank_bytes(weights_bytes(config, arguments), ranks, config, cuda=cuda),
    )
    fields = {name: getattr(settings, name) for name in RunSettings.__slots__}
    return more | {"additional_config": {SETTINGS_KEY: fields}}


def ranks_wait(settings: RunSettings, possible: list[int], weights: int, config: ServeConfig) -> int:
    """Waits for workers for possible[0] ranks, then settles for fewer; raises RanksUnavailable for none."""
    registry = settings.registry()
    deadline = time.monotonic() + config.rank_wait_s
    while True:
        over = time.monotonic() >= deadline
        reasons: list[str] = []
        for ranks in possible if over else possible[:1]:
            memory_bytes = rank_bytes(weights, ranks, config, cuda=settings.cuda)
            try:
                with broker_named():
                    fit, reasons = workers_free(registry, replace(settings, memory_bytes=memory_bytes).need())
            except RanksUnavailable as error:  # the broker may come back as the workers may
                fit, reasons = [], [str(error)]
            if len(fit) >= ranks:
                if ranks < possible[0]:
                    print(f"ranks: {too_few(possible[0], len(fit), reasons)}: starting with {ranks}")
                return ranks
        if over:
            raise RanksUnavailable(too_few(possible[0], 0, reasons))
        time.sleep(LOOK_EVERY_S)


def weights_bytes(config: ServeConfig, arguments: Arguments) -> int:
    """The size of the weights as they are served; 0 for a model that is not here yet."""
    directory = Path(config.model)
    if not directory.is_dir():
        return 0
    return directory_bytes(directory, str(arguments.get("dtype")))


def rank_bytes(weights: int, ranks: int, config: ServeConfig, *, cuda: bool) -> int:
    """The memory of one rank: its part of the weights, and on a CPU its cache and its process."""
    return weights // ranks + (0 if cuda else config.kv_cache_gb * GIB + RANK_BYTES)
