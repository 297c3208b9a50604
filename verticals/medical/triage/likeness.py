"""How much a text reads like the emergencies that the rules were written from.

A linear model over pieces of words (Joulin et al. 2017, arXiv:1607.01759, without hidden layer), made by
learn.py. It is asked only where no rule fired, and can only add: what a rule says stands.
"""

import zlib
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from verticals.medical.triage.context import context_of
from verticals.medical.triage.text import view_of

WEIGHTS = Path(__file__).with_name("likeness.npz")
BUCKETS = 1 << 15


def pieces_of(text: str, language: str) -> npt.NDArray[np.int64]:
    """The hashed pieces of what the text says is there: what is denied, past or asked is left out."""
    pieces: list[str] = []
    folded = view_of(text).text
    if language == "zh":
        chars = "".join(
            one for at, one in enumerate(folded) if one.isalnum() and _there(folded, at, language)
        )
        pieces = [chars[at : at + size] for size in (1, 2, 3) for at in range(len(chars) - size + 1)]
    else:
        words = _words(folded)
        pieces = words + [f"{one}_{other}" for one, other in zip(words, words[1:], strict=False)]
        pieces += [f"#{f'<{word}>'[at : at + 4]}" for word in words for at in range(len(word) - 1)]
    return np.array(sorted({zlib.crc32(piece.encode()) % BUCKETS for piece in pieces}), dtype=np.int64)


def _there(text: str, at: int, language: str) -> bool:
    return context_of(text, at, at + 1, language).present


def _words(text: str) -> list[str]:
    words, at = [], 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        if _there(text, start, "en"):
            words.append("".join("0" if one.isdigit() else one for one in word.strip(".,!?;:()\"'")))
    return [one for one in words if one]


class LikenessModel:
    """The weights of one language."""

    def __init__(self, language: str, path: Path = WEIGHTS) -> None:
        with np.load(path) as stored:
            self.weights = stored[f"{language}_weights"].astype(np.float32)
            self.bias, self.threshold = (float(one) for one in stored[f"{language}_levels"])
        self._language = language

    def score(self, text: str) -> float:
        pieces = pieces_of(text, self._language)
        if not len(pieces):
            return -np.inf
        return float(self.weights[pieces].sum() / np.sqrt(len(pieces)) + self.bias)


@cache
def likeness_model(language: str) -> LikenessModel:
    return LikenessModel(language)


def likeness_of(text: str, language: str) -> tuple[float, float]:
    """The score of a text, and the threshold above which it escalates."""
    model = likeness_model(language)
    return model.score(text), model.threshold
