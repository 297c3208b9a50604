"""Facts as they are read, before duplicates are put together and non-numeric ones set aside."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from verticals.finance.xbrl.contexts import Context


@dataclass(slots=True)
class RawFact:
    """A fact of an instance or of an inline document; `unit` is None for what is not numeric.

    `text` holds what a non-numeric fact says; blocks of marked-up text are left out where they are not asked
    for. `element`: id, `ordinal`: place among the facts of its file, from 1.
    """

    concept: str
    context: Context
    unit: str | None
    value: Decimal | None
    decimals: int | None
    is_nil: bool
    text: str
    file: str
    element: str
    ordinal: int
    hidden: bool = False
    footnotes: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two facts duplicates: concept, entity, period, dimensions and unit."""
        return (self.concept, self.context, self.unit)


@dataclass(slots=True)
class ReadFacts:
    """All facts of a set of files, and what was noticed: figures that could not be read, missing contexts."""

    facts: list[RawFact] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    language: str = ""
