"""How terms and what people look for become words that can be compared."""

import re
import unicodedata

WORD_MAX_CHARS = 40
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_IS_HAN = re.compile(rf"[{_HAN}]")


def text_plain(text: str) -> str:
    """Lower case, without accents, full-width letters as plain ones."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in parts if not unicodedata.combining(char))


def runs(text: str) -> list[str]:
    """The words of a text in their order; neighbouring Chinese characters are one run."""
    return [run[:WORD_MAX_CHARS] for run in _RUN.findall(text_plain(text))]


def is_han(run: str) -> bool:
    return bool(_IS_HAN.match(run))


def term_words(term: str) -> str:
    """The words of a term as PostgreSQL reads a tsvector: of Chinese, each character and each pair."""
    words: set[str] = set()
    for run in runs(term):
        if is_han(run):
            words.update(run)
            words.update(pairs(run))
        else:
            words.add(run)
    return " ".join(f"'{word}'" for word in sorted(words))


def pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]
