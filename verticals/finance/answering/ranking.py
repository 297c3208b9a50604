"""Puts figures in order: those of companies, or of the segments, products or regions of one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from verticals.finance.answering.computed import Cell, Remark
from verticals.finance.metrics.catalogue import Catalogue
from verticals.finance.metrics.growth import movement_code
from verticals.finance.metrics.value import MetricValue
from verticals.finance.questions.query import Rank, TypedQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """The cells that were asked for, the first place first; `rank` as it could be answered."""

    cells: tuple[Cell, ...]
    rank: Rank
    remarks: tuple[Remark, ...]


def moved_code(known: Catalogue, query: TypedQuery, code: str) -> str:
    """The code of what a query means of a metric: the metric, its growth, or its change in its own unit."""
    if query.change:
        return f"{code}_change"
    return movement_code(known.get(code)) if query.growth else code


def other_movement(known: Catalogue, query: TypedQuery, code: str) -> str:
    """The other measure of how a metric moved, rate or amount; empty where there is but one."""
    rate, amount = movement_code(known.get(code)), f"{code}_change"
    if rate == amount or not (query.change or query.growth):
        return ""
    return rate if query.change else amount


def ranked(cells: Sequence[Cell], rank: Rank, *, by: str = "") -> Ranked:
    """The cells in the order of their figures; those in another unit than most are left out and named.

    Where no figure moved the way that is asked about, all are ranked, and a remark says so.
    """
    valued = [(cell, cell.value) for cell in cells if cell.value is not None and _tells(cell.value)]
    units = [value.unit for _cell, value in valued]
    unit = max(set(units), key=units.count) if units else ""
    remarks = []
    if left_out := tuple(dict.fromkeys(cell.entity for cell, value in valued if value.unit != unit)):
        remarks.append(Remark("other_units", {"entities": left_out, "unit": unit}))
    counted = [(cell, value.value) for cell, value in valued if value.unit == unit]
    without = len([cell for cell in cells if cell.value is None])
    remarks.append(Remark("ranked_of", {"count": len(counted), "without": without, "by": by}))
    moved = [(cell, value) for cell, value in counted if _moved(value, rank.way)]
    if counted and not moved:
        remarks.append(Remark("none_moved", {"way": rank.way, "by": by, "count": len(counted)}))
        moved, rank = counted, replace(rank, way="", highest=rank.way == "up")
    ordered = sorted(moved, key=lambda one: (-_size(one[1], rank), one[0].subject))
    picked = ordered[rank.first - 1 :][: rank.count or len(ordered)]
    if rank.count == 1 and picked:  # a place that several share
        picked = [one for one in ordered[rank.first - 1 :] if one[1] == picked[0][1]]
    return Ranked(cells=tuple(cell for cell, _value in picked), rank=rank, remarks=tuple(remarks))


def _tells(value: MetricValue) -> bool:
    """Whether a figure can be ranked: a growth rate on a negative base tells no direction."""
    return not any(note.code == "negative_base" for note in value.notes)


def _moved(value: Decimal, way: str) -> bool:
    return {"up": value > 0, "down": value < 0, "either": value != 0}.get(way, True)


def _size(value: Decimal, rank: Rank) -> Decimal:
    """What is sorted by: of movements how large they are, whichever their sign."""
    size = {"down": -value, "either": abs(value)}.get(rank.way, value)
    return size if rank.highest else -size
