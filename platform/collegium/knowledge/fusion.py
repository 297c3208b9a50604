"""How the two halves of search become one order."""

from collections.abc import Mapping
from dataclasses import dataclass

DENSE_WEIGHT = 0.6
DENSE_WEIGHT_CHINESE = 0.3
CHINESE_SHARE = 0.3  # from this share of Chinese letters on a question is taken for Chinese


@dataclass(frozen=True, slots=True)
class Scores:
    """A passage's cosine to the question and share of its term weight; None where not measured."""

    similarity: float | None
    lexical: float | None


def dense_weight(chinese_share: float) -> float:
    return DENSE_WEIGHT_CHINESE if chinese_share >= CHINESE_SHARE else DENSE_WEIGHT


def fused(scores: Scores, weight: float) -> float:
    """The score in 0..1 by which hits are ordered; a half that was not measured leaves the other alone."""
    similarity = None if scores.similarity is None else min(1.0, max(0.0, scores.similarity))
    if similarity is None:
        return scores.lexical or 0.0
    return weight * similarity + (1 - weight) * (scores.lexical or 0.0)


def best(candidates: Mapping[int, Scores], weight: float, limit: int) -> list[tuple[int, float]]:
    """Chunk and fused score of the best candidates, best first; equal scores by chunk."""
    ranked = sorted(((-fused(scores, weight), chunk) for chunk, scores in candidates.items()))[:limit]
    return [(chunk, -score) for score, chunk in ranked]
