"""How the two halves of search become one order: a weighted sum of scores, spread over the candidates.

Three ways were tried, each with weights from .3 to .9 for the dense half: reciprocal ranks, absolute
scores, and scores spread over 0..1 between the least and the greatest of a question's candidates (Bruch
et al. 2023, "An Analysis of Fusion Functions for Hybrid Retrieval"). The last was best on three sets,
nDCG@10 / recall@10 with all-MiniLM-L6-v2 in 8 bits:

                                PubMedQA (500)   BioASQ (655)   TAT-QA (1668)
    dense alone                  .982 / .994     .804 / .738    .594 / .785
    lexical alone                .981 / .992     .853 / .775    .728 / .884
    reciprocal ranks, .3         .987 / .996     .884 / .806    .725 / .900
    absolute scores, .5          .990 / .996     .887 / .806    .725 / .899
    spread scores, .4            .989 / .996     .896 / .810    .750 / .902
    spread scores, .5            .990 / .996     .896 / .814    .743 / .899
    spread scores, .6            .992 / .996     .894 / .808    .728 / .890

FinanceBench had no part in the choice. The encoder knows hardly any Chinese: of 52 questions for figures
of one Chinese annual report the dense half alone finds no page, the lexical one .771 of the pages, both
with .3 for the dense half .809. On a second report, with which nothing was chosen, it is .070, .794 and
.857 (44 questions).
"""

from collections.abc import Mapping
from dataclasses import dataclass

DENSE_WEIGHT = 0.5
DENSE_WEIGHT_CHINESE = 0.3
CHINESE_SHARE = 0.3  # from this share of Chinese letters on a question is taken for Chinese


@dataclass(frozen=True, slots=True)
class Scores:
    """A passage's cosine to the question and its share of the question's terms; None where not measured."""

    similarity: float | None
    lexical: float | None


def dense_weight(chinese_share: float) -> float:
    """The weight of the dense half for a question with that share of Chinese letters."""
    return DENSE_WEIGHT_CHINESE if chinese_share >= CHINESE_SHARE else DENSE_WEIGHT


def best(candidates: Mapping[int, Scores], weight: float, limit: int) -> list[tuple[int, float]]:
    """Chunk and score of the best candidates, best first; equal ones by chunk.

    The best one's score is the weighted mean of its own cosine and share, so it can be compared between
    questions; those after it are scaled to it.
    """
    similarities = {chunk: one.similarity for chunk, one in candidates.items() if one.similarity is not None}
    lexical = {chunk: one.lexical or 0.0 for chunk, one in candidates.items()}
    if not similarities:
        weight = 0.0
    by_meaning, by_words = _spread(similarities), _spread(lexical)
    order = sorted(
        (-(weight * by_meaning.get(chunk, 0.0) + (1 - weight) * by_words[chunk]), chunk)
        for chunk in candidates
    )[:limit]
    if not order:
        return []
    least, first = order[0]
    top = weight * max(0.0, similarities.get(first, 0.0)) + (1 - weight) * min(1.0, lexical[first])
    return [(chunk, top * spread / least if least else top) for spread, chunk in order]


def _spread(scores: Mapping[int, float]) -> dict[int, float]:
    """The scores stretched from 0 for the least to 1 for the greatest; equal ones are 1, or 0 if all 0."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0 if high > 0 else 0.0)
    return {chunk: (score - low) / (high - low) for chunk, score in scores.items()}
