"""Makes likeness.npz: `python -m verticals.finance.compliance.learn DATA`.

From cases/tuned, cases/learned, cases/plain.yaml and the rules' own examples, and from management's
discussion in every second report of financebench and finglm_zh under DATA, as what violations do not read
like. Nothing of the unseen halves is used. The threshold is set by five-fold cross-validation: at most one in
ten hard negatives and one in two hundred sentences of the reports exceed it.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from verticals.finance.compliance.book import shipped_rules
from verticals.finance.compliance.cases import LEARNED, cases_read, plain_sentences
from verticals.finance.compliance.discussion import discussion_sentences
from verticals.finance.compliance.likeness import BUCKETS, NAMING_BUCKETS, WEIGHTS, pieces_of
from verticals.finance.compliance.rule import LANGUAGES
from verticals.finance.compliance.suite import REPORT_ENDINGS, REPORTS

EPOCHS = 150
RATE = 0.05
DECAY = 2e-5
VIOLATION_WEIGHT = 3.0
FOLDS = 5
NEGATIVES_ABOVE = 0.10
REPORTS_ABOVE = 0.005

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Pieces = Sequence[npt.NDArray[np.int64]]


def weights_fit(samples: Pieces, labels: Floats) -> tuple[Floats, float]:
    """Weights [BUCKETS] and bias of a logistic regression, by Adam (Kingma & Ba 2015, algorithm 1)."""
    flat = np.concatenate(samples)
    counts = np.array([len(one) for one in samples])
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    scale = 1 / np.sqrt(counts)
    importance = np.where(labels > 0, VIOLATION_WEIGHT, 1.0)
    weights = np.zeros(BUCKETS + 1)  # the last is the bias
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, EPOCHS + 1):
        scores = np.add.reduceat(weights[flat], starts) * scale + weights[-1]
        error = importance * (1 / (1 + np.exp(-scores)) - labels) / len(labels)
        slope = np.append(np.bincount(flat, np.repeat(error * scale, counts), BUCKETS), error.sum())
        slope[:-1] += 2 * DECAY * weights[:-1]
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        weights -= RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return weights[:-1], float(weights[-1])


def scores_of(weights: Floats, bias: float, samples: Pieces) -> Floats:
    return np.array([weights[one].sum() / np.sqrt(len(one)) + bias for one in samples])


def threshold_of(samples: Pieces, labels: Floats, from_reports: Flags) -> float:
    """The score that few enough negatives exceed when they are scored by weights made without them."""
    folds = np.random.default_rng(1).integers(0, FOLDS, len(samples))
    scores = np.zeros(len(samples))
    for fold in range(FOLDS):
        kept = [one for one, its in zip(samples, folds, strict=True) if its != fold]
        weights, bias = weights_fit(kept, labels[folds != fold])
        held = [one for one, its in zip(samples, folds, strict=True) if its == fold]
        scores[folds == fold] = scores_of(weights, bias, held)
    hard = (labels == 0) & ~from_reports
    return float(
        max(
            np.quantile(scores[hard], 1 - NEGATIVES_ABOVE),
            np.quantile(scores[from_reports], 1 - REPORTS_ABOVE),
        )
    )


def naming_fit(samples: Pieces, rules: Sequence[str], codes: Sequence[str]) -> Floats:
    """Log frequency of each piece in the violations of each rule [rules, NAMING_BUCKETS]."""
    counts = np.ones((len(rules), NAMING_BUCKETS))
    for pieces, code in zip(samples, codes, strict=True):
        counts[rules.index(code)] += np.bincount(pieces % NAMING_BUCKETS, minlength=NAMING_BUCKETS) > 0
    return np.log(counts / counts.sum(axis=1, keepdims=True))


def _discussion(data: Path, language: str) -> list[str]:
    name, part = REPORTS[language]
    paths = sorted(one for one in (data / name / part).iterdir() if one.suffix in REPORT_ENDINGS)
    return [sentence for path in paths[::2] for sentence in discussion_sentences(path, language)]


def learn(data: Path) -> dict[str, npt.NDArray[np.generic]]:
    """The arrays that likeness.py reads."""
    rules = [rule.code for rule in shipped_rules()]
    made: dict[str, npt.NDArray[np.generic]] = {"rules": np.array(rules)}
    for language in LANGUAGES:
        cases = [one for one in cases_read(parts=("tuned", LEARNED)) if one.language == language]
        told = [(one.sentence, one.breaks, one.rule) for one in cases]
        for rule in shipped_rules():
            examples = rule.examples[language]
            told += [(one, True, rule.code) for one in examples.bad]
            told += [(one, False, rule.code) for one in examples.good]
        told += [(one, False, "") for one in plain_sentences(language)]
        reports = _discussion(data, language)
        sentences = [*(one for one, _, _ in told), *reports]
        samples = [pieces_of(one, language) for one in sentences]
        labels = np.array([float(breaks) for _, breaks, _ in told] + [0.0] * len(reports))
        from_reports = np.arange(len(samples)) >= len(told)
        weights, bias = weights_fit(samples, labels)
        bad = [(pieces, one[2]) for pieces, one in zip(samples, told, strict=False) if one[1]]
        naming = naming_fit([pieces for pieces, _ in bad], rules, [code for _, code in bad])
        made[f"{language}_weights"] = weights.astype(np.float16)
        made[f"{language}_naming"] = naming.astype(np.float16)
        made[f"{language}_levels"] = np.array([bias, threshold_of(samples, labels, from_reports)])
    return made


if __name__ == "__main__":
    np.savez_compressed(WEIGHTS, **learn(Path(sys.argv[1])))  # type: ignore[arg-type]
