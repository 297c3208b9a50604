"""Finds installed verticals by their entry points, without Django and without letting a broken one stop the
start.
"""

import importlib
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points

GROUP = "collegium.verticals"


@dataclass(frozen=True, slots=True)
class FoundVertical:
    """An installed vertical: its slug, and the dotted path of its Django application's configuration."""

    slug: str
    app_config: str
    distribution: str


def verticals_find(allowed: Sequence[str] | None) -> tuple[list[FoundVertical], dict[str, str]]:
    """Return the verticals whose configuration can be imported, and for every other its whole traceback.

    `allowed` is the operator's list of slugs; None allows all that are installed. An allowed slug that is not
    installed is reported as broken.
    """
    found: list[FoundVertical] = []
    broken: dict[str, str] = {}
    installed = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    for point in installed:
        if allowed is not None and point.name not in allowed:
            continue
        if any(other.slug == point.name for other in found):
            broken[point.name] = f"Two installed packages call themselves '{point.name}'; uninstall one."
            continue
        try:
            getattr(importlib.import_module(point.module), point.attr)
        except Exception:  # whatever a plug-in raises must be shown to its author, and not stop the site
            broken[point.name] = traceback.format_exc()
            continue
        name = point.dist.name if point.dist else ""
        found.append(FoundVertical(point.name, f"{point.module}.{point.attr}", name))
    for slug in allowed or ():
        if slug not in {point.name for point in installed}:
            broken[slug] = f"COLLEGIUM_VERTICALS names '{slug}', but no installed package offers it."
    return found, broken
