"""Words of a text as the lexical index counts them: English stemmed, numbers whole, Chinese segmented."""

import hashlib
import logging
import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from collegium.knowledge.models import TERM_SPACE

MAX_WORD_CHARS = 64  # what is longer is no word: base64, a rule of dashes
CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_CJK = re.compile(f"[{CJK}]")
_PIECE = re.compile(
    f"(?P<cjk>[{CJK}]+)"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)"
    f"|(?P<word>[^\\W_{CJK}]+(?:['’&][^\\W_{CJK}]+)*)"
)
_YEAR_IN_WORD = re.compile(r"^(?:[a-z]+((?:19|20)\d\d)|(?:q\d)?fy(\d\d))$")
_ENGLISH = (
    "a an and are as at be been but by can could did do does for from had has have how i if in into is it"
    " its me my of on or our please shall should so such than that the their them then there these they"
    " this those to us was we were what when where which who whom why will with would you your"
)
STOP_WORDS = frozenset(_ENGLISH.split())
_CHINESE = "的 了 是 在 和 与 及 或 吗 呢 为 被 把 对 从 于 请 请问 多少 什么 哪些 如何 怎么 怎样"
STOP_CHINESE = frozenset(_CHINESE.split())


def tokens(text: str) -> list[str]:
    """The terms of a text in order, with repetitions.

    1,234.5 gives 1234.5; FY2019 gives fy2019 and 2019; 营业收入 gives 营业, 收入 and 营业收入.
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    return list(_terms(folded))


def term_id(term: str) -> int:
    """The number that stands for a term in the index, from 1 to TERM_SPACE."""
    digest = hashlib.blake2b(term.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % TERM_SPACE + 1


def chinese_share(text: str) -> float:
    """The share of Chinese characters among the letters of a text."""
    letters = sum(character.isalpha() for character in text)
    return chinese_count(text) / letters if letters else 0.0


def chinese_count(text: str) -> int:
    """How many Chinese characters a text has."""
    return len(_CJK.findall(text))


def _terms(folded: str) -> Iterator[str]:
    for piece in _PIECE.finditer(folded):
        if piece["cjk"]:
            yield from _chinese(piece["cjk"])
        elif piece["number"]:
            yield _number(piece["number"])
        else:
            yield from _word(piece["word"])


def _number(text: str) -> str:
    """1,234.50 and 1234.5 are the same term."""
    plain = text.replace(",", "")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _word(word: str) -> Iterator[str]:
    if len(word) > MAX_WORD_CHARS or word in STOP_WORDS:
        return
    if word.isdigit():
        yield word
        return
    yield _stem(word.replace("’", "'"))
    year = _YEAR_IN_WORD.match(word)
    if year:
        yield year[1] or f"20{year[2]}"


def _chinese(run: str) -> Iterator[str]:
    for word in _segmenter().lcut_for_search(run):
        if word not in STOP_CHINESE:
            yield word


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    return _stemmer().stemWord(word)


_own = threading.local()


def _stemmer() -> Any:
    """One for each thread: a stemmer keeps the word that it is at work on in itself."""
    if not hasattr(_own, "stemmer"):
        import snowballstemmer

        _own.stemmer = snowballstemmer.stemmer("english")
    return _own.stemmer


@cache
def _segmenter() -> Any:
    """jieba, loaded when the first Chinese text comes: its dictionary takes a second."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    return jieba.dt
