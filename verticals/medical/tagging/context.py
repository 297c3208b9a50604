"""In which context a finding stands: affirmed, negated, uncertain, hypothetical, of the family, historical.

After the ConText algorithm (Harkema et al. 2009, J Biomed Inform 42:839): words that set a context reach over
the findings behind or before them until a word that ends their reach, the clause or the sentence. The words
are data, in rules/en.yaml and rules/zh.yaml.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import groupby
from operator import itemgetter

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
from verticals.medical.tagging.places import Stops, any_inside, begins_within, starting
from verticals.medical.tagging.rules import rules_of
from verticals.medical.tagging.triggers import Trigger, triggers_find

AFFIRMED, NEGATED, UNCERTAIN = "affirmed", "negated", "uncertain"
HYPOTHETICAL, FAMILY, HISTORICAL = "hypothetical", "family", "historical"
CONTEXTS = (AFFIRMED, NEGATED, UNCERTAIN, HYPOTHETICAL, FAMILY, HISTORICAL)
YIELDING = frozenset({NEGATED, UNCERTAIN, HISTORICAL})  # a trigger of another context ends their reach
CUT_BY = {
    NEGATED: (UNCERTAIN, HISTORICAL, AFFIRMED),
    UNCERTAIN: (AFFIRMED,),
    HISTORICAL: (AFFIRMED,),
}  # by words behind a finding
_JOINS = re.compile(r"\b(?:and|n?or)\b|/(?!\d)")
REACHED_MAX = 100  # findings to each side of a trigger: no list is longer
PLAIN_WORDS_MAX = 1  # what a part of a list may hold beside findings
_ONE = re.compile(r"(?:is|was|has|seems|appears|remains|does)\b", re.IGNORECASE)  # said of one thing

_FEARED = re.compile(r"(?!if|should|unless|in case|when).*\b(?:this|these|the|my|his|her)", re.IGNORECASE)
_MEANS = re.compile(
    r" (?:is|are|was|means?|(?:could|might|may|must|will|turns? out to) (?:be|mean|leave|lead|turn into))\b"
)


def contexts_find(text: str, places: Sequence[Place]) -> list[str]:
    """The context of each finding, in the order of the places."""
    found = dict.fromkeys(places, AFFIRMED)
    ordered = sorted(places)
    for start, end in sentences(text):
        inside = starting(ordered, start, end)
        if inside:
            found |= _Sentence(text, start, end, inside).contexts()
    return [found[place] for place in places]


class _Sentence:
    """One sentence with its findings, and the triggers in it."""

    def __init__(self, text: str, start: int, end: int, places: Sequence[Place]) -> None:
        self.text, self.start, self.end = text, start, end
        self.places = sorted(places)
        self.language = language_of(text[start:end])
        self.triggers = triggers_find(text, (start, end), self.places, rules_of(self.language))
        self.ends = [one for one in self.triggers if one.rule.context == "end"]
        self.active = [one for one in self.triggers if one.rule.context not in ("end", "none")]
        self._stops: dict[str, Stops] = {}
        self._wordy: dict[int, list[int]] = {}

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
        if len(reaching) < 2:
            return (reaching or chosen)[0]
        return min(reaching, key=lambda one: self._parts_off(*one))

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
        behind = starting(self.places, first, min(last, trigger.start))[-REACHED_MAX:]
        ahead = starting(self.places, max(first, trigger.end), last)[:REACHED_MAX]
        for start, end in (*behind, *ahead):
            gap = start - trigger.end if start >= trigger.end else trigger.start - end
            if (rule.within is None or gap <= rule.within) and not self._blamed(trigger, start, end):
                yield start, end

    def _blamed(self, trigger: Trigger, start: int, end: int) -> bool:
        """Whether a finding is what is there, and its meaning is feared: "worried this lump is cancer"."""
        if trigger.rule.context != HYPOTHETICAL or not 0 <= start - trigger.end <= 1:
            return False
        feared = _FEARED.fullmatch(self.text, trigger.start, trigger.end)
        means = _MEANS.match(self.text, end, self.end)
        return bool(feared and means and self._held(means.end(), self.end))

    def _last(self, trigger: Trigger) -> int:
        """Where the reach behind a trigger ends."""
        stop = self._stops_of(trigger.rule.context).first(trigger.end, self.end)
        if (line := self.text.find("\n", trigger.end, stop)) >= 0 and self._in_item(trigger, line):
            stop = line
        stop = self._listed(trigger, stop)
        if trigger.rule.context != FAMILY and self.text[trigger.end : trigger.end + 1] in ",，":
            return trigger.end
        loose = self._loose(trigger, stop)
        usual = self.language == "en" and not trigger.rule.commas and not loose
        if trigger.rule.commas == "through" or usual:
            return stop
        low, high = bisect_left(self._commas, trigger.end), bisect_left(self._commas, stop)
        denies = self.language == "zh" and trigger.rule.context == NEGATED and not trigger.rule.commas
        if low == high:
            return stop
        if trigger.rule.commas == "stop" or denies:
            return self._commas[low]
        if not trigger.rule.commas and self._spent(trigger, self._commas[low]):
            return self._commas[low]
        return self._list_end(trigger, (low, high), stop, 0 if loose else PLAIN_WORDS_MAX)

    def _list_end(self, trigger: Trigger, marks: tuple[int, int], stop: int, most: int) -> int:
        """The first of the commas behind which more follows than findings and small words, else the stop."""
        low, high = marks
        if self._commas[low] == trigger.end and self.text[trigger.end] in ":：":
            low += 1
        wordy = self._wordy_parts(most)
        at = bisect_left(wordy, low)
        if at < len(wordy) and wordy[at] < high - 1:
            return self._commas[wordy[at]]
        if low < high and not self._plain(self._commas[high - 1] + 1, stop, most):
            return self._commas[high - 1]
        return stop

    def _wordy_parts(self, most: int) -> list[int]:
        """Which commas of the sentence have more between them and the next than parts of lists have."""
        if most not in self._wordy:
            parts = enumerate(zip(self._commas, self._commas[1:], strict=False))
            self._wordy[most] = [at for at, (one, other) in parts if not self._plain(one + 1, other, most)]
        return self._wordy[most]

    @cached_property
    def _commas(self) -> list[int]:
        return [one.start() for one in CLAUSE_MARKS[self.language].finditer(self.text, self.start, self.end)]

    @cached_property
    def _list_marks(self) -> list[Place]:
        return [one.span() for one in LIST_MARKS[self.language].finditer(self.text, self.start, self.end)]

    @cached_property
    def _or_words(self) -> list[Place]:
        return [one.span() for one in OR_WORDS[self.language].finditer(self.text, self.start, self.end)]

    @cached_property
    def _joins(self) -> list[Place]:
        return [one.span() for one in _JOINS.finditer(self.text, self.start, self.end)]

    def _loose(self, trigger: Trigger, stop: int) -> bool:
        """Whether an English "no" stands before parts that no "and" or "or" joins: "no A, B of the leg"."""
        said = self.text[trigger.start : trigger.start + 3].lower()
        return (
            self.language == "en"
            and said in ("no ", "nil", "wit", "fre")
            and not any_inside(self._joins, trigger.end, stop)
        )

    def _listed(self, trigger: Trigger, stop: int) -> int:
        """Where an English list of what is denied ends: behind the part that "or" brings in."""
        if self.language != "en" or trigger.rule.context != NEGATED:
            return stop
        at = bisect_right(self._or_words, stop, key=itemgetter(1))
        if not at or self._or_words[at - 1][0] < trigger.end:
            return stop
        last = self._or_words[at - 1][1]
        held = bisect_left(self.places, last, key=itemgetter(0))
        if held == len(self.places) or not self._held(trigger.end, last):
            return stop
        mark = bisect_right(self._commas, self.places[held][0])
        return min(self._commas[mark], stop) if mark < len(self._commas) else stop

    def _stops_of(self, context: str) -> Stops:
        """What ends the reach of triggers of a context."""
        if context not in self._stops:
            self._stops[context] = Stops(
                ends=[one.start for one in self.ends if not one.rule.ends or context in one.rule.ends],
                others=self._others(context),
                parts=self._partings(context),
                closed=self._conclusions(context),
                cuts=self._cuts_of(context),
            )
        return self._stops[context]

    def _others(self, context: str) -> list[int]:
        """Where another context begins, so that this one's reach ends if a comma or the like is between."""
        if context not in YIELDING:
            return []
        return [
            one.start
            for one in self.active
            if not one.rule.steady and one.rule.reach != "before" and one.rule.context != context
        ]

    def _partings(self, context: str) -> list[Place]:
        """What parts a trigger from another context: commas and conjunctions, and in Chinese findings."""
        marks = self._list_marks
        if self.language == "zh":
            lists = [(at, at + 1) for at in range(self.start, self.end) if self.text[at] == "、"]
            marks = sorted([*marks, *lists, *((at, at + 1) for at, _end in self.places)])
        return marks if context in YIELDING else []

    def _conclusions(self, context: str) -> list[tuple[int, int]]:
        """Where a condition has its consequence: "if there is a rash, stop; ...": from before which finding
        on and where it ends.
        """
        if context != HYPOTHETICAL:
            return []
        behind = [one for one in self.active if one.rule.context == context and one.rule.reach == "before"]
        found = ((bisect_left(self.places, one.start, key=itemgetter(0)) - 1, one.end) for one in behind)
        return [(self.places[at][0], end) for at, end in found if at >= 0]

    def _cuts_of(self, context: str) -> list[int]:
        """Where a list of what is denied ends because words behind it say something else of its last part:
        "no fever, and pneumonia is likely".
        """
        yields = CUT_BY.get(context, ())
        cuts = [
            self._cut_before(one)
            for one in self.active
            if one.rule.context in yields
            and one.rule.reach == "before"
            and not (one.rule.soft or one.rule.steady)
            and (not one.rule.ends or context in one.rule.ends)
        ]
        return [one for one in cuts if one is not None]

    def _cut_before(self, other: Trigger) -> int | None:
        """The last comma or conjunction before the last finding before words that look back."""
        place = bisect_left(self.places, other.start, key=itemgetter(0)) - 1
        at = bisect_right(self._list_marks, self.places[place][0], key=itemgetter(1)) if place >= 0 else 0
        if not at or any_inside(self._or_words, self._list_marks[at - 1][0], other.start):
            return None
        return self._list_marks[at - 1][0]

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
        own = begins[at], trigger.start
        open_end = trigger.rule.reach == "before" and not self._held(*own) and self._plain(*own, most=0)
        if self.language == "zh" and not open_end:
            return begins[at]
        while at > 0:
            part = begins[at - 1], marks[at - 1].start()
            if self._of_another(begins[at], trigger.start) or self._said(*part):
                break
            if not open_end and not self._plain(*part):
                return self._joined(trigger, part, begins[at:]) or begins[at]
            open_end = open_end and not self._held(*part)
            at -= 1
        return begins[at]

    def _joined(self, trigger: Trigger, part: Place, lists: Sequence[int]) -> int | None:
        """Where a list begins whose first part has words before its finding: "that A, B and C may come"."""
        words = self.text[lists[-1] - 3 : lists[-1]]
        several = words in ("and", " or") and not _ONE.match(self.text, trigger.start)
        last = max((place for place in self.places if part[0] <= place[0] < part[1]), default=None)
        if not several or last is None or self.text[last[1] : part[1]].strip():
            return None
        return last[0]

    def _of_another(self, start: int, end: int) -> bool:
        """Whether a part tells of the family: what is said behind it is not of the parts before it."""
        return any(one.rule.context == FAMILY and start <= one.start < end for one in self.active)

    def _said(self, start: int, end: int) -> bool:
        """Whether words behind a part's finding have said of it what is to be said."""
        behind = (one for one in self.active if one.rule.reach == "before")
        return any(start <= one.start < end and self._held(start, one.start) for one in behind)

    def _held(self, start: int, end: int) -> bool:
        return begins_within(self.places, start, end)

    def _plain(self, start: int, end: int, most: int = PLAIN_WORDS_MAX) -> bool:
        """Whether a part holds nothing but findings and small words, as the parts of a list do."""
        rest = list(self.text[start:end])
        at = bisect_right(self.places, start, key=itemgetter(1))
        for first, last in self.places[at : bisect_left(self.places, end, key=itemgetter(0))]:
            low, high = max(0, first - start), min(last, end) - start
            rest[low:high] = " " * (high - low)
        words = WORD[self.language].findall(SMALL_WORDS[self.language].sub(" ", "".join(rest).lower()))
        return len(words) <= most


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
    sure = [one for one in by_context.get(AFFIRMED, []) if one.rule.reach == "after"]
    if sure:
        by_context.pop(UNCERTAIN, None)
    if any(one.rule.soft for one in sure) and all(one.rule.soft for one in by_context.get(HISTORICAL, [])):
        by_context.pop(HISTORICAL, None)
    outweighed = condition and min(one.start for one in condition) < max(
        (one.start for one in denied), default=0
    )
    if denied and not outweighed:
        return NEGATED
    for context in (FAMILY, HYPOTHETICAL, HISTORICAL, NEGATED, UNCERTAIN):
        if context in by_context:
            return context
    return AFFIRMED
