"""The order in which a model directory's experts stand, where it is not that in which they were made."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.errors import ModelInvalid
from engine.moe.placement import RoutingLoad

ORDER_NAME = "expert_order.json"
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ExpertOrder:
    """For each layer, by its number in the model: which original expert stands at each place."""

    layers: Mapping[int, tuple[int, ...]]

    def __post_init__(self) -> None:
        for layer, experts in self.layers.items():
            if sorted(experts) != list(range(len(experts))):
                raise ModelInvalid(f"the order of layer {layer} does not hold each of its experts once")

    @classmethod
    def of_load(cls, load: RoutingLoad, physical_to_logical: Ints) -> "ExpertOrder":
        """The order that a placement [L, E] without replicas gives the layers of a load."""
        rows = zip(load.layers, physical_to_logical.tolist(), strict=True)
        return cls({layer: tuple(row) for layer, row in rows})

    def after(self, earlier: "ExpertOrder") -> "ExpertOrder":
        """This order applied to a model that stands in an earlier one, told in original experts."""
        known = earlier.layers
        return ExpertOrder(
            dict(known)
            | {
                layer: tuple(known[layer][place] for place in experts) if layer in known else experts
                for layer, experts in self.layers.items()
            }
        )

    def original(self, load: RoutingLoad) -> RoutingLoad:
        """A load counted by place, told by original expert; raises ModelInvalid for another model's load."""
        counts = load.counts.copy()
        for row, layer in enumerate(load.layers):
            experts = self.layers.get(layer)
            if experts is None:
                continue
            if len(experts) != counts.shape[1]:
                raise ModelInvalid(
                    f"layer {layer} orders {len(experts)} experts, and counts {counts.shape[1]}"
                )
            counts[row, list(experts)] = load.counts[row]
        return RoutingLoad(counts, load.layers)


def order_read(directory: Path) -> ExpertOrder | None:
    """The order of a model directory's experts; None where they stand as they were made."""
    path = directory / ORDER_NAME
    if not path.exists():
        return None
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))["layers"]
        return ExpertOrder({int(layer): tuple(map(int, experts)) for layer, experts in raw.items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelInvalid(f"{path}: is no order of experts ({error})") from error


def order_write(directory: Path, order: ExpertOrder) -> None:
    """Writes the order beside the weights that stand in it."""
    layers = {str(layer): list(experts) for layer, experts in sorted(order.layers.items())}
    (directory / ORDER_NAME).write_text(json.dumps({"layers": layers}) + "\n", encoding="utf-8")
