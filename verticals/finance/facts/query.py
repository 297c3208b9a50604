"""Which facts, and of which filings, are wanted."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from verticals.finance.facts.fact import Dims


@dataclass(frozen=True, slots=True, kw_only=True)
class FactQuery:
    """Which facts are wanted.

    `entities`: identifiers, names or tickers, empty for all. `concepts`: prefix:local, empty for all.
    `start`, `end`: exact days; only `end` for instants and durations alike. `dims`: () for the whole entity
    alone, None for all, or certain members; with `axes` also what is stated along any of these. `filings`:
    those of one company alone. `as_of`: what was known on a day. `history`: every filing's statement, also
    those that later ones replaced. `duplicates`: also less precise statements within a filing.
    """

    knowledge_bases: tuple[UUID, ...] = ()
    entities: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    dims: Dims | None = ()
    axes: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    filings: tuple[int, ...] = ()
    as_of: date | None = None
    history: bool = False
    duplicates: bool = False
