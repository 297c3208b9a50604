"""How well the words of a question fit the words of a table."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from math import log

import snowballstemmer

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+\.\d+%?|\d{2,}%?|\d%|(?<=[a-z][ -])\d(?![\d,.%])")
_STEM = snowballstemmer.stemmer("english")
_SMALL_WORDS = """
a about according across all altogether also amount amounts an and any are as at be been being between
both by can combined compared company computed could did do does during each else end ended ending
expressed fiscal for from get had has have how if in increase decrease increased decreased is it its
itself just many me more most much my nearest of on one only or our out over overall per percent
percentage period periods please reported represent respective respectively same share should show so
some sum than that the their them then there these they thing this those through to together was we well
were what whats when where which while who will with within would year years yearly annual annually
calculate change changes changed difference differences average mean ratio proportion proportions net
number value values many far million millions thousand thousands billion u.s us dollars dollar
respectively date data level levels growth rate-of rise fall constitute constitution constitutes made up
"""
SMALL = frozenset(_SMALL_WORDS.split())


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    return str(_STEM.stemWord(word.removesuffix("'s").replace("'", "")))


def words_of(text: str) -> list[str]:
    """The stems of a text's words, years and small words left out."""
    found = _WORD.findall(_folded(text))
    return [stem(word) for word in found if word not in SMALL and not re.fullmatch(r"(?:19|20)\d\d", word)]


def words_kept(text: str) -> list[str]:
    """The stems of all words of a text but its years."""
    return [stem(word) for word in _WORD.findall(_folded(text)) if not re.fullmatch(r"(?:19|20)\d\d", word)]


def tokens_of(text: str) -> list[tuple[str, str]]:
    """All words of a text in order, years too, each with its stem."""
    return [(word, stem(word)) for word in _WORD.findall(_folded(text))]


def _folded(text: str) -> str:
    text = text.lower().replace("’", "'").replace("ﬂ", "fl").replace("ﬁ", "fi").replace("&", " and ")
    text = re.sub(r"\br and d\b", "research development", text)
    text = re.sub(
        r"\bu\. ?s\b\.?|\bus\b(?!\$| dollars?\b)",
        "usa",
        re.sub(r"\blowest\b", "low", re.sub(r"\bhighest\b", "high", text)),
    )
    return re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text)


class Weights:
    """The weight of a word by how few of the table's lines hold it."""

    def __init__(self, texts: Iterable[str]) -> None:
        counted: Counter[str] = Counter()
        self._count = 0
        for text in texts:
            counted.update(set(words_kept(text)))
            self._count += 1
        self._counted = counted

    def of(self, word: str) -> float:
        return log(1 + (self._count + 1) / (self._counted[word] + 0.5))

    def total(self, words: Iterable[str]) -> float:
        return sum(self.of(word) for word in words)


def fit(asked: set[str], own: set[str], beside: set[str], weights: Weights) -> float:
    """From 0 to 1: how much of what is asked for a line holds, and how much of its own words is asked for."""
    if not asked or not (own | beside):
        return 0.0
    found = weights.total(asked & (own | beside))
    recall = found / weights.total(asked)
    told = weights.total(asked & own)
    precision = told / weights.total(own) if own else 0.0
    return 0.0 if not recall else 0.65 * recall + 0.35 * precision
