"""From facts as they are read to filings: duplicates put together, one filing for each entity."""

from collections import defaultdict
from typing import Any

from verticals.finance.facts.codec import DIMS_MAX, NAME_MAX_CHARS
from verticals.finance.facts.fact import Fact, ReadFiling, Statement
from verticals.finance.xbrl.cover import filing_of
from verticals.finance.xbrl.duplicates import duplicates_mark
from verticals.finance.xbrl.notices import Notices
from verticals.finance.xbrl.raw_fact import RawFact, ReadFacts


def filings_made(
    read: ReadFacts, statements: tuple[Statement, ...] = ()
) -> tuple[tuple[ReadFiling, ...], list[str]]:
    """The filings that these facts make up, the one with most facts first, and what was noticed."""
    notices = Notices()
    by_entity: dict[str, list[RawFact]] = defaultdict(list)
    for fact in read.facts:
        by_entity[fact.context.entity].append(fact)
    made = []
    for identifier, facts in by_entity.items():
        filing, known_on = filing_of(facts, identifier, read.language)
        kept = (fact_made(raw, duplicate, notices) for raw, duplicate in duplicates_mark(facts, notices))
        numbers = tuple(fact for fact in kept if fact is not None)
        made.append(ReadFiling(filing=filing, facts=numbers, known_on=known_on))
    made.sort(key=lambda one: -len(one.facts))
    if made and statements:
        first = made[0]
        made[0] = ReadFiling(
            filing=first.filing, facts=first.facts, known_on=first.known_on, statements=statements
        )
    return tuple(made), read.warnings + notices.told()


def fact_made(raw: RawFact, duplicate: bool, notices: Notices) -> Fact | None:
    """A numeric fact in its lasting form; None, and noted, where it has no place in time."""
    if raw.context.period is None:
        notices.add("period", raw.concept)
        return None
    names = (raw.concept, raw.unit or "", *(name for pair in raw.context.dims for name in pair))
    if len(raw.context.dims) > DIMS_MAX or max(map(len, names)) > NAME_MAX_CHARS:
        notices.add("long", raw.concept)
        return None
    return Fact(
        concept=raw.concept,
        period=raw.context.period,
        unit=raw.unit or "",
        value=raw.value,
        decimals=raw.decimals,
        is_nil=raw.is_nil,
        dims=raw.context.dims,
        locator=_locator(raw),
        footnotes=tuple(raw.footnotes),
        is_duplicate=duplicate,
    )


def _locator(raw: RawFact) -> dict[str, Any]:
    locator: dict[str, Any] = {"kind": "anchor", "element": raw.element[:NAME_MAX_CHARS], "file": raw.file}
    if not raw.element:
        locator["ordinal"] = raw.ordinal
    if raw.hidden:
        locator["hidden"] = True
    return locator
