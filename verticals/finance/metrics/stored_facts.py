"""The stored facts that an asker may see, as a source for computing: ids are those that /facts shows."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from collegium.sdk.asker import Asker
from verticals.finance.facts.fact import Filing
from verticals.finance.facts.filings import Entity, StoredFiling, filings_list, filings_with_facts
from verticals.finance.facts.query import FactQuery
from verticals.finance.facts.selectors import facts_find
from verticals.finance.metrics.fact_source import KnownFact


class StoredFacts:
    """A FactSource over the database. Made for one question: what is visible is asked of the database anew.

    `companies`: key -> company, as `facts.filings.entities_of` groups filings. `as_of` leaves out what was
    not yet public on that day.
    """

    def __init__(
        self,
        asker: Asker,
        companies: Mapping[str, Entity],
        *,
        knowledge_bases: Sequence[UUID] = (),
        as_of: date | None = None,
    ) -> None:
        self._asker = asker
        self._companies = companies
        self._bases = tuple(knowledge_bases)
        self._as_of = as_of
        self._owners: dict[int, str] = {}  # filing -> the company's key
        self._filings: dict[int, Filing] = {}
        self._documents: dict[int, UUID] = {}
        self._read: set[str] = set()

    def filings(self, entities: Collection[str]) -> Mapping[str, Sequence[Filing]]:
        self._filings_fetch(entities)
        found: dict[str, list[Filing]] = {key: [] for key in entities}
        for number, filing in self._filings.items():
            if self._owners[number] in found:
                found[self._owners[number]].append(filing)
        return found

    def filings_read(self, entities: Collection[str]) -> tuple[list[Filing], list[Filing]]:
        """The filings of these companies of which facts are known, and those of which none are."""
        self._filings_fetch(entities)
        ids = self._ids(entities)
        filled = filings_with_facts(self._asker, ids) if ids else set()
        return (
            [self._filings[number] for number in ids if number in filled],
            [self._filings[number] for number in ids if number not in filled],
        )

    def facts(
        self, entities: Collection[str], concepts: Collection[str], *, axes: Collection[str] = ()
    ) -> Iterator[KnownFact]:
        self._filings_fetch(entities)
        ids = tuple(self._ids(entities))
        if not ids or not concepts:
            return
        query = FactQuery(
            knowledge_bases=self._bases,
            filings=ids,
            concepts=tuple(sorted(concepts)),
            axes=tuple(sorted(axes)),
            as_of=self._as_of,
            history=True,
        )
        for stored in facts_find(self._asker, query):
            yield KnownFact(
                id=str(stored.id),
                entity=self._owners[stored.filing],
                fact=stored.fact,
                filing=self._filings[stored.filing],
                document=str(stored.document),
                version=str(stored.version),
            )

    def documents(self, entities: Collection[str]) -> set[UUID]:
        """The documents of all filings of these companies."""
        self._filings_fetch(entities)
        return {self._documents[number] for number in self._ids(entities)}

    def newest_documents(self, entities: Collection[str]) -> set[UUID]:
        """One document of each of these companies: its newest filing's."""
        newest = [self._companies[key].filings[0] for key in entities if key in self._companies]
        if not newest:
            return set()
        found = filings_list(self._asker, knowledge_bases=self._bases, filings=newest)
        return {one.document for one in found}

    def _ids(self, entities: Collection[str]) -> list[int]:
        wanted = set(entities)
        return [number for number, key in self._owners.items() if key in wanted]

    def _filings_fetch(self, entities: Collection[str]) -> None:
        new = [key for key in dict.fromkeys(entities) if key not in self._read and key in self._companies]
        if not new:
            return
        self._read.update(new)
        owners = {number: key for key in new for number in self._companies[key].filings}
        for stored in filings_list(
            self._asker, knowledge_bases=self._bases, filings=list(owners), as_of=self._as_of
        ):
            self._owners[stored.id] = owners[stored.id]
            self._filings[stored.id] = filing_of(stored)
            self._documents[stored.id] = stored.document


def filing_of(stored: StoredFiling) -> Filing:
    """The filing as computing sees it: known from the day on which its values count, where none is stated."""
    values: dict[str, Any] = {
        name: getattr(stored, name) for name in Filing.__slots__ if hasattr(stored, name)
    }
    if stored.accepted_at is None:
        values["accepted_at"] = datetime.combine(stored.known_on, time(), UTC)
    return Filing(**values)
