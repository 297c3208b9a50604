"""Members of a breakdown that two documents of one report name differently."""

from collections.abc import Collection, Sequence

from verticals.finance.metrics.book import FactBook, figures_agree
from verticals.finance.metrics.fact_source import KnownFact
from verticals.finance.metrics.value import Dims

_Figures = dict[tuple[str, object], tuple[KnownFact, ...]]


def members_once(
    book: FactBook, members: Sequence[Dims], concepts: Collection[str]
) -> tuple[list[Dims], dict[Dims, Dims]]:
    """The members without those whose figures another states as well, and doubles that state more years.

    A report that is loaded as a PDF and as XBRL names its segments by their labels and by its elements; a
    later report may name them anew. Two members are the same where no filing states both and all figures that
    both have agree. A double counts only where its other name has no figure.
    """
    stated = {dims: _figures(book, dims, concepts) for dims in members}
    ordered = sorted(members, key=lambda dims: (-len(stated[dims]), dims))
    kept: list[Dims] = []
    doubles: dict[Dims, Dims] = {}
    for dims in ordered:
        other = next((one for one in kept if _same(stated[dims], stated[one])), None)
        if other is None:
            kept.append(dims)
        elif not stated[dims].keys() <= stated[other].keys():
            kept.append(dims)
            doubles[dims] = other
    return sorted(kept), doubles


def _figures(book: FactBook, dims: Dims, concepts: Collection[str]) -> _Figures:
    found: _Figures = {}
    for concept, series in book.stated(sorted(concepts), dims):
        for days, versions in (*series.flows.items(), *series.instants.items()):
            found[concept, days] = versions.stated
    return found


def _same(one: _Figures, other: _Figures) -> bool:
    filings = [{id(known.filing) for stated in each.values() for known in stated} for each in (one, other)]
    shared = one.keys() & other.keys()
    if not shared or filings[0] & filings[1]:
        return False
    return all(figures_agree(one[key][0], other[key][0]) for key in shared)
