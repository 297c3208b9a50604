"""Removes examples that are there already, word for word or nearly.

Near duplicates are found by MinHash over shingles (Broder 1997) and locality-sensitive hashing.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence

from datasketch import MinHash, MinHashLSH

from engine.train.data.example import Example
from engine.train.data.filters import HAN

SHINGLE_WORDS = 3
PERMUTATIONS = 128
_WORD = re.compile(r"\w+")


def exact_removed(examples: Sequence[Example], *, within_group: bool) -> list[Example]:
    """The examples without those whose messages were there before; `within_group`: in the same group only.

    By whole groups: taking one group away then never brings an example of another one in.
    """
    seen: set[tuple[str, bytes]] = set()
    kept = []
    for example in examples:
        said = "\0".join(f"{one.role}\0{one.content}" for one in example.messages)
        key = (example.group if within_group else "", hashlib.sha256(said.encode()).digest())
        if key not in seen:
            seen.add(key)
            kept.append(example)
    return kept


def near_removed(examples: Sequence[Example], threshold: float) -> list[Example]:
    """The examples without those that share at least `threshold` of their shingles with one before them."""
    # The index only proposes; for a threshold near 1 its bands would be too few.
    index = MinHashLSH(threshold=min(threshold, 0.9), num_perm=PERMUTATIONS)
    hashes: dict[int, MinHash] = {}
    kept = []
    for number, example in enumerate(examples):
        mark = _mark(example)
        near = (int(found) for found in index.query(mark))
        if any(mark.jaccard(hashes[found]) >= threshold for found in near):
            continue
        index.insert(str(number), mark)
        hashes[number] = mark
        kept.append(example)
    return kept


def _mark(example: Example) -> MinHash:
    mark = MinHash(num_perm=PERMUTATIONS, seed=1)
    mark.update_batch(list(_shingles(f"{example.asked}\n{example.answer}")))
    return mark


def _shingles(text: str) -> Iterator[bytes]:
    """Runs of words, or of characters in Chinese; a text of fewer words is one shingle."""
    words = _WORD.findall(HAN.sub(lambda found: f" {found[0]} ", text.lower()))
    for at in range(max(1, len(words) - SHINGLE_WORDS + 1)):
        yield " ".join(words[at : at + SHINGLE_WORDS]).encode()
