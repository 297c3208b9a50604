"""Of several statements of one figure the most precise counts; statements that disagree are reported.

Two values agree where the ranges that their decimals leave open meet (XBRL International, Handling Duplicate
Facts in XBRL and Inline XBRL 1.0, section 5).
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from verticals.finance.facts.figures import figure_text
from verticals.finance.xbrl.notices import Notices
from verticals.finance.xbrl.raw_fact import RawFact


def duplicates_mark(facts: Iterable[RawFact], notices: Notices) -> list[tuple[RawFact, bool]]:
    """The numeric facts, each with whether it is a duplicate; mere repetitions are left out.

    Of those with the same concept, entity, period, unit and dimensions the one with the highest precision
    counts; among equals the one that is displayed, then the first. It takes over the footnotes of the others.
    A conflict is noted with both values.
    """
    groups: dict[tuple[Any, ...], list[RawFact]] = {}
    for fact in facts:
        if fact.unit is not None:
            groups.setdefault(fact.key, []).append(fact)
    marked: list[tuple[RawFact, bool]] = []
    for group in groups.values():
        if len(group) == 1:
            marked.append((group[0], False))
        else:
            marked += _marked(group, notices)
    return marked


def _marked(group: Sequence[RawFact], notices: Notices) -> Iterator[tuple[RawFact, bool]]:
    stated = [fact for fact in group if not fact.is_nil]
    kept = max(stated or group, key=lambda fact: (_precision(fact), not fact.hidden, -fact.ordinal))
    for fact in group:
        if not agree(kept, fact):
            notices.add("conflict", f"{fact.concept} {_said(kept)} and {_said(fact)}")
            break
    kept.footnotes = list(dict.fromkeys(note for fact in (kept, *group) for note in fact.footnotes))
    said = {}
    for fact in (kept, *group):
        said.setdefault((fact.value, fact.decimals), fact)
    for fact in said.values():
        yield fact, fact is not kept


def _precision(fact: RawFact) -> float:
    return float("inf") if fact.decimals is None else fact.decimals


def _said(fact: RawFact) -> str:
    return "nil" if fact.value is None else figure_text(fact.value)


def agree(one: RawFact, other: RawFact) -> bool:
    """Whether both may round the same true value."""
    if one.value is None or other.value is None:
        return one.value is None and other.value is None
    low, high = _range(one.value, one.decimals)
    other_low, other_high = _range(other.value, other.decimals)
    return low <= other_high and other_low <= high


def _range(value: Decimal, decimals: int | None) -> tuple[Decimal, Decimal]:
    if decimals is None:
        return value, value
    half = Decimal(5).scaleb(-decimals - 1)
    return value - half, value + half
