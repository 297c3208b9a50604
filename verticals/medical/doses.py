"""Doses that a text states, in one form whatever the wording: 500 mg, 0.5 grams and five hundred milligrams
are the same amount, twice daily and every 12 hours the same frequency.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from verticals.medical.number_words import DIGITS, NUMBER_WORDS, NUMERALS, number_read

# Each unit: as it is kept, its size in that, and how it is written. Single letters stand after digits only.
_UNITS: tuple[tuple[str, Fraction, str], ...] = (
    ("µg", Fraction(1, 1000), r"ng|nanograms?|纳克"),
    ("µg", Fraction(1), r"mcg|μg|ug|micrograms?|微克"),
    ("µg", Fraction(1000), r"mg|milligram(?:me)?s?|毫克"),
    ("µg", Fraction(1_000_000), r"grams?|grammes?|(?<!千)克"),
    ("µg", Fraction(1_000_000), r"(?<=[\d.]) ?gm?"),
    ("ml", Fraction(1), r"ml|cc|millilit(?:re|er)s?|毫升"),
    ("ml", Fraction(1000), r"lit(?:re|er)s?|(?<=[\d.]) ?l|升"),
    ("unit", Fraction(1), r"iu|international units?|units?|(?<=[\d.]) ?u|国际单位|单位"),
    ("mmol", Fraction(1), r"mmol|millimoles?|毫摩尔"),
    ("meq", Fraction(1), r"meq|milliequivalents?|毫当量"),
)
_COUNTED: tuple[tuple[str, str, str], ...] = (
    ("tablet", r"tablets?|tabs?|pills?", "片"),
    ("capsule", r"capsules?|caplets?", "粒"),
    ("drop", r"drops?", "滴"),
    ("puff", r"puffs?|sprays?|inhalations?", "喷|吸"),
    ("ampoule", r"ampoules?|vials?", "支"),
    ("sachet", r"sachets?", "袋|包"),
    ("spoon", r"(?:tea|table)spoon(?:ful)?s?", "匙"),
    ("pellet", r"suppositor(?:y|ies)|patch(?:es)?|lozenges?", "枚|丸|贴"),
    ("dose", r"doses?", "剂"),
)
_MEASURE = "|".join(written for _kept, _size, written in _UNITS)
_ENGLISH_COUNT = "|".join(english for _kept, english, _chinese in _COUNTED)
_CHINESE_COUNT = "|".join(chinese for _kept, _english, chinese in _COUNTED)
_TO = r"(?: ?(?:-|–|~|to|or|至|到) ?)"
_NUMBER = rf"(?P<number>{DIGITS}|{NUMBER_WORDS}|{NUMERALS})"
_FROM = rf"(?:(?P<least>{DIGITS}|{NUMBER_WORDS}){_TO})?"
_PER = (
    r"(?: ?/ ?(?P<per>kilogram|[a-z]{1,4}|千克|公斤)| per (?P<per_word>kilogram|kg)|每(?P<per_zh>公斤|千克))?"
)
_AMOUNT = re.compile(
    rf"(?P<before>每(?:公斤|千克)(?:体重)? ?)?{_FROM}{_NUMBER}(?P<scale> ?million| ?thousand|万|百万)?"
    rf"(?:[ -]?(?P<unit>{_MEASURE}|{_ENGLISH_COUNT})(?![A-Za-z])){_PER}",
    re.IGNORECASE,
)
# A counted thing in Chinese is a dose after digits, or where the words before say that it is taken.
_TAKEN = re.compile(
    rf"(?:(?P<number>{DIGITS}) ?|(?:服|吃|用|含|予|给|吸入|喷|滴|每[次日天周晚]|一次|各)[^，。；\n]{{0,6}}?"
    rf"(?P<marks>{NUMERALS}) ?)(?P<unit>{_CHINESE_COUNT})(?!肺|团队|年|架|血管|病变)"
)
_COUNT = rf"{DIGITS}|{NUMBER_WORDS}"
_TIMES_A = re.compile(
    rf"\b(?:(?P<once>once|twice|thrice)|(?P<count>{_COUNT})[ -]times?)[ -]"
    r"(?:(?:a|an|per|every|each|in a) (?P<each>day|week|hour)|(?P<each_ly>daily|weekly|hourly|nightly))\b",
    re.IGNORECASE,
)
_EVERY = re.compile(
    rf"\bevery (?:(?P<hours>{_COUNT}){_TO})?(?P<count>{_COUNT}) (?:hours?|hrs?|h)\b"
    rf"|\bq\.? ?(?P<q>\d{{1,2}}) ?h(?:ours?|rs?)?\b|\b(?P<hourly>{_COUNT})[ -]hourly\b"
    r"|\b(?P<second>every (?:other|second) day)\b|\b(?P<latin>[btq]\.i\.d|(?-i:BID|TID|QID|tid|qid))\b",
    re.IGNORECASE,
)
_CHINESE_TIMES_A = re.compile(
    rf"(?<![\d月])(?:每[一1]?|一|1) ?(?P<each>[日天周晚早])(?:服用?|口服)? ?(?:\d[-~至])?"
    rf"(?P<count>\d{{1,2}}|{NUMERALS}) ?[次回]"
    rf"|每隔? ?(?:(?P<least>\d{{1,2}})[-~至])?(?P<hours>\d{{1,2}}|{NUMERALS}) ?个?小时"
    r"|(?P<hourly>每小时(?:一|1 ?)次)|(?P<both>早晚各(?:一|1 ?)次)"
)
_EACH_DAYS = {"d": Fraction(1), "n": Fraction(1), "w": Fraction(7), "h": Fraction(1, 24)}
_LATIN = {"b": 2, "t": 3, "q": 4}
_PARTS = {"½": ".5", "¼": ".25", "¾": ".75"}
_PART = re.compile(r"(\d{0,6})([½¼¾])")
FREQUENCY = "times a day"


@dataclass(frozen=True, slots=True)
class Dose:
    """An amount in micrograms, millilitres, units or pieces, or a number of times a day."""

    amount: Fraction
    unit: str


def doses_read(text: str) -> Iterator[Dose]:
    """The amounts and frequencies that a text states, in whatever wording."""
    whole = _PART.sub(lambda match: f"{match[1] or 0}{_PARTS[match[2]]}", text)
    plain = " ".join(unicodedata.normalize("NFKC", whole).split())
    yield from _amounts(plain)
    yield from _frequencies(plain)


def _amounts(text: str) -> Iterator[Dose]:
    for match in _AMOUNT.finditer(text):
        unit, size = _unit(match["unit"])
        scale = _scale((match["scale"] or "").strip().lower())
        per = (match["per"] or match["per_word"] or match["per_zh"] or match["before"] or "").lower()
        if per.startswith(("kg", "kilogram", "公斤", "千克", "每")):
            unit += "/kg"
        elif per and per not in {"d", "day", "dose"}:
            unit += f"/{per}"
        for number in (match["least"], match["number"]):
            if number:
                yield Dose(number_read(number) * scale * size, unit)
    for match in _TAKEN.finditer(text):
        unit = next(kept for kept, _english, chinese in _COUNTED if match["unit"] in chinese)
        yield Dose(number_read(match["number"] or match["marks"]), unit)


def _frequencies(text: str) -> Iterator[Dose]:
    for match in _TIMES_A.finditer(text):
        once = (match["once"] or "").lower()
        count = {"once": 1, "twice": 2, "thrice": 3}.get(once) or number_read(match["count"])
        days = _EACH_DAYS[(match["each"] or match["each_ly"])[0].lower()]
        yield Dose(count / days, FREQUENCY)
    for match in _EVERY.finditer(text):
        if match["second"]:
            yield Dose(Fraction(1, 2), FREQUENCY)
        elif match["latin"]:
            yield Dose(Fraction(_LATIN[match["latin"][0].lower()]), FREQUENCY)
        else:
            yield from _hourly(match["hours"], match["count"] or match["q"] or match["hourly"])
    for match in _CHINESE_TIMES_A.finditer(text):
        if match["both"]:
            yield Dose(Fraction(2), FREQUENCY)
        elif match["each"]:
            yield Dose(number_read(match["count"]) / (7 if match["each"] == "周" else 1), FREQUENCY)
        else:
            yield from _hourly(match["least"], match["hours"] or "1")


def _hourly(*hours: str | None) -> Iterator[Dose]:
    for one in hours:
        if one and (number := number_read(one)):
            yield Dose(24 / number, FREQUENCY)


def _unit(written: str) -> tuple[str, Fraction]:
    """The unit as it is kept, and how much of it the one written is."""
    low = written.lower().strip()
    letters = {
        "g": ("µg", Fraction(1_000_000)),
        "gm": ("µg", Fraction(1_000_000)),
        "l": ("ml", Fraction(1000)),
    }
    if low in letters:
        return letters[low]
    for kept, size, pattern in _UNITS:
        if re.fullmatch(pattern, low):
            return kept, size
    counted = (kept for kept, english, _chinese in _COUNTED if re.fullmatch(english, low))
    return next(counted, "unit"), Fraction(1)


def _scale(word: str) -> int:
    return {"million": 1_000_000, "thousand": 1000, "万": 10_000, "百万": 1_000_000}.get(word, 1)
