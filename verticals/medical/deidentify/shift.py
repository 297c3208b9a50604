"""Dates moved by a number of days and written as they were: 03/04/2024 stays in figures, 4 March in words."""

import re
from datetime import date, timedelta

from verticals.medical.deidentify.dates import DATE_FORMS, MONTH_NAMES, StatedDate, date_of

NUMERALS = "〇一二三四五六七八九"
_SHORT = re.compile(r"(?P<first>\d{1,2})(?P<sep>/)(?P<second>\d{1,2})")
_FULL_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_NUMERIC = next(form.pattern for form in DATE_FORMS if form.name == "numeric")


def date_shift(value: str, days: int, *, text: str, day_first: bool) -> str | None:
    """The date `days` later in the same form, or None where `value` is no date or its year is out of range.

    Args:
        text: where it stands; tells the year of a date without one, and whether the day comes first.
        day_first: how 3/4/2024 is read where nothing in the text tells.
    """
    for pattern in [*(form.pattern for form in DATE_FORMS), _SHORT]:
        match = pattern.fullmatch(value)
        if match is None:
            continue
        if match.groupdict().get("first"):
            return _figures(match, days, text, first_is_day=_day_first(text, day_first))
        stated = date_of(match)
        if stated is not None and (moved := _moved(stated, days, text)) is not None:
            return _written(match, moved)
    return None


def _day_first(text: str, otherwise: bool) -> bool:
    """Whether dates in figures have the day first: one of them with a number above twelve tells."""
    for match in _NUMERIC.finditer(text):
        first, second = int(match["first"]), int(match["second"])
        if (first > 12) != (second > 12):
            return first > 12
        if match["sep"] == ".":
            return True
    return otherwise


def _moved(stated: StatedDate, days: int, text: str) -> date | None:
    """The day `days` later, or None where the year or the year of that day cannot be (1 to 9999)."""
    year = stated.year
    if year is None:
        years = [int(one) for one in _FULL_YEAR.findall(text)]
        year = max(years, default=2024)
    # a month without its day stands for its middle; the 29th of February moves as the 28th in other years
    for day in (stated.day or 15, 28):
        try:
            return date(year, stated.month, day) + timedelta(days=days)
        except (ValueError, OverflowError):
            continue
    return None


def _figures(match: re.Match[str], days: int, text: str, *, first_is_day: bool) -> str | None:
    first, second = int(match["first"]), int(match["second"])
    if first > 12 or second > 12:
        first_is_day = first > 12
    day, month = (first, second) if first_is_day else (second, first)
    stated_year = match.groupdict().get("year_any")
    year = None
    if stated_year:
        year = (
            int(stated_year)
            if len(stated_year) == 4
            else int(stated_year) + (2000 if int(stated_year) <= 49 else 1900)
        )
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    moved = _moved(StatedDate(day, month, year), days, text)
    if moved is None:
        return None
    pair = (moved.day, moved.month) if first_is_day else (moved.month, moved.day)
    # a leading nought is written where one stood or where the part had two figures anyway
    padded = match["first"].startswith("0") or match["second"].startswith("0")
    parts = [f"{one:02}" if padded else str(one) for one in pair]
    if stated_year:
        parts.append(f"{moved.year % 10 ** len(stated_year):0{len(stated_year)}}")
    return match["sep"].join(parts)


def _written(match: re.Match[str], moved: date) -> str:
    """The text of the match with each stated part replaced."""
    text, groups = match[0], match.groupdict()
    replaced: list[tuple[int, int, str]] = []
    for name, old in groups.items():
        if old and (new := _part(name, old, moved, text)) is not None:
            replaced.append((match.start(name) - match.start(), match.end(name) - match.start(), new))
    for start, end, new in sorted(replaced, reverse=True):
        text = text[:start] + new + text[end:]
    return re.sub(r"(\d+)(?:st|nd|rd|th)\b", lambda one: one[1] + _ordinal(int(one[1])), text)


def _part(name: str, old: str, moved: date, text: str) -> str | None:
    padded = old.startswith("0") or text.isdigit()
    match name:
        case "year" | "year_any":
            return f"{moved.year % 10 ** len(old):0{len(old)}}"
        case "year_zh":
            return "".join(NUMERALS[int(one)] for one in f"{moved.year:04}")
        case "month_n":
            return f"{moved.month:02}" if padded else str(moved.month)
        case "day":
            return f"{moved.day:02}" if padded else str(moved.day)
        case "month_zh":
            return _numeral(moved.month)
        case "day_zh":
            return _numeral(moved.day)
        case "month":
            return _month_word(old, moved.month)
    return None


def _month_word(old: str, month: int) -> str:
    word = MONTH_NAMES[month - 1]
    short = len(old.rstrip(".")) <= 4 and old.lower() not in ("june", "july")
    word = (word[:3] + ("." if old.endswith(".") else "")) if short and old.lower() != "may" else word
    return word.upper() if old.isupper() else word.capitalize()


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else NUMERALS[tens] + "十"
    return head + (NUMERALS[ones] if ones else "")


def _ordinal(day: int) -> str:
    return "th" if 10 <= day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
