"""The words of a sentence that set or end a context, as the rules know them."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from verticals.medical.tagging.clauses import Place
from verticals.medical.tagging.places import begins_within
from verticals.medical.tagging.rules import Rule, Rules

MASK = "ǂ"  # a letter that no text holds; patterns name a finding by it


@dataclass(frozen=True, slots=True)
class Trigger:
    """A rule's words at [start, end) of a text."""

    rule: Rule
    start: int
    end: int


def triggers_find(text: str, within: Place, places: Sequence[Place], rules: Rules) -> list[Trigger]:
    """The longest triggers of a sentence, none inside a finding or overlapping another; `places` are those of
    its findings in order.
    """
    plain = lowered(text)
    outside = _masked(
        plain, within, places
    )  # a trigger begins behind a finding, though its end looks like one
    found = [
        _trimmed(rule, match)
        for rule in rules
        for match in rule.pattern.finditer(plain if rule.inside else outside, *within)
        if match.end() > match.start() and (rule.inside or not _cuts(match.span(), places))
    ]
    found.sort(key=lambda one: (one.start - one.end, one.start))
    kept = _Kept()
    for one in found:
        over = kept.over(one)
        if not over and _faces(text, one, places):
            kept.add(one)
        elif one.rule.context not in ("end", "none") and (rest := _rest(plain, one, over)):
            kept.add(rest)
    return sorted(kept.triggers, key=lambda one: one.start)


class _Kept:
    """Triggers in the order in which they were kept, and which of them stand at a place."""

    def __init__(self) -> None:
        self.triggers: list[Trigger] = []
        self._at: dict[int, list[int]] = {}

    def add(self, trigger: Trigger) -> None:
        for place in range(trigger.start, trigger.end):
            self._at.setdefault(place, []).append(len(self.triggers))
        self.triggers.append(trigger)

    def over(self, trigger: Trigger) -> list[Trigger]:
        """Those that may not count beside a trigger."""
        met = {one for place in range(trigger.start, trigger.end) for one in self._at.get(place, ())}
        others = (self.triggers[one] for one in sorted(met))
        return [one for one in others if not _together(trigger, one)]


def _masked(plain: str, within: Place, places: Sequence[Place]) -> str:
    """The text with the findings of a sentence covered."""
    sentence = list(plain[within[0] : within[1]])
    for start, end in places:
        last = min(end, within[1])
        sentence[start - within[0] : last - within[0]] = MASK * (last - start)
    return plain[: within[0]] + "".join(sentence) + plain[within[1] :]


@lru_cache(maxsize=1)  # the sentences of a text come one after another
def lowered(text: str) -> str:
    """The text in small letters, character by character, with plain apostrophes."""
    small = text.lower()
    if len(small) != len(text):  # a capital of two small letters: the others are lowered
        small = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return small.replace("’", "'")


def _rest(text: str, trigger: Trigger, over: Sequence[Trigger]) -> Trigger | None:
    """What of a trigger stands before a longer one ("no | known history of"), if that is one too."""
    first = min((one.start for one in over), default=trigger.start)
    words = text[trigger.start : first].rstrip()
    if not words or over[0].rule.context == "none" or trigger.rule.context == over[0].rule.context:
        return None
    if not trigger.rule.pattern.fullmatch(text, trigger.start, trigger.start + len(words)):
        return None
    return Trigger(trigger.rule, trigger.start, trigger.start + len(words))


def _faces(text: str, trigger: Trigger, places: Sequence[Place]) -> bool:
    """Whether there is a finding on the side that the trigger reaches to; words right before a finding, with
    none in their own clause, are of that one.
    """
    rule = trigger.rule
    if rule.context in ("end", "none") or rule.reach == "around":
        return True
    if rule.reach == "before":
        clause = max(text.rfind(mark, 0, trigger.start) for mark in ",，:：;；。\n") + 1
        own = begins_within(places, clause, trigger.start)
        leads = begins_within(places, trigger.end, trigger.end + 2)
        return places[0][0] < trigger.start and (own or not leads)
    return places[-1][1] > trigger.end


def _cuts(span: Place, places: Sequence[Place]) -> bool:
    at = bisect_left(places, span[0] + 1, key=lambda one: one[1])  # the first that ends behind its begin
    return at < len(places) and places[at][0] < span[1]


def _trimmed(rule: Rule, match: re.Match[str]) -> Trigger:
    """The words that matched, without spaces and commas around them: the longest count, not the widest."""
    words, around = match.group(), " " if rule.context == "end" else " ,，、"
    start = match.start() + len(words) - len(words.lstrip(around))
    return Trigger(rule, start, start + len(words.strip(around)))


def _together(one: Trigger, other: Trigger) -> bool:
    """Whether two triggers may both count: apart, two ends, or the same words that reach to two sides."""
    both_end = one.rule.context == other.rule.context == "end"
    return both_end or _apart(one, other) or _alike(one, other)


def _apart(one: Trigger, other: Trigger) -> bool:
    return one.end <= other.start or one.start >= other.end


def _alike(one: Trigger, other: Trigger) -> bool:
    """The same words as triggers that reach to different sides."""
    same = (one.start, one.end, one.rule.context) == (other.start, other.end, other.rule.context)
    return same and one.rule.reach != other.rule.reach
