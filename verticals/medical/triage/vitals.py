# ruff: noqa: E501  (words of one meaning stay together)
"""Age and vital signs: read from the text, or given beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from verticals.medical.triage.text import View

# Limits outside which a number is no such measure: it is then not read, or refused where it was given.
LIMITS: Mapping[str, tuple[float, float]] = {
    "spo2": (30, 100), "systolic": (20, 300), "diastolic": (10, 200), "pulse": (0, 320),
    "respirations": (0, 120), "temperature": (15, 45), "gcs": (3, 15), "glucose": (0.1, 120),
    "potassium": (1, 12), "sodium": (90, 200), "lactate": (0.1, 40), "haemoglobin": (10, 250),
    "ketones": (0, 20), "calcium": (0.5, 6),
}  # fmt: skip
_NUMBER = r"(\d{1,3}(?:\.\d{1,2})?)"
_LINK = (
    r"(?:\s*(?:\(?(?:ra|on air|room air|l|/min|rate|level|reading|now|rr|pr)\)?|is|was|are|of|at|in the|just|only|about"
    r"|around|down to|dropped to|up to|went|to|fell to|reads?|reading|shows?|showing|saying|says|measured|came back|back|high|low|a|her|his|my"
    r"|has|have|had|been|gone|going|hit|hits|recorded|sitting|sats?|jumped|rose|rising|falling|dropping|stuck|up|down|spiked|temp|°c|spo2|saturations?"
    r"|[:=,~≈<>-]|为|是|在|只有|才|仅|掉到|降到|降至|升到|升至|测|量|了|到|达|约|大概|有|最低|最高|高达|低到|左右|烧到|已经|都|就|只|剩|跌到|飙到|着|出来|的|数值|显示|结果|一直|现在|（|：))*\s*"
)
_READ: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (measure, re.compile(expression))
    for measure, expression in (
        (
            "spo2",
            rf"(?:spo2|sp02|sao2|sats?|saturations?|o2 sats?|oxygen(?: saturations?| levels?| sats?)?|pulse ox(?:imeter)?|oximeter|o2|血氧饱和度|血氧|氧饱和度?|指脉氧|指氧|氧合){_LINK}{_NUMBER}(?!\s*(?:l\b|升|litre|/))",
        ),
        (
            "pulse",
            rf"(?:heart rate|pulse(?! ox)|\bhr\b|\bbpm\b|heart(?: is)?(?: (?:beating|racing|going|pounding))?|心率|心跳|脉搏|脉率|\bpr?\b(?=\s*[:=]?\s*\d)){_LINK}{_NUMBER}(?!\s*(?:/\s*\d|%|years|yrs|mg|min(?:ute)?s? ago|hours|岁|天|年|个|分钟|小时|[a-z]*\s*ago))",
        ),
        (
            "respirations",
            rf"(?:resp(?:iratory|iration)?s?(?: rate)?|\brr\b|breathing(?: rate)?(?: at)?|breaths|呼吸(?:频率)?|\br\b(?=\s*[:=]?\s*\d)){_LINK}{_NUMBER}(?!\s*(?:%|years|min(?:ute)?s?\b(?! *breath)|hours|days|/\s*1\d|岁|天|年|个|分钟|小时|l\b))",
        ),
        (
            "temperature",
            rf"(?:temp(?:erature)?s?|fever|\bt\b(?=\s*[:=]?\s*\d)|core|rectal|体温|烧到?|高烧|发烧|发热|高热|烧得?|热度|肛温|腋温|耳温|额温|fever of|burning up){_LINK}(\d{{2,3}}(?:\.\d{{1,2}})?)\s*(°?\s*[cf]\b|度|℃|deg(?:rees)?)?(?!\s*(?:天|小时|分钟|h\b|hours?|days?|/|mg|ml|周|岁))",
        ),
        ("gcs", rf"(?:gcs|glasgow(?: coma (?:scale|score))?|格拉斯哥(?:评分)?|昏迷评分){_LINK}(\d{{1,2}})"),
        (
            "glucose",
            rf"(?:glucose|blood sugars?|sugars?|\bbms?\b|\bbgl?\b|\bcbg\b|血糖|指尖血糖|末梢血糖){_LINK}{_NUMBER}\s*(mg/?dl|mmol)?(?!\s*(?:年|岁|units|单位))",
        ),
        ("potassium", rf"(?:potassium|\bk\+?(?=\s*[:=]?\s*\d)|血钾|钾){_LINK}(\d(?:\.\d{{1,2}})?)"),
        ("sodium", rf"(?:sodium|\bna\+?(?=\s*[:=]?\s*\d)|血钠|钠){_LINK}(\d{{3}})"),
        ("calcium", rf"(?:(?:corrected |adjusted )?calcium|血钙){_LINK}(\d\.\d{{1,2}})"),
        ("lactate", rf"(?:lactate|乳酸){_LINK}(\d{{1,2}}(?:\.\d)?)"),
        ("ketones", rf"(?:blood ketones?|ketones?|血酮|酮体){_LINK}(\d(?:\.\d)?)(?!\+)"),
        ("haemoglobin", rf"(?:h(?:a)?emoglobin|\bhgb?\b|\bhb\b|血红蛋白|血色素){_LINK}{_NUMBER}"),
    )
)
_PRESSURE = re.compile(r"(?<![\d/.])(\d{2,3})\s*(?:/|over|／)\s*(\d{2,3})(?![\d/])(?!\s*(?:vision|years))")
_PRESSURE_WORD = re.compile(r"\bbp\b|blood pressure|pressure|b/p|血压|mmhg|高压")
_SYSTOLIC = re.compile(
    rf"(?:systolic|\bsbp\b|\bbp\b|blood pressure|收缩压|高压|上压|血压){_LINK}(\d{{2,3}})(?!\d|\s*(?:/|over|岁|年|%|years|hours|days|天|次))"
)
_WORD_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6,
    "七": 7, "八": 8, "九": 9, "十": 10, "半": 0.5,
}  # fmt: skip
_AGES: tuple[tuple[re.Pattern[str], float], ...] = tuple(
    (re.compile(expression), years)
    for expression, years in (
        (
            r"(?<![\d.])(\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)[ -]?(?:years?|yrs?)[ -]?(?:of age|old)\b",
            1.0,
        ),
        (r"(?<![\d./])(\d{1,3}) ?(?:y/?o|yo|yr old|y\.o\.|yrs?)\b", 1.0),
        (r"(?<![\d./])(\d{1,3}) ?(?:m|f|male|female)\b(?! ?(?:ago|after))", 1.0),
        (r"\b(?:age[d]?|aged) (\d{1,3})\b", 1.0),
        (
            r"(?<![\d.])(\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)[ -]?(?:months?|mths?|mo)[ -]?(?:olds?|baby|infant)\b",
            1 / 12,
        ),
        (
            r"(?<![\d.])(\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)[ -]?(?:weeks?|wks?|wk)[ -]?(?:olds?|baby|infant)\b",
            7 / 365.25,
        ),
        (
            r"(?<![\d.])(\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)[ -]?(?:days?)[ -]?(?:olds?|baby|infant)\b",
            1 / 365.25,
        ),
        (r"(?<![\d.])(\d{1,3}|[一二两三四五六七八九十]) ?(?:周?岁)", 1.0),
        (
            r"(?<![\d.])(\d{1,2}|[一二两三四五六七八九十半]) ?个?(?:半)?月(?:大|龄|的?(?:宝|婴|孩|娃|女|儿))",
            1 / 12,
        ),
        (
            r"(?:出生|生下|刚生).{0,3}?(\d{1,2}|[一二两三四五六七八九十]) ?天|(?<![\d.])(?:日龄)(\d{1,2})",
            1 / 365.25,
        ),
        (r"(?<![\d.])(\d{1,2}|[一二两三四五六七八九十]) ?天(?:大|的(?:宝|婴|孩|娃|新生|女|儿))", 1 / 365.25),
        (
            r"(?<![\d.])(\d{1,2}|[一二两三四五六七八九十]) ?(?:周|星期)(?:大|的(?:宝|婴|孩|娃|新生))",
            7 / 365.25,
        ),
    )
)
_NEWBORN = re.compile(r"\b(?:newborn|neonate)\b|新生儿|刚出生|未满月|没满月")
_FAHRENHEIT_FROM = 90.0
_MG_PER_MMOL = 18.016  # glucose, mg/dl per mmol/l
_BIRTH = re.compile(
    r"(?:\bdob\b|date of birth|born(?: on)?|出生日期|生日|生于)\W{0,3}((?:19|20)\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})"
)


class VitalsProblem(ValueError):
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
    for measure, expression in _READ:
        for match in expression.finditer(view.text):
            value = float(match[1])
            if measure == "temperature":
                value = _celsius(value)
            if (
                measure == "glucose"
                and (match[2] or "").startswith("mg")
                or measure == "glucose"
                and value > 60
            ):
                value = round(value / _MG_PER_MMOL, 1)
            if measure == "haemoglobin" and value < 25:
                value *= 10
            if _within(measure, value):
                found.append(Reading(measure, value, view.place(*match.span())))
    return found + _pressures(view)


def _celsius(value: float) -> float:
    return round((value - 32) / 1.8, 1) if value > _FAHRENHEIT_FROM else value


def _within(measure: str, value: float) -> bool:
    low, high = LIMITS[measure]
    return low <= value <= high


def _pressures(view: View) -> list[Reading]:
    found = []
    worded = bool(_PRESSURE_WORD.search(view.text))
    for match in _PRESSURE.finditer(view.text):
        high, low = float(match[1]), float(match[2])
        if high > low and _within("systolic", high) and _within("diastolic", low) and (worded or high > 40):
            span = view.place(*match.span())
            found += [Reading("systolic", high, span), Reading("diastolic", low, span)]
    for match in _SYSTOLIC.finditer(view.text):
        if _within("systolic", float(match[1])):
            found.append(Reading("systolic", float(match[1]), view.place(*match.span())))
    return found


def age_of(view: View) -> Age | None:
    """The first age that the text states, in years; that of a newborn is a week where it is not told."""
    found: list[tuple[int, Age]] = []
    for expression, unit in _AGES:
        for match in expression.finditer(view.text):
            number = next(one for one in match.groups() if one)
            count = _WORD_NUMBERS.get(number) or float(number)
            if count * unit <= 120:
                found.append((match.start(), Age(count * unit, view.place(*match.span()))))
    if found:
        return min(found, key=lambda one: one[0])[1]
    match = _NEWBORN.search(view.text)
    return Age(7 / 365.25, view.place(*match.span())) if match else None


def birth_of(view: View) -> date | None:
    """The date of birth that the text states."""
    match = _BIRTH.search(view.text)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def given_read(values: Mapping[str, float]) -> list[Reading]:
    """Values given beside the text. Raises VitalsProblem for one that is unknown or cannot be."""
    found = []
    for measure, value in values.items():
        if measure not in LIMITS:
            raise VitalsProblem(f"{measure} is no known measure: use {', '.join(LIMITS)}.")
        if not _within(measure, value):
            low, high = LIMITS[measure]
            raise VitalsProblem(f"{measure} is {value:g}; it has to be between {low:g} and {high:g}.")
        found.append(Reading(measure, float(value)))
    return found
