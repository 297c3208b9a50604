"""Slips of spelling: views of a text in which unknown words are read as the key words that they come near.

English words by edit distance (optimal string alignment), Chinese by characters that sound alike, which is
how they are mistyped.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jieba
from rapidfuzz import process
from rapidfuzz.distance import OSA

from verticals.medical.triage.concepts import expressions
from verticals.medical.triage.rule import shipped_rules
from verticals.medical.triage.text import View

FOLDER = Path(__file__).parent
_WORD = re.compile(r"[a-z]{4,}")
_TARGET_CHARS = 4
_CONCEPT_CHARS = 5  # letters from which words of concepts are read into slips
_TWO_SLIPS_FROM = 7  # letters from which two slips are allowed
_CANDIDATES = 40
_FAR = 2
_ENDINGS = ("s", "es", "ed", "ing", "y", "ly", "ic")


def spelt(view: View, language: str) -> list[View]:
    """The view with slips put right, none where there is nothing to put right."""
    changes = list(_chinese(view.text) if language == "zh" else _english(view.text))
    return [view.replaced(changes)] if changes else []


def _english(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _WORD.finditer(text):
        if (word := word_corrected(match[0])) != match[0]:
            yield match.start(), match.end(), word


@cache
def word_corrected(word: str) -> str:
    """The key word that an unknown word comes nearest to, or the word itself."""
    known, targets, stems = _vocabulary()
    if (
        word in known
        or word.startswith(stems)
        or any(
            word.endswith(end) and word.removesuffix(end) in known for end in (*_ENDINGS, "d", "er", "r", "n")
        )
    ):
        return word
    allowed = 2 if len(word) >= _TWO_SLIPS_FROM else 1
    found = process.extract(word, targets, scorer=OSA.distance, score_cutoff=allowed, limit=_CANDIDATES)
    near = [(_begin(word, one), distance, -len(one), one) for one, distance, _ in found]
    begin, _, _, best = min(near, default=(_FAR, 0, 0, word))
    return best if begin < _FAR else word


def _begin(word: str, other: str) -> int:
    """How differently two words begin: slips are rare in first letters."""
    if word[0] == other[0]:
        return 0
    return 1 if word[1:3] == other[1:3] or sorted(word[:2]) == sorted(other[:2]) else _FAR


@cache
def _vocabulary() -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    """Words that are right as they are, those that slips are read as, and beginnings that patterns match."""
    targets: set[str] = set()
    stems: set[str] = set()
    expressions_read = [(one.pattern, _CONCEPT_CHARS) for one in expressions("en").values()]
    for rule in shipped_rules():
        for patterns, chars in ((rule.patterns["en"], _TARGET_CHARS), (rule.signs["en"], _CONCEPT_CHARS)):
            expressions_read += [(part.pattern, chars) for one in patterns for part in one.parts]
    for expression, chars in expressions_read:
        for stem, words in _words_of(expression):
            targets |= {word for word in words if len(word) >= chars}
            stems |= {stem} if len(words) > 1 and len(stem) >= _TARGET_CHARS else set()
    known = set(targets)
    for path in (FOLDER / "words_en.txt", FOLDER.parent / "deidentify" / "lists" / "words.txt"):
        known |= set(path.read_text(encoding="utf-8").lower().split())
    for rule in shipped_rules():
        for examples in rule.examples["en"].silent:
            known |= set(_WORD.findall(examples.lower()))
    return frozenset(known), tuple(sorted(targets)), tuple(sorted(stems))


def _words_of(expression: str) -> Iterator[tuple[str, list[str]]]:
    """Words of an expression, each with its forms: itself, and more where its end is open."""
    for word, open_end in re.findall(r"(?<![\[\\a-z])([a-z]{3,})(\[a-z'\]\*|\\w\*)?", expression):
        yield word, [word, *(word + ending for ending in _ENDINGS if open_end)]


def _chinese(text: str) -> Iterator[tuple[int, int, str]]:
    at = 0
    while at < len(text):
        words = _keywords().get(text[at], ())
        word = next((one for one in words if _sounds(text[at : at + len(one)], one)), "")
        if word:
            yield at, at + len(word), word
        at += max(1, len(word))


def _sounds(piece: str, word: str) -> bool:
    """Whether a piece is the word mistyped: at least half its characters right, the others alike in sound."""
    if piece == word or len(piece) != len(word):
        return False
    wrong = [(one, other) for one, other in zip(piece, word, strict=True) if one != other]
    if len(wrong) * 2 > len(word) or any(one not in _homophones().get(other, "") for one, other in wrong):
        return False
    return not jieba.dt.FREQ.get(piece)


@cache
def _keywords() -> dict[str, list[str]]:
    """The key words, the longest first, by each character that they or a slip of them may begin with."""
    jieba.setLogLevel(60)
    jieba.initialize()
    words = set((FOLDER / "keywords_zh.txt").read_text(encoding="utf-8").split())
    begun: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda one: (-len(one), one)):
        for first in {word[0], *_homophones().get(word[0], "")}:
            begun.setdefault(first, []).append(word)
    return begun


@cache
def _homophones() -> dict[str, str]:
    lines = (FOLDER / "homophones.txt").read_text(encoding="utf-8").splitlines()
    return {line.split()[0]: line.split()[1] for line in lines if len(line.split()) == 2}


def sounded(text: str) -> str:
    """Chinese text in which characters that sound alike are the same one."""
    return text.translate(_sounds_of())


@cache
def _sounds_of() -> dict[int, str]:
    """The key character for each character that is no key itself; the first key has it."""
    homophones = _homophones()
    pairs = [(other, one) for one, others in homophones.items() for other in others]
    return {ord(other): one for other, one in reversed(pairs) if other not in homophones}
