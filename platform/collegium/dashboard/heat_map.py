"""Where each square of a heat map stands, and how strong its colour is: a layer's experts, owner by owner."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from collegium.dashboard.navigation import in_language
from collegium.sdk.registry import loaded_verticals
from collegium.serving.report import COMMON, OwnedExperts, Routing

LABEL_WIDTH, HEAD_HEIGHT, GAP = 30.0, 20.0, 6.0
WIDTH, CELL_HEIGHT = 420.0, 11.0
WEAKEST = 0.05  # so that a square which nothing was routed to is still seen


@dataclass(frozen=True, slots=True)
class Square:
    x: float
    y: float
    strength: float
    layer: int
    expert: int
    tokens: int
    share: float


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Everything in units of the picture; `even_share` is each expert's part if all had the same."""

    width: float
    height: float
    cell_width: float
    squares: tuple[Square, ...]
    layers: tuple[Label, ...]
    owners: tuple[Label, ...]
    even_share: float
    most_share: float
    cell_height: float = CELL_HEIGHT


def owner_name(owner: str, language: str) -> str:
    """A vertical's name where the owner is one that is loaded."""
    if owner == COMMON:
        return _("common")
    vertical = loaded_verticals().get(owner)
    return in_language(vertical.name, language) if vertical else owner


def heat_map(routing: Routing, owners: tuple[OwnedExperts, ...], language: str) -> HeatMap:
    """The picture of what was routed; the strongest colour stands for the greatest part of a layer."""
    count = len(routing.tokens[0])
    cell = (WIDTH - LABEL_WIDTH - GAP * (len(owners) - 1)) / count
    columns: dict[int, float] = {}
    heads = []
    x = LABEL_WIDTH
    for group in owners:
        heads.append(Label(x, HEAD_HEIGHT - 8, owner_name(group.owner, language)))
        for expert in (e for e in group.experts if e < count):
            columns[expert] = x
            x += cell
        x += GAP
    parts = [[n / max(sum(row), 1) for n in row] for row in routing.tokens]
    most = max(max(row) for row in parts)
    squares = tuple(
        Square(
            columns[expert],
            HEAD_HEIGHT + CELL_HEIGHT * place,
            max(parts[place][expert] / most if most else 0.0, WEAKEST),
            routing.layers[place],
            expert,
            tokens,
            parts[place][expert],
        )
        for place, row in enumerate(routing.tokens)
        for expert, tokens in enumerate(row)
        if expert in columns
    )
    every = max(1, len(routing.layers) // 10)
    labels = tuple(
        Label(LABEL_WIDTH - 6, HEAD_HEIGHT + CELL_HEIGHT * (place + 0.85), str(layer))
        for place, layer in enumerate(routing.layers)
        if place % every == 0
    )
    height = HEAD_HEIGHT + CELL_HEIGHT * len(routing.layers)
    return HeatMap(x - GAP, height, cell, squares, labels, tuple(heads), 1 / count, most)
