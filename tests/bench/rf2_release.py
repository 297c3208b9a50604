"""Writes a made-up RF2 Snapshot of the size of an international edition, for benchmarks.

360,000 concepts with 547,000 is-a relationships and as many attributes, 1.4 million descriptions made of
invented words, each preferred or accepted in two language reference sets. The same seed, the same files.
"""

import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.verticals.medical.terminology.releases import MODULE, file_write
from verticals.medical.terminology import rf2_names as rf2

CONCEPTS = 360_000
SECOND_PARENTS = 0.52
OLDNESS = 2.3  # above 1 parents are chosen among the first concepts, which makes the hierarchy flat
ATTRIBUTES = 20
SYNONYMS = 2.9  # beside the fully specified name
DATE = "20250101"
REFSETS = ("900000000000509007", "900000000000508004")
_SYLLABLES = [
    "ba",
    "be",
    "bi",
    "bo",
    "car",
    "cor",
    "cys",
    "den",
    "der",
    "dor",
    "en",
    "ep",
    "fas",
    "fib",
    "gan",
    "gas",
    "hem",
    "hep",
    "in",
    "is",
    "ja",
    "kel",
    "lam",
    "lip",
    "mel",
    "men",
    "mu",
    "nec",
    "neu",
    "os",
    "ot",
    "pan",
    "phle",
    "pul",
    "ran",
    "ren",
    "sar",
    "scle",
    "sep",
    "ta",
    "ten",
    "tho",
    "ul",
    "vas",
    "ven",
    "xan",
    "ze",
]
_ENDINGS = ("itis", "osis", "oma", "algia", "ectomy", "pathy", "gram", "al", "ic", "us", "a", "um")


def code_of(number: int) -> str:
    """The code of the concept of that number; 0 is the root, 1 and on are attributes, then the rest."""
    return rf2.ROOT if number == 0 else rf2.IS_A if number == 1 else f"{number + 100_000}006"


def words_make(chance: random.Random, count: int = 60_000) -> list[str]:
    made: dict[str, None] = {}
    while len(made) < count:
        syllables = (chance.choice(_SYLLABLES) for _ in range(chance.randint(1, 3)))
        made["".join(syllables) + chance.choice(_ENDINGS)] = None
    return list(made)


def edges_make(chance: random.Random, concepts: int) -> Iterator[tuple[int, int]]:
    for child in range(1, concepts):
        if child <= ATTRIBUTES:
            yield child, 0
            continue
        first = max(0, int(child * chance.random() ** OLDNESS))
        yield child, first
        second = int(child * chance.random() ** OLDNESS)
        if chance.random() < SECOND_PARENTS and second != first:
            yield child, second


def release_write(folder: Path, *, concepts: int = CONCEPTS, seed: int = 1) -> Path:
    """Write the Snapshot below the folder."""
    chance = random.Random(seed)
    primitive = "900000000000074008"
    file_write(folder, "Concept", ([code_of(n), DATE, 1, MODULE, primitive] for n in range(concepts)))
    terms = list(_descriptions(chance, concepts))
    file_write(folder, "Description", terms)
    file_write(folder, "Language", _language(row[0] for row in terms))
    file_write(folder, "Relationship", _relationships(chance, concepts))
    return folder


def _descriptions(chance: random.Random, concepts: int) -> Iterator[list[Any]]:
    words = words_make(chance)
    number = 0
    for concept in range(concepts):
        for at in range(1 + int(SYNONYMS + chance.random())):
            # Few words are frequent and many are rare, as in terms.
            chosen = (words[int(len(words) * chance.random() ** 3)] for _ in range(chance.randint(2, 6)))
            term = " ".join(chosen).capitalize() + ("" if at else " (disorder)")
            kind = rf2.SYNONYM if at else rf2.FULLY_SPECIFIED_NAME
            number += 1
            yield [
                f"{number + 1_000_000}016", DATE, 1, MODULE, code_of(concept), "en", kind, term, "900000000000448009",
            ]  # fmt: skip


def _language(codes: Iterable[str]) -> Iterator[list[Any]]:
    for number, code in enumerate(codes):
        for at, refset in enumerate(REFSETS):
            said = rf2.PREFERRED if number % 4 < 2 else rf2.ACCEPTABLE
            yield [f"{number:08x}-0000-4000-8000-{at:012d}", DATE, 1, MODULE, refset, code, said]


def _relationships(chance: random.Random, concepts: int) -> Iterator[list[Any]]:
    number = 0
    end = ["900000000000011006", "900000000000451002"]
    for child, parent in edges_make(chance, concepts):
        number += 1
        yield [
            f"{number + 1_000_000}026",
            DATE,
            1,
            MODULE,
            code_of(child),
            code_of(parent),
            0,
            rf2.IS_A,
            *end,
        ]
        if child > ATTRIBUTES:
            number += 1
            kind = code_of(chance.randint(2, ATTRIBUTES))
            other = code_of(chance.randrange(ATTRIBUTES, concepts))
            yield [f"{number + 1_000_000}026", DATE, 1, MODULE, code_of(child), other, 1, kind, *end]
