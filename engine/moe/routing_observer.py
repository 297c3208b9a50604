"""What the front says of a mixture's experts: whose they are, and what was routed to them."""

from pathlib import Path
from typing import Any

from engine.config import ServeConfig
from engine.errors import EngineError
from engine.manifest import MANIFEST_NAME, manifest_read
from engine.moe.expert_order import order_read
from engine.moe.routing import RoutingCollector, routing_prepare, routing_read, routing_state
from engine.serve.observers import Observers


def routing_observe(observers: Observers, config: ServeConfig) -> None:
    """Adds "experts" to the front's state, and where a directory for counts is named, the counts to both.

    Raises ModelInvalid when the model's manifest or order of experts cannot be read.
    """
    model = Path(config.model)
    local = model.is_dir()
    owners = experts_owners(model) if local else {}
    order = order_read(model) if local else None
    directory = config.routing_dir
    if directory:
        routing_prepare(directory)
        observers.add(collector=RoutingCollector(directory, order))

    def state() -> dict[str, Any] | None:
        try:
            load = routing_read(directory) if directory else None
            counted = routing_state(load, order, ranks=config.ranks) if load else {}
        except EngineError as error:
            counted = {"problem": str(error)}
        return {"owners": owners, **counted} if owners or counted else None

    observers.add(state=("experts", state))


def experts_owners(model: Path) -> dict[str, list[int]]:
    """The experts of each owner, by original number, from the manifest; empty where it names none."""
    owners: dict[str, list[int]] = {}
    if (model / MANIFEST_NAME).exists():
        for record in manifest_read(model).experts:
            owners.setdefault(record.owner, []).append(record.index)
    return owners
