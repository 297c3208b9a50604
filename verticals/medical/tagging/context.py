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
from verticals.medical.tagging.clauses import (
    CLAUSE_MARKS,
    LIST_MARKS,
    OR_WORDS,
    SMALL_WORDS,
    WORD,
    Place,
    sentences,
)
from verticals.medical.tagging.rules import Rule, Rules, rules_of

AFFIRMED, NEGATED, UNCERTAIN = "affirmed", "negated", "uncertain"
HYPOTHETICAL, FAMILY, HISTORICAL = "hypothetical", "family", "historical"
CONTEXTS = (AFFIRMED, NEGATED, UNCERTAIN, HYPOTHETICAL, FAMILY, HISTORICAL)
YIELDING = frozenset({NEGATED, UNCERTAIN, HISTORICAL})  # a trigger of another context ends their reach
CUT_BY = {NEGATED: (UNCERTAIN, HISTORICAL, AFFIRMED), UNCERTAIN: (AFFIRMED,)}  # by words behind a finding
MASK = "ǂ"  # a letter that no text holds
PLAIN_WORDS_MAX = {"en": 1, "zh": 1}  # what a part of a list may hold beside findings


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
            if self._faces(one) and all(_together(one, other) for other in kept):
                kept.append(one)
            elif one.rule.context not in ("end", "none") and (rest := self._rest(one, kept)):
                kept.append(rest)
        return sorted(kept, key=lambda one: one.start)

    def _rest(self, trigger: Trigger, kept: Sequence[Trigger]) -> Trigger | None:
        """What of a trigger stands before a longer one ("no | known history of"), if that is one too."""
        over = [one for one in kept if not _together(trigger, one)]
        first = min((one.start for one in over), default=trigger.start)
        words = self.text[trigger.start : first].rstrip()
        if not words or over[0].rule.context == "none" or trigger.rule.context == over[0].rule.context:
            return None
        if not trigger.rule.pattern.fullmatch(self.text, trigger.start, trigger.start + len(words)):
            return None
        return Trigger(trigger.rule, trigger.start, trigger.start + len(words))

    def _faces(self, trigger: Trigger) -> bool:
        """Whether there is a finding on the side that the trigger reaches to."""
        rule = trigger.rule
        if rule.context in ("end", "none") or rule.reach == "around":
            return True
        if rule.reach == "before":
            return self.places[0][0] < trigger.start
        return self.places[-1][1] > trigger.end

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
        reaching = [one for one in chosen if one[1]]
        return min(reaching, key=lambda one: self._parts_off(*one)) if reaching else chosen[0]

    def _parts_off(self, trigger: Trigger, places: Sequence[Place]) -> bool:
        """Whether a comma or the like stands between a trigger and the nearest finding that it reaches."""
        gaps = [(trigger.end, at) if at >= trigger.end else (end, trigger.start) for at, end in places]
        nearest = min(gaps, key=lambda gap: gap[1] - gap[0])
        return bool(CLAUSE_MARKS[self.language].search(self.text, *nearest))

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
        stops += [at for one in self.active if (at := self._cut(trigger, one)) is not None]
        if (line := self.text.find("\n", trigger.end, self.end)) >= 0 and self._in_item(trigger, line):
            stops.append(line)
        stop = min(stops)
        if trigger.rule.commas == "through" or (self.language == "en" and not trigger.rule.commas):
            return stop
        marks = [mark.start() for mark in CLAUSE_MARKS[self.language].finditer(self.text, trigger.end, stop)]
        if trigger.rule.commas == "stop":
            return marks[0] if marks else stop
        if marks and not trigger.rule.commas and self._spent(trigger, marks[0]):
            return marks[0]
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
        if self.language == "zh" and self._held(trigger.end, other.start):
            return True
        return bool(LIST_MARKS[self.language].search(between)) or self.language == "zh" and "、" in between

    def _cut(self, trigger: Trigger, other: Trigger) -> int | None:
        """Where a list of what is denied ends because words behind it say something else of its last part:
        "no fever, and pneumonia is likely".
        """
        if other.rule.reach != "before" or other.rule.soft or other.rule.steady or other.start < trigger.end:
            return None
        yields = CUT_BY.get(trigger.rule.context, ())
        if other.rule.context not in yields:
            return None
        marks = list(LIST_MARKS[self.language].finditer(self.text, trigger.end, other.start))
        last = next((one for one in reversed(marks) if self._held(one.end(), other.start)), None)
        if last is None or OR_WORDS[self.language].search(self.text, last.start(), other.start):
            return None
        return last.start()

    def _spent(self, trigger: Trigger, mark: int) -> bool:
        """Whether a Chinese trigger has its object, which is no finding, before the comma behind it."""
        said = self.text[trigger.end : mark].strip()
        return bool(said) and not self._held(trigger.end, mark)

    def _in_item(self, trigger: Trigger, line: int) -> bool:
        """Whether a trigger belongs to its own line: not the heading of the list that follows."""
        return "\n" in self.text[self.start : trigger.start] or self._held(self.start, line)

    def _first(self, trigger: Trigger) -> int:
        """Where the reach before a trigger begins."""
        ends = [one for one in self.ends if one.end <= trigger.start and _applies(one, trigger)]
        stop = max((one.end for one in ends), default=self.start)
        stop = max(stop, self.text.rfind("\n", self.start, trigger.start) + 1)
        if trigger.rule.commas == "through":
            return stop
        marks = list(LIST_MARKS[self.language].finditer(self.text, stop, trigger.start))
        if marks and not self.text[marks[-1].end() : trigger.start].strip():  # "migraine, probably"
            marks.pop()
        if marks and ends and ends[-1].rule.leads:
            stop, marks = marks[0].end(), marks[1:]
        begins = [stop, *(mark.end() for mark in marks)]
        if trigger.rule.commas == "stop":
            return begins[-1]
        at = len(marks)
        open_end = trigger.rule.reach == "before" and not self._held(begins[at], trigger.start)
        while at > 0:
            part = begins[at - 1], marks[at - 1].start()
            if self._of_another(begins[at], trigger.start):
                break
            if not open_end and not self._plain(*part):
                break
            open_end = open_end and not self._held(*part)
            at -= 1
        return begins[at]

    def _of_another(self, start: int, end: int) -> bool:
        """Whether a part tells of the family: what is said behind it is not of the parts before it."""
        return any(one.rule.context == FAMILY and start <= one.start < end for one in self.active)

    def _held(self, start: int, end: int) -> bool:
        return any(start <= place[0] < end for place in self.places)

    def _plain(self, start: int, end: int) -> bool:
        """Whether a part holds nothing but findings and small words, as the parts of a list do."""
        rest = list(self.text[start:end])
        for first, last in self.places:
            rest[max(0, first - start) : max(0, last - start)] = " " * len(
                rest[max(0, first - start) : max(0, last - start)]
            )
        words = WORD[self.language].findall(SMALL_WORDS[self.language].sub(" ", "".join(rest).lower()))
        return len(words) <= PLAIN_WORDS_MAX[self.language]


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
    if UNCERTAIN in by_context and any(one.rule.reach == "after" for one in by_context.get(AFFIRMED, [])):
        del by_context[UNCERTAIN]
    if denied and not any(one.start < other.start for one in condition for other in denied):
        return NEGATED
    for context in (FAMILY, HYPOTHETICAL, HISTORICAL, NEGATED, UNCERTAIN):
        if context in by_context:
            return context
    return AFFIRMED
