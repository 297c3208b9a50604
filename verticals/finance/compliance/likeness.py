"""How much a sentence reads like the violations that the rules were written from.

Patterns find the words that they name; this finds sentences that say the same in other words. A linear model
over pieces of words (Joulin et al. 2017, arXiv:1607.01759, without hidden layer) and, in English, over the
concepts that meet in a sentence, made by learn.py from cases/tuned and cases/learned alone, says whether;
word counts per rule (naive Bayes) say which rule it comes nearest to.
"""

import re
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from verticals.finance.compliance.concepts import concept_pieces
from verticals.finance.compliance.patterns import text_normalised

WEIGHTS = Path(__file__).with_name("likeness.npz")
BUCKETS = 1 << 15  # of hashed pieces
NAMING_BUCKETS = 1 << 12
_WORD = re.compile(r"[a-z']+|0+|[%$?!\"]")


@dataclass(frozen=True, slots=True)
class Likeness:
    """The rule that a sentence comes nearest to, and by how much it exceeds the threshold."""

    rule: str
    margin: float


def pieces_of(sentence: str, language: str) -> npt.NDArray[np.int64]:
    """The hashed pieces of a sentence: words, pairs of them, quarters of words, and concepts; in Chinese runs
    of one to three characters.
    """
    text = re.sub(r"\d", "0", text_normalised(sentence).lower())
    if language == "zh":
        pieces = [text[at : at + size] for size in (1, 2, 3) for at in range(len(text) - size + 1)]
    else:
        words = _WORD.findall(text)
        pieces = words + [f"{one}_{other}" for one, other in zip(words, words[1:], strict=False)]
        pieces += [f"#{f'<{word}>'[at : at + 4]}" for word in words for at in range(len(word) - 1)]
        pieces += concept_pieces(text)
    return np.array(sorted({zlib.crc32(piece.encode()) % BUCKETS for piece in pieces}), dtype=np.int64)


class LikenessModel:
    """The weights of one language."""

    def __init__(self, language: str, path: Path = WEIGHTS) -> None:
        with np.load(path) as stored:
            self.weights = stored[f"{language}_weights"].astype(np.float32)
            self.bias, self.threshold = (float(one) for one in stored[f"{language}_levels"])
            self.naming = stored[f"{language}_naming"].astype(np.float32)
            self.rules = [str(one) for one in stored["rules"]]
        self._language = language

    def score(self, sentence: str) -> float:
        pieces = pieces_of(sentence, self._language)
        if not len(pieces):
            return -np.inf
        return float(self.weights[pieces].sum() / np.sqrt(len(pieces)) + self.bias)

    def likeness(self, sentence: str) -> Likeness | None:
        """The nearest rule, None where the sentence does not read like a violation."""
        margin = self.score(sentence) - self.threshold
        if margin <= 0:
            return None
        pieces = pieces_of(sentence, self._language) % NAMING_BUCKETS
        return Likeness(self.rules[int(self.naming[:, pieces].sum(axis=1).argmax())], margin)


@cache
def likeness_model(language: str) -> LikenessModel:
    return LikenessModel(language)
