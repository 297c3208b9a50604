"""Age and vital signs: read from the text by the expressions of vitals.yaml, or given beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import yaml
from django.utils.translation import gettext_noop as noop

from verticals.medical.triage.text import View
from verticals.medical.triage.told import ToldProblem

# Limits outside which a number is no such measure: it is then not read, or refused where it was given.
LIMITS: Mapping[str, tuple[float, float]] = {
    "spo2": (10, 100), "systolic": (20, 300), "diastolic": (10, 200), "pulse": (0, 320),
    "respirations": (0, 120), "temperature": (15, 45), "gcs": (3, 15), "glucose": (0.1, 120),
    "potassium": (1, 15), "sodium": (90, 200), "lactate": (0.1, 40), "haemoglobin": (1, 250),
    "ketones": (0, 20), "calcium": (0.5, 6),
}  # fmt: skip
# What an adult at rest has, and beyond which values a measure is far out (RCP, NEWS2, 2017: scores 0 and 3).
USUAL: Mapping[str, tuple[float, float]] = {
    "spo2": (95, 100), "systolic": (100, 165), "diastolic": (55, 100), "pulse": (46, 105),
    "respirations": (10, 22), "temperature": (35.8, 37.9), "gcs": (15, 15), "glucose": (3.9, 14),
    "potassium": (3.4, 5.6), "sodium": (132, 148), "lactate": (0, 2), "haemoglobin": (100, 180),
    "ketones": (0, 0.9), "calcium": (2.1, 2.7),
}  # fmt: skip
FAR: Mapping[str, tuple[float, float]] = {
    "spo2": (92, 100), "systolic": (91, 199), "diastolic": (45, 115), "pulse": (41, 130),
    "respirations": (9, 25), "temperature": (35.1, 39), "gcs": (14, 15), "glucose": (3, 20),
    "potassium": (2.8, 6.2), "sodium": (122, 155), "lactate": (0, 3.9), "haemoglobin": (80, 200),
    "ketones": (0, 2.9), "calcium": (1.9, 3),
}  # fmt: skip
_WORD_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6,
    "七": 7, "八": 8, "九": 9, "十": 10, "半": 0.5,
}  # fmt: skip
_UNITS_YEARS = {"year": 1.0, "month": 1 / 12, "week": 7 / 365.25, "day": 1 / 365.25}
_FAHRENHEIT_FROM = 90.0
_MG_PER_MMOL = 18.016  # glucose, mg/dl per mmol/l
_G_PER_DL_MAX = 25.0  # below, a haemoglobin is in g/dl unless it says otherwise
_SPO2_DOUBTED = 30.0  # below, "O2 15" is rather litres of oxygen
_MMOL_MAX = 60.0  # above, a glucose is in mg/dl though it does not say so


# Whose thresholds hold where no age is told: those of an adult, or of a child where the text is about one.
ADULT_YEARS, CHILD_YEARS = 40.0, 3.0
CHILD_BELOW_YEARS = 16.0


@dataclass(frozen=True, slots=True)
class _Words:
    """The expressions of vitals.yaml; the number of years that an age counts stands beside it."""

    measures: tuple[tuple[str, re.Pattern[str]], ...]
    ages: tuple[tuple[re.Pattern[str], float], ...]
    pressure: re.Pattern[str]
    pressure_word: re.Pattern[str]
    systolic: re.Pattern[str]
    teller: re.Pattern[str]
    child: re.Pattern[str]
    newborn: re.Pattern[str]
    birth: re.Pattern[str]


@cache
def _words() -> _Words:
    path = Path(__file__).with_name("vitals.yaml")
    told = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)

    def put(expression: str) -> re.Pattern[str]:
        return re.compile(expression.replace("{link}", told["link"]).replace("{number}", told["number"]))

    return _Words(
        measures=tuple((measure, put(expression)) for measure, expression in told["measures"].items()),
        ages=tuple((put(expression), _UNITS_YEARS[unit]) for unit, expression in told["ages"]),
        **{
            name: put(told[name])
            for name in ("pressure", "pressure_word", "systolic", "teller", "child", "newborn", "birth")
        },
    )


class VitalsProblem(ToldProblem):
    """A value that was given and cannot be; the message says which and what is asked for."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A measure in its unit: %, mmHg, per minute, degrees Celsius, mmol/l, haemoglobin g/l. `span`: where
    it stands in the text, None where it was given beside it."""

    measure: str
    value: float
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Age:
    """Years, and where they stand in the text."""

    years: float
    span: tuple[int, int] | None = None


def readings_of(view: View) -> list[Reading]:
    """The vital signs and laboratory values that a text states."""
    found: list[Reading] = []
    for measure, expression in _words().measures:
        for match in expression.finditer(view.text):
            value = float(match[1])
            if measure == "temperature":
                value = _celsius(value)
            if measure == "glucose" and ((match[2] or "").startswith("mg") or value > _MMOL_MAX):
                value = round(value / _MG_PER_MMOL, 1)
            if measure == "haemoglobin" and value < _G_PER_DL_MAX and (match[2] or "g/dl") != "g/l":
                value *= 10
            if measure == "spo2" and value < _SPO2_DOUBTED and not _is_saturation(view.text, match):
                continue
            if _within(measure, value):
                found.append(Reading(measure, value, view.place(*match.span())))
    return found + _pressures(view)


def level_of(reading: Reading) -> str:
    """How a value stands to those of an adult at rest: usual, off or far."""
    for level, limits in (("usual", USUAL), ("off", FAR)):
        low, high = limits[reading.measure]
        if low <= reading.value <= high:
            return level
    return "far"


def _is_saturation(text: str, match: re.Match[str]) -> bool:
    """Whether a low value is said to be a saturation: by its name, or in percent."""
    return bool(re.search(r"sat|sp[o0]2|sao2|血氧|氧饱和|指脉|指氧", match[0])) or text.startswith(
        "%", match.end()
    )


def _celsius(value: float) -> float:
    return round((value - 32) / 1.8, 1) if value > _FAHRENHEIT_FROM else value


def _within(measure: str, value: float) -> bool:
    low, high = LIMITS[measure]
    return low <= value <= high


def _pressures(view: View) -> list[Reading]:
    found = []
    worded = bool(_words().pressure_word.search(view.text))
    for match in _words().pressure.finditer(view.text):
        high, low = float(match[1]), float(match[2])
        if high > low and _within("systolic", high) and _within("diastolic", low) and (worded or high > 40):
            span = view.place(*match.span())
            found += [Reading("systolic", high, span), Reading("diastolic", low, span)]
    for match in _words().systolic.finditer(view.text):
        if _within("systolic", float(match[1])):
            found.append(Reading("systolic", float(match[1]), view.place(*match.span())))
    return found


def age_of(view: View) -> Age | None:
    """The first age that the text states, in years; that of a newborn is a week where it is not told.

    Where the first is of whoever writes, a child's age after it counts: "I am 30 and my 3 week old son".
    """
    found: list[tuple[int, Age]] = []
    for expression, unit in _words().ages:
        for match in expression.finditer(view.text):
            number = next(one for one in match.groups() if one)
            count = _WORD_NUMBERS.get(number) or float(number)
            if count * unit <= 120:
                found.append((match.start(), Age(count * unit, view.place(*match.span()))))
    if found:
        (at, first), *others = sorted(found, key=lambda one: one[0])
        children = [age for _at, age in others if age.years < CHILD_BELOW_YEARS]
        if children and _words().teller.search(view.text, max(0, at - 20), at):
            return children[0]
        return first
    match = _words().newborn.search(view.text)
    return Age(7 / 365.25, view.place(*match.span())) if match else None


def years_likely(view: View, age: Age | None) -> float:
    """The age by which values are judged."""
    if age:
        return age.years
    return CHILD_YEARS if _words().child.search(view.text) else ADULT_YEARS


def birth_of(view: View) -> date | None:
    """The date of birth that the text states."""
    match = _words().birth.search(view.text)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def given_read(values: Mapping[str, float]) -> list[Reading]:
    """Values given beside the text. Raises VitalsProblem for one that is unknown or cannot be."""
    found = []
    for measure, value in values.items():
        if measure not in LIMITS:
            raise VitalsProblem(
                noop("%(measure)s is no known measure: use %(known)s."),
                measure=measure,
                known=", ".join(LIMITS),
            )
        if not _within(measure, value):
            low, high = LIMITS[measure]
            raise VitalsProblem(
                noop("%(measure)s is %(value)s; it has to be between %(low)s and %(high)s."),
                measure=measure,
                value=f"{value:g}",
                low=f"{low:g}",
                high=f"{high:g}",
            )
        found.append(Reading(measure, float(value)))
    return found
