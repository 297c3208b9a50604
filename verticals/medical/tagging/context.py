"""In which context a finding stands: affirmed, negated, uncertain, hypothetical, of the family, historical.

After the ConText algorithm (Harkema et al. 2009, J Biomed Inform 42:839): words that set a context reach over
the findings behind or before them until a word that ends their reach, the clause or the sentence. The words
are data, in rules/en.yaml and rules/zh.yaml.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from collegium.sdk.language import language_of
from verticals.medical.tagging.rules import Rule, Rules, rules_of

AFFIRMED, NEGATED, UNCERTAIN = "affirmed", "negated", "uncertain"
HYPOTHETICAL, FAMILY, HISTORICAL = "hypothetical", "family", "historical"
CONTEXTS = (AFFIRMED, NEGATED, UNCERTAIN, HYPOTHETICAL, FAMILY, HISTORICAL)
YIELDING = frozenset({NEGATED, UNCERTAIN, HISTORICAL})  # a trigger of another context ends their reach
MASK = "ǂ"  # a letter that no text holds
PLAIN_WORDS_MAX = {"en": 1, "zh": 1}  # what a part of a list may hold beside findings
Place = tuple[int, int]

_SENTENCE_END = re.compile(
    r"(?<=[.!])\s+(?=[^a-z\s])|(?<=\w\?)\s+(?=[A-Z])|\n+|;\s*|[。！；]|？(?=.)|(?<=[a-z]\.)\s+(?=[a-z]{4})"
)
_LIST_MARKS = {"en": re.compile(r",|\band\b|\bor\b|/"), "zh": re.compile(r"[，,：:]")}
_CLAUSE_MARKS = {"en": re.compile(r","), "zh": re.compile(r"[，,：:]")}
_SMALL_WORDS = {
    "en": re.compile(
        r"\b(?:and|or|nor|an?|the|any|of|acute|mild|severe|chronic|significant|new|his|her|their|both|either"
        r"|right|left|some|persistent|recurrent|other|also|no|not|possible|then)\b"
    ),
    "zh": re.compile(r"[和与及或、等的\s]|以及|或者|病史|家族史|症状|史|无|未见|没有|有|患者"),
}
_WORD = {"en": re.compile(r"[^\W_]+"), "zh": re.compile(r"[^\W_]")}


@dataclass(frozen=True, slots=True)
class Trigger:
    """A rule's words at [start, end) of a text."""

    rule: Rule
    start: int
    end: int


def contexts_find(text: str, places: Sequence[Place]) -> list[str]:
    """The context of each finding, in the order of the places."""
    found = dict.fromkeys(places, AFFIRMED)
    for start, end in sentences(text):
        inside = [place for place in places if start <= place[0] < end]
        if inside:
            found |= _Sentence(text, start, end, inside).contexts()
    return [found[place] for place in places]


def sentences(text: str) -> Iterator[Place]:
    """The stretches that no trigger reaches out of."""
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    if start < len(text):
        yield start, len(text)


class _Sentence:
    """One sentence with its findings, and the triggers in it."""

    def __init__(self, text: str, start: int, end: int, places: Sequence[Place]) -> None:
        self.text, self.start, self.end = text, start, end
        self.places = sorted(places)
        self.language = language_of(text[start:end])
        self.triggers = self._triggers(rules_of(self.language))
        self.ends = [one for one in self.triggers if one.rule.context == "end"]
        self.active = [one for one in self.triggers if one.rule.context not in ("end", "none")]

    def _triggers(self, rules: Rules) -> list[Trigger]:
        """The longest triggers, none inside a finding or overlapping another."""
        masked = list(self.text)  # a trigger begins behind a finding, though its end may look like one
        for start, end in self.places:
            masked[start:end] = MASK * (end - start)
        outside = "".join(masked)
        found = [
            _trimmed(rule, match)
            for rule in rules
            for match in rule.pattern.finditer(self.text if rule.inside else outside, self.start, self.end)
            if match.end() > match.start() and (rule.inside or not self._cuts(match.start(), match.end()))
        ]
        found.sort(key=lambda one: (one.start - one.end, one.start))
        kept: list[Trigger] = []
        for one in found:
            if all(_apart(one, other) or _alike(one, other) for other in kept):
                kept.append(one)
        return sorted(kept, key=lambda one: one.start)

    def _cuts(self, start: int, end: int) -> bool:
        return any(start < last and first < end for first, last in self.places)

    def contexts(self) -> dict[Place, str]:
        reached: dict[Place, list[Trigger]] = {place: [] for place in self.places}
        for _span, alike in groupby(self.active, key=lambda one: (one.start, one.end)):
            trigger, found = self._best(list(alike))
            for place in found:
                reached[place].append(trigger)
        return {place: context_of(place, triggers) for place, triggers in reached.items()}

    def _best(self, alike: Sequence[Trigger]) -> tuple[Trigger, list[Place]]:
        """Of rules for the same words that reach to different sides the first that reaches a finding; a time
        ("in 2015") looks back first, anything else ahead ("may develop").
        """
        ordered = sorted(
            alike, key=lambda one: (one.rule.reach == "before") != (one.rule.context == HISTORICAL)
        )
        chosen = [(one, list(self._reached(one))) for one in ordered]
        return next((one for one in chosen if one[1]), chosen[0])

    def _reached(self, trigger: Trigger) -> Iterator[Place]:
        rule = trigger.rule
        if rule.inside:
            yield from (one for one in self.places if one[0] <= trigger.start and trigger.end <= one[1])
            return
        first = self._first(trigger) if rule.reach in ("before", "around") else trigger.start
        last = self._last(trigger) if rule.reach in ("after", "around") else trigger.end
        for start, end in self.places:
            gap = start - trigger.end if start >= trigger.end else trigger.start - end
            near = rule.within is None or gap <= rule.within
            if near and (first <= start < trigger.start or trigger.end <= start < last):
                yield start, end

    def _last(self, trigger: Trigger) -> int:
        """Where the reach behind a trigger ends."""
        stops = [self.end]
        stops += [one.start for one in self.ends if one.start >= trigger.end and _applies(one, trigger)]
        stops += [one.start for one in self.active if self._parted(trigger, one)]
        stop = min(stops)
        if trigger.rule.commas == "through" or (self.language == "en" and not trigger.rule.commas):
            return stop
        marks = [mark.start() for mark in _CLAUSE_MARKS[self.language].finditer(self.text, trigger.end, stop)]
        if trigger.rule.commas == "stop":
            return marks[0] if marks else stop
        for at, following in pairwise([*marks, stop]):
            opens = at == trigger.end and self.text[at] in ":："
            if not opens and not self._plain(at + 1, following):
                return at
        return stop

    def _parted(self, trigger: Trigger, other: Trigger) -> bool:
        """Whether another context begins behind a comma or a conjunction, so that this one's reach ends."""
        if other.start < trigger.end or other.rule.steady or other.rule.reach == "before":
            return False
        if trigger.rule.context not in YIELDING or other.rule.context == trigger.rule.context:
            return False
        between = self.text[trigger.end : other.start]
        return bool(_LIST_MARKS[self.language].search(between)) or self.language == "zh" and "、" in between

    def _first(self, trigger: Trigger) -> int:
        """Where the reach before a trigger begins."""
        ends = [one for one in self.ends if one.end <= trigger.start and _applies(one, trigger)]
        stop = max((one.end for one in ends), default=self.start)
        if trigger.rule.commas == "through":
            return stop
        marks = list(_LIST_MARKS[self.language].finditer(self.text, stop, trigger.start))
        if marks and ends and ends[-1].rule.leads:
            stop, marks = marks[0].end(), marks[1:]
        begins = [stop, *(mark.end() for mark in marks)]
        if trigger.rule.commas == "stop":
            return begins[-1]
        at = len(marks)
        open_end = trigger.rule.reach == "before" and not self._held(begins[at], trigger.start)
        while at > 0:
            part = begins[at - 1], marks[at - 1].start()
            if not open_end and not self._plain(*part):
                break
            open_end = open_end and not self._held(*part)
            at -= 1
        return begins[at]

    def _held(self, start: int, end: int) -> bool:
        return any(start <= place[0] < end for place in self.places)

    def _plain(self, start: int, end: int) -> bool:
        """Whether a part holds nothing but findings and small words, as the parts of a list do."""
        rest = list(self.text[start:end])
        for first, last in self.places:
            rest[max(0, first - start) : max(0, last - start)] = " " * len(
                rest[max(0, first - start) : max(0, last - start)]
            )
        words = _WORD[self.language].findall(_SMALL_WORDS[self.language].sub(" ", "".join(rest).lower()))
        return len(words) <= PLAIN_WORDS_MAX[self.language]


def _trimmed(rule: Rule, match: re.Match[str]) -> Trigger:
    """The words that matched, without spaces around them: the longest words count, not the widest."""
    words = match.group()
    start = match.start() + len(words) - len(words.lstrip())
    return Trigger(rule, start, start + len(words.strip()))


def _apart(one: Trigger, other: Trigger) -> bool:
    return one.end <= other.start or one.start >= other.end


def _alike(one: Trigger, other: Trigger) -> bool:
    """The same words as triggers that reach to different sides."""
    same = (one.start, one.end, one.rule.context) == (other.start, other.end, other.rule.context)
    return same and one.rule.reach != other.rule.reach


def _applies(end: Trigger, trigger: Trigger) -> bool:
    return not end.rule.ends or trigger.rule.context in end.rule.ends


def context_of(place: Place, triggers: Iterable[Trigger]) -> str:
    """What a finding's triggers make of it together.

    What is denied of the family or of the past is denied. A condition outweighs a negation inside it ("if
    there is no fever"), and what is over ("resolved") is of the past where the text says so.
    """
    by_context: dict[str, list[Trigger]] = {}
    for one in triggers:
        by_context.setdefault(one.rule.context, []).append(one)
    denied = [one for one in by_context.get(NEGATED, []) if not one.rule.soft]
    condition = by_context.get(HYPOTHETICAL, [])
    if denied and not any(one.start < other.start for one in condition for other in denied):
        return NEGATED
    for context in (FAMILY, HYPOTHETICAL, HISTORICAL, NEGATED, UNCERTAIN):
        if context in by_context:
            return context
    return AFFIRMED
