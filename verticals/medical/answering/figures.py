"""The figures that a sentence states, by unit, in whichever language and in words as in digits."""

import re
from fractions import Fraction

from verticals.medical.number_words import NUMBER_WORDS, NUMERALS, number_read

# Each unit by the name that it is kept under. Chinese 日 and 年 are left out: they are dates more often.
_UNITS = {
    "%": r"%|％|percent|per cent",
    "mg": r"mg|milligram(?:me)?s?|毫克",
    "mcg": r"mcg|µg|μg|micrograms?|微克",
    "g": r"g|grams?|(?<!千)克",
    "ml": r"ml|mL|millilit(?:re|er)s?|毫升",
    "mmHg": r"mm ?Hg|毫米汞柱",
    "mmol": r"mmol/[Ll]|毫摩尔/升",
    "day": r"days?|天",
    "week": r"weeks?|周(?!岁)",
    "month": r"months?|个月",
    "hour": r"hours?|个?小时",
    "year": r"years?",
    "minute": r"minutes?|分钟",
    "time": r"次",
}
_UNIT = "|".join(f"(?:{written})" for written in _UNITS.values())
_NUMBER = r"\d{1,9}(?:[.,]\d{1,6})?"
_TO = " ?(?:-|–|~|～|to|or|至|到) ?"
FIGURE = re.compile(
    rf"(?:(?P<upper>\d{{2,3}}) ?/ ?|(?P<least>{_NUMBER}|{NUMBER_WORDS}|{NUMERALS}){_TO})?"
    rf"(?P<number>{_NUMBER}|{NUMBER_WORDS}|{NUMERALS})[ -]?(?P<unit>{_UNIT})"
    r"(?![A-Za-z]|性|[一二两三四五六七八九十\d]+ ?次)"
)
# Whom a sentence is for, which is no figure that it states.
_AGE = re.compile(
    rf"\b(?:aged?|over|under|above|below|older than|younger than|from|to) (?:the age of )?"
    rf"(?:{_NUMBER}|{NUMBER_WORDS}) years?"
    rf"|(?:{_NUMBER}|{NUMBER_WORDS})[ -](?:years?|months?|weeks?|days?)[ -]"
    r"(?:old|of age|and (?:over|older|under|younger)|or (?:over|older|under|younger))"
    rf"|(?:{_NUMBER}|{NUMERALS}) ?(?:个月|周|天)(?:龄|大|(?:以上|以下|以内)?的?(?:婴|患儿|儿童|新生儿))",
    re.IGNORECASE,
)
PAIR = "mmHg, both"
Span = tuple[Fraction, Fraction]


def figures_read(text: str) -> dict[str, set[Span]]:
    """The figures of each unit in a text, from least to most, without ages; pressures in pairs too."""
    units: dict[str, set[Span]] = {}
    for match in FIGURE.finditer(_AGE.sub(" ", text)):
        unit = next(name for name, written in _UNITS.items() if re.fullmatch(written, match["unit"]))
        number = number_read(match["number"])
        least = number_read(match["least"]) if match["least"] else number
        units.setdefault(unit, set()).add((min(least, number), max(least, number)))
        if match["upper"] and unit == "mmHg":
            upper = number_read(match["upper"])
            pair = upper * 1000 + number
            units[unit].add((upper, upper))
            units.setdefault(PAIR, set()).add((pair, pair))
    return units


def figures_agree(first: set[Span], second: set[Span]) -> bool:
    """Whether a figure of one is that of the other, or a range that holds it."""
    return any(
        one[0] <= other[0] <= other[1] <= one[1] or other[0] <= one[0] <= one[1] <= other[1]
        for one in first
        for other in second
    )
