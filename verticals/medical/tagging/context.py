"""In which context a finding stands: affirmed, negated, uncertain, hypothetical, of the family, historical.

After the ConText algorithm (Harkema et al. 2009, J Biomed Inform 42:839): words that set a context reach over
the findings behind or before them until a word that ends their reach, the clause or the sentence. The words
are data, in rules/en.yaml and rules/zh.yaml.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
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
PLAIN_WORDS_MAX = 1  # what a part of a list may hold beside findings
_ONE = re.compile(r"(?:is|was|has|seems|appears|remains|does)\b", re.IGNORECASE)  # said of one thing

_FEARED = re.compile(r"(?!if|should|unless|in case|when).*\b(?:this|these|the|my|his|her)", re.IGNORECASE)
_MEANS = re.compile(
    r" (?:is|are|was|means?|(?:could|might|may|must|will|turns? out to) (?:be|mean|leave|lead|turn into))\b"
)


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
        self.triggers = triggers_find(text, (start, end), self.places, rules_of(self.language))
        self.ends = [one for one in self.triggers if one.rule.context == "end"]
        self.active = [one for one in self.triggers if one.rule.context not in ("end", "none")]

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
            if (
                near
                and not self._blamed(trigger, start, end)
                and (first <= start < trigger.start or trigger.end <= start < last)
            ):
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
        stops = [self.end]
        stops += [one.start for one in self.ends if one.start >= trigger.end and _applies(one, trigger)]
        stops += [one.start for one in self.active if self._parted(trigger, one)]
        stops += [one.end for one in self.active if self._ends_condition(trigger, one)]
        stops += [at for one in self.active if (at := self._cut(trigger, one)) is not None]
        if (line := self.text.find("\n", trigger.end, self.end)) >= 0 and self._in_item(trigger, line):
            stops.append(line)
        stop = self._listed(trigger, min(stops))
        if trigger.rule.context != FAMILY and self.text[trigger.end : trigger.end + 1] in ",，":
            return trigger.end
        loose = self._loose(trigger, stop)
        usual = self.language == "en" and not trigger.rule.commas and not loose
        if trigger.rule.commas == "through" or usual:
            return stop
        marks = [mark.start() for mark in CLAUSE_MARKS[self.language].finditer(self.text, trigger.end, stop)]
        denies = self.language == "zh" and trigger.rule.context == NEGATED and not trigger.rule.commas
        if trigger.rule.commas == "stop" or denies:
            return marks[0] if marks else stop
        if marks and not trigger.rule.commas and self._spent(trigger, marks[0]):
            return marks[0]
        for at, following in pairwise([*marks, stop]):
            opens = at == trigger.end and self.text[at] in ":："
            if not opens and not self._plain(at + 1, following, 0 if loose else PLAIN_WORDS_MAX):
                return at
        return stop

    def _loose(self, trigger: Trigger, stop: int) -> bool:
        """Whether an English "no" stands before parts that no "and" or "or" joins: "no A, B of the leg"."""
        said = self.text[trigger.start : trigger.start + 3].lower()
        return (
            self.language == "en"
            and said in ("no ", "nil", "wit", "fre")
            and not re.search(r"\b(?:and|n?or)\b|/(?!\d)", self.text[trigger.end : stop])
        )

    def _listed(self, trigger: Trigger, stop: int) -> int:
        """Where an English list of what is denied ends: behind the part that "or" brings in."""
        if self.language != "en" or trigger.rule.context != NEGATED:
            return stop
        last = max((one.end() for one in OR_WORDS["en"].finditer(self.text, trigger.end, stop)), default=None)
        if last is None or not self._held(trigger.end, last):
            return stop
        marks = (one.start() for one in CLAUSE_MARKS["en"].finditer(self.text, last, stop))
        return next((at for at in marks if self._held(last, at)), stop)

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
        if other.rule.context not in yields or not _applies(other, trigger):
            return None
        marks = list(LIST_MARKS[self.language].finditer(self.text, trigger.end, other.start))
        last = next((one for one in reversed(marks) if self._held(one.end(), other.start)), None)
        if last is None or OR_WORDS[self.language].search(self.text, last.start(), other.start):
            return None
        return last.start()

    def _ends_condition(self, trigger: Trigger, other: Trigger) -> bool:
        """Whether a condition has its consequence: "if there is a rash, stop; ..."."""
        both = trigger.rule.context == other.rule.context == HYPOTHETICAL
        return both and other.rule.reach == "before" and self._held(trigger.end, other.start)

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
        return any(start <= place[0] < end for place in self.places)

    def _plain(self, start: int, end: int, most: int = PLAIN_WORDS_MAX) -> bool:
        """Whether a part holds nothing but findings and small words, as the parts of a list do."""
        rest = list(self.text[start:end])
        for first, last in self.places:
            rest[max(0, first - start) : max(0, last - start)] = " " * len(
                rest[max(0, first - start) : max(0, last - start)]
            )
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
    if denied and not any(one.start < other.start for one in condition for other in denied):
        return NEGATED
    for context in (FAMILY, HYPOTHETICAL, HISTORICAL, NEGATED, UNCERTAIN):
        if context in by_context:
            return context
    return AFFIRMED
