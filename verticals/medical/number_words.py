"""Numbers as texts write them: in digits, in English words, in Chinese numerals."""

import re
from fractions import Fraction

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ENGLISH = {
    **{word: Fraction(value) for value, word in enumerate(_SMALL.split())},
    **{word: Fraction(value * 10) for value, word in enumerate(_TENS.split(), 2)},
    "half": Fraction(1, 2),
    "quarter": Fraction(1, 4),
}
_TIMES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_CHINESE = {mark: value for value, mark in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CHINESE_TIMES = {"十": 10, "百": 100, "千": 1000, "万": 10_000}

_WORD = f"(?:{'|'.join(sorted((*_ENGLISH, *_TIMES), key=len, reverse=True))})"
NUMBER_WORDS = rf"\b{_WORD}(?:(?: and an? | and | an? |[ -]){_WORD}){{0,5}}\b(?: an?\b)?"
DIGITS = r"\d[\d.,]{0,15}(?:/[2348](?!\d))?"
NUMERALS = r"(?<![\d.])[〇零一二两三四五六七八九十百千万半]{1,8}"


def number_read(written: str) -> Fraction:
    """The value of digits, English number words or Chinese numerals; nought where they make none."""
    if written[0].isdigit():
        return _digits(written)
    return _english(written.lower()) if written[0].isascii() else _chinese(written)


def _digits(written: str) -> Fraction:
    plain = re.sub(r",(?=\d{3}(?!\d))", "", written.rstrip(".,")).replace(",", ".")
    whole, _slash, part = plain.partition("/")
    return Fraction(whole) / int(part or 1) if whole.count(".") < 2 else Fraction(0)


def _english(written: str) -> Fraction:
    whole, part = Fraction(0), Fraction(0)
    for word in re.split(r"[ -]", written):
        if word in _ENGLISH:
            part += _ENGLISH[word]
        elif word == "hundred":
            part = max(part, Fraction(1)) * 100
        elif word in _TIMES:
            whole, part = whole + max(part, Fraction(1)) * _TIMES[word], Fraction(0)
    return whole + part


def _chinese(written: str) -> Fraction:
    whole, part, digit = Fraction(0), Fraction(0), Fraction(0)
    for mark in written:
        if mark == "半":
            digit += Fraction(1, 2)
        elif mark == "万":
            whole, part, digit = (whole + part + digit or 1) * Fraction(10_000), Fraction(0), Fraction(0)
        elif mark in _CHINESE_TIMES:
            part, digit = part + (digit or 1) * _CHINESE_TIMES[mark], Fraction(0)
        else:
            digit = Fraction(_CHINESE[mark])
    return whole + part + digit
