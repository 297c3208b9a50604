"""Where facts come from: a store in the database, or a list in memory."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from verticals.finance.facts.fact import Fact, Filing


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFact:
    """A fact with the id under which it can be cited, whose it is, and the filing that states it."""

    id: str
    entity: str
    fact: Fact
    filing: Filing
    document: str = ""
    version: str = ""


class FactSource(Protocol):
    """Facts that the asker may see; entities are the keys of the directory that questions are read with."""

    def filings(self, entities: Collection[str]) -> Mapping[str, Sequence[Filing]]:
        """The filings of each entity."""

    def facts(
        self, entities: Collection[str], concepts: Collection[str], *, axes: Collection[str] = ()
    ) -> Iterable[KnownFact]:
        """The facts of these concepts without dimensions, and where axes are named those along them too."""


class MemoryFacts:
    """Facts in memory, for a table in hand and for tests."""

    def __init__(
        self, facts: Iterable[KnownFact], filings: Mapping[str, Sequence[Filing]] | None = None
    ) -> None:
        self._by_entity: dict[str, list[KnownFact]] = {}
        found: dict[str, dict[int, Filing]] = {}
        for fact in facts:
            self._by_entity.setdefault(fact.entity, []).append(fact)
            found.setdefault(fact.entity, {})[id(fact.filing)] = fact.filing
        self._filings = {entity: list(by_id.values()) for entity, by_id in found.items()}
        for entity, given in (filings or {}).items():
            known = self._filings.setdefault(entity, [])
            known.extend(one for one in given if one not in known)

    def filings(self, entities: Collection[str]) -> Mapping[str, Sequence[Filing]]:
        return {entity: self._filings.get(entity, []) for entity in entities}

    def facts(
        self, entities: Collection[str], concepts: Collection[str], *, axes: Collection[str] = ()
    ) -> Iterable[KnownFact]:
        wanted, along = frozenset(concepts), frozenset(axes)
        for entity in entities:
            for known in self._by_entity.get(entity, ()):
                dims = known.fact.dims
                if known.fact.concept in wanted and (
                    not dims or any(axis in along for axis, _member in dims)
                ):
                    yield known
