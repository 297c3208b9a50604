"""Whether a mention is of something that is there: not denied, past, in the family, or merely asked about.

After ConText (Harkema et al. 2009, J Biomed Inform 42:839), reduced to what matters before an emergency is
ruled out: a doubtful negation leaves the mention standing. `context_of` is the whole of what other modules
use.
"""

import re
from dataclasses import dataclass

from verticals.medical.triage.context_words import Words, words_of
from verticals.medical.triage.text import SENTENCE_END


@dataclass(frozen=True, slots=True)
class Context:
    """How a mention stands in its text."""

    negated: bool = False
    historical: bool = False
    family: bool = False
    hypothetical: bool = False

    @property
    def present(self) -> bool:
        return not (self.negated or self.historical or self.family or self.hypothetical)


def context_of(text: str, start: int, end: int, language: str) -> Context:
    """The context of text[start:end], of text in small letters."""
    words = words_of(language)
    sentence = _sentence(text, start)
    clause = _clause(text, start, end, sentence, words.breaks)
    now = bool(words.now.search(text))
    return Context(
        negated=_negated(text, start, end, _clause(text, start, end, sentence, words.turns), words),
        historical=_historical(text, clause, sentence, words),
        family=_family(text, clause, sentence, words),
        hypothetical=_hypothetical(text, start, sentence, words, now),
    )


def educational(text: str, language: str) -> bool:
    """Whether the whole text asks in general and tells of nobody who is ill now."""
    words = words_of(language)
    return bool(words.general.search(text)) and not words.now.search(text)


def _sentence(text: str, place: int) -> tuple[int, int]:
    first = 0
    for one in SENTENCE_END.finditer(text):
        if one.end() > place:
            return first, one.start()
        first = one.end()
    return first, len(text)


def _clause(
    text: str, start: int, end: int, sentence: tuple[int, int], breaks: re.Pattern[str]
) -> tuple[int, int]:
    """From the last break before the mention to the first after it."""
    first, last = sentence
    for one in breaks.finditer(text, first, start):
        first = one.end()
    after = breaks.search(text, end, max(end, last))
    return first, after.start() if after else max(end, last)


def _negated(text: str, start: int, end: int, clause: tuple[int, int], words: Words) -> bool:
    before = text[clause[0] : start]
    for one in words.negation.finditer(before):
        between = before[one.end() :]
        if words.false_negation.search(before[one.start() :] + text[start:end]):
            continue
        if words.reaches(one[0], between):
            return True
    return bool(words.negation_after.match(text[end:]))


def _historical(text: str, clause: tuple[int, int], sentence: tuple[int, int], words: Words) -> bool:
    own = text[clause[0] : clause[1]]
    if words.now.search(own) or words.lasting.search(own):
        return False
    if words.past.search(own) or words.dated.search(own):
        return True
    before, after = text[sentence[0] : clause[0]], text[clause[1] : sentence[1]]
    dated = list(words.dated.finditer(before))
    if dated and words.carried.search(own) and not words.now.search(before[dated[-1].end() :]):
        return True
    return bool(words.dated_after.match(after))


def _family(text: str, clause: tuple[int, int], sentence: tuple[int, int], words: Words) -> bool:
    whole = text[sentence[0] : sentence[1]]
    own = text[clause[0] : clause[1]]
    return bool(words.family.search(own) or words.family.search(whole)) and not words.now.search(own)


def _hypothetical(text: str, start: int, sentence: tuple[int, int], words: Words, now: bool) -> bool:
    whole = text[sentence[0] : sentence[1]]
    near = words.consequence.split(text[sentence[0] : start])[-1]
    if words.condition.search(near) and not (words.now.search(whole) or words.told.search(whole)):
        return True
    if now:
        return False
    if words.question.search(whole) and not words.told.search(whole):
        return True
    return bool(words.general.search(text))
