"""The lines of a table together with the figures of the text around it, looked up by words."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from verticals.finance.grids.fused_words import splitter, unfused
from verticals.finance.grids.grid import Grid, Line
from verticals.finance.grids.grid_cues import VAGUE
from verticals.finance.grids.grid_match import Lines, Matched, ends_named
from verticals.finance.grids.grid_passages import PassageLine, passage_lines, sentences_of
from verticals.finance.grids.grid_words import SMALL, Weights, stem, words_kept, words_of

TABLE_LEAD = 0.12  # how much more of the words a passage must hold than the table to be preferred
PASSAGE_LEAST = 0.55  # how much of the words a passage must hold
UNDATED = 0.15  # what a figure without a year loses where a year is asked for
OTHER_UNIT = 0.3  # what a percentage loses where an amount is asked for, and the other way round
NO_MONEY = 0.15  # what a bare number loses where money is asked for
SPELT = 0.88  # how alike a misspelt word is to the one meant
_LONG_WORD = re.compile(r"\b[a-z]{7,}\b")
_CAPTION = re.compile(r"\bfollowing (?:table|is|are|sets?|shows?|summar)|\btables?\b|\bas follows\b|:$")
_PAID = re.compile(
    r"\b(?:payments?|paid|costs?|price|expenses?|charges?|cash|proceeds|dollars|value|balance|revenues?|sales"
    r"|income|earnings|liabilit\w+|debt|assets|obligations?|loss(?:es)?|gains?|fees|tax(?:es)?|compensation"
    r"|investments?|dividends?|rent\w*)\b"
)
_COUNTED = re.compile(r"\bnumber of\b|\bhow many\b|\bshares?\b|\bunits\b")
_MONEY = re.compile(r"[$€£¥]|million|billion|thousand")
_PERCENT = re.compile(r"\bpercent|%|\brates?\b|\bmargin\b|\byield\b|\bvolatility\b")


class Sources(Lines):
    """A table and the text around it; the table is preferred where both hold what is asked for."""

    def __init__(self, grid: Grid, text: str = "") -> None:
        self._split = splitter(text, grid)
        super().__init__(unfused(grid, self._split))
        self._passages: list[tuple[PassageLine, set[str], set[str]]] = [
            (one, set(words_kept(one.near)), set(words_kept(one.sentence))) for one in passage_lines(text)
        ]
        sentences = sentences_of(text)
        self._all_weights = Weights(
            [*(f"{one.label} {one.section} {one.header}" for one in self.lines), *sentences]
        )
        self._said = set(words_kept(text)) | self.known
        told = " ".join([text, *(f"{one.label} {one.section} {one.header}" for one in self.lines)]).lower()
        self._long_words = sorted(set(_LONG_WORD.findall(told)))
        captions = [one for one in sentences if _CAPTION.search(one)]
        self._caption = set(words_kept(" ".join(captions))) | set(words_kept(grid.title))

    def read(self, question: str) -> str:
        """A question with words taken apart that run together, and misspelt ones as the document has them."""
        return _LONG_WORD.sub(lambda match: self._spelt(match.group()), self._split(question))

    def _spelt(self, word: str) -> str:
        if stem(word) in self._said or stem(word) in VAGUE or word in SMALL:
            return word
        close = get_close_matches(word, self._long_words, n=1, cutoff=SPELT)
        return close[0] if close else word

    def _best(self, words: str, years: Sequence[int], but: Line | None, *, percent: bool) -> Matched | None:
        table = super()._best(words, years, but, percent=percent)
        if not self._passages:
            return table
        asked = {word for word in words_of(words) if word not in VAGUE} & self._said
        if not asked:
            return table
        passage = self._passage(words, asked, years, but)
        if passage is None:
            return table
        if table is None or passage.score > self._held(table.line, words, asked) + TABLE_LEAD:
            return passage
        return table

    def moved(self, words: str) -> tuple[Line, Line] | None:
        """The two figures of a passage that says what went from one to another, in that order."""
        asked = {word for word in words_of(words) if word not in VAGUE} & self._said
        whole = self._all_weights.total(asked)
        best: tuple[float, tuple[Line, Line]] | None = None
        for one, near, sentence in self._passages:
            if one.rose_to is None or not whole:
                continue
            score = self._all_weights.total(asked & (near | sentence)) / whole
            if score >= PASSAGE_LEAST and (best is None or score > best[0]):
                best = (score, (one.line, one.rose_to))
        return best[1] if best else None

    def _held(self, line: Line, words: str, asked: set[str]) -> float:
        """How much of the words a line of the table holds; what its caption says counts for half."""
        label = set(words_kept(line.label))
        own = asked & (label | set(words_kept(f"{line.section} {line.header}")))
        told = asked & self._caption - own
        weigh = self._all_weights.total
        named = set(words_kept(words))
        whole = 0.15 if label and label <= named or ends_named(line.label, named) else 0.0
        return whole + (weigh(own) + (0.8 if whole else 0.5) * weigh(told)) / weigh(asked)

    def _passage(self, words: str, asked: set[str], years: Sequence[int], but: Line | None) -> Matched | None:
        best: Matched | None = None
        weigh = self._all_weights.total
        whole = weigh(asked)
        rate = _PERCENT.search(words.lower()) is not None
        money = _PAID.search(words.lower()) is not None and _COUNTED.search(words.lower()) is None
        given = set(
            re.findall(r"\d[\d,.]*\d|\d", words)
        )  # an answer is not a figure that the question states
        for one, near, sentence in self._passages:
            line = one.line
            if line is but or (line.by_year and not all(year in line.by_year for year in years)):
                continue
            if not line.by_year and len(years) > 1:
                continue
            percent = all(cell.percent for cell in line.cells)
            if (percent and not rate) or any(_digits(cell.text) in given for cell in line.cells):
                continue
            score = 0.5 * (weigh(asked & near) + weigh(asked & sentence)) / whole
            score -= UNDATED if years and not line.by_year else 0.0
            score -= OTHER_UNIT if rate and not percent else 0.0
            score -= NO_MONEY if money and not any(_MONEY.search(cell.text) for cell in line.cells) else 0.0
            if best is None or score > best.score + 1e-9:
                best = Matched(line, score)
        return best if best is not None and best.score >= PASSAGE_LEAST else None


def _digits(text: str) -> str:
    found = re.search(r"\d[\d,.]*\d|\d", text)
    return found.group() if found else ""
