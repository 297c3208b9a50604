"""What a question can reach: the companies whose filings the asker may see, by name, and their facts."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar
from uuid import UUID

from collegium.sdk.asker import Asker
from collegium.sdk.retrieval import visibility_mark
from verticals.finance.facts import filings as stored
from verticals.finance.metrics.stored_facts import StoredFacts
from verticals.finance.questions.entities import Entity, EntityDirectory

KEPT = 32  # sets of companies, each a few hundred kilobytes
ASKERS_KEPT = 1024  # most of them see the same companies

Mark = tuple[int, int]
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Companies:
    """The companies of a set of filings, and the directory that questions are read with."""

    by_key: dict[str, stored.Entity]
    directory: EntityDirectory
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reach:
    """Companies and facts within an asker's reach; keys of companies are those of `/entities`."""

    companies: Companies
    source: StoredFacts

    @property
    def directory(self) -> EntityDirectory:
        return self.companies.directory

    @property
    def names(self) -> dict[str, str]:
        return self.companies.names


class _Recent(Generic[K, V]):
    """The values that were used last, as many as `size`."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)


_by_filings: _Recent[Mark, Companies] = _Recent(KEPT)
_by_asker: _Recent[tuple[Asker, tuple[UUID, ...]], tuple[Mark, Companies]] = _Recent(ASKERS_KEPT)


def reach_of(asker: Asker, *, knowledge_bases: Sequence[UUID] = (), as_of: date | None = None) -> Reach:
    """The companies and facts that the asker may see in these knowledge bases (none: all of them)."""
    companies = companies_visible(asker, knowledge_bases)
    source = StoredFacts(asker, companies.by_key, knowledge_bases=knowledge_bases, as_of=as_of)
    return Reach(companies, source)


def companies_visible(asker: Asker, knowledge_bases: Sequence[UUID] = ()) -> Companies:
    """The companies, kept for as long as nothing has changed of what anybody may see."""
    changes = visibility_mark()
    key = asker, tuple(knowledge_bases)
    kept = _by_asker.get(key)
    if kept and kept[0] == changes:
        return kept[1]
    companies = _companies_of_filings(asker, knowledge_bases)
    _by_asker.put(key, (changes, companies))
    return companies


def _companies_of_filings(asker: Asker, knowledge_bases: Sequence[UUID]) -> Companies:
    """The companies, kept for as long as exactly the same filings are visible, to whomever."""
    mark = stored.filings_mark(asker, knowledge_bases=knowledge_bases)
    if kept := _by_filings.get(mark):
        return kept
    companies = companies_made(stored.filings_list(asker, knowledge_bases=knowledge_bases))
    if stored.filings_mark(asker, knowledge_bases=knowledge_bases) == mark:  # else it changed meanwhile
        _by_filings.put(mark, companies)
    return companies


def companies_made(filings: Sequence[stored.StoredFiling]) -> Companies:
    """Companies with the names and tickers that their filings state."""
    by_key = stored.entities_of(filings)
    tickers: dict[int, str] = {one.id: one.ticker for one in filings if one.ticker}
    directory = EntityDirectory(
        Entity(
            key=key,
            name=one.name,
            names=one.names,
            tickers=tuple(dict.fromkeys(tickers[number] for number in one.filings if number in tickers)),
        )
        for key, one in by_key.items()
    )
    return Companies(by_key, directory, {key: one.name for key, one in by_key.items()})
