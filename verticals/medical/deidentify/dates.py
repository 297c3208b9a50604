"""Recognisers of dates (days and months; a year alone identifies nobody) and of ages over 89.

HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C): all elements of dates but the year, and all ages over 89.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from verticals.medical.deidentify.span import PatternRule, Span

START, END = r"(?<![0-9A-Za-z])", r"(?![0-9A-SU-Za-z])"
MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_NAMES = "January|February|March|April|May|June|July|August|September|October|November|December"
_SHORTS = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
MONTH = re.compile(rf"(?:{_NAMES}|{_SHORTS})\.?")
# in lower case "may" and "march" are verbs
_LOWER = re.sub(r"march\||may\|", "", _NAMES.lower())
_MONTH = rf"(?P<month>{_NAMES}|{_NAMES.upper()}|{_LOWER}|(?:{_SHORTS}|{_SHORTS.upper()})\.?)"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>[0-3]?\d)"
_NUMERAL = "〇零一二三四五六七八九十"
_FIGURES = {one: at for at, one in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
AGE_LIMIT = 90  # HIPAA: 90 and older are told as one group
OLDEST = 125


@dataclass(frozen=True, slots=True)
class DateForm:
    """A way to write a date; the groups of the pattern name its parts (see date_of)."""

    name: str
    pattern: re.Pattern[str]
    score: float = 0.85


def _form(name: str, pattern: str, score: float = 0.85) -> DateForm:
    return DateForm(name, re.compile(pattern), score)


DATE_FORMS: tuple[DateForm, ...] = (
    _form("iso", rf"{START}{_YEAR}(?P<sep>[-/.])(?P<month_n>[01]?\d)(?P=sep){_DAY}(?!\d|\.\d)"),
    _form(
        "numeric",
        rf"{START}(?<!\d[./-])(?P<first>[0-3]?\d)(?P<sep>[-/.])(?P<second>[0-3]?\d)(?P=sep)"
        r"(?P<year_any>(?:19|20)\d\d|\d\d)(?!\d|[./-]\d)",
    ),
    _form(
        "compact",
        rf"{START}{_YEAR}(?P<month_n>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?![0-9A-SU-Za-z])",
        0.7,
    ),
    _form(
        "day_month",
        rf"{START}{_DAY}(?:st|nd|rd|th)?\.?(?: of |[ -]){_MONTH}(?:,?[ -](?P<year_any>(?:19|20)\d\d"
        rf"|\d\d(?![:\d])))?{END}",
    ),
    _form(
        "month_day",
        rf"{START}{_MONTH} (?:the )?{_DAY}(?:st|nd|rd|th)?(?:,? {_YEAR})?{END}(?![.,]?\d| ?(?:mg|ml|mL|g|%))",
    ),
    _form("year_month_day", rf"{START}{_YEAR}[- ]{_MONTH}[- ]{_DAY}{END}"),
    _form("month_of_year", rf"{START}(?<!\d[./-])(?P<month_n>0?[1-9]|1[0-2])/{_YEAR}(?!\d|/\d)", 0.7),
    _form("month_year", rf"{START}{_MONTH},? {_YEAR}{END}", 0.8),
    _form(
        "zh",
        rf"{START}(?P<year_any>(?:19|20)\d\d"
        rf"|\d\d)\s*年\s*(?P<month_n>[01]?\d)\s*月(?:\s*(?P<day>[0-3]?\d)\s*[日号]?)?",
        0.9,
    ),
    _form("zh_day", rf"{START}(?P<month_n>[01]?\d)\s*月\s*(?P<day>[0-3]?\d)\s*[日号]", 0.85),
    _form(
        "zh_numeral",
        rf"(?:(?P<year_zh>[{_NUMERAL[:-1]}]{{4}})\s*年\s*)?(?P<month_zh>[{_NUMERAL}]{{1,2}})月"
        rf"(?P<day_zh>[{_NUMERAL}]{{1,4}})[日号]",
        0.85,
    ),
)
_EXPIRY = re.compile(
    r"(?:\bexp(?:iry|ir\w+)?\b|\bvalid (?:thru|through|until|to))[^\d\n]{0,20}(?P<id>(?:0[1-9]"
    r"|1[0-2])/\d\d)(?![\d/])",
    re.IGNORECASE,
)
_SHORT = re.compile(
    r"\b(?:on|since|dated|until|from|by|before|after|seen|due|admitted"
    r"|discharged)\s+(?P<id>(?P<a>\d{1,2})/(?P<b>\d{1,2}))"
    r"(?![\d/]|\s*(?:pain|score|mmHg))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class StatedDate:
    """A date as read: the parts that it states."""

    day: int | None
    month: int
    year: int | None


def dates_find(text: str) -> Iterable[Span]:
    """Every date that names at least a month, by form; only dates that can be are found."""
    for form in DATE_FORMS:
        for match in form.pattern.finditer(text):
            if date_of(match) is not None:
                yield Span(match.start(), match.end(), "date", f"date.{form.name}", form.score)
    for match in _EXPIRY.finditer(text):
        yield Span(match.start("id"), match.end("id"), "date", "date.expiry", 0.7)
    for match in _SHORT.finditer(text):
        a, b = int(match["a"]), int(match["b"])
        if min(a, b) >= 1 and min(a, b) <= 12 and max(a, b) <= 31:
            yield Span(match.start("id"), match.end("id"), "date", "date.short", 0.6)


def date_of(match: re.Match[str]) -> StatedDate | None:
    """What a match of DATE_FORMS states, or None where no such day can be."""
    month: int | None
    groups = match.groupdict()
    year = groups.get("year") or groups.get("year_any")
    number_year = _century(year) if year else None
    if groups.get("year_zh"):
        number_year = int("".join(str(_FIGURES[one]) for one in groups["year_zh"] or ""))
    if groups.get("first"):
        first, second = int(groups["first"] or 0), int(groups["second"] or 0)
        if second > 12:
            first, second = second, first
        return _possible(first, second, number_year)
    if word := groups.get("month"):
        month = next(at for at, name in enumerate(MONTH_NAMES, 1) if name.startswith(word.lower()[:3]))
    elif groups.get("month_zh"):
        month = numeral_read(groups["month_zh"] or "")
    else:
        month = int(groups["month_n"] or 0)
    day = int(groups["day"]) if groups.get("day") else None
    if groups.get("day_zh") and (day := numeral_read(groups["day_zh"] or "")) is None:
        return None
    return _possible(day, month, number_year)


def _century(year: str) -> int:
    if len(year) == 4:
        return int(year)
    return int(year) + (2000 if int(year) <= 49 else 1900)


def _possible(day: int | None, month: int | None, year: int | None) -> StatedDate | None:
    if month is None:
        return None
    try:
        # 2024 is a leap year: a day without its year may be the 29th of February
        date(year or 2024, month, day or 1)
    except ValueError:
        return None
    return StatedDate(day, month, year) if day != 0 else None


def numeral_read(text: str) -> int | None:
    """A Chinese numeral from 0 to 199, such as 十二, 二十, 九十二, 一百零三, or None where it is none.

    Of two numbers in one, such as the days in 十一二日, it is the later.
    """
    if "百" in text:
        head, _, tail = text.partition("百")
        hundreds, rest = numeral_read(head or "一"), numeral_read(tail or "零")
        return None if hundreds is None or rest is None else hundreds * 100 + rest
    if "十" in text:
        tens, _, ones = text.partition("十")
        ten, one = _FIGURES.get(tens[-1:] or "一"), _FIGURES.get(ones[-1:] or "零")
        return None if ten is None or one is None else ten * 10 + one
    return _FIGURES.get(text[-1:])


def _old(text: str) -> bool:
    # int reads the digits of all scripts
    number = int(text) if text.isdecimal() else numeral_read(text)
    return number is not None and AGE_LIMIT <= number <= OLDEST


_AGE_ZH = r"(?P<id>九十[一二三四五六七八九]?|(?:一)?百零?[一二三四五六七八九十]{0,2}|9\d|1[0-2]\d)"
AGE_RULES: tuple[PatternRule, ...] = (
    PatternRule(
        "age",
        "age.years",
        re.compile(
            r"(?<![\d.])(?P<id>\d{2,3})(?:\s*|-)(?:years?|yrs?|y\.o|y/o|yo|y)\b(?![ -]?(?:ago"
            r"|history))", re.IGNORECASE
        ),
        0.9,
        _old,
    ),
    PatternRule(
        "age",
        "age.label",
        re.compile(
            r"\b(?:aged?(?: of| is|:)?|turn(?:ed|s|ing)|patient is|(?:s?he|who|I|mother|father) (?:is"
            r"|was)|I'm|I am)"
            r"(?: now| just)?\s*:?\s*(?P<id>\d{2,3})(?!\d|[.,]\d|\s?(?:%|kg|cm|mg|mm|bpm|/|weeks?|days?"
            r"|months?))",
            re.IGNORECASE,
        ),
        0.85,
        _old,
    ),
    PatternRule("age", "age.zh", re.compile(rf"(?<![\d.]){_AGE_ZH}(?=\s*[多余来]?周?岁)"), 0.9, _old),
    PatternRule("age", "age.label_zh", re.compile(rf"年龄\s*[:：]?\s*{_AGE_ZH}(?!\d)"), 0.85, _old),
)  # fmt: skip
