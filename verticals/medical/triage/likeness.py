"""How much a text reads like the emergencies that the rules were made from.

A logistic regression over the traits of traits.py, made by learn.py. It is asked only where no rule alarms,
and can only add: what a rule says stands.
"""

import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from verticals.medical.triage.traits import SHARES, Traits

WEIGHTS = Path(__file__).with_name("likeness.npz")
BUCKETS = 1 << 17

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Buckets = Mapping[str, Places]


def buckets_of(traits: Traits) -> dict[str, Places]:
    """The hashed traits of each block."""
    return {
        block: np.array(
            sorted({zlib.crc32(f"{block} {one}".encode()) % BUCKETS for one in told}), dtype=np.int64
        )
        for block, told in traits.items()
    }


def vector_of(buckets: Buckets, known: npt.NDArray[np.bool_]) -> tuple[Places, Floats]:
    """Places and values of what is known of a text; the parts of SHARES have the same length in each text."""
    places, values = [], []
    for block, (share, spread) in SHARES.items():
        kept = buckets[block][known[buckets[block]]]
        places.append(kept)
        values.append(np.full(len(kept), share / max(len(kept), 1) ** 0.5 if spread else share))
    return np.concatenate(places), np.concatenate(values)


class LikenessModel:
    """Weights [BUCKETS], bias, and the threshold of each language above which a text escalates."""

    def __init__(self, path: Path = WEIGHTS) -> None:
        with np.load(path) as stored:
            self.weights = stored["weights"].astype(np.float64)
            self.bias, *thresholds = (float(one) for one in stored["levels"])
        self.thresholds = dict(zip(("en", "zh"), thresholds, strict=True))
        self._known = self.weights != 0

    def score(self, traits: Traits) -> float:
        places, values = vector_of(buckets_of(traits), self._known)
        return float(self.weights[places] @ values + self.bias)


@cache
def likeness_model() -> LikenessModel:
    return LikenessModel()


def likeness_of(traits: Traits, language: str) -> tuple[float, float]:
    """The score of a text, and the threshold above which it escalates."""
    model = likeness_model()
    return model.score(traits), model.thresholds[language]


def known_of(samples: Sequence[Buckets]) -> npt.NDArray[np.bool_]:
    """The buckets that more than one text has."""
    counts = np.zeros(BUCKETS, dtype=np.int64)
    for one in samples:
        counts[np.unique(np.concatenate(list(one.values())))] += 1
    return counts > 1
