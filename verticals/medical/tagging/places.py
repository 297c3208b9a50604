"""Places in the order of a text: which comes next, which lie between two others, which ends a reach."""

from bisect import bisect_left
from collections.abc import Sequence
from operator import itemgetter

from verticals.medical.tagging.clauses import Place


def begins_within(places: Sequence[Place], first: int, last: int) -> bool:
    """Whether a finding begins at one of the places from the first to before the last."""
    at = bisect_left(places, first, key=lambda one: one[0])
    return at < len(places) and places[at][0] < last


class Stops:
    """What ends the reach of triggers of one context, each in the order of the text."""

    def __init__(
        self,
        ends: list[int],
        others: list[int],
        parts: list[Place],
        closed: list[tuple[int, int]],
        cuts: list[int],
    ) -> None:
        self._ends, self._others, self._parts, self._closed, self._cuts = ends, others, parts, closed, cuts

    def first(self, start: int, last: int) -> int:
        """The first stop from a place on, the last place where there is none."""
        stops = [next_place(self._ends, start, last), next_place(self._cuts, start, last)]
        part = bisect_left(self._parts, start, key=itemgetter(0))
        if part < len(self._parts):
            stops.append(next_place(self._others, self._parts[part][1], last))
        closed = bisect_left(self._closed, start, key=itemgetter(0))
        if closed < len(self._closed):
            stops.append(self._closed[closed][1])
        return min(*stops, last)


def next_place(places: Sequence[int], start: int, last: int) -> int:
    """The first of the places, which are in order, from a place on; the last place where there is none."""
    at = bisect_left(places, start)
    return places[at] if at < len(places) else last


def any_inside(spans: Sequence[Place], start: int, end: int) -> bool:
    """Whether one of the spans, which are in order and apart, lies between two places."""
    at = bisect_left(spans, start, key=itemgetter(0))
    return at < len(spans) and spans[at][1] <= end


def starting(places: Sequence[Place], first: int, last: int) -> Sequence[Place]:
    """The places, which are in order, that start from the first to before the last."""
    low = bisect_left(places, first, key=itemgetter(0))
    return places[low : bisect_left(places, last, key=itemgetter(0))]
