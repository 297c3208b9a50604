"""Numbers that are written as English words: `two hundred and fifty thousand`, `twenty-four`, `no`."""

import re

_ONES = {
    word: value
    for value, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
         "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
    )
}  # fmt: skip
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), 2
    )
}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_NOTHING = frozenset({"no", "none", "nil", "zero"})
_WORDS = re.compile(r"[a-z]+")
_BETWEEN = re.compile(r"[a-z\s,\-‐‑–]+")


def words_number(text: str) -> int | None:
    """The number that the words say, or None where they say anything else."""
    lowered = text.strip().lower()
    words = _WORDS.findall(lowered)
    if not words or not _BETWEEN.fullmatch(lowered):
        return None
    if len(words) == 1 and words[0] in _NOTHING:
        return 0
    return _sum([word for word in words if word not in {"and", "a", "an"}])


def _sum(words: list[str]) -> int | None:
    """Add up hundreds within each scale; scales must fall, so that `two thousand three million` is none."""
    total, part, last = 0, 0, 10**15
    filled = False  # whether the part holds anything yet
    for word in words:
        if word in _SCALES:
            scale = _SCALES[word]
            if scale >= last:
                return None
            total, part, last, filled = total + (part if filled else 1) * scale, 0, scale, False
        elif word == "hundred":
            if part > 9 or (filled and part == 0):
                return None
            part, filled = (part if filled else 1) * 100, True
        elif word in _TENS and part % 100 == 0:
            part, filled = part + _TENS[word], True
        elif word in _ONES and _fits(part, _ONES[word], filled):
            part, filled = part + _ONES[word], True
        else:
            return None
    if not words:
        return None
    return total + part


def _fits(part: int, more: int, filled: bool) -> bool:
    """Whether ones may follow: after nothing or hundreds any, after tens one to nine."""
    if not filled or part % 100 == 0:
        return True
    return part % 10 == 0 and part % 100 >= 20 and 1 <= more <= 9
