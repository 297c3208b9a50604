"""Makes likeness.npz: `python -m verticals.medical.triage.learn`.

From cases/tuned and the rules' own examples; nothing of the unseen half is used. The threshold is set by
five-fold cross-validation: at most one in twenty-five texts without an emergency exceeds it.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from verticals.medical.triage.cases import LANGUAGES, cases_read
from verticals.medical.triage.likeness import BUCKETS, WEIGHTS, pieces_of
from verticals.medical.triage.rule import shipped_rules

EPOCHS = 200
RATE = 0.05
DECAY = 2e-5
FOLDS = 5
OTHERS_ABOVE = 0.04

Floats = npt.NDArray[np.float64]
Pieces = Sequence[npt.NDArray[np.int64]]


def weights_fit(samples: Pieces, labels: Floats) -> tuple[Floats, float]:
    """Weights [BUCKETS] and bias of a logistic regression, by Adam (Kingma & Ba 2015, algorithm 1)."""
    flat = np.concatenate(samples)
    counts = np.array([len(one) for one in samples])
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    scale = 1 / np.sqrt(counts)
    weights = np.zeros(BUCKETS + 1)  # the last is the bias
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, EPOCHS + 1):
        scores = np.add.reduceat(weights[flat], starts) * scale + weights[-1]
        error = (1 / (1 + np.exp(-scores)) - labels) / len(labels)
        slope = np.append(np.bincount(flat, np.repeat(error * scale, counts), BUCKETS), error.sum())
        slope[:-1] += 2 * DECAY * weights[:-1]
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        weights -= RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return weights[:-1], float(weights[-1])


def threshold_of(samples: Pieces, labels: Floats) -> float:
    """The score that few enough others exceed when they are scored by weights made without them."""
    folds = np.random.default_rng(1).integers(0, FOLDS, len(samples))
    scores = np.zeros(len(samples))
    for fold in range(FOLDS):
        kept = [one for one, its in zip(samples, folds, strict=True) if its != fold]
        weights, bias = weights_fit(kept, labels[folds != fold])
        for at in np.flatnonzero(folds == fold):
            scores[at] = weights[samples[at]].sum() / np.sqrt(len(samples[at])) + bias
    return float(np.quantile(scores[labels == 0], 1 - OTHERS_ABOVE))


def learn() -> dict[str, npt.NDArray[np.generic]]:
    """The arrays that likeness.py reads."""
    made: dict[str, npt.NDArray[np.generic]] = {}
    for language in LANGUAGES:
        told = [(one.text, one.emergency) for one in cases_read("tuned") if one.language == language]
        for rule in shipped_rules():
            told += [(one, True) for one in rule.examples[language].fires]
            told += [(one, False) for one in rule.examples[language].silent]
        pairs = [(pieces_of(text, language), label) for text, label in told]
        samples = [one for one, _ in pairs if len(one)]
        labels = np.array([float(label) for one, label in pairs if len(one)])
        weights, bias = weights_fit(samples, labels)
        made[f"{language}_weights"] = weights.astype(np.float16)
        made[f"{language}_levels"] = np.array([bias, threshold_of(samples, labels)])
    return made


if __name__ == "__main__":
    np.savez_compressed(WEIGHTS, **learn())  # type: ignore[arg-type]
