"""How near a text is to a reference, and whether its numbers stand in what it was written from."""

import re
from collections import Counter
from decimal import Decimal

from collegium.sdk.language import CJK
from collegium.sdk.numbers import Number, numbers_find

_TOKEN = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:[.,]\d+)*")
TENS = range(20, 100, 10)
BETWEEN_CHARS = 1  # "seventy six", "seventy-six"


def overlap_tokens(text: str) -> list[str]:
    """The words of a text in small letters; of Chinese its characters."""
    return _TOKEN.findall(text.lower())


def token_f1(said: str, reference: str) -> float:
    """The harmonic mean of precision and recall of words, in any order (Rajpurkar et al. 2016, 6.1)."""
    given, wanted = overlap_tokens(said), overlap_tokens(reference)
    return _f1((Counter(given) & Counter(wanted)).total(), len(given), len(wanted))


def rouge_l(said: str, reference: str) -> float:
    """The same of the longest common subsequence of words (Lin 2004, section 3, with beta 1)."""
    given, wanted = overlap_tokens(said), overlap_tokens(reference)
    before = [0] * (len(wanted) + 1)
    for word in given:
        row = [0]
        for at, other in enumerate(wanted):
            row.append(before[at] + 1 if word == other else max(before[at + 1], row[at]))
        before = row
    return _f1(before[-1], len(given), len(wanted))


def _f1(common: int, given: int, wanted: int) -> float:
    if not given and not wanted:
        return 1.0
    return 2 * common / (given + wanted)


def numbers_supported(said: str, evidence: str) -> tuple[int, int]:
    """How many numbers of a text its evidence states, in figures or in words, and how many it has."""
    known = numbers_stated(evidence)
    given = [number.value for number in numbers_find(said)]
    return sum(value in known for value in given), len(given)


def numbers_stated(text: str) -> set[Decimal]:
    """The values of the numbers of a text; "seventy six" is 76."""
    found = sorted(numbers_find(text, words=True), key=lambda one: one.start)
    values = {one.value for one in found} | {one.written for one in found}
    return values | {
        tens.value + units.value
        for tens, units in zip(found, found[1:], strict=False)
        if tens.value in TENS and 0 < units.value < 10 and _spoken_as_one(tens, units)
    }


def _spoken_as_one(tens: Number, units: Number) -> bool:
    return units.start - tens.end <= BETWEEN_CHARS
