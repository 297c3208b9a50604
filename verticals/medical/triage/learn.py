"""Makes likeness.npz from cases/tuned and the rules' examples: `python -m verticals.medical.triage.learn`.

Nothing of the unseen half is used. The threshold of a language is set by cross-validation so that of its
tuned texts without an emergency at most ALARMS alarm, by a rule or by the model.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from verticals.medical.triage.cases import LANGUAGES, cases_read
from verticals.medical.triage.likeness import (
    BUCKETS,
    WEIGHTS,
    Buckets,
    Floats,
    buckets_of,
    known_of,
    vector_of,
)
from verticals.medical.triage.minimise import minimum_find
from verticals.medical.triage.recognise import signs_seen
from verticals.medical.triage.rule import shipped_rules
from verticals.medical.triage.text import view_of
from verticals.medical.triage.vitals import age_of, readings_of

DECAY = 5e-4
FOLDS = 8
ALARMS = 0.08
EXAMPLE = "example"
ADDED = "added"  # written after errors on other tuned texts were read, so kept out of cross-validation
NOT_SCORED = frozenset({EXAMPLE, ADDED})


@dataclass(frozen=True, slots=True)
class Sample:
    """A text as the model sees it. `alarmed`: a rule alarms; `group`: texts that are parted by no fold."""

    buckets: Buckets
    emergency: bool
    alarmed: bool
    language: str
    group: str


def sources_digest() -> str:
    """A digest of what the traits of a text follow from; the weights hold that of their making."""
    folder = WEIGHTS.parent
    names = ("*.yaml", "rules/*.yaml", "*.txt")
    paths = sorted(path for one in names for path in folder.glob(one))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def samples_read() -> list[Sample]:
    """The tuned texts and the rules' examples."""
    told = [(one.text, one.emergency, one.language, group_of(one.id)) for one in cases_read("tuned")]
    for rule in shipped_rules():
        for language in LANGUAGES:
            told += [(one, True, language, EXAMPLE) for one in rule.examples[language].fires]
            told += [(one, False, language, EXAMPLE) for one in rule.examples[language].silent]
    return [_sample(*one) for one in told]


def group_of(case: str) -> str:
    """A text and its like in the other language have the same number; one of `-c-` has no like there."""
    if "-w-" in case:
        return ADDED
    if "-c-" in case:
        return case
    return re.sub(r"^(?:en|zh)-(?:b-(?:en|zh)-)?", "", case)


def _sample(text: str, emergency: bool, language: str, group: str) -> Sample:
    view = view_of(text)
    seen = signs_seen(view, language, readings_of(view), age_of(view))
    return Sample(buckets_of(seen.traits), emergency, bool(seen.hits), language, group)


def weights_fit(samples: Sequence[Sample]) -> tuple[Floats, float]:
    """Weights [BUCKETS] and bias of a logistic regression with a penalty on the squares of its weights."""
    known = known_of([one.buckets for one in samples])
    vectors = [vector_of(one.buckets, known) for one in samples]
    labels = np.array([float(one.emergency) for one in samples])
    flat = np.concatenate([places for places, _ in vectors])
    values = np.concatenate([value for _, value in vectors])
    rows = np.repeat(np.arange(len(vectors)), [len(places) for places, _ in vectors])

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = np.bincount(rows, weights[flat] * values, len(labels)) + weights[-1]
        error = (1 / (1 + np.exp(-scores)) - labels) / len(labels)
        slope = np.append(np.bincount(flat, error[rows] * values, BUCKETS), error.sum())
        slope[:-1] += DECAY * weights[:-1]
        size = DECAY * float(weights[:-1] @ weights[:-1]) / 2
        return float(np.mean(np.logaddexp(0, scores) - labels * scores)) + size, slope

    weights = minimum_find(loss, np.zeros(BUCKETS + 1))
    return weights[:-1], float(weights[-1])


def scores_crossed(samples: Sequence[Sample], folds: int = FOLDS) -> Floats:
    """The score of each text by weights made without its fold."""
    groups = sorted({one.group for one in samples})
    drawn = np.random.default_rng(1).permutation(len(groups)) % folds
    fold_of = dict(zip(groups, drawn, strict=True))
    fold = np.array([-1 if one.group in NOT_SCORED else fold_of[one.group] for one in samples])
    crossed = [one for one in samples if one.group != ADDED]
    its_fold = [one for one, its in zip(fold, samples, strict=True) if its.group != ADDED]
    scores = np.zeros(len(samples))
    for at in range(folds):
        weights, bias = weights_fit([one for one, its in zip(crossed, its_fold, strict=True) if its != at])
        for place in np.flatnonzero(fold == at):
            places, values = vector_of(samples[place].buckets, weights != 0)
            scores[place] = weights[places] @ values + bias
    return scores


def threshold_of(samples: Sequence[Sample], scores: Floats, alarms: float = ALARMS) -> float:
    """The lowest score above which few enough texts without an emergency alarm, by rule or model."""
    others = sorted(
        np.inf if one.alarmed else score
        for one, score in zip(samples, scores, strict=True)
        if not one.emergency and one.group not in NOT_SCORED
    )
    return float(others[int(len(others) * (1 - alarms))])


def learn() -> dict[str, npt.NDArray[np.generic]]:
    """The arrays that likeness.py reads."""
    samples = samples_read()
    scores = scores_crossed(samples)
    thresholds = []
    for language in LANGUAGES:
        chosen = np.array([one.language == language for one in samples])
        its = [one for one in samples if one.language == language]
        thresholds.append(threshold_of(its, scores[chosen]))
        _tell(language, its, scores[chosen], thresholds[-1])
    weights, bias = weights_fit(samples)
    return {
        "weights": weights.astype(np.float16),
        "levels": np.array([bias, *thresholds]),
        "made_from": np.array(sources_digest()),
    }


def _tell(language: str, samples: Sequence[Sample], scores: Floats, threshold: float) -> None:
    for emergency, name in ((True, "emergencies recognised"), (False, "false alarms")):
        seen = [
            one.alarmed or score > threshold
            for one, score in zip(samples, scores, strict=True)
            if one.emergency is emergency and one.group not in NOT_SCORED
        ]
        print(f"{language}: {name} {sum(seen)} of {len(seen)} ({sum(seen) / len(seen):.4f})")


if __name__ == "__main__":
    np.savez_compressed(WEIGHTS, **learn())  # type: ignore[arg-type]
