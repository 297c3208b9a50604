"""Transformations of displayed text to dates, durations, truth values and codes (`format` of ix:nonNumeric).

The same registries as in number_formats. Dates are read in digits, English, Chinese and Japanese; text in a
format that is not here, such as a date with Greek month names, stays as it is displayed.
"""

import re
from collections.abc import Callable
from datetime import date

from verticals.finance.xbrl.places import EXCHANGES, STATES
from verticals.finance.xbrl.word_numbers import words_number

Transform = Callable[[str], str | None]

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_NUMBERS = re.compile(r"\d+")
_ENGLISH = re.compile(r"[A-Za-z]{3,}")
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_ERA = re.compile(r"\s*(明治|明|大正|大|昭和|昭|平成|平|令和|令)\s*(\d{1,2}|元)\s*年")
_LENGTH = re.compile(
    r"([A-Za-z]+(?:[\s-]+[A-Za-z]+)*?|\d+(?:\.\d+)?)[\s-]+(year|month|week|day|hour)s?\b", re.I
)
_CHECKED, _UNCHECKED = frozenset("☑☒🗹🗷✓✔xX"), frozenset("☐o❑")


def _date(order: str) -> Transform:
    """A date whose parts are written in the given order of y, m and d; `--MM-DD` without a year."""

    def transform(text: str) -> str | None:
        numbers = _NUMBERS.findall(text)
        if "m" in order and len(numbers) == len(order) - 1 and (word := _month_word(text)):
            numbers.insert(order.index("m"), str(word))
        if len(numbers) != len(order):
            return None
        parts = dict(zip(order, map(int, numbers), strict=True))
        return _written(parts)

    return transform


def _month_word(text: str) -> int | None:
    names = (_MONTHS.get(word[:3].lower()) for word in _ENGLISH.findall(text))
    return next((number for number in names if number), None)


def _written(parts: dict[str, int]) -> str | None:
    year = parts.get("y")
    if year is not None and year < 100:
        year += 2000
    try:
        whole = date(
            year if year is not None else 2000, parts["m"], parts.get("d", 1)
        )  # 2000 has a 29 February
    except ValueError:
        return None
    if year is None:
        return f"--{whole.month:02}-{whole.day:02}"
    return whole.isoformat() if "d" in parts else f"{whole.year:04}-{whole.month:02}"


def _era(order: str) -> Transform:
    plain = _date(order)

    def transform(text: str) -> str | None:
        found = _ERA.match(text)
        if not found:
            return None
        first = next(start for name, start in _ERAS.items() if name.startswith(found[1]))
        year = 1 if found[2] == "元" else int(found[2])
        return plain(f"{first + year}年{text[found.end() :]}")

    return transform


def _length(unit: str) -> Transform:
    """A number of years, months, weeks, days or hours as an XML duration."""

    def transform(text: str) -> str | None:
        if not re.fullmatch(r"\d+(?:\.\d*)?|\.\d+", text):
            return None
        return _duration({unit: float(text)})

    return transform


def _length_words(text: str) -> str | None:
    """`two years and six months` -> P2Y6M."""
    amounts: dict[str, float] = {}
    for amount, unit in _LENGTH.findall(text):
        value = float(amount) if amount[0].isdigit() else words_number(re.sub(r"^\s*and\s+", "", amount))
        if value is None or unit.lower() in amounts:
            return None
        amounts[unit.lower()] = value
    return _duration(amounts) if amounts else None


def _duration(amounts: dict[str, float]) -> str | None:
    years, months = amounts.get("year", 0.0), amounts.get("month", 0.0)
    months += round(years % 1 * 12, 6)
    days = amounts.get("day", 0.0) + amounts.get("week", 0.0) * 7 + round(months % 1 * 30)
    hours = amounts.get("hour", 0.0)
    parts = [(int(years), "Y"), (int(months), "M"), (int(days), "D")]
    text = "".join(f"{amount}{letter}" for amount, letter in parts if amount)
    text += f"T{int(hours)}H" if hours else ""
    if not text:
        letter = "Y" if "year" in amounts else "M" if "month" in amounts else "D"
        text = f"0{letter}"
    return f"P{text}"


def _fixed(value: str) -> Transform:
    return lambda text: value


def _ballot(checked: str, unchecked: str) -> Transform:
    def transform(text: str) -> str | None:
        return checked if text in _CHECKED else unchecked if text in _UNCHECKED else None

    return transform


def _exchange(text: str) -> str | None:
    lowered = text.lower()
    return next((code for words, code in EXCHANGES if words in lowered), None)


def _filer(text: str) -> str | None:
    words = text.split()
    return " ".join([*(word.capitalize() for word in words[:-1]), "Filer"]) if words else None


TEXT_FORMATS: dict[str, Transform] = {
    "fixed-true": _fixed("true"), "booleantrue": _fixed("true"),
    "fixed-false": _fixed("false"), "booleanfalse": _fixed("false"),
    "fixed-empty": _fixed(""), "nocontent": _fixed(""),
    **dict.fromkeys(
        ("date-month-day-year", "date-monthname-day-year-en", "datemonthdayyear", "datemonthdayyearen",
         "dateslashus", "datedotus", "datelongus", "dateshortus"), _date("mdy")),
    **dict.fromkeys(
        ("date-day-month-year", "date-day-monthname-year-en", "datedaymonthyear", "datedaymonthyearen",
         "dateslasheu", "datedoteu", "datelonguk", "dateshortuk"), _date("dmy")),
    **dict.fromkeys(("date-year-month-day", "dateyearmonthdaycjk"), _date("ymd")),
    **dict.fromkeys(
        ("date-month-day", "date-monthname-day-en", "datemonthday", "datemonthdayen"), _date("md")),
    **dict.fromkeys(
        ("date-day-month", "date-day-monthname-en", "datedaymonth", "datedaymonthen"), _date("dm")),
    **dict.fromkeys(
        ("date-month-year", "date-monthname-year-en", "datemonthyear", "datemonthyearen"), _date("my")),
    **dict.fromkeys(
        ("date-year-month", "date-year-monthname-en", "dateyearmonthen", "dateyearmonthcjk"), _date("ym")),
    **dict.fromkeys(("date-jpn-era-year-month-day", "dateerayearmonthdayjp"), _era("ymd")),
    **dict.fromkeys(("date-jpn-era-year-month", "dateerayearmonthjp"), _era("ym")),
    "duryear": _length("year"), "durmonth": _length("month"), "durweek": _length("week"),
    "durday": _length("day"), "durhour": _length("hour"), "durwordsen": _length_words,
    "boolballotbox": _ballot("true", "false"), "yesnoballotbox": _ballot("Yes", "No"),
    "exchnameen": _exchange, "entityfilercategoryen": _filer,
    "stateprovnameen": lambda text: STATES.get(" ".join(text.lower().split())),
    "numwordsen": lambda text: None if (value := words_number(text)) is None else str(value),
}  # fmt: skip
