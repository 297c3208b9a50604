"""Where facts stand in the text that people read: the anchor and the characters of the version's text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from collegium.sdk.parsing import Block, block_starts
from verticals.finance.facts.fact import Fact, ReadFiling


@dataclass(frozen=True, slots=True)
class Shown:
    """Characters [start, end) of the version's whole text, and the anchor of the block that holds them."""

    anchor: str
    start: int
    end: int


def shown_places(blocks: Sequence[Block], files: Sequence[str]) -> dict[tuple[str, str], Shown]:
    """(file, element) -> place. `files`: the names of the files that the blocks were read from, in order."""
    places: dict[tuple[str, str], Shown] = {}
    for block, at in zip(blocks, block_starts(blocks), strict=True):
        if at is None:
            continue
        for mark in block.marks:
            number, colon, element = mark.name.partition(":")
            if len(files) == 1:
                file, element = files[0], mark.name
            elif colon and number.isdigit() and int(number) < len(files):
                file = files[int(number)]
            else:
                continue
            places.setdefault((file, element), Shown(block.anchor, at + mark.start, at + mark.end))
    return places


def filings_placed(
    filings: Sequence[ReadFiling], places: Mapping[tuple[str, str], Shown]
) -> tuple[ReadFiling, ...]:
    """The filings with the places at which their facts are shown; hidden facts have none."""
    if not places:
        return tuple(filings)
    return tuple(replace(read, facts=tuple(_placed(fact, places) for fact in read.facts)) for read in filings)


def _placed(fact: Fact, places: Mapping[tuple[str, str], Shown]) -> Fact:
    shown = places.get((fact.locator.get("file", ""), fact.locator.get("element", "")))
    if shown is None:
        return fact
    more = {"anchor": shown.anchor, "start": shown.start, "end": shown.end}
    return replace(fact, locator=fact.locator | more)
