"""Whether a mention is of something that is there: not denied, past, in the family, or merely asked about.

After ConText (Harkema et al. 2009, J Biomed Inform 42:839), reduced to what matters before an emergency is
ruled out: a doubtful negation leaves the mention standing. `context_of` is the whole of what other modules
use.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from verticals.medical.triage.context_words import Expression, words_of
from verticals.medical.triage.text import SENTENCE_END

TEXTS_KEPT = 4  # a text is looked at with its slips and without, and asked about for each mention
DENIALS_MAX = 12  # of those before a mention the nearest are looked at,
DENIAL_REACH_CHARS = 1_000  # so far back
PIECE_CHARS = 2_000  # a longer stretch is searched piece by piece
AFTER_CHARS = 200  # what is looked at of the text behind a mention
# Words that end at least SURE_CHARS before a mention are the same whatever follows; nearer ones are looked
# for again, as if the text ended where the mention begins. None is longer than the difference.
SURE_CHARS, NEAR_CHARS = 24, 60

Span = tuple[int, int]


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
    return _text_of(text, language).context(start, end)


def educational(text: str, language: str) -> bool:
    """Whether the whole text asks in general and tells of nobody who is ill now."""
    words = words_of(language)
    return bool(words.general.search(text)) and not words.now.search(text)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the words of an expression begin and end, in order."""

    starts: Sequence[int]
    ends: Sequence[int]


class _Text:
    """A text in which contexts are asked for; what is found in a sentence or clause is found once."""

    def __init__(self, text: str, language: str) -> None:
        self.text, self.words = text, words_of(language)
        self._places: dict[Expression, _Places] = {}
        self._held: dict[tuple[Expression, Span], bool] = {}
        self._historic: dict[tuple[Span, Span], bool] = {}
        self._contexts: dict[Span, Context] = {}

    def context(self, start: int, end: int) -> Context:
        if (start, end) not in self._contexts:
            self._contexts[start, end] = self._context(start, end)
        return self._contexts[start, end]

    def _context(self, start: int, end: int) -> Context:
        sentence = self._sentence(start)
        clause = self._clause(start, end, sentence)
        if (clause, sentence) not in self._historic:
            self._historic[clause, sentence] = self._historical(clause, sentence)
        return Context(
            negated=self._negated(start, end, sentence),
            historical=self._historic[clause, sentence],
            family=self._family(clause, sentence),
            hypothetical=self._hypothetical(start, sentence),
        )

    def _sentence(self, place: int) -> Span:
        ends = self._all(SENTENCE_END)
        at = bisect_right(ends.ends, place)
        first = ends.ends[at - 1] if at else 0
        return first, ends.starts[at] if at < len(ends.starts) else len(self.text)

    def _clause(self, start: int, end: int, sentence: Span) -> Span:
        """From the last break before the mention to the first after it."""
        breaks = self._all(self.words.breaks)
        last = max(end, sentence[1])
        at = bisect_left(breaks.starts, end)
        after = at < len(breaks.starts) and breaks.ends[at] <= last
        return self._behind(self.words.breaks, sentence[0], start), breaks.starts[at] if after else last

    def _negated(self, start: int, end: int, sentence: Span) -> bool:
        words, text = self.words, self.text
        first = max(self._behind(words.turns, sentence[0], start), start - DENIAL_REACH_CHARS)
        for begin, stop in self._before(words.negation, first, start)[-DENIALS_MAX:]:
            if words.false_negation.search(text[begin:end]):
                continue
            if words.reaches(text[begin:stop], text[stop:start]):
                return True
        return bool(words.negation_after.match(text[end : end + AFTER_CHARS]))

    def _historical(self, clause: Span, sentence: Span) -> bool:
        words, text = self.words, self.text
        if self._holds(words.now, clause) or self._holds(words.lasting, clause):
            return False
        if self._holds(words.past, clause) or self._holds(words.dated, clause):
            return True
        if words.carried.search(text[clause[0] : clause[1]]):
            dated = self._behind(words.dated, sentence[0], clause[0])
            if dated > sentence[0] and not self._before(words.now, dated, clause[0]):
                return True
        after = min(clause[1] + AFTER_CHARS, sentence[1])
        return bool(words.dated_after.match(text[clause[1] : after]))

    def _family(self, clause: Span, sentence: Span) -> bool:
        words = self.words
        told = self._holds(words.family, clause) or self._holds(words.family, sentence)
        return told and not self._holds(words.now, clause)

    def _hypothetical(self, start: int, sentence: Span) -> bool:
        words = self.words
        near = self._behind(words.consequence, sentence[0], start)
        supposed = bool(self._before(words.condition, near, start))
        if supposed and not (self._holds(words.now, sentence) or self._holds(words.told, sentence)):
            return True
        whole = 0, len(self.text)
        if self._holds(words.now, whole):
            return False
        if self._holds(words.question, sentence) and not self._holds(words.told, sentence):
            return True
        return self._holds(words.general, whole)

    def _holds(self, expression: Expression, within: Span) -> bool:
        """Whether words stand in a stretch; those of a long one within a piece and half of the next."""
        if (expression, within) not in self._held:
            first, last = within
            ends = ((at, min(at + PIECE_CHARS * 3 // 2, last)) for at in range(first, last, PIECE_CHARS))
            self._held[expression, within] = any(expression.search(self.text, *one) for one in ends)
        return self._held[expression, within]

    def _behind(self, expression: Expression, first: int, start: int) -> int:
        """Where the last of such words between two places ends; the first place where there are none."""
        found = self._before(expression, first, start, most=1)
        return found[-1][1] if found else first

    def _before(self, expression: Expression, first: int, start: int, most: int = DENIALS_MAX) -> list[Span]:
        """The words from a place on up to a mention, as if the text ended there: the near ones, and before
        them `most` more.
        """
        places = self._all(expression)
        sure = bisect_right(places.ends, start - SURE_CHARS)
        low = max(bisect_left(places.starts, first, 0, sure), sure - most)
        far = [(places.starts[at], places.ends[at]) for at in range(low, sure)]
        begin = max(first, start - NEAR_CHARS, places.ends[sure - 1] if sure else 0)
        return far + [one.span() for one in expression.finditer(self.text, begin, start)]

    def _all(self, expression: Expression) -> _Places:
        if expression not in self._places:
            found = [one.span() for one in expression.finditer(self.text)]
            self._places[expression] = _Places([first for first, _ in found], [last for _, last in found])
        return self._places[expression]


@lru_cache(maxsize=TEXTS_KEPT)
def _text_of(text: str, language: str) -> _Text:
    return _Text(text, language)
