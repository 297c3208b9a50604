"""Tokens routed to each expert while serving: the files in which vLLM's workers count, and who reads them.

A counting worker (engine.moe.routing_plugin) keeps one file in the directory that the server was given, and
writes it anew every second. Workers of other data-parallel ranks and pipeline stages keep files of their own;
what they counted adds up. Reading needs no vLLM.
"""

import logging
import os
import zipfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from engine.errors import EngineError
from engine.moe.expert_order import ExpertOrder
from engine.moe.placement import RoutingLoad, Topology, imbalance, placement_plain

logger = logging.getLogger(__name__)

DIRECTORY_KEY = "collegium_routing_dir"
SUFFIX = ".routing.npz"
METRIC = "collegium_engine_expert_tokens"


class RoutingInvalid(EngineError):
    """Files of routing counts that cannot be read, or that do not belong together."""

    code = "routing_invalid"


def routing_arguments(directory: Path | None) -> dict[str, str]:
    """What vLLM's additional_config must hold so that its workers count; nothing without a directory.

    Name the same directory at each start: vLLM's cache of compiled code depends on it.
    """
    return {DIRECTORY_KEY: str(directory.resolve())} if directory else {}


def routing_prepare(directory: Path) -> None:
    """Makes the directory, and removes what an earlier server counted in it."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in directory.glob(f"*{SUFFIX}"):
        path.unlink(missing_ok=True)


def routing_write(path: Path, load: RoutingLoad) -> None:
    """Replaces a file of counts at once."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("wb") as stream:
        np.savez(stream, counts=load.counts, layers=np.array(load.layers, np.int64))
    draft.replace(path)


def routing_read(directory: Path, order: ExpertOrder | None = None) -> RoutingLoad | None:
    """What was counted since the server started; None where nothing counts yet.

    With the order of a model whose experts were permuted, the counts are those of the original experts.
    Raises RoutingInvalid when a file is damaged or of another model.
    """
    rows: dict[int, Any] = {}
    for path in sorted(directory.glob(f"*{SUFFIX}")):
        load = _file_read(path)
        for layer, counts in zip(load.layers, load.counts, strict=True):
            if layer in rows and rows[layer].shape != counts.shape:
                raise RoutingInvalid(f"{path}: counts another number of experts than the files beside it")
            rows[layer] = rows.get(layer, 0) + counts
    if not rows:
        return None
    layers = sorted(rows)
    if len({len(rows[layer]) for layer in layers}) > 1:
        raise RoutingInvalid(f"{directory}: its files count different numbers of experts")
    found = RoutingLoad(np.stack([rows[layer] for layer in layers]), tuple(layers))
    return order.original(found) if order else found


def _file_read(path: Path) -> RoutingLoad:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            counts, layers = arrays["counts"].astype(np.int64), tuple(map(int, arrays["layers"]))
        return RoutingLoad(counts, layers)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EngineError) as error:
        raise RoutingInvalid(f"{path}: is no file of routing counts ({error})") from error


def routing_state(load: RoutingLoad, order: ExpertOrder | None = None, *, ranks: int = 1) -> dict[str, Any]:
    """The counts by original expert, as JSON; and how uneven ranks with equal runs of places are."""
    told = order.original(load) if order else load
    found: dict[str, Any] = {"layers": list(told.layers), "tokens": told.counts.tolist()}
    if ranks > 1 and load.counts.shape[1] % ranks == 0:
        found["imbalance"] = asdict(imbalance(load, placement_plain(load, Topology(ranks))))
    return found


class RoutingCollector(Collector):
    """Tokens routed to each expert, for Prometheus; nothing where a server does not count."""

    def __init__(self, directory: Path, order: ExpertOrder | None = None) -> None:
        self._directory = directory
        self._order = order

    def collect(self) -> Iterable[Metric]:
        """One series per layer and expert, numbered as in the model that was built."""
        family = CounterMetricFamily(METRIC, "Tokens routed to an expert", labels=["layer", "expert"])
        try:
            load = routing_read(self._directory, self._order)
        except EngineError as error:  # the other figures of the page must not miss for it
            logger.warning("routing is not told: %s", error)
            load = None
        if load is not None:
            for layer, counts in zip(load.layers, load.counts.tolist(), strict=True):
                for expert, tokens in enumerate(counts):
                    family.add_metric([str(layer), str(expert)], tokens)
        yield family
